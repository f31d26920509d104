"""`manage.py states_docs`: print the diagrams and tables of states into docs/states.md."""

from brokering.management.documents import DocumentCommand
from brokering.management.states_document import states_document


class Command(DocumentCommand):
    """Needs no server."""

    help = "Write docs/states.md from brokering/states.py."
    path = "docs/states.md"

    def text(self) -> str:
        """The document."""
        return states_document()

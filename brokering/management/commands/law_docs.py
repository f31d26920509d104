"""`manage.py law_docs`: print the law as the product reads it into docs/law.md."""

from brokering.management.documents import DocumentCommand
from brokering.management.law_document import law_document


class Command(DocumentCommand):
    """Needs no server."""

    help = "Write docs/law.md from brokering/law/, the Swedish sentences and tests/law/cases."
    path = "docs/law.md"

    def text(self) -> str:
        """The document."""
        return law_document()

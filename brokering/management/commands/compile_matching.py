"""`manage.py compile_matching`: a part of installing a release."""

from typing import Any

from django.core.management.base import BaseCommand

from brokering.matching.engines import warm_up


class Command(BaseCommand):
    """Compiles the matching engines once for all workers of this machine, or finds that they are."""

    help = (
        "Compile the matching engines; the first round of a release is then as quick as any other."
    )

    def handle(self, **_options: Any) -> None:
        """A minute for a new release, a second or two afterwards."""
        warm_up()

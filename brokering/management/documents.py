"""Documents that are generated from the code: written by a command, and stale ones fail `make check`."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser


class DocumentCommand(BaseCommand, ABC):
    """Writes one document; with --check it only says whether the file is what would be written."""

    requires_system_checks: list[str] = []
    path = ""

    def add_arguments(self, parser: CommandParser) -> None:
        """--check for `make check`."""
        parser.add_argument("--check", action="store_true", help="write nothing; fail when stale")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write or compare."""
        file = Path(settings.BASE_DIR) / self.path
        text = self.text()
        if not options["check"]:
            file.write_text(text, encoding="utf-8")
        elif not file.exists() or file.read_text(encoding="utf-8") != text:
            command = type(self).__module__.rpartition(".")[2]
            raise CommandError(f"{self.path} is stale: run `manage.py {command}`.")

    @abstractmethod
    def text(self) -> str:
        """The whole document."""


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """A Markdown table, one line a row."""
    lines = [_line(head), _line(["---"] * len(head))]
    return [*lines, *(_line(row) for row in rows), ""]


def _line(cells: Sequence[object]) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"

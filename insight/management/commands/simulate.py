"""`manage.py simulate`: a year with and without places shared over region borders; writes docs/simulation.md.

With --check it only says whether the document is what the stored result gives; nothing is simulated anew.
"""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from insight.simulation.document import documents
from insight.simulation.parameters import ASSUMED, Parameters
from insight.simulation.run import both_years, variations

CARES = 38
RESULT, DOCUMENT = "docs/simulation.json", "docs/simulation.md"


class Command(BaseCommand):
    """Needs no server."""

    help = (
        "Simulate a year with and without brokering over region borders; write docs/simulation.md."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """What is simulated, and what is only written."""
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--waiting", type=int, help="how many wait on day 0; the whole country")
        parser.add_argument("--workers", type=int, default=2, help="processes for the variations")
        parser.add_argument("--print", action="store_true", help="print the years, write nothing")
        parser.add_argument("--document", action="store_true", help="write from the stored result")
        parser.add_argument("--check", action="store_true", help="write nothing; fail when stale")

    def handle(self, *args: Any, **options: Any) -> None:
        """Simulate, write or compare."""
        root = Path(settings.BASE_DIR)
        if options["print"]:
            self.stdout.write(json.dumps(_years(_given(options))))
            return
        if not (options["check"] or options["document"]):
            (root / RESULT).write_text(_stored(_given(options), options["workers"]), "utf-8")
        stale = [path for path in self._written(root) if not _is_fresh(*path)]
        if options["check"] and stale:
            names = ", ".join(path.name for path, _ in stale)
            raise CommandError(f"stale: {names}. Run `manage.py simulate --document`.")
        for path, text in stale:
            path.write_text(text, "utf-8")

    def _written(self, root: Path) -> list[tuple[Path, str]]:
        result = json.loads((root / RESULT).read_text("utf-8"))
        prose = (root / DOCUMENT).read_text("utf-8")
        return [(root / "docs" / name, text) for name, text in documents(result, prose).items()]


def _is_fresh(path: Path, text: str) -> bool:
    return path.exists() and path.read_text("utf-8") == text


def _given(options: dict[str, Any]) -> Parameters:
    return Parameters(seed=options["seed"], waiting=options["waiting"])


def _years(given: Parameters) -> dict[str, Any]:
    with tqdm(total=CARES, unit=" cares", disable=None) as bar:
        return both_years(given, bar.update)


def _stored(given: Parameters, workers: int) -> str:
    """The result as text, a line for each part of it."""
    result = _years(given)
    with tqdm(total=len(ASSUMED), unit=" variations", disable=None) as bar:
        result["variations"] = variations(given, bar.update, workers)
    lines = [f"{json.dumps(name)}: {json.dumps(part)}" for name, part in result.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"

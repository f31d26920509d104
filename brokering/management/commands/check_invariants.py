"""`manage.py check_invariants`: asks the database whether what must hold of all rows together does hold."""

import json
import sys
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from brokering.selectors.invariants import GRACE, INVARIANTS, Finding, broken


class Command(BaseCommand):
    """Reads only, as the owner; prints kinds and ids, no personal data; exit status 1 with findings."""

    help = "No double, no lost, counts equal to bookings, every need looked after, outbox without gaps."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument(
            "--grace",
            type=int,
            metavar="SECONDS",
            default=int(GRACE.total_seconds()),
            help="how long what ran out may wait for the sweeper (default: %(default)s)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        found = broken(now=timezone.now(), grace=timedelta(seconds=options["grace"]))
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(found)))
        else:
            self._print(found)
        if found:
            sys.exit(1)

    def _print(self, found: list[Finding]) -> None:
        by_name = {one.invariant.name: one for one in found}
        for invariant in INVARIANTS:
            finding = by_name.get(invariant.name)
            self.stdout.write(f"{'BROKEN' if finding else 'holds ':<7} {invariant.sentence}")
            if finding:
                named = ", ".join(finding.examples)
                more = finding.count - len(finding.examples)
                self.stdout.write(f"        {named}{f' and {more} more' if more else ''}")


def _as_json(found: list[Finding]) -> dict[str, Any]:
    return {
        "checked": len(INVARIANTS),
        "findings": [
            {
                "invariant": one.invariant.name,
                "sentence": one.invariant.sentence,
                "count": one.count,
                "examples": list(one.examples),
            }
            for one in found
        ],
    }

"""`manage.py match`: run a round for one care or all, or explain what it means for one referral."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from brokering.models import Referral
from brokering.selectors.explanations import explain
from brokering.selectors.upkeep import cares_with_someone_waiting
from brokering.tasks import offer_round
from brokering.templatetags.worklist import why_words


class Command(BaseCommand):
    """One round, or the reasons of one."""

    help = "Match waiting referrals to free places; --explain says why this pair, why nobody."

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--care", help="code of the care to run a round for")
        what.add_argument("--all", action="store_true", help="every care with someone waiting")
        what.add_argument(
            "--explain", metavar="REFERRAL", help="referral id: why this place, why nobody"
        )
        parser.add_argument("--json", action="store_true", help="print the summary as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["explain"]:
            return self._explain(options["explain"], as_json=options["json"])
        known = cares_with_someone_waiting()
        if options["care"] and options["care"] not in known:
            raise CommandError(
                f"Nobody is waiting for {options['care']!r}, or there is no such care."
            )
        return self._run([options["care"]] if options["care"] else known, as_json=options["json"])

    def _run(self, cares: list[str], *, as_json: bool) -> None:
        for care in cares:
            counts = offer_round(care, now=timezone.now())
            if as_json:
                self.stdout.write(json.dumps({"care": care, **counts}))
            else:
                self.stdout.write(
                    f"{care}: {counts['proposals']} proposals, {counts['offers']} offers"
                )

    def _explain(self, referral_id: str, *, as_json: bool) -> None:
        care, need_key = _need_of(referral_id)
        found = explain(care, need_key, now=timezone.now())
        if as_json:
            self.stdout.write(json.dumps(asdict(found), default=str, sort_keys=True))
            return
        if found.round_at:
            self.stdout.write(f"Round of {timezone.localtime(found.round_at):%Y-%m-%d %H:%M}")
        self.stdout.write(why_words(found.code))
        if found.place:
            place = found.place
            self.stdout.write(
                f"  slot {place['slot_id']} · route {place['route']} · in time {place['in_time']}"
                f" · {place['distance_km']} km"
            )
        for word, counts in (("taken", found.taken), ("removed", found.removed)):
            for code, places in counts.items():
                self.stdout.write(f"  {word}: {places} × {why_words(code)}")
                for ground in found.grounds.get(code, ()):
                    self.stdout.write(f"    {why_words(ground)}")


def _need_of(referral_id: str) -> tuple[str, str]:
    """Care and opaque key of a referral; the command runs as the operator, on the owner's connection."""
    try:
        row = Referral.objects.using("owner").get(id=UUID(referral_id))
    except (ValueError, Referral.DoesNotExist) as error:
        raise CommandError(f"There is no referral {referral_id!r}.") from error
    return row.care_id, str(row.need_key)

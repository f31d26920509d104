"""Loads regions, municipalities, cares, published waits and referral rules; running it again is safe."""

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.selectors.actors import system_actor
from contracts.actions.parties import load_parties
from contracts.actions.reference import load_referral_rules
from providers.actions.reference import load_reference
from providers.reference import UnreadableReference


class Command(BaseCommand):
    """manage.py load_reference."""

    help = "Load the reference data shipped with the product (idempotent)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Load everything and say per table what happened."""
        by, now = system_actor(), datetime.now(UTC)
        try:
            tallies = (
                *load_reference(by=by, now=now),
                *load_parties(by=by, now=now),
                *load_referral_rules(by=by, now=now),
            )
        except UnreadableReference as refusal:
            raise CommandError(str(refusal)) from refusal
        for tally in tallies:
            self.stdout.write(
                f"{tally.table}: {tally.created} new, {tally.changed} changed, {tally.same} as before"
            )

"""What is kept of rounds and the deviation ledger for a time only goes; figures and what was offered stay."""

from datetime import datetime

from django.conf import settings
from django.db import connections, transaction

from brokering.matching.bypasses import UNEXPLAINED
from brokering.models import Bypass, Proposal, Round, RoundStore
from brokering.selectors.country.plans import ONLY
from brokering.selectors.need_profiles import MATCHER

OVERTAKEN = f"""
    DELETE FROM {Proposal._meta.db_table} p USING {Round._meta.db_table} r
    WHERE p.round_id = r.id AND p.why = '{{}}' AND r.national_id IS NOT NULL AND r.started_at < %(before)s
      AND EXISTS (SELECT 1 FROM {Round._meta.db_table} later
                  WHERE later.care_id = r.care_id AND later.started_at > r.started_at
                  AND NOT jsonb_exists(later.settings, '{ONLY}'))
"""
"""Of each care the last round over all places stays whole: the next one keeps to it where it can."""


def forget_rounds(*, now: datetime) -> int:
    """Remove proposals of overtaken rounds that no offer was made of, and stored inputs past their time."""
    with transaction.atomic(using=MATCHER):
        RoundStore.objects.using(MATCHER).filter(
            stored_at__lt=now - settings.ROUND_STORE_KEPT
        ).delete()
        with connections[MATCHER].cursor() as cursor:
            cursor.execute(OVERTAKEN, {"before": now - settings.ROUND_PROPOSALS_KEPT})
            return int(cursor.rowcount)


def forget_bypasses(*, now: datetime) -> int:
    """Remove what the ledger holds of places given long ago; what nobody has explained yet stays."""
    old = Bypass.objects.using(MATCHER).filter(given_at__lt=now - settings.LEDGER_KEPT)
    many, _ = old.exclude(code=UNEXPLAINED, settled_code="").delete()
    return many

"""The plan of a care that stands: its last whole round, and what rounds over some places changed since."""

from uuid import UUID

import numpy as np

from accounts.database.statements import tuples_of
from brokering.models import Round
from brokering.selectors.country.columns import Column
from brokering.selectors.need_profiles import MATCHER

ONLY = "only_places"
"""In a round's settings, how many places it was about; a round without it was over all of the care."""


def standing_rounds(care: str) -> list[UUID]:
    """The rounds that the plan was made by, oldest first; empty where there has been none."""
    rounds = Round.objects.using(MATCHER).filter(care=care).order_by("-started_at", "-id")
    rounds = rounds.only("id", "started_at")
    whole = rounds.exclude(settings__has_key=ONLY).first()
    later = rounds.filter(settings__has_key=ONLY)
    if whole is not None:
        later = later.filter(started_at__gte=whole.started_at)
    newest_first = [*later, *([] if whole is None else [whole])]
    return [one.id for one in reversed(newest_first)]


SAID = f"""
    WITH whole AS (
        SELECT id, started_at FROM brokering_round WHERE care_id = %(care)s AND NOT settings ? '{ONLY}'
         ORDER BY started_at DESC, id DESC LIMIT 1)
    SELECT p.need_key, p.slot_id FROM brokering_proposal p JOIN brokering_round r ON r.id = p.round_id
      LEFT JOIN whole ON true
     WHERE p.slot_id = ANY(%(slots)s) AND r.care_id = %(care)s AND (r.id = whole.id
       OR (r.settings ? '{ONLY}' AND (whole.id IS NULL OR r.started_at >= whole.started_at)))
     ORDER BY r.id = whole.id DESC NULLS LAST, r.started_at, r.id
"""


def said_of(care: str, slots: list[UUID]) -> list[tuple[UUID, UUID]]:
    """Needs to which the plan that stands gives some of the places, each with its place, oldest first."""
    return tuples_of(SAID, {"care": care, "slots": slots}, using=MATCHER)


def last_of_each(values: Column) -> Column:
    """Where each value stands for the last time, ascending."""
    _, from_behind = np.unique(values[::-1], return_index=True)
    return np.sort(len(values) - 1 - from_behind)

"""The plan of a care that stands: its last whole round, and what rounds over some places changed since."""

from uuid import UUID

import numpy as np

from brokering.models import Round
from brokering.selectors.country.columns import Column
from brokering.selectors.need_profiles import MATCHER

ONLY = "only_places"
"""In a round's settings, how many places it was about; a round without it was over all of the care."""


def standing_rounds(care: str) -> list[UUID]:
    """The rounds that the plan was made by, oldest first; empty where there has been none."""
    rounds = Round.objects.using(MATCHER).filter(care=care).order_by("-started_at", "-id")
    whole = rounds.exclude(settings__has_key=ONLY).first()
    later = rounds.filter(settings__has_key=ONLY)
    if whole is not None:
        later = later.filter(started_at__gte=whole.started_at)
    newest_first = [*later, *([] if whole is None else [whole])]
    return [one.id for one in reversed(newest_first)]


def last_of_each(values: Column) -> Column:
    """Where each value stands for the last time, ascending."""
    _, from_behind = np.unique(values[::-1], return_index=True)
    return np.sort(len(values) - 1 - from_behind)

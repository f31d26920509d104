"""Forecasts as they stand: what a clinic's queue can expect, and when it is whose turn."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import connections

from accounts.database.statements import tuples_of
from brokering.forecast import CLASSES, class_of, turn
from brokering.models import Forecast, Referral
from brokering.selectors.forecast_facts import PROMISE_LASTS
from brokering.selectors.need_profiles import MATCHER
from providers.patterns import SWEDEN
from providers.reliability import Word
from providers.selectors.words import AGED, FIGURES, HELD, figures_asked, word_in

FEWEST = 10
"""Fewer promises than this, kept or broken, could point at someone: then how many held is not told."""
SHOWN = ("clinic_id", "made_on", "early", "middle", "late", "weeks", "judged", "held")
NEWEST = f"""
    SELECT DISTINCT ON (clinic_id) {", ".join(SHOWN)} FROM brokering_forecast
    WHERE clinic_id = ANY(%(clinics)s) AND care_id = %(care)s
      AND made_on <= %(on)s AND made_on > %(since)s
    ORDER BY clinic_id, made_on DESC
"""
BOTH = f"""
    SELECT coalesce(w.clinic_id, f.clinic_id), w.*, f.* FROM ({FIGURES}) AS w FULL JOIN ({NEWEST}) AS f
    ON f.clinic_id = w.clinic_id
"""
"""How far clinics' words have held, and what their queues can expect, in one statement."""
AHEAD = """
    SELECT clinic_id, care_id, priority, joined_on, count(*) FROM queue_history
    WHERE clinic_id = ANY(%(clinics)s) AND state IN ('waiting', 'offered')
      AND (watch_until IS NULL OR watch_until <= %(on)s)
    GROUP BY 1, 2, 3, 4
"""

Pair = tuple[UUID, str]


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """What somebody who joins a clinic's queue can expect; a day that is None is over a year off."""

    made_on: date
    early: date | None
    middle: date | None
    late: date | None
    weeks: int
    judged: int
    held: int

    @property
    def percent(self) -> int | None:
        """Of a hundred earlier promises, how many held; None where too few have run out to tell."""
        if min(self.held, self.judged - self.held) < FEWEST:
            return None
        return 100 * self.held // self.judged


def outlooks(clinics: Iterable[UUID], care: str, *, on: date) -> dict[UUID, Outlook]:
    """The newest forecast of each clinic for a care, at most a week old; a clinic without one is left out."""
    asked = {
        "clinics": list(set(clinics)),
        "care": care,
        "on": on,
        "since": on - timedelta(days=PROMISE_LASTS),
    }
    rows = tuples_of(NEWEST, asked)
    return {clinic: _outlook(row) for clinic, *row in rows}


def told_of(
    clinics: Iterable[UUID], care: str, *, on: date
) -> dict[UUID, tuple[Word, Outlook | None]]:
    """Of each clinic what its word is worth, and what its queue can expect; one of which nothing is known is
    left out."""
    asked = figures_asked(clinics, on=on)
    asked |= {"care": care, "since": on - timedelta(days=PROMISE_LASTS)}
    width = 1 + len(AGED) + len(HELD)
    found = {}
    for clinic, *row in tuples_of(BOTH, asked):
        word = Word() if row[0] is None else word_in(row[1:width])
        outlook = None if row[width] is None else _outlook(row[width + 1 :])
        found[clinic] = (word, outlook)
    return found


def _outlook(row: Sequence[Any]) -> Outlook:
    return Outlook(**dict(zip(SHOWN[1:], row, strict=True)))


def turns(needs: Iterable[Referral], *, on: date) -> dict[UUID, date | None]:
    """When each need's turn comes where it waits, by its clinic's newest forecast; None: over a year off.

    A need whose clinic has no forecast is left out: nothing is known.
    """
    waiting = [one for one in needs if one.registered_at_id]
    said = _newest({(one.registered_at_id, one.care_id) for one in waiting}, on)
    if not said:
        return {}
    queues = _queues({clinic for clinic, _ in said}, on)
    found = {}
    for one in waiting:
        forecast = said.get((one.registered_at_id, one.care_id))
        if forecast is not None:
            own = class_of(one.priority)
            joined = one.created_at.astimezone(SWEDEN).date()
            before = _before(queues.get((forecast.clinic_id, one.care_id), {}), own, joined)
            day = turn(forecast.places[own], forecast.stays * before, on=forecast.made_on)
            found[one.id] = day and max(day, on)
    return found


def _newest(pairs: set[tuple[Any, str]], on: date) -> dict[tuple[Any, str], Forecast]:
    rows = (
        Forecast.objects.filter(
            clinic__in={clinic for clinic, _ in pairs},
            care__in={care for _, care in pairs},
            made_on__lte=on,
            made_on__gt=on - timedelta(days=PROMISE_LASTS),
        )
        .order_by("clinic_id", "care_id", "-made_on")
        .distinct("clinic_id", "care_id")
    )
    return {(row.clinic_id, row.care_id): row for row in rows}


def _queues(clinics: set[Any], on: date) -> dict[Pair, dict[int, list[date]]]:
    """By clinic and care, and by class of need: the days on which those who wait joined, in order."""
    found: dict[Pair, dict[int, list[date]]] = defaultdict(lambda: defaultdict(list))
    with connections[MATCHER].cursor() as cursor:
        cursor.execute(AHEAD, {"clinics": list(clinics), "on": on})
        for clinic, care, priority, joined, number in cursor.fetchall():
            found[clinic, care][class_of(priority)] += [joined] * number
    for by_class in found.values():
        for days in by_class.values():
            days.sort()
    return found


def _before(queue: dict[int, list[date]], own: int, joined: date) -> int:
    """How many go before somebody of a class who joined on a day: greater need, then who came earlier."""
    greater = sum(len(queue.get(other, [])) for other in range(min(own, CLASSES)))
    return greater + bisect_left(queue.get(own, []), joined)

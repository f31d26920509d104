"""What is counted of a year: histograms that add up, and the figures read from them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from brokering.sweden.waiting import GROUPS
from insight.simulation.country import Country, Kinds, first_alarm
from insight.simulation.parameters import GUARANTEE_DAYS, Parameters
from insight.simulation.people import Ints, People
from insight.simulation.year import CHILDREN, LEFT, TREATED, WAITS, Year

MEASURES = ("first_visit", "operation")
CLASSES = 4
LONGEST_WAIT = 2000
"""Days; nobody waits longer: four years on day 0, and a year."""
FARTHEST = 2000
"""Kilometres; more than the length of the country."""
MONTH = 4
"""Weeks between the days on which those who wait are counted."""


@dataclass(kw_only=True)
class Tally:
    """Sums over people; each array may be added to another's. The first axis is the measure."""

    ended: Ints
    """Measure × status, of everybody."""
    treated: Ints
    """Measure × home region × group × need class × days waited: people given care."""
    waiting: Ints
    """The same of those who wait on the last day."""
    removed: Ints
    in_queue: Ints
    """Measure × (week, day 0 first) × (all, within the guarantee's days)."""
    flow: Ints
    """Measure × home region × region of care."""
    ways: Ints
    """Measure × route."""
    payer: Ints
    """Measure × payer, of care in other regions."""
    kilometres: Ints
    """Measure × group × whole kilometres, of care in other regions."""
    breaches: Ints
    """Measure × (all; those with an alarm on or before the last day; those with one without lead time)."""
    faults: Ints
    """Overused places, people passed over, people beside an empty place; places offered."""

    def __add__(self, other: "Tally") -> "Tally":
        both = {
            one.name: getattr(self, one.name) + getattr(other, one.name) for one in fields(self)
        }
        return Tally(**both)


def tally(country: Country, people: People, given: Parameters, table: Kinds, year: Year) -> Tally:
    """The sums of one care's year."""
    measure = MEASURES.index(people.measure)
    treated, waits = year.status == TREATED, year.status == WAITS
    here = people.start <= 7 * given.weeks
    wait = np.clip(year.ended - people.start, 0, LONGEST_WAIT - 1)
    regions = len(country.regions)
    shape = (regions, len(GROUPS), CLASSES, LONGEST_WAIT)
    place = np.ravel_multi_index(
        (people.region, people.group, people.priority - 1, wait), shape, mode="raise"
    )
    where = table.region[year.at]
    away = treated & (where != people.region)
    km = np.minimum(country.far[people.home, where] // 10, FARTHEST - 1)
    payer = table.payer[year.way, (people.group % CHILDREN != 0).astype(np.int64), people.region]
    pays = payer[np.arange(len(people)), year.at]

    def counted(of: npt.NDArray[np.bool_]) -> Ints:
        return np.bincount(place[of], minlength=int(np.prod(shape))).reshape(shape)

    flow = np.bincount(people.region[treated] * regions + where[treated], minlength=regions**2)
    found = {
        "ended": np.bincount(year.status[here], minlength=3),
        "treated": counted(treated),
        "waiting": counted(waits),
        "removed": counted(year.status == LEFT),
        "in_queue": _queue(people, given, year),
        "flow": flow.reshape(regions, regions),
        "ways": np.bincount(year.way[treated], minlength=3),
        "payer": np.bincount(pays[away], minlength=8)[:8],
        "kilometres": np.bincount(
            people.group[away] * FARTHEST + km[away], minlength=len(GROUPS) * FARTHEST
        ).reshape(len(GROUPS), FARTHEST),
        "breaches": _breaches(country, people, given, year),
    }
    faults = np.array([year.overused, year.passed_over, year.wasted, year.offered])
    return Tally(**{name: _at(measure, sums) for name, sums in found.items()}, faults=faults)


def _at(measure: int, sums: Ints) -> Ints:
    both = np.zeros((len(MEASURES), *sums.shape), np.int64)
    both[measure] = sums
    return both


def _queue(people: People, given: Parameters, year: Year) -> Ints:
    """How many wait at the end of each week, and how many of them within the guarantee's days."""
    found = np.zeros((given.weeks + 1, 2), np.int64)
    over = np.where(year.status == WAITS, 7 * given.weeks + 1, year.ended)
    for week in range(given.weeks + 1):
        here = (people.start <= 7 * week) & (over > 7 * week)
        within = here & (7 * week - people.start <= GUARANTEE_DAYS)
        found[week] = here.sum(), within.sum()
    return found


def _breaches(country: Country, people: People, given: Parameters, year: Year) -> Ints:
    """Guarantees whose last day passed in the year while the person waited, and which had an alarm.

    The watch is kept as each week begins. An alarm counts as early only before the last day is over.
    """
    due = people.start + GUARANTEE_DAYS
    broken = (due >= 0) & (year.ended > due)
    guarantee = people.care.guarantee
    if guarantee is None:
        return np.zeros(3, np.int64)
    early = [_watched(country, people, guarantee, lead) <= due for lead in (given.lead_days, 0)]
    return np.array([broken.sum(), *((broken & one).sum() for one in early)])


def _watched(country: Country, people: People, guarantee: str, lead_days: int) -> Ints:
    """The first day of watching on which the duty alarms."""
    days = np.array([first_alarm(region, guarantee, lead_days) for region in country.regions])
    watched: Ints = -(-np.maximum(people.start + days[people.region], 0) // 7) * 7
    return watched


@dataclass(kw_only=True)
class Paired:
    """The same people in both years: who had care earlier with sharing, at the same time, later.

    Need class, or home region, × (earlier, same, later, days gained in all).
    """

    by_class: Ints
    by_region: Ints

    def __add__(self, other: "Paired") -> "Paired":
        return Paired(
            by_class=self.by_class + other.by_class, by_region=self.by_region + other.by_region
        )


def paired(people: People, without: Year, shared: Year, regions: int) -> Paired:
    """Whoever is not given care within the year counts until its last day."""
    gained = without.ended - shared.ended
    columns = (gained > 0, gained == 0, gained < 0, gained)

    def by(group: Ints, many: int) -> Ints:
        sums = [np.bincount(group, weights=one, minlength=many) for one in columns]
        return np.stack(sums, axis=1).astype(np.int64)

    return Paired(by_class=by(people.priority - 1, CLASSES), by_region=by(people.region, regions))


def figures(waits: Ints) -> dict[str, Any]:
    """Count, share within the guarantee's days (None of nobody), and the 50th, 90th and 95th wait of 100."""
    days = waits.reshape(-1, waits.shape[-1]).sum(axis=0)
    count = int(days.sum())
    if not count:
        return {"count": 0, "within": None, "p50": None, "p90": None, "p95": None}
    reached = days.cumsum()
    found = {f"p{p}": int(np.searchsorted(reached, count * p / 100)) for p in (50, 90, 95)}
    return {"count": count, "within": _share(int(days[: GUARANTEE_DAYS + 1].sum()), count), **found}


def _share(part: int, whole: int) -> float:
    return round(100 * part / whole, 1) if whole else 0.0


def report(sums: Tally, regions: Sequence[str]) -> dict[str, Any]:
    """Everything that is told of one year, by measure."""
    return {name: _measure(sums, at, regions) for at, name in enumerate(MEASURES)} | {
        "faults": dict(
            zip(("overused", "passed_over", "wasted", "offered"), sums.faults.tolist(), strict=True)
        )
    }


def _measure(sums: Tally, at: int, regions: Sequence[str]) -> dict[str, Any]:
    flow, done, waits = sums.flow[at], sums.treated[at], sums.waiting[at]
    months = sums.in_queue[at][MONTH::MONTH]
    away = int(flow.sum() - np.trace(flow))
    return {
        "ended": dict(zip(("waiting", "treated", "left"), sums.ended[at].tolist(), strict=True)),
        "treated": figures(done),
        "waiting": figures(waits),
        "pooled_waiting_within": _share(int(months[:, 1].sum()), int(months[:, 0].sum())),
        "in_queue": sums.in_queue[at].tolist(),
        "by_region": {
            code: _both(done[number], waits[number]) for number, code in enumerate(regions)
        },
        "by_group": [
            one | {"km": _middle(km)}
            for one, km in zip(
                _each(lambda group: (done[:, group], waits[:, group]), len(GROUPS)),
                sums.kilometres[at],
                strict=True,
            )
        ],
        "by_class": _each(lambda one: (done[:, :, one], waits[:, :, one]), CLASSES),
        "away": away,
        "away_share": _share(away, int(flow.sum())),
        "flow": flow.tolist(),
        "ways": sums.ways[at].tolist(),
        "payer": sums.payer[at].tolist(),
        "km": _middle(sums.kilometres[at].sum(axis=0)),
        "breaches": dict(
            zip(("all", "alarmed", "no_lead"), sums.breaches[at].tolist(), strict=True)
        ),
    }


def _each(of: Callable[[int], tuple[Ints, Ints]], many: int) -> list[dict[str, Any]]:
    return [_both(*of(number)) for number in range(many)]


def _both(done: Ints, waits: Ints) -> dict[str, Any]:
    return {"treated": figures(done), "waiting": figures(waits)}


def _middle(km: Ints) -> dict[str, int | None]:
    """Of people by whole kilometres: how many, the 50th and 90th of 100, kilometres in all."""
    count = int(km.sum())
    if not count:
        return {"count": 0, "p50": None, "p90": None, "total": 0}
    reached = km.cumsum()
    return {
        "count": count,
        "p50": int(np.searchsorted(reached, count * 0.5)),
        "p90": int(np.searchsorted(reached, count * 0.9)),
        "total": int((km * np.arange(len(km))).sum()),
    }

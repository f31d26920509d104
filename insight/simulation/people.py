"""Everyone who waits on day 0 and everyone who comes in the year, drawn before anything happens to them.

Both years are lived by the same people: what is drawn does not depend on whether places are shared.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from brokering.matching.problem import NO_LIMIT
from brokering.sweden.needs import DISTANCES_KM, PRIORITY_WEIGHTS
from brokering.sweden.population import Population, population
from brokering.sweden.sources import Sources
from brokering.sweden.waiting import Waiting, waiting
from insight.simulation.parameters import FIRST_VISITS_A_YEAR, OPERATIONS_A_YEAR, Parameters
from providers.reference import CareRow

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
YEARLY = {"first_visit": FIRST_VISITS_A_YEAR, "operation": OPERATIONS_A_YEAR}
NEVER = np.iinfo(np.int32).max


@dataclass(frozen=True, kw_only=True)
class People:
    """Who needs one care, by need class, then longest wait. Days count from day 0."""

    care: CareRow
    measure: str
    region: Ints
    home: Ints
    """Municipality, as numbered in the sources."""
    start: Ints
    """The day on which the guarantee's clock began; not after 0 for those of the queue."""
    group: Ints
    """Sex and age as numbered in `sweden.waiting.GROUPS`."""
    priority: Ints
    reach: Ints
    """Hundreds of metres."""
    travels: Floats
    accepts: Floats
    alone: Floats
    """Even numbers from 0 to 1, held against the shares of the parameters."""
    leaves: Ints
    """The day on which they leave without the care, if they still wait then."""

    def __len__(self) -> int:
        return len(self.region)


@dataclass(frozen=True)
class Population0:
    """The queues of day 0 and the tables that they were drawn from."""

    parts: tuple[Waiting, ...]
    drawn: Population
    share: float
    """Of the whole country."""


def queues(sources: Sources, given: Parameters) -> Population0:
    """The published queues at the scale of the parameters."""
    parts = waiting(sources.statistics, given.waiting)
    whole = waiting(sources.statistics) if given.waiting else parts
    share = sum(part.total for part in parts) / sum(part.total for part in whole)
    return Population0(parts, population(parts, sources.statistics.ages, given.seed), share)


def everyone(sources: Sources, given: Parameters) -> Iterator[tuple[People, Floats]]:
    """The people of each care, and its places of a year in each region while `capacity` is 1.

    Regionsjukvård is left out: its patients cross borders already, to hospitals that are named for it.
    """
    day0 = queues(sources, given)
    first = 0
    for part in day0.parts:
        newest = part.places[:, :, 0].astype(np.float64)
        yearly = newest * (YEARLY[part.measure] * day0.share / newest.sum())
        for number, code in enumerate(part.cares):
            care = sources.care[code]
            if care.hospital_level in (None, "local") and code in (given.only or part.cares):
                come = yearly[:, number]
                long = part.places[:, number, 1:].sum(axis=1)
                people = _people(sources, given, (day0, part, first + number), come)
                yield people, _places(come, long, given.uneven)
        first += len(part.cares)


def _places(come: Floats, long: Ints, uneven: float) -> Floats:
    """As many as people who come, less the part of the long queue that is above the country's share."""
    above = long - come * (long.sum() / come.sum())
    found: Floats = np.maximum(come - uneven * above, 0)
    scaled: Floats = found * (come.sum() / found.sum())
    return scaled


def _people(
    sources: Sources, given: Parameters, where: tuple[Population0, Waiting, int], come: Floats
) -> People:
    day0, part, number = where
    care = sources.care[day0.drawn.cares[number]]
    rng = np.random.default_rng([given.seed, 3, number])
    mine = np.flatnonzero(day0.drawn.care == number)
    new = np.repeat(np.arange(len(come)), rng.poisson(come * given.weeks / 52))
    ages = part.people[part.cares.index(care.code), 0].astype(np.float64)
    columns = {
        "region": np.concatenate([day0.drawn.region[mine], new]),
        "group": np.concatenate([day0.drawn.group[mine], _drawn(rng, ages, len(new))]),
        "start": np.concatenate(
            [-day0.drawn.days[mine], rng.integers(1, 7 * given.weeks + 1, len(new))]
        ),
        "priority": _priority(
            rng, np.concatenate([day0.drawn.band[mine], np.zeros_like(new, np.int64)])
        ),
    }
    columns |= _wishes(sources, given, columns["region"], rng)
    columns["leaves"] = 7 * (np.maximum(columns["start"] + 6, 0) // 7 + columns["leaves"])
    turn = np.lexsort((columns["start"], columns["priority"]))
    travels, accepts, alone = (rng.random(len(turn))[turn] for _ in range(3))
    return People(
        care=care,
        measure=part.measure,
        **{name: column[turn] for name, column in columns.items()},
        travels=travels,
        accepts=accepts,
        alone=alone,
    )


def _wishes(
    sources: Sources, given: Parameters, region: Ints, rng: np.random.Generator
) -> dict[str, Ints]:
    """Where they live, how far they would go, and when they tire of waiting."""
    numbered = {row.code: number for number, row in enumerate(sources.municipalities)}
    home = np.zeros_like(region)
    for number, row in enumerate(sorted(sources.regions, key=lambda one: one.code)):
        lives = np.flatnonzero(region == number)
        places = np.array([numbered[place.code] for place in sources.places[row.code]])
        home[lives] = rng.choice(places, len(lives))
    reaches = np.array([NO_LIMIT if km is None else km * 10 for km, _ in DISTANCES_KM])
    reach = reaches[_drawn(rng, np.array([weight for _, weight in DISTANCES_KM]), len(region))]
    weeks = np.full(len(region), NEVER)
    if given.leaves_a_week:
        weeks = rng.geometric(given.leaves_a_week, len(region))
    return {"home": home, "reach": reach, "leaves": np.minimum(weeks, NEVER // 8)}


def _priority(rng: np.random.Generator, band: Ints) -> Ints:
    found = np.zeros_like(band)
    for number, weights in enumerate(PRIORITY_WEIGHTS):
        of_band = np.flatnonzero(band == number)
        found[of_band] = 1 + _drawn(rng, np.array(weights, np.float64), len(of_band))
    return found


def _drawn(rng: np.random.Generator, weights: Floats, size: int) -> Ints:
    return rng.choice(len(weights), size=size, p=weights / weights.sum()).astype(np.int64)

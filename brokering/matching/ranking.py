"""The order of choices between people. Change the ranking here and nowhere else.

Medical need decides before everything else (3 kap. 1 § HSL). A plan is better than another if it
is better on the first line of the order on which they differ, however much worse it is further
down:

1. for each need class, highest first: how many are treated, then how many of them in time
   (with `longest_waiting_first`, between the two: how many days the treated have waited);
2. fewest days late, all together;
3. most proposals unchanged since the last plan (nobody has been told, but calm has a value);
4. the home region's search order, in reroutes only;
5. shortest distance.

Plans that are equal on every line are told apart person by person: highest need, then longest
wait, then lowest key, each takes the earliest day left among the equal ones.
There is no line for the home region: a place ranks people by need alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from brokering.matching.snapshot import PRIORITIES, Need, Settings, WithinClass

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

NO_DUE_DAY = np.iinfo(np.int32).max

# Which route a proposal takes where law leaves several open: what costs the patient least first.
ROUTE_ORDER = ("own_region", "guarantee_reroute", "free_choice", "inpatient_choice")


@dataclass(frozen=True, slots=True)
class Pairs:
    """Needs (rows) against offers (columns); days as proleptic ordinals.

    `due` is NO_DUE_DAY where there is none. `possible` says which pairs may be; the other
    matrices mean nothing elsewhere. `option` numbers the way (lot, route, tier) of each pair.
    """

    priority: Ints
    due: Ints
    waited_days: Ints
    had_proposal: Bools
    day: Ints
    count: Ints
    horizon: int
    possible: Bools
    option: Ints
    tier: Ints
    hectometres: Ints
    kept: Bools


@dataclass(frozen=True, slots=True)
class Cost:
    """What a plan pays, lower is better: for each pair, and for each need given nobody."""

    given: Ints
    nobody: Ints


@dataclass(frozen=True, slots=True)
class Level:
    """One line of the order: its code, and its price. `need_class` None: everyone."""

    code: str
    price: Callable[[Pairs], Cost]
    need_class: int | None = None

    def cost(self, pairs: Pairs) -> Cost:
        """The level's price for those whom it concerns, 0 for the others. Unit: the level's."""
        cost = self.price(pairs)
        if self.need_class is None:
            return cost
        concerned = (pairs.priority == self.need_class).astype(np.int64)
        return Cost(given=cost.given * concerned[:, None], nobody=cost.nobody * concerned)


def untreated(pairs: Pairs) -> Cost:
    """One for each person without a place."""
    return Cost(given=np.zeros(pairs.possible.shape, np.int64), nobody=np.ones_like(pairs.due))


def not_in_time(pairs: Pairs) -> Cost:
    """One for each person who is not treated by the due date; without one, any day is in time."""
    late = pairs.day[None, :] > pairs.due[:, None]
    return Cost(given=late.astype(np.int64), nobody=np.ones_like(pairs.due))


def waited_in_vain(pairs: Pairs) -> Cost:
    """The days already waited by those who are left without a place."""
    nothing = np.zeros(pairs.possible.shape, np.int64)
    return Cost(given=nothing, nobody=pairs.waited_days)


def lateness(pairs: Pairs) -> Cost:
    """Days from the due date to the care.

    Who is left without a place is counted as late until the day after the round's last place:
    otherwise the plan would look better for leaving out those who are overdue the most.
    """
    given = np.maximum(pairs.day[None, :] - pairs.due[:, None], 0)
    return Cost(given=given, nobody=np.maximum(pairs.horizon - pairs.due, 0))


def proposal_changed(pairs: Pairs) -> Cost:
    """One for each person who loses the proposal of the last plan."""
    had = pairs.had_proposal.astype(np.int64)
    return Cost(given=had[:, None] * ~pairs.kept, nobody=had)


def search_tier(pairs: Pairs) -> Cost:
    """The home region's search order, 0 first; 0 for everything but a reroute."""
    return Cost(given=pairs.tier, nobody=np.zeros_like(pairs.due))


def distance(pairs: Pairs) -> Cost:
    """Great-circle distance in hundreds of metres; 0 for protected identity (never computed)."""
    return Cost(given=pairs.hectometres, nobody=np.zeros_like(pairs.due))


PER_NEED_CLASS = {
    WithinClass.RESCUABLE_FIRST: (
        ("treated", untreated),
        ("in_time", not_in_time),
    ),
    WithinClass.LONGEST_WAITING_FIRST: (
        ("treated", untreated),
        ("waited", waited_in_vain),
        ("in_time", not_in_time),
    ),
}

FOR_EVERYONE = (
    Level("lateness", lateness),
    Level("kept", proposal_changed),
    Level("tier", search_tier),
    Level("distance", distance),
)


def order(settings: Settings) -> tuple[Level, ...]:
    """The lines of the order under these settings, the weightiest first."""
    by_need = [
        Level(f"{code}_{need_class}", price, need_class)
        for need_class in PRIORITIES
        for code, price in PER_NEED_CLASS[settings.within_class]
    ]
    return (*by_need, *FOR_EVERYONE)


def turn(need: Need) -> tuple[int, date, str]:
    """The order in which people choose between plans that are equal on every line."""
    return (need.priority, need.waiting_since, need.key)


def route_rank(route: str) -> tuple[int, str]:
    """The place of a route in ROUTE_ORDER; routes that are not named there come last."""
    known = ROUTE_ORDER.index(route) if route in ROUTE_ORDER else len(ROUTE_ORDER)
    return (known, route)

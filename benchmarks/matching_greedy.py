"""The greedy engine and the auction on an invented country: CPU seconds and who is in time.

Nothing here needs a database. Sizes are the country's: 430,000 who wait, 2,000,000 places, 300 cares, the
largest 49,000; half of the cares have fewer places than people.
"""

from collections.abc import Callable, Iterator
from time import process_time

import numpy as np

from benchmarks.problems import TODAY, problem
from benchmarks.stage import tell_of
from brokering.matching import auction, greedy
from brokering.matching.problem import NO_LIMIT, NO_WAY, NOBODY, Ints, Plan, Problem
from brokering.matching.snapshot import PRIORITIES, Settings

WAITING, PLACES, LARGEST, CARES = 430_000, 2_000_000, 49_000, 300
SCARCE = (0.5, 0.9)
LARGEST_SHARE, HUNDRED_THOUSAND, AT_ONCE = 0.9, 100_000, 1000
CHOSEN = Settings()
Engine = Callable[[Problem, Settings, int], Plan]


def measure() -> None:
    """Each engine over the country, and the auction's plans at 100,000."""
    _warm_up()
    country = list(cares(WAITING))
    waiting = sum(len(care.due) for care in country)
    slots = sum(int(care.count.sum()) for care in country)
    chosen, plans = _seconds(greedy.solve, country)
    bid, bought = _seconds(auction.solve, country)
    reference = ("numpy, which clinics lie within reach of each person", _beside(country))
    figures = {"places": slots, "in_time": in_time(country, plans).tolist()}
    tell_of("matching.greedy", (chosen, "CPU seconds"), reference, waiting, **figures)
    figures = {"places": slots, "in_time": in_time(country, bought).tolist()}
    tell_of(
        "matching.auction", (bid, "CPU seconds"), ("the greedy engine", chosen), waiting, **figures
    )
    _plans()


def cares(waiting: int) -> Iterator[Problem]:
    """A country's cares, the largest first, in every second one fewer places than people."""
    largest = waiting * LARGEST // WAITING
    rest = 1 / np.arange(2, CARES + 1)
    sizes = [largest, *np.rint((waiting - largest) * rest / rest.sum()).astype(int).tolist()]
    scarce = sum(n * _scarce(i) for i, n in enumerate(sizes) if _scarce(i))
    rich = sum(n for i, n in enumerate(sizes) if not _scarce(i))
    share = (waiting * PLACES / WAITING - scarce) / rich
    for i, n in enumerate(sizes):
        yield problem(n, _scarce(i) or share, i + 1)


def _scarce(number: int) -> float:
    """Places to one who waits in a scarce care; 0 for a rich one."""
    if number == 0:
        return LARGEST_SHARE
    return 0.0 if number % 2 else SCARCE[number // 2 % len(SCARCE)]


def in_time(country: list[Problem], plans: list[Plan]) -> Ints:
    """How many of each need class are treated in time."""
    counts = np.zeros(len(PRIORITIES), np.int64)
    for care, plan in zip(country, plans, strict=True):
        timely = (plan.at != NOBODY) & (care.day[plan.at] <= care.due)
        counts += np.bincount(care.priority[timely], minlength=len(PRIORITIES) + 1)[1:]
    return counts


def late_beside_lower(care: Problem, plan: Plan) -> int:
    """People without a place in time while a lower need class holds one that were in time for them."""
    timely = (plan.at != NOBODY) & (care.day[plan.at] <= care.due)
    lowest = np.zeros(len(care.day), np.int8)
    held = plan.at != NOBODY
    np.maximum.at(lowest, plan.at[held], care.priority[held])
    return sum(_could_use(care, i, lowest) for i in np.flatnonzero(~timely))


def _could_use(care: Problem, i: int, lowest: Ints) -> bool:
    offers = np.flatnonzero(
        (lowest > care.priority[i]) & (care.day <= min(care.due[i], care.latest[i]))
    )
    lawful = care.way[care.need_class[i], care.kind[offers]] != NO_WAY
    near = care.hectometres[care.home[i], care.site[offers]] <= care.reach[i]
    barred = np.isin(offers, care.barred[care.barred_from[i] : care.barred_from[i + 1]])
    within = near | (care.reach[i] == NO_LIMIT)
    return bool((lawful & within & (care.begins[offers] >= care.earliest[i]) & ~barred).any())


def _warm_up() -> None:
    """Compiled code is read from its folder, or made, before anything is measured."""
    care = problem(500, 0.9)
    auction.solve(care, CHOSEN, TODAY)
    greedy.solve(care, CHOSEN, TODAY)


def _seconds(engine: Engine, country: list[Problem]) -> tuple[float, list[Plan]]:
    begun = process_time()
    plans = [engine(care, CHOSEN, TODAY) for care in country]
    return round(process_time() - begun, 2), plans


def _beside(country: list[Problem]) -> float:
    """CPU seconds of numpy that looks once, for each person, which clinics lie within reach."""
    begun = process_time()
    for care in country:
        for k in range(0, len(care.due), AT_ONCE):
            homes, reach = care.home[k : k + AT_ONCE], care.reach[k : k + AT_ONCE]
            np.count_nonzero(care.hectometres[homes] <= reach[:, None])
    return round(process_time() - begun, 2)


def _plans() -> None:
    """At 100,000: how many the auction treats in time beside greedy, and who is late beside lower need."""
    country = list(cares(HUNDRED_THOUSAND))
    chosen, plans = _seconds(greedy.solve, country)
    bid, bought = _seconds(auction.solve, country)
    bypassed = sum(map(late_beside_lower, country, bought))
    tell_of(
        "matching.auction_in_time",
        (int(in_time(country, bought).sum()), "people in time"),
        ("the greedy engine", int(in_time(country, plans).sum())),
        sum(len(care.due) for care in country),
        cpu_seconds=bid,
        greedy_cpu_seconds=chosen,
        late_beside_lower_need=bypassed,
        late_beside_lower_need_greedy=sum(map(late_beside_lower, country, plans)),
        by_class=in_time(country, bought).tolist(),
    )

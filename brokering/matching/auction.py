"""The auction: a plan near the best one, soon enough to be made every few minutes.

Everybody bids for the place that is worth most to them less its price, and raises the price by what it is
better than the next best and a little more (`step`); who is outbid bids anew. What a pair is worth is the
order of choices (`ranking`) as one number, each line of need twice the one below it: enough to choose well
whom to treat and whom in time. The prices at the end prove how near the best plan this one is.

Who has a place of the last plan that is nearly as good as any keeps it until somebody outbids them: lateness
and distance alone move nobody whom nobody has told anything, treatment and treatment in time do.

No pair is stored: a person keeps a short list of the best offers, and what all others were worth at most when
it was drawn up. Prices only rise, so the list holds until its best has become worse than that.
Method: Bertsekas and Castañon, the auction algorithm for the transportation problem (1989).
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numba import njit

from brokering.matching.layout import (
    NOWHERE,
    Layout,
    compiled,
    first_seat,
    lay_out,
    may_be,
    offers_of,
    said_no,
    within_reach,
)
from brokering.matching.market import LISTED, Market, place_bid
from brokering.matching.problem import (
    NO_DUE_DAY,
    NOBODY,
    Certificate,
    Ints,
    Plan,
    Problem,
)
from brokering.matching.queue import queue
from brokering.matching.snapshot import PRIORITIES, Settings, WithinClass

WAITS = 8
"""Steps in which the auction sees how long people have waited, where that decides."""
ANEW = np.iinfo(np.int64).max


class Weights(NamedTuple):
    """What one unit of each line is worth, one unit of distance 1; by need class from 1 where it has one."""

    treated: Ints
    waited: Ints
    in_time: Ints
    lateness: int
    kept: int
    tier: int


def weights(problem: Problem, settings: Settings) -> Weights:
    """The order of choices as powers of two, none below the sum of those under it for one person."""
    far = _power(int(problem.hectometres.max(initial=1)) + 1)
    kept = _power(far * (int(problem.tier.max(initial=0)) + 1))
    lateness = 2 * kept
    days = problem.horizon - int(problem.day.min(initial=problem.horizon))
    line = _power(lateness * (days + 1) + kept)
    by_waiting = settings.within_class is WithinClass.LONGEST_WAITING_FIRST
    treated, waited, in_time = np.zeros((3, len(PRIORITIES) + 1), np.int64)
    for need_class in sorted(PRIORITIES, reverse=True):
        in_time[need_class] = line
        waited[need_class] = 2 * line if by_waiting else 0
        treated[need_class] = 2 * line * (WAITS if by_waiting else 1)
        line = 2 * int(treated[need_class])
    return Weights(treated, waited, in_time, lateness, kept, far)


def solve(problem: Problem, settings: Settings, today: int) -> Plan:
    """A plan, and how far below the best one it may be; `today` is a proleptic ordinal."""
    order = queue(problem, settings, today)
    at = np.full(len(order), NOBODY, np.int64)
    if not len(problem.day):
        return Plan(at)
    care, by = lay_out(problem, order), weights(problem, settings)
    market = _market(care, by, problem, order)
    _sell(care, market)
    gap = _gap(care, market)
    at[order] = offers_of(care, market.at)
    return Plan(at, Certificate(gap=_in_lines(by, gap)))


def _power(least: int) -> int:
    """The lowest power of two that is not below."""
    return 1 << (least - 1).bit_length()


def _market(care: Layout, by: Weights, problem: Problem, order: Ints) -> Market:
    people, seats = len(order), len(care.seats)
    need_class = problem.priority[order]
    waited = problem.waited_days[order].astype(np.int64)
    steps = waited * WAITS // (int(waited.max(initial=0)) + 1)
    due = np.where(care.people["due"] == NO_DUE_DAY, problem.horizon, care.people["due"])
    saved = np.maximum(problem.horizon - due, 0).astype(np.int64) * by.lateness
    base, timely = by.treated[need_class] + steps * by.waited[need_class], by.in_time[need_class]
    late = by.lateness * (problem.horizon - care.first_day)
    best_day = np.where(care.people["due"] >= care.first_day, timely + saved, late)
    bids_from = np.append(0, np.cumsum(care.seats["room"])).astype(np.int32)
    # Where waiting decides, prices have so much farther to climb; shorter steps gain the highest classes
    # nothing there.
    unit = int(by.in_time[PRIORITIES[-1]]) * (WAITS if by.waited.any() else 1)
    return Market(
        price=np.zeros(seats, np.int64),
        lowest=np.zeros(len(care.rows), np.int64),
        held=np.zeros(seats, np.int32),
        bids_from=bids_from,
        amount=np.zeros(bids_from[-1], np.int64),
        bidder=np.full(bids_from[-1], NOWHERE, np.int32),
        at=np.full(people, NOWHERE, np.int32),
        base=base,
        timely=timely,
        most=base + best_day + by.kept,
        by_due=saved,
        listed=np.full((people, LISTED), NOWHERE, np.int32),
        worth=np.zeros((people, LISTED), np.int64),
        bar=np.full(people, ANEW, np.int64),
        horizon=problem.horizon,
        lateness=by.lateness,
        kept=by.kept,
        tier=by.tier,
        step=unit // 2,
        slack=unit // 8,
        calm=unit // 4,
    )


def _in_lines(by: Weights, gap: int) -> Mapping[str, int]:
    """What the gap comes to in each line of need, if all of it lay there."""
    lines = {f"treated_{p}": by.treated[p] for p in PRIORITIES}
    lines |= {f"in_time_{p}": by.in_time[p] for p in PRIORITIES}
    return {code: int(gap // worth) for code, worth in lines.items()}


@njit(cache=True)
def _sell(care: Layout, market: Market) -> int:
    """One comes after the other, and whoever is outbid bids again at once; how many bids that took.

    Before the first, whoever can keeps the place of the last plan: such people bid only if they are outbid.
    """
    bids = 0
    for who in range(len(market.at)):
        _keep(care, market, who)
    for newcomer in range(len(market.at)):
        who = newcomer if market.at[newcomer] == NOWHERE else NOWHERE
        while who != NOWHERE:
            who = _bid(care, market, who)
            bids += 1
    return bids


@compiled
def _keep(care: Layout, market: Market, who: int) -> None:
    """Keep the place of the last plan if nothing can be worth much more than it, for the price of calm."""
    person = care.people[who]
    seat = person.kept
    if seat == NOWHERE or market.held[seat] == care.seats[seat].room:
        return
    if not may_be(care, person, seat):
        return
    loss = market.most[who] - _worth(care, market, who, seat)
    if loss <= market.step + market.slack - market.calm:
        place_bid(care, market, who, seat, market.calm)


@compiled
def _bid(care: Layout, market: Market, who: int) -> int:
    """One person's bid; who is outbid by it, NOWHERE for nobody."""
    place, value, next_best = _best(market, who)
    if value < market.bar[who] - market.slack or value <= 0 < market.bar[who]:
        _draw_up(care, market, who, market.slack)
        place, value, next_best = _best(market, who)
    if place == NOWHERE or value <= 0:
        return NOWHERE
    seat = market.listed[who, place]
    amount = market.price[seat] + value - max(next_best, market.bar[who], 0) + market.step
    return place_bid(care, market, who, seat, amount)


@compiled
def _best(market: Market, who: int) -> tuple[int, int, int]:
    """Which of the list is worth most at today's prices, what it is worth, and the next best."""
    place, value, next_best = NOWHERE, -ANEW, -ANEW
    for k in range(LISTED):
        seat = market.listed[who, k]
        if seat == NOWHERE:
            break
        worth = market.worth[who, k] - market.price[seat]
        if worth > value:
            place, value, next_best = k, worth, value
        elif worth > next_best:
            next_best = worth
    return place, value, next_best


@compiled
def _draw_up(care: Layout, market: Market, who: int, slack: int) -> None:
    """The list anew at today's prices, nearest first; what is not worth its price is left off for good.

    Nothing can be worth more than the bar was: once the list is full of what is worth so much but for
    `slack`, no more is looked at, and the bar stays. With a negative slack everything is.
    """
    person, most = care.people[who], min(market.bar[who], market.most[who])
    _list_again(market, who)
    if person.kept != NOWHERE and may_be(care, person, person.kept):
        _enter(care, market, who, person.kept, _worth(care, market, who, person.kept))
    first, end = within_reach(care.near, person)
    for k in range(first, end):
        row, far = care.near[person.home, k].row, max(care.near[person.home, k].far, 0)
        tier = care.tier[person.need_class, care.rows[row].kind]
        if tier != NOWHERE:
            _look_at(care, market, who, row, market.base[who] - tier * market.tier - far)
        if slack >= 0 and market.bar[who] >= most - slack:
            market.bar[who] = max(market.bar[who], most)
            break


@compiled
def _list_again(market: Market, who: int) -> None:
    """Begin with what stood on the list: most of it will stand there again, and little else is looked at."""
    market.bar[who] = 0
    listed = 0
    for k in range(LISTED):
        seat, worth = market.listed[who, k], market.worth[who, k]
        market.listed[who, k] = NOWHERE
        if seat != NOWHERE and worth > market.price[seat]:
            _put(market, who, listed, seat, worth)
            listed += 1
    _raise_bar(market, who)


@compiled
def _raise_bar(market: Market, who: int) -> None:
    """Who has a full list looks at nothing that is worth less than its last."""
    seat = market.listed[who, LISTED - 1]
    if seat != NOWHERE:
        market.bar[who] = market.worth[who, LISTED - 1] - market.price[seat]


@compiled
def _look_at(care: Layout, market: Market, who: int, row: int, static: int) -> None:
    """Put what is best of a row on the list; `static` is what its offers are worth but for their days."""
    person = care.people[who]
    least = market.bar[who] - static + market.lowest[row]
    seat = first_seat(care, person, row, 0)
    while seat < care.rows[row].end and care.seats[seat].day <= person.latest:
        worth = _of_day(market, who, person.due, care.seats[seat].day)
        if worth <= least:
            break
        seat = _look_from(care, market, who, seat, static + worth)


@compiled
def _look_from(care: Layout, market: Market, who: int, seat: int, worth: int) -> int:
    """Look at a seat and those after it that are worth no more: cheap ones go on the list; where to go on."""
    person = care.people[who]
    end = care.rows[care.seats[seat].row].end
    in_time = care.seats[seat].day <= person.due
    last = min(person.due if in_time else care.seats[seat].day, person.latest)
    while seat < end and care.seats[seat].day <= last:
        if worth - market.price[seat] > market.bar[who]:
            _enter(care, market, who, seat, worth)
        seat += 1
    return seat


@compiled
def _enter(care: Layout, market: Market, who: int, seat: int, worth: int) -> None:
    """Put an offer on the list if it is above the bar, does not stand there and has not been turned down."""
    listed = worth - market.price[seat] <= market.bar[who]
    listed |= said_no(care.barred, care.people[who], seat)
    for k in range(LISTED):
        listed |= market.listed[who, k] == seat
    if not listed:
        _put(market, who, LISTED - 1, seat, worth)
        _raise_bar(market, who)


@compiled
def _of_day(market: Market, who: int, due: int, day: int) -> int:
    """What a day is worth to a person: in time, and how much less late than left waiting."""
    if day <= due:
        return int(market.timely[who] + market.by_due[who])
    return int(market.lateness * (market.horizon - day))


@compiled
def _put(market: Market, who: int, k: int, seat: int, worth: int) -> None:
    """Put an offer in its place, best first, on a list that has others before `k` and room at `k`."""
    value = worth - market.price[seat]
    while k > 0 and _is_worse(market, who, k - 1, value):
        market.listed[who, k] = market.listed[who, k - 1]
        market.worth[who, k] = market.worth[who, k - 1]
        k -= 1
    market.listed[who, k], market.worth[who, k] = seat, worth


@compiled
def _is_worse(market: Market, who: int, k: int, value: int) -> bool:
    seat = market.listed[who, k]
    return bool(seat == NOWHERE or market.worth[who, k] - market.price[seat] < value)


@njit(cache=True)
def _gap(care: Layout, market: Market) -> int:
    """What a plan could be worth at most at these prices, less what this one is worth."""
    gap = 0
    for seat in range(len(market.price)):
        gap += market.price[seat] * care.seats[seat].room
    for who in range(len(market.at)):
        _draw_up(care, market, who, -1)
        gap += max(_best(market, who)[1], 0)
        if market.at[who] != NOWHERE:
            gap -= _worth(care, market, who, market.at[who])
    return gap


@compiled
def _worth(care: Layout, market: Market, who: int, seat: int) -> int:
    """What a possible pair is worth."""
    person, row = care.people[who], care.rows[care.seats[seat].row]
    tier = care.tier[person.need_class, row.kind]
    far = max(care.far[person.home, row.site], 0)
    worth = market.base[who] - tier * market.tier - far
    worth += _of_day(market, who, person.due, care.seats[seat].day)
    return int(worth + (market.kept if person.kept == seat else 0))

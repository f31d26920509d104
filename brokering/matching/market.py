"""What the auction is held with: prices, bids that stand, and the short list that each person bids from."""

from typing import NamedTuple

from brokering.matching.layout import NOWHERE, Layout, compiled
from brokering.matching.problem import Days, Ints

LISTED = 12
"""Offers on a person's short list."""


class Market(NamedTuple):
    """Prices and bids by seat, and what each person goes by."""

    price: Ints
    lowest: Ints
    """Of each row, what its cheapest seat costs."""
    held: Days
    """How many bids stand in a seat."""
    bids_from: Days
    amount: Ints
    bidder: Days
    """Bids of a seat as a heap, the lowest first."""
    at: Days
    base: Ints
    """What any treatment is worth to a person."""
    timely: Ints
    """What treatment in time is worth above that."""
    most: Ints
    """What an offer without a price can be worth at most."""
    by_due: Ints
    """What is saved in lateness by care on the due day at the latest."""
    listed: Days
    worth: Ints
    bar: Ints
    """What an offer that is not on a person's list can be worth at most."""
    horizon: int
    lateness: int
    kept: int
    tier: int
    step: int
    slack: int
    """How much less than the best an offer may be worth that is bid for without looking farther."""
    calm: int
    """What somebody must gain by a place that another has kept from the last plan."""


@compiled
def place_bid(care: Layout, market: Market, who: int, seat: int, amount: int) -> int:
    """Enter a bid in a seat's heap; who had the lowest of a full one is outbid."""
    first, size = market.bids_from[seat], care.seats[seat].room
    market.at[who] = seat
    outbid = NOWHERE
    if market.held[seat] < size:
        _rise(market, first, market.held[seat], amount, who)
        market.held[seat] += 1
    else:
        outbid = market.bidder[first]
        market.at[outbid] = NOWHERE
        _sink(market, first, size, amount, who)
    if market.held[seat] == size:
        _reprice(care, market, seat, market.amount[first])
    return outbid


@compiled
def _rise(market: Market, first: int, k: int, amount: int, who: int) -> None:
    """Put a bid at the end of a heap and let it rise to its place."""
    while k > 0 and market.amount[first + (k - 1) // 2] > amount:
        above = (k - 1) // 2
        market.amount[first + k] = market.amount[first + above]
        market.bidder[first + k] = market.bidder[first + above]
        k = above
    market.amount[first + k], market.bidder[first + k] = amount, who


@compiled
def _sink(market: Market, first: int, size: int, amount: int, who: int) -> None:
    """Put a bid in the place of the lowest and let it sink to its own."""
    k = 0
    while 2 * k + 1 < size:
        below = 2 * k + 1
        if below + 1 < size and market.amount[first + below + 1] < market.amount[first + below]:
            below += 1
        if market.amount[first + below] >= amount:
            break
        market.amount[first + k] = market.amount[first + below]
        market.bidder[first + k] = market.bidder[first + below]
        k = below
    market.amount[first + k], market.bidder[first + k] = amount, who


@compiled
def _reprice(care: Layout, market: Market, seat: int, price: int) -> None:
    """A seat's new price, and the lowest of its row."""
    row = care.seats[seat].row
    was_lowest = market.price[seat] == market.lowest[row]
    market.price[seat] = price
    if was_lowest:
        lowest = price
        for other in range(care.rows[row].first, care.rows[row].end):
            lowest = min(lowest, market.price[other])
        market.lowest[row] = lowest

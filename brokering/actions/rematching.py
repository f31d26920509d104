"""Freed places, matched at once: whoever comes first in the queue gets them, written as a round."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from accounts.tenancy import Actor
from brokering.actions.rounds import Only, RoundOutcome, run_round
from brokering.actions.turns import work_out
from brokering.selectors.country.seen import seen_now
from brokering.selectors.places import swedish_day
from brokering.selectors.takers import greedily, takers


def rematch(
    *, by: Actor, care: str, slots: Iterable[UUID], now: datetime, finished: datetime
) -> RoundOutcome:
    """A round over these places and those alone who get them: the greedy outcome of everyone who waits.

    The queue is read from its index only as far as it takes to fill the places.
    """
    wanted, seen = list(slots), seen_now()
    work_out(care, now=now)
    given = takers(care, wanted, now=now).given
    only = Only(wanted, given=given, engine=greedily(swedish_day(now)), seen=seen)
    return run_round(by=by, care=care, now=now, finished=finished, only=only)

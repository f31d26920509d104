"""Who gets some free places of a care, found through the queue's index: as greedy gives them to everyone.

Each page of the queue chooses among the places that are left; as soon as none is, nobody else is read. That
is what choosing one after the other gives anyway: whoever stands farther down changes nothing for those
before. Proposals that nobody has been told bind nobody: a free place is seen by all who wait.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from django.conf import settings

from brokering.matching import greedy
from brokering.matching.problem import Plan, Problem
from brokering.matching.round import Engine, Proposal, run
from brokering.matching.snapshot import ClassKey, Settings, Snapshot, WithinClass
from brokering.selectors.need_profiles import profiles_of_care
from brokering.selectors.snapshots import PlacesNow
from brokering.selectors.turns import in_turn


def takers(
    care: str, slots: Iterable[UUID], *, now: datetime, but: frozenset[UUID] = frozenset()
) -> tuple[UUID, ...]:
    """Opaque keys of those who get the places, `but` some, in the order in which they choose.

    Whoever's last day in time is not worked out is not seen (`brokering.actions.turns.work_out`).
    """
    board = PlacesNow(care, now=now, slots=slots, notice=settings.MATCH_NOTICE)
    left, drawn, found = set(board.places), Counter[str](), list[UUID]()
    pages = in_turn(care, on=board.today, within=WithinClass(settings.MATCH_WITHIN_CLASS))
    while left and (page := next(pages, None)):
        profiles = profiles_of_care(care, among=set(page) - but)
        snapshot = board.given(profiles).snapshot
        caps = tuple(replace(cap, left=max(cap.left - drawn[cap.key], 0)) for cap in snapshot.caps)
        places = tuple(place for place in board.places if place in left)
        snapshot = replace(snapshot, places=places, caps=caps)
        given = run(snapshot, greedily(board.today)).proposals
        taken = {one.slot_id for one in given}
        left = {place for place in left if place.slot_id not in taken}
        drawn.update(cap for one in given for cap in _drawn(snapshot, one))
        mine = {UUID(one.need) for one in given}
        found += [key for key in page if key in mine]
    return tuple(found)


def greedily(on: date) -> Engine:
    """The greedy engine as a round asks it, on a day."""

    def solve(problem: Problem, chosen: Settings) -> Plan:
        return greedy.solve(problem, chosen, on.toordinal())

    return solve


def _drawn(snapshot: Snapshot, one: Proposal) -> tuple[str, ...]:
    """The caps that a proposal counts against."""
    need = next(need for need in snapshot.needs if need.key == one.need)
    place = next(place for place in snapshot.places if place.slot_id == one.slot_id)
    key = ClassKey(
        *(need.home_region, one.lot, need.care, one.route),
        *(place.form, need.profile, place.period),
    )
    return snapshot.decisions[key].caps

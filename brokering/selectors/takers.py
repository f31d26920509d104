"""Who gets some free places of a care, found through the queue's index: as greedy gives them to everyone.

Each page of the queue chooses among the places that are left; as soon as none is, nobody else is read. That
is what choosing one after the other gives anyway: whoever stands farther down changes nothing for those
before. Proposals that nobody has been told bind nobody: a free place is seen by all who wait.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime
from itertools import islice
from uuid import UUID

from django.conf import settings

from brokering.matching import greedy
from brokering.matching.candidates import Candidates
from brokering.matching.problem import Plan, Problem
from brokering.matching.round import Engine, Proposal, run
from brokering.matching.snapshot import (
    ClassKey,
    Need,
    Settings,
    Snapshot,
    WithinClass,
    class_keys,
)
from brokering.selectors.snapshots import PlacesNow
from brokering.selectors.within_reach import InTurn, within_reach


def takers(
    care: str, slots: Iterable[UUID], *, now: datetime, but: frozenset[UUID] = frozenset()
) -> tuple[UUID, ...]:
    """Opaque keys of those who get the places, `but` some, in the order in which they choose.

    Whoever's last day in time is not worked out is not seen (`brokering.actions.turns.work_out`).
    """
    board = PlacesNow(care, now=now, slots=slots, notice=settings.MATCH_NOTICE)
    if not board.places:
        return ()
    closed = board.closed()
    pages = _pages(care, board, closed)
    choose = _first if len(board.places) == 1 else _Several(board).choose
    found = list[UUID]()
    while len(found) < len(board.places) and (page := next(pages, None)):
        mine = [one for one in page if one.profile.need_key not in but]
        given = board.given([one.profile for one in mine], calm=len(board.places) > 1).snapshot
        takes = choose(given)
        found += [one.profile.need_key for one in mine if str(one.profile.need_key) in takes]
        if not board.aged:
            closed |= _shut(given, mine)
    return tuple(found)


def _first(given: Snapshot) -> set[str]:
    """Who gets a single place: the first of the page who may have it."""
    candidates = Candidates(given)
    # Needs stand as they were read: in the order in which they choose.
    return set(islice((x.key for x in given.needs if not candidates.reason_numbers(x).any()), 1))


class _Several:
    """Who gets several places, page after page: what is left of them, and of their caps."""

    def __init__(self, board: PlacesNow) -> None:
        self._left, self._drawn = set(board.places), Counter[str]()

    def choose(self, given: Snapshot) -> set[str]:
        """Those of the page who get one of the places that are left."""
        caps = tuple(replace(x, left=max(x.left - self._drawn[x.key], 0)) for x in given.caps)
        places = tuple(place for place in given.places if place in self._left)
        snapshot = replace(given, places=places, caps=caps)
        proposals = run(snapshot, greedily(given.on)).proposals
        taken = {one.slot_id for one in proposals}
        self._left = {place for place in self._left if place.slot_id not in taken}
        self._drawn.update(cap for one in proposals for cap in _drawn(snapshot, one))
        return {one.need for one in proposals}


def _pages(care: str, board: PlacesNow, closed: set[int]) -> Iterator[list[InTurn]]:
    within = WithinClass(settings.MATCH_WITHIN_CLASS)
    return within_reach(care, board.reach(), on=board.today, within=within, closed=closed)


def _shut(snapshot: Snapshot, page: list[InTurn]) -> set[int]:
    """Numbers of law to which no lot is open on any route."""
    needs = {need.key: need for need in snapshot.needs}
    shut = set[int]()
    for one in page:
        need = needs.get(str(one.profile.need_key))
        if need is not None and not _is_open(snapshot, need):
            shut.add(one.law)
    return shut


def _is_open(snapshot: Snapshot, need: Need) -> bool:
    asked = class_keys((need,), snapshot.places)
    return any(snapshot.decisions[key].lawful for key in asked)


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

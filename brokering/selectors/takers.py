"""Who gets some free places of a care, found through the queue's index: as greedy gives them to everyone.

Each place has a line, the queue without those who may not have it, and is read only as far as whoever gets
it. Whoever comes new into a line may set off a chain: they leave a place that they had, and it goes on down
its own line. Under a cap, where one place may shut another, all choose page by page among what is left.
Proposals that nobody has been told bind nobody: a free place is seen by all who wait.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from types import MappingProxyType
from uuid import UUID

from django.conf import settings

from brokering.matching import greedy
from brokering.matching.candidates import Candidates
from brokering.matching.problem import Plan, Problem
from brokering.matching.round import Engine, Proposal, chosen
from brokering.matching.snapshot import (
    ClassKey,
    Place,
    Settings,
    Snapshot,
    WithinClass,
)
from brokering.selectors.need_profiles import Profile
from brokering.selectors.snapshots import PlacesNow, RoundInput
from brokering.selectors.within_reach import InTurn, Reach, Turn, within_reach


@dataclass(frozen=True)
class Taken:
    """Opaque keys of those who get the places, as they choose, and what a round over both reads."""

    needs: tuple[UUID, ...]
    given: RoundInput


def takers(care: str, slots: Iterable[UUID], *, now: datetime) -> Taken:
    """Who gets the places.

    Whoever's last day in time is not worked out is not seen (`brokering.actions.turns.work_out`).
    """
    board = PlacesNow(care, now=now, slots=slots, notice=settings.MATCH_NOTICE)
    if not board.places:
        return Taken((), board.given([]))
    if len(board.places) == 1:
        return _first(board)
    if board.is_capped:
        law = _Law(board)
        return _Capped(board, law).taken(map(law.let_in, _pages(law)))
    return _Together(board).taken()


class _Law:
    """Which numbers of law are open to some of the places that are left, asked about each once."""

    def __init__(self, board: PlacesNow) -> None:
        self.board, self._room = board, dict[str, int]()
        self.leave(board.places)

    def leave(
        self, places: Iterable[Place], drawn: Mapping[str, int] = MappingProxyType({})
    ) -> None:
        """From now on these places are left, and so much of their caps is drawn."""
        self._left, self._drawn = self.board.only(places), drawn
        self._closed, self._open, self._full = self._left.closed(), set[int](), set[int]()

    def asked(self) -> tuple[Reach, set[int]]:
        """What the places ask that are left, and numbers of law that nobody need be read of."""
        return self._left.reach(), self._closed | self._full

    def let_in(self, page: list[InTurn]) -> Iterator[InTurn]:
        """Those of a page whom law, terms and caps let in, found as they are asked for."""
        return filter(self._is_open, page)

    def _is_open(self, one: InTurn) -> bool:
        if not any(one.law in known for known in (self._open, self._closed, self._full)):
            self._number(one).add(one.law)
        return one.law in self._open

    def _number(self, one: InTurn) -> set[int]:
        """Where a number of law belongs: a cap that is full today may have room tomorrow."""
        if self._left.is_open(one.law):
            return self._open
        ways = self._left.ways(one.profile, one.law)
        if not ways:
            return self._closed
        if not self._room.keys() >= {cap for way in ways for cap in way}:
            self._room = self.board.caps()
        has_room = any(all(self._room[x] > self._drawn.get(x, 0) for x in way) for way in ways)
        return self._open if has_room else self._full


def _first(board: PlacesNow) -> Taken:
    """Who gets a single place: the first who may have it, whatever the last plan said."""
    found = next(_line(board), None)
    if found is None:
        return Taken((), board.given([]))
    who, given = found
    alone = given if len(given.tenants) == 1 else board.given([who.profile], calm=False)
    return Taken((who.profile.need_key,), alone)


def _line(board: PlacesNow) -> Iterator[tuple[InTurn, RoundInput]]:
    """Whoever may have a single place, in turn, each with what was read of those looked at together."""
    law = _Law(board)
    for group in _one_by_one_at_first(map(law.let_in, _pages(law))):
        given = board.given([one.profile for one in group], calm=False)
        candidates = Candidates(given.snapshot)
        needs = {need.key: need for need in given.snapshot.needs}
        for one in group:
            need = needs.get(str(one.profile.need_key))
            if need is not None and not candidates.reason_numbers(need).any():
                yield one, given


def _one_by_one_at_first(pages: Iterator[Iterable[InTurn]]) -> Iterator[list[InTurn]]:
    """Most places suit one of the first; where none of them is, many are looked at together."""
    yield from ([one] for one in next(pages, ()))
    yield from filter(None, map(list, pages))


class _Together:
    """Who gets several places that no cap binds: each kind of place is read down its own line.

    Everyone is read who stands in the line of a place before whoever has it. The others change nothing: when
    it is their turn, each place that they may have is somebody's who chose before.
    """

    def __init__(self, board: PlacesNow) -> None:
        self._board = board
        self._alike: dict[Place, list[Place]] = defaultdict(list)
        for place in board.places:
            self._alike[replace(place, slot_id="")].append(place)
        self._lines = {kind: _line(board.only(own[:1])) for kind, own in self._alike.items()}
        self._reached = dict[Place, Turn]()
        """The last in each line who was read; none where nobody more stands in it."""
        self._read = dict[str, InTurn]()

    def taken(self) -> Taken:
        """Those who get the places; nobody is read any more who could not have one."""
        held: dict[Place, list[str]] = {kind: [] for kind in self._lines}
        while short := [kind for kind in self._lines if not self._stands(kind, held[kind])]:
            for kind in short:
                self._read_on(kind, max(len(self._alike[kind]) - len(held[kind]), 1))
            held = self._plan()
        keys = {key for own in held.values() for key in own}
        found = sorted((self._read[key] for key in keys), key=lambda one: one.turn)
        return Taken(tuple(one.profile.need_key for one in found), self._given())

    def _stands(self, kind: Place, held: list[str]) -> bool:
        """Whether nobody who has not been read could have a place of a kind."""
        if kind not in self._lines:
            return True
        if len(held) < len(self._alike[kind]) or kind not in self._reached:
            return False
        return max(self._read[key].turn for key in held) <= self._reached[kind]

    def _read_on(self, kind: Place, many: int) -> None:
        for _ in range(many):
            who, _ = next(self._lines[kind], (None, None))
            if who is None:
                del self._lines[kind]
                return
            self._read[str(who.profile.need_key)] = who
            self._reached[kind] = who.turn

    def _given(self) -> RoundInput:
        """What is known of everyone who has been read, also those whom others were before."""
        return self._board.given([one.profile for one in self._read.values()])

    def _plan(self) -> dict[Place, list[str]]:
        """Who has a place of which kind when those who have been read choose in turn."""
        given = self._given().snapshot
        kinds = {one.slot_id: kind for kind, own in self._alike.items() for one in own}
        held: dict[Place, list[str]] = {kind: [] for kind in self._alike}
        for one in chosen(given, greedily(given.on)):
            held[kinds[one.slot_id]].append(one.need)
        return held


class _Capped:
    """Who gets several places under caps, page after page: what is left of the places, and of the caps."""

    def __init__(self, board: PlacesNow, law: _Law) -> None:
        self._board, self._law = board, law
        self._left, self._drawn = set(board.places), Counter[str]()

    def taken(self, pages: Iterable[Iterable[InTurn]]) -> Taken:
        """Those who get the places, each page among what is left; nobody is read any more when none is."""
        found = list[Profile]()
        for page in pages:
            mine = [one.profile for one in page]
            takes = self._choose(self._board.given(mine).snapshot)
            found += [one for one in mine if str(one.need_key) in takes]
            if not self._left:
                break
            if takes:
                self._law.leave(self._left, self._drawn)
        return Taken(tuple(one.need_key for one in found), self._board.given(found))

    def _choose(self, given: Snapshot) -> set[str]:
        """Those of the page who get one of the places that are left."""
        caps = tuple(replace(x, left=max(x.left - self._drawn[x.key], 0)) for x in given.caps)
        places = tuple(place for place in given.places if place in self._left)
        snapshot = replace(given, places=places, caps=caps)
        proposals = chosen(snapshot, greedily(given.on))
        taken = {one.slot_id for one in proposals}
        self._left = {place for place in self._left if place.slot_id not in taken}
        self._drawn.update(cap for one in proposals for cap in _drawn(snapshot, one))
        return {one.need for one in proposals}


def _pages(law: _Law) -> Iterator[list[InTurn]]:
    within = WithinClass(settings.MATCH_WITHIN_CLASS)
    return within_reach(law.board.care, law.asked, on=law.board.today, within=within)


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

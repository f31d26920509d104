"""The problem of a round for each of some cares, read from the database as it was at one moment."""

import hashlib
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import psycopg
from django.conf import settings

from brokering.law.rulebook import RuleBook
from brokering.matching.offers import hectometres
from brokering.matching.problem import NO_LIMIT, NO_WAY, NOBODY, UNKNOWN, Problem
from brokering.matching.snapshot import EVERY_DAY, Point, WithinClass
from brokering.models import Proposal
from brokering.selectors.country.books import Book, ReadBook
from brokering.selectors.country.columns import (
    NO_DAY,
    SMALL,
    UUID,
    Column,
    Wanted,
    columns,
    one_moment,
    positions,
)
from brokering.selectors.country.kinds import NO_KIND, Kinds, kinds_of
from brokering.selectors.country.lot_types import Asking, cap_keys
from brokering.selectors.country.needs import NOWHERE, UNSAID, Needs, Only, needs_of
from brokering.selectors.country.places import (
    At,
    Clinics,
    Places,
    Spot,
    first_day_open,
    places_at,
    places_named,
    places_of,
    taken_of,
)
from brokering.selectors.country.plans import last_of_each, standing_rounds
from brokering.selectors.country.ways import Closed, Way, WayFinder
from brokering.selectors.places import swedish_day
from brokering.verdict import LawOn
from contracts.models import CapUse

PROPOSED = {
    "round": Wanted("array_position(%(rounds)s::uuid[], round_id)", SMALL),
    "need": Wanted("need_key", UUID),
    "slot": Wanted("slot_id", UUID),
}
PROPOSALS = f"FROM {Proposal._meta.db_table} WHERE round_id = ANY(%(rounds)s)"


@dataclass(frozen=True, eq=False)
class Given:
    """A care's problem, and what its numbers stand for outside the pure core.

    `needs` and `tenants` are keys by row; `slot` and `first` say which places each offer is of, as `Places`
    does; `ways` are those of `problem.way`.
    """

    care: str
    on: date
    problem: Problem
    needs: Column
    tenants: Column
    slot: Column
    first: Column
    ways: tuple[Way, ...]
    lots: tuple[bytes, ...]
    """By number: key of the agreement lot."""
    previous: Column
    """By row: the place of the last plan that nobody has been told; all zeros without one."""
    within_class: WithinClass
    left_out: Mapping[str, int]

    def fingerprint(self) -> str:
        """SHA-256 of everything that the answer depends on, whatever the order of rows it was read in."""
        told = hashlib.sha256(repr((self.care, self.on, self.within_class, self.ways)).encode())
        for one in fields(self.problem):
            told.update(np.asarray(getattr(self.problem, one.name)).tobytes())
        for column in (self.needs, self.slot, self.first, self.previous):
            told.update(np.ascontiguousarray(column).tobytes())
        told.update(b"".join(self.lots))
        return told.hexdigest()


class CareInput:
    """One care's columns. A problem knows no caps: those that are reached are closed to some needs.

    `given_back`: places of caps (counter, first day) that count as free though they are reserved. Where it is
    told, some places are looked at by themselves: terms of their clinics alone are read, and no earlier plan.
    """

    def __init__(
        self,
        shard: "Shard",
        care: str,
        places: Places,
        given_back: Mapping[tuple[uuid.UUID, date], int] | None = None,
    ) -> None:
        self._shard, self.care = shard, care
        rows = shard.needs.of_care(care)
        self._of = {name: column[rows] for name, column in shard.needs.of.items()}
        self._first_row = rows.start
        last = date.fromordinal(int(places.day.max())) if len(places) else shard.on
        aside = given_back is not None
        some = [shard.clinics.ids[number] for number in np.unique(places.clinic)] if aside else None
        book = shard.book.terms(care, last, some)
        kinds = kinds_of(places, shard.clinics, book, today=shard.on)
        carried = kinds.of_offer != NO_KIND
        self.places, self._kind = places.among(carried), kinds.of_offer[carried]
        self._kinds = kinds
        self.left = self._left_of_caps(kinds, given_back or {})
        full = frozenset(key for key, left in self.left.items() if left <= 0)
        law = LawOn(shard.on, shard.rules_of(care))
        asking = Asking(self._of, shard.needs.words, law, shard.values[care], full)
        self._ways = WayFinder(asking, kinds, shard.clinics)
        self._sites, self._site = np.unique(self.places.clinic, return_inverse=True)
        self._home, self._far = shard.distances(self._of, self._sites)
        self._previous = self._no_plan() if aside else self._before()
        self._bars = self._barred()
        self._caps: dict[tuple[int, int, str], tuple[str, ...]] = {}

    def given(self, closed: Closed | None = None) -> Given:
        """The problem, with some caps closed to some needs (rows). Asks the database nothing."""
        shard, of, places = self._shard, self._of, self.places
        ways = self._ways.found(closed or {})
        previous, slots = self._previous
        problem = Problem(
            priority=of["priority"].astype(np.int8),
            due=_whole(of["due"]),
            waited_days=_whole(np.maximum(shard.on.toordinal() - of["since"], 0)),
            earliest=_whole(np.where(of["earliest"] == NO_DAY, 0, of["earliest"])),
            latest=_whole(np.where(of["latest"] == NO_DAY, NO_LIMIT, of["latest"])),
            home=_whole(self._home),
            reach=_whole(np.where(of["km"] == UNSAID, NO_LIMIT, of["km"] * 10)),
            need_class=ways.need_class,
            previous=_whole(previous),
            day=_whole(places.day),
            begins=_whole(places.begins),
            site=_whole(self._site),
            kind=_whole(self._kind),
            count=_whole(np.diff(places.first)),
            hectometres=self._far,
            way=ways.way,
            tier=np.array([way.tier for way in ways.ways], np.int8),
            **self._bars,
            horizon=int(places.day.max()) + 1 if len(places) else shard.on.toordinal() + 1,
        )
        problem.previous[~still_possible(problem)] = NOBODY
        return Given(
            care=self.care,
            on=shard.on,
            problem=problem,
            needs=of["key"],
            tenants=of["tenant"],
            slot=places.slot,
            first=places.first,
            ways=ways.ways,
            lots=tuple(lot.terms.lot.bytes for lot in self._kinds.lots),
            previous=slots,
            within_class=WithinClass(settings.MATCH_WITHIN_CLASS),
            left_out=shard.needs.left_out.get(self.care, {}),
        )

    def caps_of(self, row: int, way: Way) -> tuple[str, ...]:
        """The caps that a need draws on by a way."""
        asked = (way.lot, int(self._of["home"][row]), way.route)
        if asked not in self._caps:
            region = self._shard.needs.words.regions[asked[1]]
            self._caps[asked] = cap_keys(self._kinds.lots[way.lot], region, way.route)
        return self._caps[asked]

    @property
    def capped_lots(self) -> Column:
        """By number, whether a lot has caps at all."""
        return np.array([bool(lot.terms.caps) for lot in self._kinds.lots], bool)

    @property
    def home_regions(self) -> list[str]:
        """The home region of each need, row by row."""
        regions = self._shard.needs.words.regions
        return [regions[number] for number in self._of["home"]]

    def _left_of_caps(
        self, kinds: Kinds, given_back: Mapping[tuple[uuid.UUID, date], int]
    ) -> dict[str, int]:
        """What is left of every cap that somebody may draw on."""
        named = {}
        for lot in kinds.lots:
            for cap in lot.terms.caps:
                if cap.in_force(lot.day):
                    first = cap.first_day(lot.day)
                    named[f"{cap.counter}/{first}"] = (cap, first)
        counters = {cap.counter for cap, _ in named.values()}
        rows = CapUse.objects.filter(counter__in=counters)
        used = {(use.counter, use.period): use.used for use in rows}
        return {
            key: cap.places
            - used.get((cap.counter, first), 0)
            + given_back.get((cap.counter, first), 0)
            for key, (cap, first) in named.items()
        }

    def _no_plan(self) -> tuple[Column, Column]:
        many = len(self._of["key"])
        return np.full(many, NOBODY, np.int64), np.zeros(many, "V16")

    def _before(self) -> tuple[Column, Column]:
        """Of each need the offer and the place of the plan that stands, where both are still free."""
        none, keys = self._no_plan()
        rounds = standing_rounds(self.care)
        if not rounds:
            return none, keys
        found = columns(self._shard.cursor, PROPOSED, PROPOSALS, {"rounds": rounds})
        row = positions(found["need"], self._of["key"])
        slot = positions(found["slot"], self.places.slot)
        here = np.flatnonzero(row >= 0)
        if len(rounds) > 1:
            here = here[np.argsort(found["round"][here], kind="stable")]
            here = here[last_of_each(row[here])]
            here = here[np.argsort(found["round"][here], kind="stable")]
        here = here[slot[here] >= 0]
        if len(rounds) > 1:
            here = here[last_of_each(slot[here])]
        none[row[here]] = np.searchsorted(self.places.first, slot[here], side="right") - 1
        keys[row[here]] = found["slot"][here]
        return none, keys

    def _barred(self) -> dict[str, Column]:
        """The offers that each need has turned down, by clinic and day, or that its clinic has, on any."""
        clinics, refused = self._shard.clinics, self._shard.needs.refused
        bars: dict[int, Column] = {}
        number = {bytes(key): at for at, key in enumerate(clinics.key)}
        last = self._first_row + len(self._of["key"])
        for row in sorted(row for row in refused if self._first_row <= row < last):
            at = np.zeros(len(self.places), bool)
            for clinic, day in refused[row]:
                then = (self.places.begins == day) | (day == EVERY_DAY.toordinal())
                at |= (self.places.clinic == number.get(clinic, UNKNOWN)) & then
            bars[row - self._first_row] = np.flatnonzero(at)
        counts = np.zeros(len(self._of["key"]), np.int64)
        for row, offers in bars.items():
            counts[row] = len(offers)
        barred = np.concatenate([*bars.values(), np.zeros(0, np.int64)])
        return {
            "barred_from": np.concatenate(([0], np.cumsum(counts))),
            "barred": _whole(barred),
        }


class Shard:
    """Some cares, read at one moment; use it within `opened`."""

    def __init__(
        self,
        cursor: psycopg.Cursor[Any],
        cares: Sequence[str],
        now: datetime,
        only: Only | None = None,
        book: Book | None = None,
    ) -> None:
        self.cursor, self.cares, self.now = cursor, tuple(cares), now
        self.on = swedish_day(now)
        self.book: Book = book or ReadBook(self.cares, self.on)
        self.clinics: Clinics = self.book.clinics
        lie = self.clinics.latitude.tobytes() + self.clinics.longitude.tobytes()
        self._far = _known_distances(lie)
        self.values = self.book.values
        self.needs: Needs = needs_of(cursor, self.book.words, now=now, only=only)

    @cached_property
    def _taken(self) -> Column:
        return taken_of(self.cursor, self.cares, now=self.now)

    def input_of(self, care: str) -> CareInput:
        """A care's own columns."""
        at = At(care, self.now, self._taken)
        places = places_of(self.cursor, at, self.clinics, self.book.windows)
        return CareInput(self, care, places)

    def input_near(self, care: str, among: Column, first: int, until: Column) -> CareInput:
        """The same with the places of some clinics (by number) alone, up to a last day at each."""
        spot = Spot(care, self.now, among, first, until)
        places = places_at(self.cursor, spot, self.clinics, self.book.windows)
        return CareInput(self, care, places, {})

    def input_at(
        self,
        care: str,
        slots: Sequence[uuid.UUID],
        given_back: Mapping[tuple[uuid.UUID, date], int],
    ) -> CareInput:
        """A care's own columns with these places alone, whoever has them."""
        named = {"of": (care, self.now)}
        places = places_named(self.cursor, slots, self.clinics, self.book.windows, **named)
        return CareInput(self, care, places, given_back)

    def first_day(self, care: str, since: int) -> int:
        """The first day, at the earliest `since`, when any place of a care begins; `since` without any."""
        found = first_day_open(self.cursor, care, since=date.fromordinal(since))
        return since if found is None else found.toordinal()

    def rules_of(self, care: str) -> RuleBook:
        """The rules of one care."""
        return self.book.rules[care]

    def distances(self, of: Mapping[str, Column], sites: Column) -> tuple[Column, Column]:
        """Row of each need's home among the care's, and the distances of those homes to some clinics."""
        points = of["latitude"] + 1j * of["longitude"]
        homes, at = np.unique(points, return_inverse=True)
        known = homes.real != NOWHERE
        row = np.where(known, np.cumsum(known) - 1, UNKNOWN)
        far = [self._far_from(one)[sites] for one in homes[known].tolist()]
        return row[at], np.array(far, np.int32).reshape(int(known.sum()), len(sites))

    def _far_from(self, home: complex) -> Column:
        """The distances of a home to all clinics: the same for every care."""
        if home not in self._far:
            at = Point(home.real, home.imag)
            self._far[home] = hectometres(at, self.clinics.latitude, self.clinics.longitude)
        return self._far[home]


@lru_cache(maxsize=1)
def _known_distances(clinics: bytes) -> dict[complex, Column]:
    """By home: to all clinics, which are told by where they lie."""
    return {}


def still_possible(problem: Problem) -> Column:
    """Of each need, whether the offer of its last plan may still be; False without one."""
    rows = np.flatnonzero(problem.previous != NOBODY)
    offer, home = problem.previous[rows], problem.home[rows]
    far = np.full(len(rows), UNKNOWN, np.int64)
    placed = home != UNKNOWN
    far[placed] = problem.hectometres[home[placed], problem.site[offer[placed]]]
    fits = problem.way[problem.need_class[rows], problem.kind[offer]] != NO_WAY
    fits &= problem.begins[offer] >= problem.earliest[rows]
    fits &= problem.day[offer] <= problem.latest[rows]
    reach = problem.reach[rows]
    fits &= (reach == NO_LIMIT) | ((far != UNKNOWN) & (far <= reach))
    for at in np.flatnonzero(np.diff(problem.barred_from)[rows]):
        bars = slice(problem.barred_from[rows[at]], problem.barred_from[rows[at] + 1])
        fits[at] &= offer[at] not in problem.barred[bars]
    found = np.zeros(len(problem.previous), bool)
    found[rows] = fits
    return found


def _whole(values: Column) -> Column:
    return values.astype(np.int32)


@contextmanager
def opened(
    cares: Sequence[str], *, now: datetime, only: uuid.UUID | None = None
) -> Iterator[Shard]:
    """Some cares as they stand at one moment; with `only`, as if nobody else waited."""
    with one_moment() as cursor:
        yield Shard(cursor, cares, now, None if only is None else Only(only))

"""Which agreement lots carry each offer; alike in lots, form, window and reception, offers are a kind."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TypeVar
from uuid import UUID

import numpy as np

from brokering.matching.reception import Reception
from brokering.selectors.country.columns import Column
from brokering.selectors.country.needs import MODES
from brokering.selectors.country.places import FORMS, Clinics, Places
from brokering.selectors.places import designations_at
from contracts.terms import Cap, Eligibility, Terms

T = TypeVar("T", bound=Hashable)

NO_KIND = -1


@dataclass(frozen=True)
class LotUse:
    """A lot at places of one form, in one set of cap periods; `key` is what a snapshot calls it."""

    key: str
    terms: Terms
    inpatient: bool
    clinic: int
    day: date
    """One of the days: which caps count a visit, and who is designated, is the same on all of them."""
    first_day: date
    """The first possible day where `day` is the last one."""

    def caps(self, home_region: str, *, binding: bool) -> tuple[tuple[str, Cap, date], ...]:
        """The caps that a patient from a region counts against: key, cap, first day of its period."""
        caps = self.terms.caps_on(self.day, home_region=home_region, binding=binding)
        firsts = ((cap, cap.first_day(self.day)) for cap in caps)
        return tuple((f"{cap.counter}/{first}", cap, first) for cap, first in firsts)


@dataclass(frozen=True, eq=False)
class Kinds:
    """The kind of every offer, NO_KIND where no agreement carries it; lots stand by their keys."""

    of_offer: Column
    lots: tuple[LotUse, ...]
    members: tuple[tuple[int, ...], ...]
    """Of each kind its lots, ascending."""
    kept: Column
    """Of each kind, whether its places are still kept for the regions of their agreement."""
    receptions: tuple[Reception, ...]
    """Of each kind, how patients are received."""

    @cached_property
    def limits(self) -> tuple[list[Eligibility], Column]:
        """What the lots ask of a person, each once, and which of them every lot asks."""
        return _each_once([lot.terms.eligibility for lot in self.lots])

    @cached_property
    def received(self) -> tuple[list[Reception], Column]:
        """How patients are received, each once, and which of them it is at every kind."""
        return _each_once(self.receptions)


def _each_once(values: Sequence[T]) -> tuple[list[T], Column]:
    number = {one: at for at, one in enumerate(dict.fromkeys(values))}
    return list(number), np.array([number[one] for one in values], np.int64)


def kinds_of(
    places: Places, clinics: Clinics, book: Mapping[UUID, list[Terms]], *, today: date
) -> Kinds:
    """The kinds of some offers under the terms of each clinic."""
    found = _Kinds(places, clinics)
    terms: dict[int, list[Terms]] = {}
    for part in _parts(places):
        if part.clinic not in terms:
            known = book.get(clinics.ids[part.clinic], ())
            terms[part.clinic] = [one for one in known if one.bookable_on(today)]
        if terms[part.clinic]:
            found.take(part, terms[part.clinic])
    return found.done()


@dataclass(frozen=True, slots=True)
class _Part:
    """The offers of one clinic that differ in their days alone; `span` is the first and the last of those."""

    rows: Column
    clinic: int
    inpatient: bool
    kept: bool
    video: bool
    span: tuple[int, int]


def _parts(places: Places) -> Iterator[_Part]:
    if not len(places):
        return
    flags = places.inpatient * 4 + places.kept * 2 + places.video
    traits = places.clinic.astype(np.int64) * 8 + flags
    order = np.argsort(traits, kind="stable")
    numbers, starts = np.unique(traits[order], return_index=True)
    ends = np.append(starts[1:], len(order))
    first = np.minimum.reduceat(places.begins[order], starts)
    last = np.maximum.reduceat(places.day[order], starts)
    told = (one.tolist() for one in (numbers, starts, ends, first, last))
    for number, start, end, *span in zip(*told, strict=True):
        clinic, traits_here = divmod(number, 8)
        yield _Part(
            rows=order[start:end],
            clinic=clinic,
            inpatient=bool(traits_here & 4),
            kept=bool(traits_here & 2),
            video=bool(traits_here & 1),
            span=(span[0], span[1]),
        )


class _Kinds:
    """Kinds as they are found, part by part."""

    def __init__(self, places: Places, clinics: Clinics) -> None:
        self._places, self._clinics = places, clinics
        self._kind = np.full(len(places), NO_KIND, np.int64)
        self._lots: dict[str, LotUse] = {}
        self._kinds: dict[tuple[tuple[str, ...], bool, Reception], int] = {}

    def take(self, part: _Part, terms: list[Terms]) -> None:
        """The offers of a part: those of the same days' terms at once."""
        if all(_is_one_for(one, *part.span) for one in terms):
            self._number(part, part.rows, terms)
            return
        begins, day = self._places.begins[part.rows], self._places.day[part.rows]
        marks = np.zeros(len(part.rows), np.int64)
        for one in terms:
            for mark in () if _is_one_for(one, *part.span) else _marks(one, begins, day):
                marks = marks * (int(mark.max(initial=0)) + 1) + mark
        group = np.unique(marks, return_inverse=True)[1]
        for number in range(int(group.max()) + 1):
            self._number(part, part.rows[group == number], terms)

    def _number(self, part: _Part, rows: Column, terms: list[Terms]) -> None:
        """Give offers that the same terms carry, where any do, the number of their kind."""
        begins, day = int(self._places.begins[rows[0]]), int(self._places.day[rows[0]])
        keys = self._keys(terms, begins, day, part.clinic, part.inpatient)
        if keys:
            kind = (keys, part.kept, self._reception(part.clinic, part.video))
            self._kind[rows] = self._kinds.setdefault(kind, len(self._kinds))

    def _keys(
        self, terms: list[Terms], begins: int, day: int, clinic: int, inpatient: bool
    ) -> tuple[str, ...]:
        """The lots in force on both ends of the time, as a snapshot calls them."""
        first, last = date.fromordinal(begins), date.fromordinal(day)
        keys = []
        for one in terms:
            if one.in_force(first) and one.in_force(last):
                key = lot_key(one, FORMS[inpatient], first, last)
                self._lots.setdefault(key, LotUse(key, one, inpatient, clinic, last, first))
                keys.append(key)
        return tuple(sorted(keys))

    def _reception(self, clinic: int, video: bool) -> Reception:
        known = self._clinics
        return Reception(MODES[video], known.languages[clinic], known.premises[clinic])

    def done(self) -> Kinds:
        """Kinds and lots by number."""
        lots = tuple(self._lots[key] for key in sorted(self._lots))
        number = {lot.key: position for position, lot in enumerate(lots)}
        return Kinds(
            of_offer=self._kind,
            lots=lots,
            members=tuple(tuple(number[key] for key in keys) for keys, *_ in self._kinds),
            kept=np.array([flag for _, flag, _ in self._kinds], bool),
            receptions=tuple(there for *_, there in self._kinds),
        )


def lot_key(terms: Terms, form: str, first: date, day: date) -> str:
    """A lot at one form, in one set of cap periods and designations: what a decision is taken for once."""
    counted = (
        f"{number}@{cap.first_day(day)}"
        for number, cap in enumerate(terms.caps)
        if cap.in_force(day)
    )
    return "/".join((str(terms.lot), form, *counted, *designations_at(terms, first, day)))


def _is_one_for(terms: Terms, first: int, last: int) -> bool:
    """Whether nothing of the terms changes between two days: every mark would be one number."""
    begins = terms.valid_from.toordinal()
    ends = np.iinfo(np.int32).max if terms.valid_to is None else terms.valid_to.toordinal()
    whole = begins <= first and last <= ends
    return whole and not terms.caps and not terms.designated.turns()


def _marks(terms: Terms, begins: Column, day: Column) -> Iterator[Column]:
    """Numbers that differ where the terms, or the periods of their caps, do."""
    last = np.iinfo(np.int32).max if terms.valid_to is None else terms.valid_to.toordinal()
    in_force = (begins >= terms.valid_from.toordinal()) & (day <= last)
    yield in_force.astype(np.int64)
    turns = sorted(terms.designated.turns())
    for on in (begins, day) if turns else ():
        yield np.searchsorted(turns, on, side="right")
    for cap in terms.caps:
        days, at = np.unique(day, return_inverse=True)
        firsts = [_period(cap, date.fromordinal(int(one))) for one in days]
        yield np.unique(firsts, return_inverse=True)[1][at]


def _period(cap: Cap, on: date) -> int:
    """The first day of the cap's period, 0 where it does not count the day."""
    return cap.first_day(on).toordinal() if cap.in_force(on) else 0

"""The law as a table: many pairs of those who seek care and those who offer it, decided at once.

Facts fall in two halves. Each pair of halves that the law can tell apart is decided once by `decide`; the
answers of a million pairs are then read by plain indexing. Reasons are not stored: they are told on demand.
"""

from bisect import bisect_right
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from brokering.law.decision import Decision, decide
from brokering.law.errors import RouteMismatch
from brokering.law.facts import (
    CareFacts,
    ClinicFacts,
    Facts,
    Guarantee,
    PatientFacts,
    ReferralFacts,
    Route,
)
from brokering.law.payer import Payer
from brokering.law.requirement import ISSUERS, Requirement
from brokering.law.routes import Bookable, ExtraCost, GuaranteeEffect, MustReceive, Travel
from brokering.law.rulebook import RuleBook
from brokering.law.words import Word
from contracts.terms import ReferralRule

Positions = npt.NDArray[np.intp]
Cells = npt.NDArray[np.uint64]
Answers = npt.NDArray[np.void]

WORDS: Mapping[str, tuple[Word, ...]] = MappingProxyType(
    {
        "bookable": tuple(Bookable),
        "must_receive": tuple(MustReceive),
        "payer": tuple(Payer),
        "home_requirement": tuple(Requirement),
        "care_requirement": tuple(Requirement),
        "guarantee_effect": tuple(GuaranteeEffect),
        "travel": tuple(Travel),
        "patient_extra_cost": tuple(ExtraCost),
    }
)
"""The answers of a decision and their words; an answer of a table is the number of its word."""

ASTRAY = 255
"""Every answer where the route contradicts the two regions: `decide` raises RouteMismatch there."""

ANSWERS = np.dtype([(name, np.uint8) for name in WORDS])
"""One pair's answers, a byte each: eight bytes, so that a cell is read as one machine word."""


@dataclass(frozen=True)
class SeekerClass:
    """What the law asks of those who seek care, and on which route they come."""

    route: Route
    patient: PatientFacts
    referral: ReferralFacts | None = None
    need_approved_by_home: bool = False
    guarantee: Guarantee | None = None


@dataclass(frozen=True)
class OfferClass:
    """What the law asks of an offer: the care, and the clinic under the agreement that carries the visit."""

    care: CareFacts
    clinic: ClinicFacts

    def sought_by(self, seeker: SeekerClass, on: date) -> Facts:
        """The two halves put together."""
        return Facts(
            on=on,
            route=seeker.route,
            patient=seeker.patient,
            care=self.care,
            clinic=self.clinic,
            referral=seeker.referral,
            need_approved_by_home=seeker.need_approved_by_home,
            guarantee=seeker.guarantee,
        )


class DecisionTable:
    """The answers of every pair of the given seeker and offer classes, under the rules of one day."""

    def __init__(
        self,
        seekers: Sequence[SeekerClass],
        offers: Sequence[OfferClass],
        *,
        on: date,
        rules: RuleBook,
    ) -> None:
        """Decide every pair that the rules can tell apart, once."""
        self.seekers = tuple(seekers)
        self.offers = tuple(offers)
        self.on = on
        self.rules = rules
        asked = Distinctions(rules, frozenset(offer.care.code for offer in offers))
        rows, row = numbered([asked.of_seeker(seeker, on) for seeker in seekers])
        columns, column = numbered([asked.of_offer(offer) for offer in offers])
        self.decided = len(rows) * len(columns)
        """How many pairs were decided one by one."""
        cells = self._decided(rows, columns)
        # Rows that turned out equal become one, and columns: what is left stays near the processor.
        cells, kept = np.unique(cells, axis=0, return_inverse=True)
        self._row = kept[row]
        cells, kept = np.unique(cells, axis=1, return_inverse=True)
        self._column = kept[column]
        self._row *= cells.shape[1]
        self._cells = cells.ravel()

    def answers(self, seekers: Positions, offers: Positions) -> Answers:
        """The answers of pairs, as an array of ANSWERS: `table.answers(i, j)["payer"]`.

        `seekers` and `offers` hold positions in the given classes, pair by pair, and broadcast as numpy
        does; some ten thousand pairs at a time are read fastest. Raises IndexError outside the classes.
        """
        found: Cells = self._cells[self._row[seekers] + self._column[offers]]
        return found.view(ANSWERS)

    def decision(self, seeker: int, offer: int) -> Decision:
        """One pair decided anew, with its reasons in order; raises RouteMismatch."""
        return decide(self.offers[offer].sought_by(self.seekers[seeker], self.on), self.rules)

    def _decided(self, rows: list[int], columns: list[int]) -> Cells:
        numbers = [[self._cell(row, column) for column in columns] for row in rows]
        shape = (len(rows), len(columns), len(WORDS))
        return np.array(numbers, np.uint8).reshape(shape).view(np.uint64)[:, :, 0]

    def _cell(self, seeker: int, offer: int) -> list[int]:
        try:
            found = self.decision(seeker, offer)
        except RouteMismatch:
            return [ASTRAY] * len(WORDS)
        return numbers_of(found)


def numbers_of(decision: Decision) -> list[int]:
    """A decision's answers as numbers, in the order of ANSWERS."""
    return [_NUMBERS[name][getattr(decision, name)] for name in WORDS]


_NUMBERS = {
    name: {word: number for number, word in enumerate(words)} for name, words in WORDS.items()
}


def words_of(answers: Any) -> dict[str, str] | None:
    """One pair's answers in words; None where the route is astray."""
    if answers["bookable"] == ASTRAY:
        return None
    return {name: words[answers[name]].value for name, words in WORDS.items()}


@dataclass(frozen=True)
class Distinctions:
    """What the rules of some cares ask of age, remiss and site: facts that differ elsewhere have one answer.

    Facts that are words of the law are all kept apart.
    """

    rules: RuleBook
    cares: Collection[str]

    def of_seeker(self, seeker: SeekerClass, on: date) -> Hashable:
        """A key that is equal only for seekers whom every offer answers alike."""
        return (
            seeker.route,
            seeker.patient.home_region,
            seeker.patient.responsibility,
            self._age_band(seeker.patient.age(on)),
            self._remiss(seeker.referral, on),
            seeker.need_approved_by_home,
            seeker.guarantee,
        )

    def of_offer(self, offer: OfferClass) -> Hashable:
        """A key that is equal only for offers that answer every seeker alike."""
        clinic = offer.clinic
        site = clinic.site if clinic.site in self._sites else None
        return (offer.care, clinic.care_region, clinic.regime, site, clinic.publicly_funded)

    @cached_property
    def _rows(self) -> tuple[ReferralRule, ...]:
        return tuple(row for row in self.rules.rows if row.care in self.cares)

    @cached_property
    def _first_ages(self) -> list[int]:
        """The ages at which some rule begins or ceases to apply."""
        first = {row.age_min for row in self._rows if row.age_min is not None}
        after = {row.age_max + 1 for row in self._rows if row.age_max is not None}
        return sorted(first | after)

    @cached_property
    def _issuers(self) -> frozenset[str]:
        return ISSUERS & _all_of(row.accepted_issuers for row in self._rows)

    @cached_property
    def _extras(self) -> frozenset[str]:
        return _all_of(row.extra_requirements for row in self._rows)

    @cached_property
    def _sites(self) -> frozenset[str | None]:
        return frozenset(row.site for row in self._rows)

    def _age_band(self, age: int | None) -> int | None:
        """Ages between two of the rules' bounds are one; an unknown age is an age of its own."""
        return None if age is None else bisect_right(self._first_ages, age)

    def _remiss(self, remiss: ReferralFacts | None, on: date) -> Hashable:
        """A remiss that is not issued yet counts as none; where it was issued counts for reasons only."""
        if remiss is None or remiss.issued_on > on:
            return None
        issuer = remiss.issuer if remiss.issuer in self._issuers else None
        return (issuer, remiss.extras & self._extras)


def _all_of(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset[str]().union(*sets)


def numbered(keys: Iterable[Hashable]) -> tuple[list[int], Positions]:
    """The position of the first of each kind of key, and for every key the number of its kind."""
    numbers: dict[Hashable, int] = {}
    firsts: list[int] = []
    kinds: list[int] = []
    for position, key in enumerate(keys):
        number = numbers.setdefault(key, len(firsts))
        if number == len(firsts):
            firsts.append(position)
        kinds.append(number)
    return firsts, np.array(kinds, np.intp)

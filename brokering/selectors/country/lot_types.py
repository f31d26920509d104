"""Lots that law and terms open to the same needs are of one type: what those need is asked about once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from brokering.law.facts import (
    CareFacts,
    CareForm,
    CareKind,
    CareLevel,
    ClinicFacts,
    HospitalLevel,
    Route,
)
from brokering.law.table import OfferClass
from brokering.matching.ranking import ROUTE_ORDER
from brokering.selectors.alternatives import REROUTE_SEARCH_ORDER, search_step
from brokering.selectors.country.columns import Column
from brokering.selectors.country.kinds import LotUse
from brokering.selectors.country.needs import Vocabulary
from brokering.selectors.country.places import FORMS, Clinics
from brokering.selectors.windows import is_kept_from
from brokering.verdict import CareValue, LawOn, is_binding
from contracts.designations import Designated
from contracts.terms import OpenForOthers, Terms

ROUTES = tuple(Route(route) for route in ROUTE_ORDER)
TIERS = len(REROUTE_SEARCH_ORDER) + 1
EVERYWHERE = Designated()
CLOSED = 127
"""In place of route and tier, where there is no way."""


@dataclass(frozen=True, eq=False)
class Asking:
    """What of a care's needs law and terms ask for: the columns, their words, and the day of decision."""

    of: Mapping[str, Column]
    words: Vocabulary
    law: LawOn
    care: CareValue
    full: frozenset[str] = field(default_factory=frozenset)
    """Keys of the caps that nothing is left of."""


class LotTypes:
    """The type of every lot (`of_lot`), and one lot of each type (`lots`).

    Where somebody is designated, or caps are full, a lot is a type by itself.
    """

    def __init__(self, asking: Asking, lots: Sequence[LotUse], clinics: Clinics) -> None:
        self._asking, self._clinics = asking, clinics
        self._homes = tuple(np.unique(asking.of["home"]).tolist())
        self._sites = {rule.site for rule in asking.law.rules.rows}
        types: dict[tuple[object, ...], int] = {}
        of_lot: list[int] = []
        self.lots: list[LotUse] = []
        for number, lot in enumerate(lots):
            of_lot.append(types.setdefault(self._traits(lot, number), len(types)))
            if len(types) > len(self.lots):
                self.lots.append(lot)
        self.of_lot: Column = np.array(of_lot, np.int64)

    def _traits(self, lot: LotUse, number: int) -> tuple[object, ...]:
        terms, full = lot.terms, self._asking.full and lot.terms.caps
        alone = number if terms.designated != EVERYWHERE or full else None
        here, site = self._where(lot)
        return (
            *(here, site, lot.inpatient, alone),
            *(terms.regime, terms.buyers, terms.usable_by, terms.open_for_others),
        )

    def _where(self, lot: LotUse) -> tuple[str, str | None]:
        """The clinic's region, and its name where a rule names it."""
        name = self._clinics.names[lot.clinic]
        return self._clinics.regions[lot.clinic], name if name in self._sites else None

    def offers(self) -> tuple[list[OfferClass], Column]:
        """The law's classes of lots, and for each type and home region which one it is."""
        regions = self._asking.words.regions
        offers: dict[OfferClass, int] = {}
        at = np.zeros((len(self.lots), len(regions)), np.int64)
        for number, lot in enumerate(self.lots):
            here, site = self._where(lot)
            care = self._care_facts(lot.inpatient)
            for home in self._homes:
                carrying = lot.terms.care_region(regions[home], here)
                offer = OfferClass(care, ClinicFacts(carrying, lot.terms.regime, site, True))
                at[number, home] = offers.setdefault(offer, len(offers))
        return list(offers), at

    def _care_facts(self, inpatient: bool) -> CareFacts:
        care = self._asking.care
        return CareFacts(
            code=care.code,
            form=CareForm(FORMS[inpatient]),
            level=CareLevel(care.level),
            kind=CareKind(care.kind),
            area=care.area,
            hospital_level=HospitalLevel(care.hospital_level) if care.hospital_level else None,
        )

    def values(self) -> Column:
        """Types × routes × places not kept and kept × regions: route and tier, or CLOSED by terms or caps.

        Regions where nobody who is asked about lives are left CLOSED.
        """
        regions = self._asking.words.regions
        values = np.full((len(self.lots), len(ROUTES), 2, len(regions)), CLOSED, np.int8)
        for number, lot in enumerate(self.lots):
            terms = lot.terms
            values[number] = _values(terms, lot.inpatient, regions, self._homes)
            if terms.designated != EVERYWHERE:
                values[number][self._is_undesignated(lot)] = CLOSED
            if self._asking.full and terms.caps:
                values[number][self._is_full(lot)] = CLOSED
        return values

    def _is_undesignated(self, lot: LotUse) -> Column:
        """Routes × (not kept, kept) × regions: whether others are designated, or nobody knows who is."""
        asked = lot.terms.designated.standing
        found = [
            [
                any(
                    asked(home, binding=is_binding(route, FORMS[lot.inpatient]), on=day)
                    for day in (lot.first_day, lot.day)
                )
                for home in self._asking.words.regions
            ]
            for route in ROUTES
        ]
        return np.repeat(np.array(found)[:, None], 2, axis=1)

    def _is_full(self, lot: LotUse) -> Column:
        """Routes × (not kept, kept) × regions: whether a cap that would be drawn on is full."""
        regions, full = self._asking.words.regions, self._asking.full
        found = [
            [not full.isdisjoint(cap_keys(lot, region, route)) for region in regions]
            for route in ROUTES
        ]
        return np.repeat(np.array(found)[:, None], 2, axis=1)


def cap_keys(lot: LotUse, home_region: str, route: str) -> tuple[str, ...]:
    """The caps that a patient from a region draws on by this lot and route."""
    binding = is_binding(Route(route), FORMS[lot.inpatient])
    return tuple(key for key, _, _ in lot.caps(home_region, binding=binding))


@lru_cache(maxsize=8192)
def _values(
    terms: Terms, inpatient: bool, regions: tuple[str, ...], homes: tuple[int, ...]
) -> Column:
    """Routes × (not kept, kept) × regions: route and tier as one number, CLOSED where the terms say no."""
    values = np.full((len(ROUTES), 2, len(regions)), CLOSED, np.int8)
    for number in homes:
        region = regions[number]
        ours = region in terms.buyers or region in terms.usable_by
        if not ours and terms.open_for_others is not OpenForOthers.YES:
            continue
        step = REROUTE_SEARCH_ORDER.index(search_step(terms, region))
        for place, route in enumerate(ROUTES):
            tier = step if route == Route.GUARANTEE_REROUTE else 0
            binding = is_binding(route, FORMS[inpatient])
            values[place, 0, number] = place * TIERS + tier
            if not is_kept_from(terms, region, binding=binding):
                values[place, 1, number] = place * TIERS + tier
    return values

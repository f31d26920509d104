"""By which lot and route each class of needs may use each kind of places: law, terms and reception."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np

from brokering.law.facts import (
    CareFacts,
    CareForm,
    CareKind,
    CareLevel,
    ClinicFacts,
    HospitalLevel,
    PatientFacts,
    ReferralFacts,
    Route,
)
from brokering.law.gates import open_pairs
from brokering.law.table import OfferClass, SeekerClass
from brokering.matching.problem import NO_WAY, Bools
from brokering.matching.ranking import ROUTE_ORDER
from brokering.selectors.alternatives import REROUTE_SEARCH_ORDER, search_step
from brokering.selectors.country.columns import NO_DAY, Column
from brokering.selectors.country.days import GUARANTEES
from brokering.selectors.country.kinds import Kinds, LotUse
from brokering.selectors.country.limits import Limits
from brokering.selectors.country.needs import ISSUERS, RESPONSIBILITIES, Vocabulary
from brokering.selectors.country.places import FORMS, Clinics
from brokering.selectors.country.received import Receptions
from brokering.selectors.seekers import guarantee_of
from brokering.selectors.windows import is_kept_from
from brokering.verdict import CareValue, LawOn, is_binding
from contracts.designations import Designated
from contracts.terms import OpenForOthers

ROUTES = tuple(Route(route) for route in ROUTE_ORDER)
TIERS = len(REROUTE_SEARCH_ORDER) + 1
EVERYWHERE = Designated()
CLOSED = 127
"""In place of route and tier, where there is no way."""
Closed = Mapping[int, frozenset[str]]
Facts = Mapping[str, Any]
ASKED = (
    *("home", "responsibility", "guarantee", "issued", "issuer", "extras", "approved", "age"),
    *("rerouted", "elsewhere"),
)
"""What law asks of a need, as columns."""


@dataclass(frozen=True)
class Way:
    """Lot by number, route, and the home region's search order in a reroute (0 on every other route)."""

    lot: int
    route: str
    tier: int


@dataclass(frozen=True, eq=False)
class Ways:
    """Needs by class, and for each class and kind the number of its best way, NO_WAY without one."""

    need_class: Column
    way: Column
    ways: tuple[Way, ...]


@dataclass(frozen=True, eq=False)
class Asking:
    """What of a care's needs law and terms ask for: the columns, their words, and the day of decision."""

    of: Mapping[str, Column]
    words: Vocabulary
    law: LawOn
    care: CareValue
    full: frozenset[str] = field(default_factory=frozenset)
    """Keys of the caps that nothing is left of."""


class WayFinder:
    """What each class of needs, in law and in terms, may do with each lot; asked anew as caps are reached."""

    def __init__(self, asking: Asking, kinds: Kinds, clinics: Clinics) -> None:
        self._asking, self._kinds, self._clinics = asking, kinds, clinics
        self._lots = kinds.lots
        rules = asking.law.rules.rows
        self._aged = any(rule.has_ages for rule in rules)
        self._ages = sorted(
            {rule.age_min for rule in rules if rule.age_min is not None}
            | {rule.age_max + 1 for rule in rules if rule.age_max is not None}
        )
        self._legal, self._of_legal = _classes(self._legal_traits())
        self._limits = Limits(asking.of, asking.words, kinds.lots)
        self._received = Receptions(asking.of, asking.words, kinds.receptions)
        self._routed = self._route_options()
        self._open, self._rows = self._classed()
        self._shut: dict[tuple[int, frozenset[str]], Column] = {}
        self._drawn: dict[str, dict[str, Bools]] = {}

    def found(self, closed: Closed) -> Ways:
        """Every need's class, and the best way of each class at each kind.

        `closed` names, by row, caps that a need may not draw on in this run.
        """
        number, codes = self._open.copy(), [self._rows]
        added: dict[tuple[int, frozenset[str]], int] = {}
        for at, caps in sorted(closed.items()):
            asked = (int(self._open[at]), caps)
            if asked not in added:
                added[asked] = len(self._rows) + len(added)
                codes.append(self._shut_row(at, asked))
            number[at] = added[asked]
        return self._numbered(number, np.concatenate(codes))

    def _classed(self) -> tuple[Column, Column]:
        """The class of every need while no cap is closed, and the best way of each class at each kind."""
        own, said = self._limits.of_need, self._received.of_need
        all_of = self._of_legal.astype(np.int64) * (int(own.max(initial=0)) + 1) + own
        one, number = _classes(all_of * (int(said.max(initial=0)) + 1) + said)
        best = (self._routed[0][self._of_legal[one]], self._routed[1][self._of_legal[one]])
        return number, self._best_at_kinds(best, one)

    def _shut_row(self, at: int, asked: tuple[int, frozenset[str]]) -> Column:
        """The ways of a class without some caps, found once."""
        if asked not in self._shut:
            best = self._without(int(self._of_legal[at]), asked[1])
            self._shut[asked] = self._best_at_kinds(best, np.array([at]))
        return self._shut[asked]

    def _legal_traits(self) -> Column:
        """A number for everything in law that tells one need from another."""
        of, today = self._asking.of, self._asking.law.day.toordinal()
        issued = (of["issued"] != NO_DAY) & (of["issued"] <= today)
        parts = (
            (of["responsibility"], len(RESPONSIBILITIES)),
            (of["guarantee"], len(GUARANTEES)),
            (issued, 2),
            (np.where(issued, of["issuer"] + 1, 0), len(ISSUERS) + 1),
            (np.where(issued, np.unique(of["extras"], return_inverse=True)[1], 0), 1 << 16),
            (_approved(of, today), 2),
            (of["approved"] != NO_DAY, 2),
            # Ages between two bounds of the rules are one.
            (np.searchsorted(self._ages, of["age"], side="right"), len(self._ages) + 1),
            (of["rerouted"], 2),
            (of["elsewhere"], 2),
        )
        traits = of["home"].astype(np.int64)
        for part, size in parts:
            traits = traits * size + part
        return traits

    def _route_options(self) -> tuple[Column, Column]:
        """Legal classes × lots: route and tier of the best way, at places that are not kept and that are."""
        seekers: dict[SeekerClass, int] = {}
        shape = (len(self._legal), len(ROUTES))
        asked = np.full(shape, -1, np.int64)
        for g, of in enumerate(self._facts()):
            for route, seeker in self._seekers(of):
                asked[g, route] = seekers.setdefault(seeker, len(seekers))
        offers, offer = self._offers()
        law = self._asking.law
        lawful = open_pairs(list(seekers), offers, on=law.day, rules=law.rules)
        # The last row stands for a route that is not the need's.
        lawful = np.concatenate((lawful, np.zeros((1, lawful.shape[1]), bool)))
        homes = self._asking.of["home"][self._legal]
        self._by_route = np.full((len(ROUTES), 2, len(homes), len(self._lots)), CLOSED, np.int8)
        values = self._terms_values(np.unique(homes).tolist())[..., homes]
        for route in range(len(ROUTES)):
            can = lawful[asked[:, route][:, None], offer[:, homes].T]
            self._by_route[route] = np.where(can, values[:, route].transpose(1, 2, 0), CLOSED)
        best = self._by_route.min(axis=0)
        return best[0], best[1]

    def _terms_values(self, homes: Sequence[int]) -> Column:
        """Lots × routes × places not kept and kept × regions: route and tier, or CLOSED by terms or caps.

        Regions where nobody who is asked about lives are left CLOSED.
        """
        regions = self._asking.words.regions
        known: dict[tuple[object, ...], Column] = {}
        values = np.full((len(self._lots), len(ROUTES), 2, len(regions)), CLOSED, np.int8)
        for number, lot in enumerate(self._lots):
            terms = lot.terms
            said = (terms.buyers, terms.usable_by, terms.open_for_others, terms.regime)
            if (*said, lot.inpatient) not in known:
                known[*said, lot.inpatient] = _values(lot, regions, homes)
            values[number] = known[*said, lot.inpatient]
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

    def _facts(self) -> Iterator[Facts]:
        """What the law may ask of each of its classes, as plain values."""
        columns = {name: self._asking.of[name][self._legal].tolist() for name in ASKED}
        for values in zip(*columns.values(), strict=True):
            yield dict(zip(columns, values, strict=True))

    def _seekers(self, of: Facts) -> Iterator[tuple[int, SeekerClass]]:
        """Each route that a class of needs may be sent on, by its place in the order."""
        is_open = {
            Route.OWN_REGION: True,
            Route.GUARANTEE_REROUTE: of["rerouted"] and of["guarantee"] > 0,
            Route.FREE_CHOICE: of["elsewhere"],
            Route.INPATIENT_CHOICE: of["elsewhere"] and of["approved"] != NO_DAY,
        }
        words, today = self._asking.words, self._asking.law.day
        born = date(today.year - of["age"], 1, 1) if self._aged else None
        facts = {
            "patient": PatientFacts(
                words.regions[of["home"]], RESPONSIBILITIES[of["responsibility"]], born
            ),
            "referral": self._remiss(of),
            "need_approved_by_home": NO_DAY != of["approved"] <= today.toordinal(),
            "guarantee": guarantee_of(GUARANTEES[of["guarantee"]]),
        }
        for number, route in enumerate(ROUTES):
            if is_open[route]:
                yield number, SeekerClass(route=route, **facts)

    def _remiss(self, of: Facts) -> ReferralFacts | None:
        """A remiss that is not issued yet counts as none; where it was issued counts for reasons only."""
        today = self._asking.law.day
        if of["issued"] == NO_DAY or of["issued"] > today.toordinal():
            return None
        extras = enumerate(self._asking.words.extras)
        enclosed = frozenset(word for bit, word in extras if int(of["extras"]) >> bit & 1)
        issuer = ISSUERS[of["issuer"]].value if of["issuer"] >= 0 else ""
        return ReferralFacts(today, issuer, "", enclosed)

    def _offers(self) -> tuple[list[OfferClass], Column]:
        """The law's classes of lots, and for each lot and home region which one it is."""
        sites = {rule.site for rule in self._asking.law.rules.rows}
        regions = self._asking.words.regions
        homes = np.unique(self._asking.of["home"]).tolist()
        offers: dict[OfferClass, int] = {}
        known: dict[tuple[object, ...], list[int]] = {}
        rows: list[list[int]] = []
        for lot in self._lots:
            name = self._clinics.names[lot.clinic]
            here, site = self._clinics.regions[lot.clinic], name if name in sites else None
            alike = (here, site, lot.terms.regime, lot.terms.buyers, lot.inpatient)
            if alike not in known:
                care = self._care_facts(lot.inpatient)
                numbers = [0] * len(regions)
                for home in homes:
                    carrying = lot.terms.care_region(regions[home], here)
                    asked = ClinicFacts(carrying, lot.terms.regime, site, True)
                    offer = OfferClass(care, asked)
                    numbers[home] = offers.setdefault(offer, len(offers))
                known[alike] = numbers
            rows.append(known[alike])
        at = np.array(rows, np.int64).reshape(len(self._lots), len(regions))
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

    def _without(self, legal: int, caps: frozenset[str]) -> tuple[Column, Column]:
        """The best route of a class at each lot without drawing on some caps."""
        options = self._by_route[:, :, legal]
        home = self._asking.words.regions[self._asking.of["home"][self._legal[legal]]]
        if home not in self._drawn:
            self._drawn[home] = self._drawn_from(home)
        for cap in caps & self._drawn[home].keys():
            options = np.where(self._drawn[home][cap][:, None], CLOSED, options)
        best = options.min(axis=0)
        return best[0][None], best[1][None]

    def _drawn_from(self, home: str) -> dict[str, Bools]:
        """Routes × lots by cap: where patients from a region draw on it."""
        shape = (len(ROUTES), len(self._lots))
        found: dict[str, Bools] = defaultdict(lambda: np.zeros(shape, bool))
        for number, lot in enumerate(self._lots):
            for route, name in enumerate(ROUTES if lot.terms.caps else ()):
                for cap in cap_keys(lot, home, name):
                    found[cap][route, number] = True
        return found

    @property
    def _pairs(self) -> tuple[Column, Column, Column]:
        """Kinds and their lots side by side, and where each kind begins."""
        members = self._kinds.members
        sizes = [len(lots) for lots in members]
        lots = np.array([lot for lots in members for lot in lots], np.int64)
        return (
            np.repeat(self._kinds.kept, sizes),
            lots,
            np.concatenate(([0], np.cumsum(sizes[:-1], dtype=np.int64))),
        )

    def _best_at_kinds(self, best: tuple[Column, Column], one: Column) -> Column:
        """Classes × kinds: route, tier and lot of the best way as one number, -1 without one.

        `one` is a row of each class.
        """
        if not self._kinds.members:
            return np.zeros((len(best[0]), 0), np.int32)
        kept, lots, starts = self._pairs
        value = np.where(kept, best[1][:, lots], best[0][:, lots]).astype(np.int32)
        value[~self._limits.allowed[self._limits.of_need[one]][:, lots]] = CLOSED
        codes = value * len(self._lots) + lots.astype(np.int32)
        if len(starts) < len(lots):
            codes = np.minimum.reduceat(codes, starts, axis=1)
        suits = self._received.suits[self._received.of_need[one]]
        return np.where(suits & (codes < CLOSED * len(self._lots)), codes, -1)

    def _numbered(self, number: Column, codes: Column) -> Ways:
        """Ways by number instead of by what they are."""
        there = np.zeros(CLOSED * len(self._lots) + 1, bool)
        there[codes] = True
        there[-1] = False
        numbers = np.append(np.cumsum(there)[:-1] - 1, NO_WAY)
        ways = tuple(_way(int(code), len(self._lots)) for code in np.flatnonzero(there))
        return Ways(number.astype(np.int32), numbers[codes].astype(np.int32), ways)


def _way(code: int, lots: int) -> Way:
    routed, lot = divmod(code, lots)
    route, tier = divmod(routed, TIERS)
    return Way(lot, ROUTE_ORDER[route], tier)


def cap_keys(lot: LotUse, home_region: str, route: str) -> tuple[str, ...]:
    """The caps that a patient from a region draws on by this lot and route."""
    binding = is_binding(Route(route), FORMS[lot.inpatient])
    return tuple(key for key, _, _ in lot.caps(home_region, binding=binding))


def _values(lot: LotUse, regions: tuple[str, ...], homes: Sequence[int]) -> Column:
    """Routes × (not kept, kept) × regions: route and tier as one number, CLOSED where the terms say no."""
    values = np.full((len(ROUTES), 2, len(regions)), CLOSED, np.int8)
    terms = lot.terms
    for number in homes:
        region = regions[number]
        ours = region in terms.buyers or region in terms.usable_by
        if not ours and terms.open_for_others is not OpenForOthers.YES:
            continue
        step = REROUTE_SEARCH_ORDER.index(search_step(terms, region))
        for place, route in enumerate(ROUTES):
            tier = step if route == Route.GUARANTEE_REROUTE else 0
            binding = is_binding(route, FORMS[lot.inpatient])
            values[place, 0, number] = place * TIERS + tier
            if not is_kept_from(terms, region, binding=binding):
                values[place, 1, number] = place * TIERS + tier
    return values


def _approved(of: Mapping[str, Column], today: int) -> Column:
    found: Column = (of["approved"] != NO_DAY) & (of["approved"] <= today)
    return found


def _classes(traits: Column) -> tuple[Column, Column]:
    """One row of each class, and the class of every row."""
    _, first, number = np.unique(traits, return_index=True, return_inverse=True)
    return first, number

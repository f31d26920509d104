"""Which pairs are possible; for one that is not, the first reason. Nothing is stored per pair."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from brokering.matching.offers import Offer, aggregate, hectometres
from brokering.matching.problem import Bools, Ints
from brokering.matching.ranking import route_rank
from brokering.matching.reception import Reception, Wished, unsuited
from brokering.matching.snapshot import ClassDecision, ClassKey, Lot, Need, Snapshot

POSSIBLE = ""
UNDECIDED = ClassDecision(lawful=False, reasons=("undecided",))
KEPT = ("kept_for_own_regions",)
Kind = tuple[str, tuple[str, ...], str, str, bool, Reception]
"""Care, lots, form, period, kept, reception: offers that share these share every answer of law and terms,
and every answer to what a person needs of the reception."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a pair would come about: which lot, on which route, at which step, and on which caps it draws."""

    lot: str
    route: str
    tier: int
    caps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Terms:
    """What the law says of a need class about each kind of offer (rows), way by way (columns).

    Lawful ways come first, best first; a row is filled up with ways that are not lawful.
    """

    way: Ints
    lot: Ints
    lawful: Bools
    reason: Ints


class Codes:
    """Reason codes as small numbers; 0 is possible."""

    def __init__(self) -> None:
        self._numbers = {POSSIBLE: 0}

    def number(self, code: str) -> int:
        """The number of a code, given on first sight."""
        return self._numbers.setdefault(code, len(self._numbers))

    def words(self) -> tuple[str, ...]:
        """The codes by number."""
        return tuple(self._numbers)


class Candidates:
    """The pairs of a snapshot, computed a need at a time and on demand.

    `closed` names caps that a need may not draw on in this run, because they are reached.
    """

    def __init__(
        self, snapshot: Snapshot, closed: Mapping[str, frozenset[str]] | None = None
    ) -> None:
        self.snapshot = snapshot
        self.closed = closed or {}
        self.offers = aggregate(snapshot.places)
        self.codes = Codes()
        self.ways: list[Way] = []
        self._way_numbers: dict[Way, int] = {}
        self._lots = {lot.key: number for number, lot in enumerate(snapshot.lots)}
        self._full = frozenset(cap.key for cap in snapshot.caps if cap.left <= 0)
        self._terms: dict[tuple[object, ...], Terms] = {}
        self._unmet_by: dict[Wished, Ints] = {}
        self._read_offers()

    def _read_offers(self) -> None:
        offers = self.offers
        kinds = sorted({_kind(offer) for offer in offers}, key=_order)
        numbers = {kind: number for number, kind in enumerate(kinds)}
        self._kinds = kinds
        self.kind = np.array([numbers[_kind(offer)] for offer in offers], np.int64)
        self._care = np.array([offer.care for offer in offers], object)
        self._region = np.array([offer.region for offer in offers], object)
        self._released = np.array([offer.released for offer in offers], bool)
        self._located = np.array([offer.point is not None for offer in offers], bool)
        points = [offer.point or (0.0, 0.0) for offer in offers]
        self._lat, self._lon = np.radians(np.array(points, np.float64).reshape(-1, 2)).T
        self._day = np.array([offer.day.toordinal() for offer in offers], np.int64)
        self._begins = np.array([offer.begins_on.toordinal() for offer in offers], np.int64)

    def reasons(self, need: Need) -> list[str]:
        """For each offer the first reason against it, or POSSIBLE."""
        numbers = self.reason_numbers(need)
        words = self.codes.words()
        return [words[number] for number in numbers]

    def reason_numbers(self, need: Need) -> Ints:
        """`reasons` as numbers of `codes`. What the patient cannot change is named first."""
        _, by_terms = self.ways_of(need)
        first = np.zeros(len(self.offers), np.int64)
        for against in (*self._capacity_checks(need), by_terms, *self._wish_checks(need)):
            first = np.where(first == 0, against, first)
        return first

    def ways_of(self, need: Need) -> tuple[Ints, Ints]:
        """For each offer the best way by law, terms and reception (-1 none), and the reason without one."""
        way, reason = self.ways_at(need)
        return way[self.kind], reason[self.kind]

    def ways_at(self, need: Need) -> tuple[Ints, Ints]:
        """The same for each kind of offer, as numbered in `kind`."""
        terms = self._terms_of(need)
        refusal = np.array([self._refusal(lot, need) for lot in self.snapshot.lots] + [0], np.int64)
        at_lot = np.where(
            self._capped(need)[terms.way], self.codes.number("cap_reached"), refusal[terms.lot]
        )
        usable = terms.lawful & (at_lot == 0)
        rows = np.arange(len(usable))
        best = usable.argmax(axis=1)
        found = usable[rows, best]
        way = np.where(found, terms.way[rows, best], -1)
        first = np.where(terms.lawful[:, 0], at_lot[:, 0], terms.reason[:, 0])
        unmet = self._unmet(need)
        return np.where(unmet == 0, way, -1), np.where(found, unmet, first)

    def _unmet(self, need: Need) -> Ints:
        """For each kind of offer what the person needs of the reception and does not find there."""
        if need.wished not in self._unmet_by:
            codes = [unsuited(need.wished, kind[-1]) for kind in self._kinds]
            numbers = [self.codes.number(code) for code in codes]
            self._unmet_by[need.wished] = np.array(numbers, np.int64)
        return self._unmet_by[need.wished]

    def distances(self, need: Need) -> Ints:
        """Hundreds of metres to each offer; 0 where either end has no known place."""
        if need.home is None:
            return np.zeros(len(self.offers), np.int64)
        return np.where(self._located, hectometres(need.home, self._lat, self._lon), 0)

    def _capacity_checks(self, need: Need) -> list[Ints]:
        """What stands against an offer whoever asks."""
        return [
            self._against("other_care", self._care != need.care),
            self._against("not_released", ~self._released),
            self._against("passed", self._day < self.snapshot.on.toordinal()),
        ]

    def _wish_checks(self, need: Need) -> list[Ints]:
        """What stands against an offer because of what the person has stated."""
        earliest = (need.earliest or date.min).toordinal()
        latest = (need.latest or date.max).toordinal()
        outside = (self._begins < earliest) | (self._day > latest)
        checks = [self._against("outside_wished_period", outside)]
        if need.refused:
            turned_down = [(offer.clinic, offer.begins_on) in need.refused for offer in self.offers]
            checks.append(self._against("refused_before", np.array(turned_down, bool)))
        if need.regions is not None:
            unwanted = ~np.isin(self._region, sorted(need.regions))
            checks.insert(0, self._against("region_not_wanted", unwanted))
        if need.declined_by:
            declined = [offer.clinic in need.declined_by for offer in self.offers]
            checks.insert(0, self._against("clinic_said_no", np.array(declined, bool)))
        if need.max_distance_km is not None:
            unknown = ~self._located | (need.home is None)
            checks.append(self._against("distance_unknown", unknown))
            too_far = self.distances(need) > need.max_distance_km * 10
            checks.append(self._against("too_far", too_far))
        return checks

    def _against(self, code: str, blocked: Bools) -> Ints:
        """The number of the code where it holds, 0 elsewhere."""
        return np.where(blocked, self.codes.number(code), 0)

    def _refusal(self, lot: Lot, need: Need) -> int:
        """Why the terms of a lot turn the need down, as a number; 0 if they do not."""
        return self.codes.number(terms_refusal(lot, need))

    def _capped(self, need: Need) -> Bools:
        """For each way (and none, last) whether it draws on a cap that the need may not draw on."""
        reached = self._full | self.closed.get(need.key, frozenset())
        if not reached:
            return np.zeros(len(self.ways) + 1, bool)
        return np.array([*(not reached.isdisjoint(way.caps) for way in self.ways), False], bool)

    def _terms_of(self, need: Need) -> Terms:
        key = (need.care, need.home_region, need.profile, need.routes)
        if key not in self._terms:
            self._terms[key] = self._decide(need)
        return self._terms[key]

    def _decide(self, need: Need) -> Terms:
        """Look up the need class's decisions for every kind of offer."""
        routes = sorted(need.routes, key=route_rank)
        table = [self._options(need, kind, routes) for kind in self._kinds]
        width = max([1, *map(len, table)])
        nobody = self.codes.number("no_agreement")
        filling = (False, -1, len(self._lots), nobody)
        cells = [options + [filling] * (width - len(options)) for options in table]
        shape = (len(table), width)
        lawful, way, lot, reason = (
            np.array([[option[i] for option in row] for row in cells], np.int64).reshape(shape)
            for i in range(4)
        )
        return Terms(way=way, lot=lot, lawful=lawful.astype(bool), reason=reason)

    def _options(
        self, need: Need, kind: Kind, routes: list[str]
    ) -> list[tuple[bool, int, int, int]]:
        """(lawful, way, lot, reason) of each lot and route, lawful and best first."""
        care, lots, form, period, kept, _ = kind
        options = []
        for rank, route in enumerate(routes):
            for lot in lots:
                key = ClassKey(need.home_region, lot, care, route, form, need.profile, period)
                decision = _while_kept(self.snapshot.decisions.get(key, UNDECIDED), kept)
                # A way that only waits for its turn says most about why there is none now; a route that
                # cannot lead there says least.
                far = (decision.reasons != KEPT, decision.reasons[:1] == ("route_mismatch",))
                ranked = (not decision.lawful, *far, rank, decision.tier, lot)
                options.append((ranked, decision, Way(lot, route, decision.tier, decision.caps)))
        options.sort(key=lambda option: option[0])
        return [
            (x.lawful, self._number(way), self._lots[way.lot], self._why(x))
            for _, x, way in options
        ]

    def _why(self, decision: ClassDecision) -> int:
        if decision.lawful:
            return 0
        return self.codes.number((decision.reasons or ("undecided",))[0])

    def _number(self, way: Way) -> int:
        if way not in self._way_numbers:
            self._way_numbers[way] = len(self.ways)
            self.ways.append(way)
        return self._way_numbers[way]


def terms_refusal(lot: Lot, need: Need) -> str:
    """The first term of the lot that the need does not meet, or POSSIBLE.

    A limit on a fact that is not known is not met: a person asks, the machine does not guess.
    """
    limits = (
        ("terms_age", need.age, lot.age_from, lot.age_to),
        ("terms_bmi", need.bmi, lot.bmi_from, lot.bmi_to),
        ("terms_asa", need.asa, None, lot.asa_to),
    )
    for code, fact, low, high in limits:
        if low is None and high is None:
            continue
        if fact is None:
            return "terms_fact_unknown"
        if not (low is None or fact >= low) or not (high is None or fact <= high):
            return code
    return "terms_excluded_need" if lot.excludes & need.excluding_needs else POSSIBLE


def _kind(offer: Offer) -> Kind:
    return (offer.care, offer.lots, offer.form, offer.period, offer.kept, offer.reception)


def _order(kind: Kind) -> tuple[object, ...]:
    *terms, there = kind
    return (*terms, there.mode, sorted(there.languages), sorted(there.premises))


def _while_kept(decision: ClassDecision, kept: bool) -> ClassDecision:
    """The decision at a place that is kept, or is not, for the regions of its agreement."""
    waits = kept and decision.lawful and decision.lets_own_first
    return ClassDecision(lawful=False, reasons=KEPT) if waits else decision

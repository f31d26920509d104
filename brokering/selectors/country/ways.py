"""By which lot and route each class of needs may use each kind of places: law, terms and reception."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from brokering.law.gates import open_pairs
from brokering.law.table import SeekerClass
from brokering.matching.problem import NO_WAY, Bools
from brokering.matching.ranking import ROUTE_ORDER
from brokering.selectors.country.columns import NO_DAY, Column
from brokering.selectors.country.days import GUARANTEES
from brokering.selectors.country.kinds import Kinds
from brokering.selectors.country.law_classes import Asked, seekers_of
from brokering.selectors.country.limits import Limits
from brokering.selectors.country.lot_types import CLOSED, ROUTES, TIERS, Asking, LotTypes, cap_keys
from brokering.selectors.country.needs import ISSUERS, RESPONSIBILITIES, UNSAID
from brokering.selectors.country.places import Clinics
from brokering.selectors.country.received import Receptions

Closed = Mapping[int, frozenset[str]]
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
        self._limits = Limits(asking.of, asking.words, kinds)
        self._received = Receptions(asking.of, asking.words, kinds)
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
        return number, self._best_at_kinds(best, self._types.of_lot, one)

    def _shut_row(self, at: int, asked: tuple[int, frozenset[str]]) -> Column:
        """The ways of a class without some caps, found once."""
        if asked not in self._shut:
            best = self._without(int(self._of_legal[at]), asked[1])
            lots = np.arange(len(self._lots))
            self._shut[asked] = self._best_at_kinds(best, lots, np.array([at]))
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
        extras, today = self._asking.words.extras, self._asking.law.day
        for g, of in enumerate(self._asked()):
            for route, seeker in seekers_of(of, extras, today):
                asked[g, route] = seekers.setdefault(seeker, len(seekers))
        types = self._types = LotTypes(self._asking, self._lots, self._clinics)
        offers, offer = types.offers()
        law = self._asking.law
        lawful = open_pairs(list(seekers), offers, on=law.day, rules=law.rules)
        # The last row stands for a route that is not the need's.
        lawful = np.concatenate((lawful, np.zeros((1, lawful.shape[1]), bool)))
        homes = self._asking.of["home"][self._legal]
        self._by_route = np.full((len(ROUTES), 2, len(homes), len(types.lots)), CLOSED, np.int8)
        values = types.values()[..., homes]
        for route in range(len(ROUTES)):
            can = lawful[asked[:, route][:, None], offer[:, homes].T]
            self._by_route[route] = np.where(can, values[:, route].transpose(1, 2, 0), CLOSED)
        best = self._by_route.min(axis=0)
        return best[0], best[1]

    def _asked(self) -> Iterator[Asked]:
        """What the law may ask of each of its classes."""
        of = {name: self._asking.of[name][self._legal] for name in ASKED}
        today = self._asking.law.day.toordinal()
        issued = (of["issued"] != NO_DAY) & (of["issued"] <= today)
        columns = (
            of["home"],
            of["responsibility"],
            of["guarantee"],
            of["age"] if self._aged else np.full(len(issued), UNSAID),
            np.where(issued, of["issuer"], UNSAID),
            np.where(issued, of["extras"], UNSAID),
            of["approved"] != NO_DAY,
            _approved(of, today),
            of["rerouted"],
            of["elsewhere"],
        )
        regions = self._asking.words.regions
        for home, *facts in zip(*(column.tolist() for column in columns), strict=True):
            yield Asked(regions[home], *facts)

    def _without(self, legal: int, caps: frozenset[str]) -> tuple[Column, Column]:
        """The best route of a class at each lot without drawing on some caps."""
        options = self._by_route[:, :, legal][..., self._types.of_lot]
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

    def _best_at_kinds(self, best: tuple[Column, Column], column: Column, one: Column) -> Column:
        """Classes × kinds: route, tier and lot of the best way as one number, -1 without one.

        `column` says where `best` tells of each lot; `one` is a row of each class.
        """
        if not self._kinds.members:
            return np.zeros((len(best[0]), 0), np.int32)
        kept, lots, starts = self._pairs
        at = column[lots]
        value = np.where(kept, best[1][:, at], best[0][:, at]).astype(np.int32)
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


def _approved(of: Mapping[str, Column], today: int) -> Column:
    found: Column = (of["approved"] != NO_DAY) & (of["approved"] <= today)
    return found


def _classes(traits: Column) -> tuple[Column, Column]:
    """One row of each class, and the class of every row."""
    _, first, number = np.unique(traits, return_index=True, return_inverse=True)
    return first, number

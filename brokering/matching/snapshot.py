"""What a round sees: needs without identity, places, decisions by class, settings. Frozen."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from brokering.matching.reception import Reception, Wished

PRIORITIES = (1, 2, 3, 4)
EVERY_DAY = date.max
"""Instead of a day that was turned down: not that clinic at all."""


class BadSnapshot(ValueError):
    """The values of a round contradict each other."""


class WithinClass(StrEnum):
    """Who goes first among people of one need class (a published setting)."""

    RESCUABLE_FIRST = "rescuable_first"
    LONGEST_WAITING_FIRST = "longest_waiting_first"


class Point(NamedTuple):
    """A place on Earth, WGS84 degrees."""

    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Need:
    """One waiting referral without identity.

    `key` is opaque. `priority` runs from 1 (highest) to 4. `due` is the guarantee's date or the
    medical target date, whichever comes first. `home` is None for protected identity: no distance
    is ever computed. `profile` is opaque as well: two needs with the same home region and profile
    have the same answer in law. `routes` are the routes the need may be sent on. Wishes that are
    None were not stated. `refused` are the clinics and days that the person has turned down; on EVERY_DAY
    it is the clinic that has said no to the need.
    """

    key: str
    care: str
    priority: int
    waiting_since: date
    home_region: str
    routes: tuple[str, ...]
    profile: str = ""
    due: date | None = None
    home: Point | None = None
    earliest: date | None = None
    latest: date | None = None
    max_distance_km: float | None = None
    regions: frozenset[str] | None = None
    age: int | None = None
    bmi: float | None = None
    asa: int | None = None
    excluding_needs: frozenset[str] = frozenset()
    refused: frozenset[tuple[str, date]] = frozenset()
    wished: Wished = Wished()

    def __post_init__(self) -> None:
        if self.priority not in PRIORITIES:
            raise BadSnapshot(f"need {self.key}: priority {self.priority} is none of {PRIORITIES}")

    @property
    def declined_by(self) -> frozenset[str]:
        """The clinics that have said no to the need."""
        return frozenset(clinic for clinic, day in self.refused if day == EVERY_DAY)


@dataclass(frozen=True, slots=True)
class Place:
    """One free slot. `lots` are the agreement lots in force that day, `period` the rule period.

    A place in a week whose time is not named yet lies between `first_day` and `day`: it is in time only if
    its last day is, and fits a wish only if the whole week does. What is `kept` is still kept by its clinic
    for the regions of its agreement: it is not there for a class whose decision says so.
    """

    slot_id: str
    clinic: str
    region: str
    care: str
    form: str
    day: date
    lots: tuple[str, ...]
    point: Point | None = None
    period: str = ""
    released: bool = True
    kept: bool = False
    first_day: date | None = None
    reception: Reception = Reception()

    @property
    def begins_on(self) -> date:
        """The first day on which the visit may be."""
        return self.first_day or self.day


@dataclass(frozen=True, slots=True)
class Lot:
    """The terms of an agreement lot that a need is measured against.

    Bounds are inclusive and None where the agreement sets none.
    """

    key: str
    age_from: int | None = None
    age_to: int | None = None
    bmi_from: float | None = None
    bmi_to: float | None = None
    asa_to: int | None = None
    excludes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Cap:
    """A volume that several classes may draw on, and how many patients it still takes in."""

    key: str
    left: int


class ClassKey(NamedTuple):
    """What a decision in law depends on; it is taken once for everyone who shares it."""

    home_region: str
    lot: str
    care: str
    route: str
    form: str
    profile: str
    period: str


@dataclass(frozen=True, slots=True)
class ClassDecision:
    """May this class use this lot on this route, and if not, why (the first weighs most; then its grounds).

    `tier` is the home region's own search order in a reroute (0 first), otherwise 0. `caps` are the
    volume caps that a patient of the class counts against. `lets_own_first`: a place that is kept for the
    regions of the agreement is not for the class yet.
    """

    lawful: bool
    reasons: tuple[str, ...] = ()
    tier: int = 0
    caps: tuple[str, ...] = ()
    lets_own_first: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """The published choices of a round."""

    within_class: WithinClass = WithinClass.RESCUABLE_FIRST


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything a round may know on the day `on`.

    `previous` maps needs to the slot last proposed to them, where nobody has been told yet.
    What has been told (offers, holds, bookings) is left out on both sides: it is frozen.
    """

    on: date
    needs: tuple[Need, ...]
    places: tuple[Place, ...]
    lots: tuple[Lot, ...]
    decisions: Mapping[ClassKey, ClassDecision]
    settings: Settings = Settings()
    caps: tuple[Cap, ...] = ()
    previous: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _refuse_twins("need", [need.key for need in self.needs])
        _refuse_twins("slot", [place.slot_id for place in self.places])
        _refuse_twins("lot", [lot.key for lot in self.lots])
        unknown = {lot for place in self.places for lot in place.lots} - {x.key for x in self.lots}
        if unknown:
            raise BadSnapshot(f"places name lots without terms: {', '.join(sorted(unknown))}")
        _refuse_twins("cap", [cap.key for cap in self.caps])
        drawn = {cap for decision in self.decisions.values() for cap in decision.caps}
        if uncounted := drawn - {cap.key for cap in self.caps}:
            raise BadSnapshot(f"decisions name caps unknown: {', '.join(sorted(uncounted))}")

    @property
    def horizon(self) -> date:
        """The first day after the last place: until then at least do the untreated wait."""
        return max((place.day for place in self.places), default=self.on) + timedelta(days=1)

    def digest(self) -> str:
        """SHA-256 of the canonical JSON: equal input has equal digest, whatever the row order."""
        text = json.dumps(_canonical(self), sort_keys=True, separators=(",", ":"), default=_plain)
        return hashlib.sha256(text.encode()).hexdigest()


def class_keys(needs: tuple[Need, ...], places: tuple[Place, ...]) -> set[ClassKey]:
    """Every class that a round over these needs and places asks a decision for."""
    people = {(need.care, need.home_region, need.profile, need.routes) for need in needs}
    terms = {(place.care, place.lots, place.form, place.period) for place in places}
    return {
        ClassKey(region, lot, care, route, form, profile, period)
        for care, region, profile, routes in people
        for other, lots, form, period in terms
        if other == care
        for lot in lots
        for route in routes
    }


def _refuse_twins(what: str, keys: list[str]) -> None:
    """Raise BadSnapshot where a key stands twice: one place is one slot, one need one referral."""
    if len(set(keys)) < len(keys):
        twin = next(key for key in sorted(keys) if keys.count(key) > 1)
        raise BadSnapshot(f"{what} {twin} stands twice")


def _canonical(snapshot: Snapshot) -> dict[str, Any]:
    decisions = sorted(snapshot.decisions.items())
    return {
        "on": snapshot.on,
        "needs": [asdict(need) for need in sorted(snapshot.needs, key=lambda x: x.key)],
        "places": [asdict(place) for place in sorted(snapshot.places, key=lambda x: x.slot_id)],
        "lots": [asdict(lot) for lot in sorted(snapshot.lots, key=lambda x: x.key)],
        "caps": [asdict(cap) for cap in sorted(snapshot.caps, key=lambda x: x.key)],
        "decisions": [[*key, asdict(decision)] for key, decision in decisions],
        "settings": asdict(snapshot.settings),
        "previous": dict(snapshot.previous),
    }


def _plain(value: object) -> object:
    """Dates as ISO text, sets as sorted lists; anything else has no place in a snapshot."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} has no canonical form")

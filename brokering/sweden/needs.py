"""Draws each person and what they wait for: names, age, place, need class, wishes, clock events."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any, NamedTuple, TypeVar

from brokering.sweden.capacity import Clinic
from brokering.sweden.identifiers import Identities, stable_id
from brokering.sweden.names import FIRST_NAMES, SURNAMES
from brokering.sweden.population import LONG, Population
from brokering.sweden.sources import Sources
from brokering.sweden.units import UNIVERSITY_REGION
from brokering.sweden.waiting import ADULTS_ONLY, CHILDREN_ONLY, GROUPS, WOMEN_ONLY
from providers.reference import CareRow

AGE_RANGES = ((0, 19), (20, 39), (40, 59), (60, 79), (80, 99))
OLDEST_CHILD, YOUNGEST_WOMAN = 17, 15
PRIORITY_WEIGHTS = ((10, 30, 45, 15), (4, 22, 50, 24), (1, 12, 55, 32), (0, 5, 55, 40))
"""Need class 1–4 by band. Not published anywhere: a choice."""
TARGET_DAYS = {1: 28, 2: 60}
"""Medical target date after the start, for two of three in the two highest classes: a choice."""
CHOSE_TO_WAIT = 0.23
"""Share with patient-chosen wait among those over a year (table 9.6 says 22–24 %)."""
DISTANCES_KM: tuple[tuple[int | None, float], ...] = (
    (None, 0.3),
    (40, 0.15),
    (80, 0.25),
    (150, 0.15),
    (300, 0.15),
)
ISSUERS = (("allmanlakare", 0.75), ("specialistlakare", 0.2), ("elevhalsa", 0.01), ("annan", 0.04))
T = TypeVar("T")

EXCLUDING = ("intensivvard", "svar_luftvag")
NOT_STARTED = {"issued_on": None, "issuer": "", "contact_on": None, "decided_on": None}


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One clock event."""

    type: str
    on: date
    care_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Need:
    """A person and what that person waits for."""

    number: int
    name: str
    identity: str
    birth_date: date
    region: str
    responsibility: str
    municipality: str | None
    care: CareRow
    clinic: Clinic | None
    issued_on: date | None
    issuer: str
    contact_on: date | None
    decided_on: date | None
    priority: int | None
    medical_target_on: date | None
    confirmed_on: date | None
    watch_until: date | None = None
    bmi: int | None = None
    asa: int | None = None
    excluding_needs: tuple[str, ...] = ()
    max_distance_km: int | None = None
    earliest_on: date | None = None
    latest_on: date | None = None
    accepts_other_regions: bool = True
    facts: tuple[Fact, ...] = ()
    user_id: uuid.UUID | None = None

    @property
    def started_on(self) -> date:
        """The day on which the wait began."""
        start = self.decided_on or self.issued_on or self.contact_on
        if start is None:
            raise ValueError("a need has a start")
        return start

    @property
    def protected(self) -> bool:
        """Whether the person has protected identity: no place then."""
        return self.municipality is None


@dataclass
class Drawing:
    """Draws one need after the other; the same seed gives the same needs."""

    sources: Sources
    clinics: Mapping[tuple[str, str], Sequence[Clinic]]
    today: date
    seed: int
    identities: Identities = field(default_factory=Identities)

    def __post_init__(self) -> None:
        self.random = Random(f"{self.seed}:needs")

    def chance(self, share: float) -> bool:
        """True for about this share of the draws."""
        return self.random.random() < share

    def weighted(self, pairs: Sequence[tuple[T, float]]) -> T:
        """One of the values, by weight."""
        values = [value for value, _ in pairs]
        return self.random.choices(values, [weight for _, weight in pairs])[0]


def clinics_by_need(
    sources: Sources, clinics: Sequence[Clinic]
) -> Mapping[tuple[str, str], Sequence[Clinic]]:
    """Own clinics where a resident may wait, by home region and care; regionsjukvård is given at the
    cooperation area's university hospital."""
    found: dict[tuple[str, str], list[Clinic]] = {}
    for clinic in clinics:
        for care in clinic.cares if clinic.is_own else ():
            found.setdefault((clinic.region, care.code), []).append(clinic)
    return {
        (region.code, care.code): found.get((region.code, care.code))
        or found.get((UNIVERSITY_REGION[region.collaboration_region], care.code), [])
        for region in sources.regions
        for care in sources.cares
    }


def needs(drawing: Drawing, people: Population) -> Iterator[Need]:
    """One need per person of the population, in its order."""
    columns = (people.region, people.care, people.band, people.group, people.days)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    for number, (region, care, band, group, days) in enumerate(rows):
        seeks = Sought(people.regions[region], drawing.sources.care[people.cares[care]], days, band)
        person = _person(drawing, seeks, group)
        wait = _wait(drawing, seeks)
        wishes = _wishes(drawing, seeks.care, protected=person["municipality"] is None)
        facts = _clock(drawing, _start(drawing, days), band)
        yield Need(
            number=number,
            region=seeks.region,
            care=seeks.care,
            facts=facts,
            **person,
            **wait,
            **wishes,
        )


class Sought(NamedTuple):
    """One cell of the joint table, and the days waited in it."""

    region: str
    care: CareRow
    days: int
    band: int


def _start(drawing: Drawing, days: int) -> date:
    return drawing.today - timedelta(days=days)


def _person(drawing: Drawing, seeks: Sought, group: int) -> dict[str, Any]:
    """Who it is, and where the person waits."""
    sex, ages = GROUPS[group]
    born = _birth_date(drawing, seeks.care, ages)
    protected = drawing.chance(0.01)
    choice, places = drawing.random.choice, drawing.sources.places[seeks.region]
    return {
        "name": f"{choice(FIRST_NAMES[sex])} {choice(SURNAMES)}",
        "identity": drawing.identities.next(born, sex),
        "birth_date": born,
        "responsibility": _responsibility(drawing, protected),
        "municipality": None if protected else choice(places).code,
        "clinic": _clinic(drawing, seeks.region, seeks.care),
    }


def _birth_date(drawing: Drawing, care: CareRow, group: int) -> date:
    """A birth date with an age in the group, and one that fits the care."""
    low, high = AGE_RANGES[group]
    if care.area in CHILDREN_ONLY:
        high = OLDEST_CHILD
    if group == 0 and care.area in WOMEN_ONLY | ADULTS_ONLY:
        low = YOUNGEST_WOMAN
    if group == len(AGE_RANGES) - 1:
        high = low + min(drawing.random.randrange(20), drawing.random.randrange(20))
    years = drawing.random.randint(low, high)
    return drawing.today - timedelta(days=int(years * 365.2425) + drawing.random.randint(1, 364))


def _responsibility(drawing: Drawing, protected: bool) -> str:
    if protected and drawing.chance(0.5):
        return "protected_registration"
    return drawing.weighted((("resident", 0.99), ("eu_883", 0.006), ("student_abroad", 0.004)))


def _clinic(drawing: Drawing, region: str, care: CareRow) -> Clinic | None:
    choices = drawing.clinics[region, care.code]
    return drawing.random.choice(choices) if choices else None


def _wait(drawing: Drawing, seeks: Sought) -> dict[str, Any]:
    """Starts, issuer, need class and confirmation."""
    start = _start(drawing, seeks.days)
    priority = drawing.random.choices((1, 2, 3, 4), PRIORITY_WEIGHTS[seeks.band])[0]
    target = TARGET_DAYS.get(priority) if drawing.chance(2 / 3) else None
    begun = {
        "priority": None if drawing.chance(0.02) else priority,
        "medical_target_on": start + timedelta(days=target) if target else None,
        "confirmed_on": _confirmed(drawing, start, seeks.days),
        **NOT_STARTED,
    }
    if seeks.care.kind == "treatment":
        before = timedelta(days=drawing.random.randint(10, 150))
        referred = {"issued_on": start - before, "issuer": _issuer(drawing)}
        return begun | referred | {"decided_on": start}
    if drawing.sources.needs_no_remiss(seeks.region, seeks.care.code) and drawing.chance(0.08):
        return begun | {"contact_on": start}
    return begun | {"issued_on": start, "issuer": _issuer(drawing)}


def _issuer(drawing: Drawing) -> str:
    return drawing.weighted(ISSUERS)


def _confirmed(drawing: Drawing, start: date, days: int) -> date | None:
    """Half of those over two years have not been asked whether they still wait."""
    if days > 730 and drawing.chance(0.5):
        return None
    return drawing.today - timedelta(days=drawing.random.randint(0, min(days, 180)))


def _wishes(drawing: Drawing, care: CareRow, *, protected: bool) -> dict[str, Any]:
    """How far, when, and what the clinic must know about the body."""
    is_operation = care.form != "open"
    earliest = drawing.today + timedelta(days=drawing.random.randint(14, 42))
    latest = drawing.today + timedelta(days=drawing.random.randint(50, 90))
    distance = drawing.weighted(DISTANCES_KM)
    return {
        "max_distance_km": None if protected else distance,
        "accepts_other_regions": drawing.chance(0.7),
        "earliest_on": earliest if drawing.chance(0.1) else None,
        "latest_on": latest if drawing.chance(0.05) else None,
        "watch_until": earliest if drawing.chance(0.02) else None,
        "bmi": round(min(max(drawing.random.gauss(27, 5), 16), 55)) if is_operation else None,
        "asa": drawing.random.choices((1, 2, 3, 4), (35, 45, 19, 1))[0] if is_operation else None,
        "excluding_needs": (drawing.random.choice(EXCLUDING),)
        if is_operation and drawing.chance(0.04)
        else (),
    }


def _clock(drawing: Drawing, start: date, band: int) -> tuple[Fact, ...]:
    """Information, and for some over a year the refusal that stopped the clock (with all conditions)."""
    if band == LONG and drawing.chance(CHOSE_TO_WAIT):
        return _refused(drawing, start)
    informed = start + timedelta(days=drawing.random.randint(0, 5))
    if drawing.chance(0.6) and informed <= drawing.today:
        return (Fact(type="informed", on=informed),)
    return ()


def _refused(drawing: Drawing, start: date) -> tuple[Fact, ...]:
    offered = start + timedelta(days=drawing.random.randint(20, 50))
    refused = Fact(type="declined", on=offered + timedelta(days=3))
    facts = (
        Fact(type="informed", on=start + timedelta(days=2)),
        Fact(type="offered", on=offered, care_on=offered + timedelta(days=30)),
        refused,
    )
    if drawing.chance(0.3):
        return (*facts, Fact(type="regretted", on=refused.on + timedelta(days=120)))
    return facts


def referral_id(seed: int, need: Need) -> uuid.UUID:
    """Id of the need's referral."""
    return stable_id(seed, "referral", need.number)

"""What does not change during the year: distances, places a week, the law's ways, the day of the alarm."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import numpy as np

from brokering.law.clock import state
from brokering.law.clock_facts import ClockKind, ClockQuestion, ClockStart
from brokering.law.duty import Outlook, trigger
from brokering.law.facts import (
    CareFacts,
    CareForm,
    CareKind,
    CareLevel,
    ClinicFacts,
    Guarantee,
    HospitalLevel,
    PatientFacts,
    ReferralFacts,
    Route,
)
from brokering.law.payer import Payer
from brokering.law.routes import Bookable
from brokering.law.rulebook import RuleBook
from brokering.law.table import WORDS, DecisionTable, OfferClass, SeekerClass
from brokering.matching.offers import hectometres
from brokering.matching.problem import NO_WAY
from brokering.matching.snapshot import Point
from brokering.sweden.slots import INPATIENT_SHARE
from brokering.sweden.sources import Sources
from contracts.terms import Regime
from insight.simulation.parameters import LAW_ON
from insight.simulation.people import Floats, Ints
from providers.reference import CareRow

ROUTES = (Route.OWN_REGION, Route.FREE_CHOICE, Route.GUARANTEE_REROUTE)
"""A way is one of these. Inpatient care elsewhere by own choice needs an approval that nobody here gives."""
OWN_ONLY, MAY_CHOOSE, REGION_ACTS = range(3)
"""Which ways somebody has: at home; elsewhere by own choice too; also those that the region finds."""
AGES = (10, 50)
"""One child and one adult stand for all in the referral rules: few rules ask of age."""
LONGEST = 200
YES, NO = (WORDS["bookable"].index(word) for word in (Bookable.YES, Bookable.NO))


@dataclass(frozen=True, kw_only=True)
class Country:
    """The sources, the rules, and how far it is from each municipality to each region's nearest town."""

    sources: Sources
    rules: RuleBook
    regions: tuple[str, ...]
    far: Ints
    """Municipalities × regions, hundreds of metres to the nearest town of the region."""


def country(sources: Sources, rules: RuleBook) -> Country:
    """Clinics stand in a region's towns, and the nearest is meant."""
    regions = tuple(sorted(region.code for region in sources.regions))
    far = np.empty((len(sources.municipalities), len(regions)), np.int64)
    for number, region in enumerate(regions):
        towns = np.radians([sources.centres[town.code] for town in sources.towns(region)])
        for home, row in enumerate(sources.municipalities):
            far[home, number] = hectometres(
                Point(*sources.centres[row.code]), towns[:, 0], towns[:, 1]
            ).min()
    return Country(sources=sources, rules=rules, regions=regions, far=far)


@dataclass(frozen=True, kw_only=True)
class Kinds:
    """The kinds of place of one care: region × form × whether others see it."""

    forms: tuple[CareForm, ...]
    region: Ints
    form: Ints
    open_to_all: Ints
    way: Ints
    """(What somebody may × age × home region) × kinds: number of a route, or NO_WAY."""
    payer: Ints
    """Routes × ages × home regions × kinds: number of the payer."""


def kinds(country: Country, care: CareRow) -> Kinds:
    """The law's answers for one care, read from its table; elsewhere only what may be booked is a way.

    At home an unknown rule is one too: what is simulated is the queue that the region has and treats.
    """
    forms = _forms(care)
    many = len(country.regions)
    grid = np.indices((many, len(forms), 2)).reshape(3, -1)
    bookable, payer = _answers(country, care, forms)
    column = grid[0] * len(forms) + grid[1]
    may, pays = bookable[..., column] == YES, payer[..., column]
    elsewhere = np.arange(many)[:, None] != grid[0]
    way = np.full((3, *may.shape[1:]), NO_WAY, np.int64)
    way[:, ~elsewhere & (bookable[0][..., column] != NO)] = 0
    shown = elsewhere & (grid[2] == 1)
    way[MAY_CHOOSE:, shown & may[1]] = 1
    way[REGION_ACTS, shown & may[2]] = 2
    return Kinds(
        forms=forms,
        region=grid[0],
        form=grid[1],
        open_to_all=grid[2],
        way=way.reshape(-1, way.shape[-1]),
        payer=pays,
    )


def _forms(care: CareRow) -> tuple[CareForm, ...]:
    if care.form == "inpatient_or_day":
        return (CareForm.OPEN, CareForm.INPATIENT)
    return (CareForm(care.form),)


def _answers(country: Country, care: CareRow, forms: tuple[CareForm, ...]) -> tuple[Ints, Ints]:
    """Routes × ages × home regions × (region × form): whether it may be booked, and who pays."""
    offers = [_offer(care, region, form) for region in country.regions for form in forms]
    seekers = [
        _seeker(route, region, age, care)
        for route in ROUTES
        for age in AGES
        for region in country.regions
    ]
    table = DecisionTable(seekers, offers, on=LAW_ON, rules=country.rules)
    found = table.answers(np.arange(len(seekers))[:, None], np.arange(len(offers))[None, :])
    shape = (len(ROUTES), len(AGES), len(country.regions), len(offers))
    return found["bookable"].reshape(shape), found["payer"].reshape(shape)


def _offer(care: CareRow, region: str, form: CareForm) -> OfferClass:
    return OfferClass(
        CareFacts(
            code=care.code,
            form=form,
            level=CareLevel(care.level),
            kind=CareKind(care.kind),
            area=care.area,
            hospital_level=HospitalLevel(care.hospital_level) if care.hospital_level else None,
        ),
        ClinicFacts(care_region=region, regime=Regime.OWN),
    )


def _seeker(route: Route, region: str, age: int, care: CareRow) -> SeekerClass:
    born = LAW_ON.replace(year=LAW_ON.year - age)
    referral = ReferralFacts(
        issued_on=LAW_ON - timedelta(days=1), issuer="allmanlakare", issuer_region=region
    )
    return SeekerClass(
        route,
        PatientFacts(home_region=region, birth_date=born),
        referral,
        guarantee=Guarantee(care.guarantee) if care.guarantee else None,
    )


def payers() -> Mapping[int, Payer]:
    """The payers by number."""
    return {number: Payer(word) for number, word in enumerate(WORDS["payer"])}


def places(kinds: Kinds, yearly: Floats, capacity: float, shared: float) -> Floats:
    """Places a week of each kind, with fractions: the year's whole numbers are dealt out week by week."""
    admitted = INPATIENT_SHARE if len(kinds.forms) == 2 else 0.0
    of_form = np.array([1 - admitted, admitted])[kinds.form]
    of_view = np.array([1 - shared, shared])[kinds.open_to_all]
    found: Floats = yearly[kinds.region] * capacity / 52 * of_form * of_view
    return found


@lru_cache(maxsize=256)
def first_alarm(region: str, guarantee: str, lead_days: int) -> int:
    """How many days somebody has waited when the region's duty alarms, no day being booked."""
    issued = date(2020, 1, 1)
    for waited in range(LONGEST):
        on = issued + timedelta(days=waited)
        clock = state(
            ClockQuestion(
                kind=ClockKind(guarantee),
                start=ClockStart(referral_issued_on=issued, decided_on=issued),
                region=region,
                on=on,
            )
        )
        if trigger(clock, Outlook(on=on, lead_days=lead_days)) is not None:
            return waited
    raise ValueError(f"nothing alarms for {guarantee}")

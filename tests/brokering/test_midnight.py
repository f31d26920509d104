"""An agreement carries its last day until midnight in Sweden, on days of 23 and 25 hours too."""

from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from brokering.errors import NotBookable
from brokering.law.decision import Bookable
from brokering.law.facts import Responsibility
from brokering.law.rulebook import RuleBook
from brokering.selectors.judging import Judging
from brokering.selectors.places import swedish_day
from brokering.selectors.queries import Query
from brokering.selectors.search import search
from brokering.verdict import CareValue, LawOn, Place, Seeker
from contracts.terms import (
    Completeness,
    Eligibility,
    OpenForOthers,
    Regime,
    Terms,
)
from tests.brokering.desk import booked, held
from tests.factories import EYES, a_clinic, a_patient, a_referral, a_slot, an_agreement

SWEDEN = ZoneInfo("Europe/Stockholm")
UTC = ZoneInfo("UTC")
CLINIC = UUID(int=1)
EYE_VISIT = CareValue(
    code=EYES,
    name="Ögon",
    kind="first_visit",
    level="specialised",
    area="ogon",
    guarantee="besok",
    hospital_level="",
)
NIGHTS = [date(2026, 10, 25), date(2027, 3, 28)]
"""Summer time ends in a day of 25 hours, and begins in one of 23."""


def agreement(last: date) -> Terms:
    return Terms(
        lot=UUID(int=2),
        agreement=UUID(int=3),
        agreement_name="Påhittat avtal",
        clinic=CLINIC,
        care=EYES,
        regime=Regime.LOU,
        buyers=frozenset({"01"}),
        usable_by=frozenset(),
        open_for_others=OpenForOthers.YES,
        eligibility=Eligibility(),
        accepts_referrer_assessment=True,
        valid_from=date(2020, 1, 1),
        valid_to=last,
    )


def verdict(now: datetime, starts_at: datetime, last: date) -> Bookable:
    """What a person of the region is told at a moment of a place at another moment."""
    seeker = Seeker(home_region="01", responsibility=Responsibility.RESIDENT)
    law = LawOn(swedish_day(now), RuleBook((), (Completeness(region="01"),)))
    place = Place(
        slot=UUID(int=4),
        clinic=CLINIC,
        clinic_name="Påhittad",
        clinic_region="01",
        care=EYE_VISIT,
        form="open",
        day=swedish_day(starts_at),
    )
    return Judging(seeker, EYE_VISIT, law, {CLINIC: [agreement(last)]}).verdict(place).bookable


def midnight_after(day: date) -> datetime:
    """The moment at which the day ends in Sweden."""
    return datetime(day.year, day.month, day.day, tzinfo=SWEDEN) + timedelta(days=1)


def said_before(ended: datetime) -> dict:
    """A place that was published long before and confirmed just now, whenever that is."""
    early = ended - timedelta(days=9)
    return {"published_at": early, "opens_at": early, "confirmed_at": ended}


around_a_night = st.sampled_from(NIGHTS).flatmap(
    lambda night: st.tuples(
        st.integers(-2, 2).map(lambda days: night + timedelta(days=days)),
        *(
            st.integers(-72 * 3600, 72 * 3600).map(
                lambda seconds: (
                    datetime(night.year, night.month, night.day, tzinfo=UTC)
                    + timedelta(seconds=seconds)
                )
            )
            for _ in range(2)
        ),
    )
)


@given(around_a_night)
def test_nothing_is_bookable_for_or_on_a_day_after_the_last_and_everything_else_is(drawn):
    last, now, starts_at = drawn
    ended = midnight_after(last)
    carried = now < ended and starts_at < ended
    assert (verdict(now, starts_at, last) == Bookable.YES) == carried


@pytest.mark.parametrize("last", [*NIGHTS, *(night - timedelta(days=1) for night in NIGHTS)])
def test_the_last_second_of_the_last_day_is_carried_and_the_next_is_not(last):
    ended, second = midnight_after(last), timedelta(seconds=1)
    assert verdict(ended - second, ended - second, last) == Bookable.YES
    assert verdict(ended - second, ended, last) == Bookable.NO
    assert verdict(ended, ended, last) == Bookable.NO


@pytest.mark.parametrize("last", NIGHTS)
def test_a_hold_is_decided_on_the_swedish_day_of_the_click_and_of_the_visit(database, last):
    clinic, ended = a_clinic(), midnight_after(last)
    lot, minute = an_agreement(clinic, valid_to=last), timedelta(minutes=1)
    published = said_before(ended)
    today, tomorrow = (
        a_slot(clinic, starts_at=moment, **published) for moment in (ended - minute, ended)
    )
    need, then = a_referral(a_patient()), ended - 5 * minute
    assert booked(today, need, lot, now=then, held_until=ended).receipt["facts"]["on"] == str(last)
    with pytest.raises(NotBookable):
        booked(tomorrow, need, lot, now=then, held_until=ended)


@pytest.mark.parametrize("last", NIGHTS)
def test_a_click_after_midnight_is_refused_though_the_page_was_shown_before(database, last):
    clinic, ended = a_clinic(), midnight_after(last)
    lot = an_agreement(clinic, valid_to=last)
    slot = a_slot(clinic, starts_at=ended + timedelta(hours=9), **said_before(ended))
    with pytest.raises(NotBookable):
        booked(slot, a_referral(a_patient()), lot, now=ended, held_until=ended + timedelta(hours=1))


seconds_around = st.one_of(st.sampled_from([-1, 0, 1]), st.integers(-26 * 3600, 26 * 3600))


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.sampled_from(NIGHTS), st.integers(-1, 1), seconds_around, st.integers(1, 26 * 3600))
def test_what_search_shows_as_bookable_is_held_and_nothing_one_second_after_the_end(
    database, night, days, from_end, later
):
    last = night + timedelta(days=days)
    ended, clinic = midnight_after(last).astimezone(UTC), a_clinic()
    now = ended + timedelta(seconds=from_end)
    slot = a_slot(clinic, starts_at=now + timedelta(seconds=later), **said_before(ended))
    lot = an_agreement(clinic, valid_to=last)
    carried = now < ended and slot.starts_at < ended
    remiss = {"remiss": True, "issuer_region": "01"}
    query = Query(care=EYES, home_region="01", clinic=clinic.id, **remiss)
    (hit,) = search(query, now=now).hits
    assert (hit.bookable == Bookable.YES) == carried
    need = a_referral(a_patient(), issued_on=last - timedelta(days=60))
    try:
        held(slot, need, lot, now=now, held_until=now + timedelta(minutes=9))
    except NotBookable:
        assert not carried
    else:
        assert carried

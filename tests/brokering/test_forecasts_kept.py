"""Forecasts from what happened: measured, made once a day, kept as said, and what the duty to act reads."""

from datetime import timedelta

import pytest
from django.db import ProgrammingError, connection, transaction

from accounts.roles import Role
from accounts.selectors.actors import system_actor
from accounts.tenancy import acting_as
from brokering.forecast import Share, Week
from brokering.law.duty import Trigger
from brokering.models import Forecast
from brokering.selectors.forecast_facts import facts_of, record_of
from brokering.selectors.forecasts import Outlook, outlooks, turns
from brokering.selectors.worklist import need_at_risk
from tests.brokering.queues import MONDAY, WEEKS, a_past, a_visit, forecast_made, joined
from tests.factories import (
    EYES,
    NOW,
    OWNER,
    TODAY,
    a_patient,
    a_region,
    acting,
    ago,
    staff,
)

WEEK = Week(served=((2, 1), (2, 1)), arrivals=(0, 0, 2, 0, 0))


@pytest.fixture
def somebody(database):
    return a_patient("Bob")


@pytest.fixture
def system(database):
    return system_actor()


def test_past_weeks_queue_and_shares_are_counted_from_what_happened(clinic, lot, somebody):
    a_past(somebody, clinic, lot)
    joined(somebody, clinic, ago(0))
    known = facts_of(EYES, now=NOW).known(clinic.id)
    assert known.weeks == (WEEK,) * WEEKS
    assert known.waiting == (0, 0, 1, 0, 0)
    assert (known.used, known.leave) == (Share(20, 20), Share(0, 20))


def test_who_came_past_the_queue_or_stayed_away_took_no_turn_of_the_queue(clinic, lot, somebody):
    a_past(somebody, clinic, lot)
    before = MONDAY - timedelta(days=3)
    elsewhere = joined(somebody, clinic, before, state="closed")
    type(elsewhere).objects.using(OWNER).filter(pk=elsewhere.pk).update(registered_at=None)
    a_visit(elsewhere, clinic, lot, before)
    missed = joined(somebody, clinic, before - timedelta(days=7), state="closed")
    a_visit(missed, clinic, lot, before, why="missed")
    assert facts_of(EYES, now=NOW).known(clinic.id).used == Share(20, 22)


def test_a_week_is_known_only_after_the_clinic_began(clinic, lot, somebody):
    a_past(somebody, clinic, lot, weeks=3)
    assert len(facts_of(EYES, now=NOW).known(clinic.id).weeks) == 3


def test_a_short_history_gives_no_forecast(clinic, lot, somebody, system):
    a_past(somebody, clinic, lot, weeks=7)
    assert forecast_made(system) == []
    assert outlooks([clinic.id], EYES, on=TODAY) == {}


def test_what_was_said_in_the_morning_stands_all_day(clinic, lot, somebody, system):
    a_past(somebody, clinic, lot)
    [first] = forecast_made(system)
    joined(somebody, clinic, TODAY)
    again = forecast_made(system, now=NOW)
    assert [one.fingerprint for one in again] == [first.fingerprint]
    assert first.early.weekday() == first.late.weekday() == 2


def test_nobody_changes_a_forecast_and_only_the_system_makes_one(clinic, lot, somebody, system):
    a_past(somebody, clinic, lot)
    forecast_made(system)
    with pytest.raises(ProgrammingError), acting_as(system):
        Forecast.objects.update(held=0)
    dana = acting(staff(Role.CLINIC_STAFF, clinic.tenant))
    with pytest.raises(ProgrammingError), acting_as(dana):
        Forecast.objects.bulk_create([_copy(Forecast.objects.get())])


def _copy(one: Forecast) -> Forecast:
    fields = {f.attname: getattr(one, f.attname) for f in Forecast._meta.concrete_fields}
    return Forecast(**fields | {"id": None, "made_on": one.made_on - timedelta(days=9)})


def test_the_application_reads_neither_view_of_the_past(database):
    for view in ("queue_history", "place_history"):
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {view}")


def test_whose_turn_it_is_goes_by_need_and_then_by_day(clinic, lot, somebody, system):
    a_past(somebody, clinic, lot)
    queue = [joined(somebody, clinic, ago(30 - n), state="waiting") for n in range(6)]
    first = joined(somebody, clinic, TODAY, priority=1)
    forecast_made(system)
    found = turns([*queue, first], on=TODAY)
    days = [found[one.id] for one in (first, *queue)]
    assert days == sorted(days)
    assert days[-1] - days[0] == timedelta(weeks=3)


@pytest.mark.parametrize(
    ("number", "why"), [(2, None), (40, Trigger.FORECAST_AFTER_DUE)], ids=["short", "long"]
)
def test_a_queue_too_long_for_the_guarantee_opens_the_regions_duty(
    clinic, lot, somebody, system, number, why
):
    a_past(somebody, clinic, lot)
    for _ in range(number):
        joined(somebody, clinic, ago(5))
    need = joined(a_patient("Alice"), clinic, ago(1))
    forecast_made(system)
    vardlots = acting(staff(Role.NAVIGATOR, a_region("01").tenant))
    with acting_as(vardlots):
        found = need_at_risk(need.id, now=NOW)
    assert (found.trigger if found else None) == why


def test_a_forecast_older_than_a_week_says_nothing(clinic, lot, somebody, system):
    a_past(somebody, clinic, lot)
    forecast_made(system, now=NOW - timedelta(days=7))
    need = joined(somebody, clinic, TODAY)
    assert outlooks([clinic.id], EYES, on=TODAY) == {}
    assert turns([need], on=TODAY) == {}


def promised(clinic, *, days_ago: int, early: int, middle: int, late: int) -> None:
    made = ago(days_ago)
    Forecast.objects.using(OWNER).create(
        clinic=clinic,
        care_id=EYES,
        made_on=made,
        made_at=NOW,
        early=made + timedelta(days=early),
        middle=made + timedelta(days=middle),
        late=made + timedelta(days=late),
        places=[],
        stays=1,
        weeks=10,
        judged=0,
        held=0,
        version="1",
        fingerprint="",
    )


def test_promises_are_held_against_what_came(clinic, lot, somebody):
    promised(clinic, days_ago=60, early=5, middle=10, late=20)
    for days in (3, 5, 10, 20, 21):
        a_visit(joined(somebody, clinic, ago(60), state="closed"), clinic, lot, ago(60 - days))
    joined(somebody, clinic, ago(60))
    joined(somebody, clinic, ago(60), state="closed")
    kept = record_of(EYES, on=TODAY)[clinic.id]
    assert (kept.judged, kept.held, kept.earlier, kept.later) == (6, 3, 1, 2)
    assert (kept.first_half, kept.second_half) == (2, 1)
    assert (kept.promised, kept.waited) == (10, 10)


def test_a_promise_that_has_not_run_out_is_not_judged(clinic, lot, somebody):
    promised(clinic, days_ago=10, early=1, middle=5, late=11)
    a_visit(joined(somebody, clinic, ago(10), state="closed"), clinic, lot, ago(7))
    assert record_of(EYES, on=TODAY) == {}


@pytest.mark.parametrize(
    ("judged", "held", "percent"), [(9, 9, None), (50, 41, None), (50, 40, 80), (0, 0, None)]
)
def test_how_often_it_held_is_told_only_where_no_small_count_shows(judged, held, percent):
    one = Outlook(
        made_on=TODAY, early=None, middle=None, late=None, weeks=9, judged=judged, held=held
    )
    assert one.percent == percent

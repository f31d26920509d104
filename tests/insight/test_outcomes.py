"""Published against booked: each time has one fate, and what was given up in between is told beside it."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.roles import Role
from insight.measures import Count, Fate, by_week
from insight.selectors.outcomes import outcome_of
from insight.templatetags.outcomes import HIGH, drawn_outcome
from providers.patterns import monday_of
from tests.brokering.desk import booked, cancelled, held
from tests.factories import (
    EYES,
    NOW,
    SWEDEN,
    TODAY,
    a_claim,
    a_clinic,
    a_patient,
    a_referral,
    a_slot,
    an_agreement,
    at,
)
from tests.insight.test_visibility_pages import logged_in, text

MONDAY = date(2026, 11, 23)
COUNTS = st.builds(
    Count,
    monday=st.sampled_from([MONDAY, MONDAY + timedelta(weeks=1)]),
    care=st.sampled_from(["a", "b"]),
    fates=st.dictionaries(st.sampled_from(Fate), st.integers(0, 50)),
    late=st.one_of(st.none(), st.integers(0, 5)),
)


def total_of(clinic, care="", now=NOW):
    return outcome_of(clinic.id, care, now=now).total


def fates_of(clinic):
    return {fate: number for fate, number in total_of(clinic).fates.items() if number}


@given(st.lists(COUNTS, max_size=8))
def test_the_weeks_add_up_to_everything_that_was_published(counts):
    lines = by_week(counts, [MONDAY, MONDAY + timedelta(weeks=1)])
    assert sum(line.published for line in lines) == sum(sum(one.fates.values()) for one in counts)


@given(st.lists(COUNTS, max_size=8))
def test_no_bar_is_taller_than_the_drawing_and_its_parts_stand_on_each_other(counts):
    drawn = drawn_outcome(by_week(counts, [MONDAY, MONDAY + timedelta(weeks=1)]))
    for bar in drawn["bars"]:
        assert sum(part.height for part in bar.parts) <= HIGH + 0.1
        assert all(part.y >= -0.1 for part in bar.parts)


def test_lateness_is_unknown_where_no_care_is_asked_about_it():
    (line,) = by_week([Count(monday=MONDAY, care="a", fates={Fate.FREE: 1})], [MONDAY])
    assert line.late is None


def test_each_time_has_one_fate(clinic, lot):
    a_claim(a_slot(clinic, starts_at=at(-3)), lot, state="ended", ended_why="fulfilled")
    a_claim(a_slot(clinic, starts_at=at(-3)), lot, state="ended", ended_why="missed")
    a_slot(clinic, starts_at=at(-3))
    a_slot(clinic, state="withdrawn")
    a_slot(clinic)
    a_claim(a_slot(clinic), lot)
    a_claim(a_slot(clinic), lot, state="held")
    assert fates_of(clinic) == dict.fromkeys(Fate, 1)


def test_a_time_that_was_given_up_and_taken_again_counts_once_as_booked(clinic, lot, alice):
    slot = a_slot(clinic)
    cancelled(booked(slot, alice, lot))
    booked(slot, a_referral(a_patient("Bob")), lot)
    total = total_of(clinic)
    assert (total.published, total.ever_held, total.ever_booked) == (1, 1, 1)
    assert fates_of(clinic) == {Fate.BOOKED: 1}


def test_a_hold_that_ended_leaves_the_time_free_and_is_remembered(clinic, lot, alice):
    past = NOW - timedelta(hours=1)
    held(a_slot(clinic), alice, lot, now=past - timedelta(hours=1), held_until=past)
    assert fates_of(clinic) == {Fate.FREE: 1}
    assert (total_of(clinic).ever_held, total_of(clinic).ever_booked) == (1, 0)


@pytest.mark.parametrize(("hour", "minute", "late"), [(16, 59, 0), (17, 0, 1)])
def test_an_operation_is_cancelled_late_from_five_the_day_before(database, hour, minute, late):
    clinic = a_clinic(cares=["op-ortopedi"])
    lot, slot = an_agreement(clinic), a_slot(clinic, "op-ortopedi", starts_at=at(2))
    then = at(1, hour, minute)
    a_claim(slot, lot, state="ended", ended_why="cancelled", changed_at=then)
    assert total_of(clinic).late == late


def test_a_visit_is_never_cancelled_late(clinic, lot):
    a_claim(
        a_slot(clinic, starts_at=at(2)),
        lot,
        state="ended",
        ended_why="cancelled",
        changed_at=at(2, 8),
    )
    assert total_of(clinic).late is None


def test_a_week_begins_at_midnight_in_sweden(clinic):
    monday = monday_of(TODAY) + timedelta(weeks=1)
    first = datetime(monday.year, monday.month, monday.day, tzinfo=SWEDEN)
    a_slot(clinic, starts_at=first - timedelta(minutes=1), ends_at=first)
    a_slot(clinic, starts_at=first)
    lines = {line.monday: line.published for line in outcome_of(clinic.id, "", now=NOW).lines}
    assert (lines[monday - timedelta(weeks=1)], lines[monday]) == (1, 1)


def test_the_weeks_begin_with_the_first_that_has_a_time(clinic):
    this = monday_of(TODAY)
    assert outcome_of(clinic.id, "", now=NOW).lines[0].monday == this
    a_slot(clinic, starts_at=at(-15))
    assert outcome_of(clinic.id, "", now=NOW).lines[0].monday == monday_of(at(-15).date())


def test_the_median_runs_from_publishing_to_the_hold_that_was_booked(clinic, lot):
    for hours in (1, 3, 20):
        a_claim(a_slot(clinic), lot, created_at=NOW - timedelta(days=2) + timedelta(hours=hours))
    a_claim(a_slot(clinic), lot, state="ended", ended_why="released")
    found = outcome_of(clinic.id, "", now=NOW)
    assert (found.median, found.bookings) == (timedelta(hours=3), 3)


def test_one_care_is_counted_by_itself_and_no_other_clinics_times_are(database):
    clinic = a_clinic(cares=[EYES, "op-ortopedi"])
    a_slot(clinic)
    a_slot(clinic, "op-ortopedi")
    a_slot(a_clinic())
    assert total_of(clinic).published == 2
    assert total_of(clinic, EYES).published == 1


def test_the_page_says_the_same_in_a_table_as_in_the_drawing(clinic, lot):
    a_slot(clinic)
    page = logged_in(Role.CLINIC_STAFF, clinic.tenant).get(f"/mottagning/{clinic.id}/utfall/")
    assert "Publicerade tider efter den vecka då de börjar" in text(page)
    assert 'data-fate="free"' in page.content.decode()
    assert "okänt, ingen tid har bokats" in text(page)


def test_other_clinics_people_and_unknown_cares_are_refused(clinic):
    url = f"/mottagning/{clinic.id}/utfall/"
    assert logged_in(Role.CLINIC_STAFF, a_clinic().tenant).get(url).status_code == 403
    dana = logged_in(Role.CLINIC_STAFF, clinic.tenant)
    assert dana.get(url, {"vard": "op-ortopedi"}).status_code == 422

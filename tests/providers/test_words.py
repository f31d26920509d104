"""A publisher's word is measured, counted and told in figures; unknown where there is too little to say."""

from datetime import timedelta

from accounts.models import Change, Event
from accounts.selectors.actors import system_actor
from accounts.tenancy import acting_as
from providers.actions.measures import count_visits, measure_ages, tell_crossings, tell_fed
from providers.models import Claim, ClinicDay, Feed, Slot
from providers.reliability import ENOUGH, Aged, Held, Word
from providers.selectors.words import stands_now, word_of, words_of
from tests.factories import (
    EYES,
    NOW,
    TODAY,
    a_claim,
    a_clinic,
    a_feed,
    a_slot,
    acting,
    an_agreement,
    at,
)
from tests.factories import staff as a_staff

SYSTEM = system_actor()
HOUR = timedelta(hours=1)


def measured(action, now=NOW):
    with acting_as(SYSTEM):
        return action(by=SYSTEM, now=now)


# The formula


def test_the_score_is_what_held_of_everything_that_could_have_rounded_down():
    held = Held(kept=30, taken_back=2, unreported=1, probed=100, unheld=4)
    assert (held.good, held.total, held.percent) == (126, 133, 94)
    assert Held(kept=999, taken_back=1).percent == 99
    assert Held(kept=50).percent == 100


def test_below_twenty_events_nothing_is_said():
    assert Held(kept=ENOUGH - 1).percent is None
    assert Held(kept=ENOUGH).percent == 100
    assert Word().held.percent is None
    assert Word().aged.mean is None


# Measuring


def test_the_age_of_the_oldest_unbooked_place_is_measured_and_averaged(database):
    clinic = a_clinic(promised_age=timedelta(hours=10))
    a_slot(clinic, confirmed_at=NOW - 4 * HOUR)
    a_slot(clinic, confirmed_at=NOW)
    assert [measured(measure_ages, NOW + n * HOUR) for n in (0, 4, 8, 18)] == [1, 1, 1, 1]
    aged = Aged(samples=4, late=2, gone=1, seconds=46 * 3600, oldest_seconds=22 * 3600)
    days = ClinicDay.objects.filter(clinic=clinic)
    assert sum(day.samples for day in days) == 4
    on = NOW + 18 * HOUR
    assert word_of(clinic.id, now=on).aged == aged
    assert (aged.mean, aged.in_time) == (timedelta(hours=11, minutes=30), 2)


def test_booked_and_begun_places_have_no_age(database):
    clinic = a_clinic()
    a_claim(a_slot(clinic), an_agreement(clinic))
    a_slot(clinic, starts_at=at(-1))
    assert measured(measure_ages) == 0


def test_visits_are_counted_by_what_the_clinic_has_said_of_them(database):
    clinic = a_clinic()
    lot = an_agreement(clinic)
    for days, hour, fate in (
        (-3, 9, {"state": "ended", "ended_why": "fulfilled"}),
        (-3, 10, {"state": "ended", "ended_why": "missed"}),
        (-3, 11, {"state": "ended", "ended_why": "cancelled"}),
        (-3, 12, {"state": "confirmed"}),
        (-9, 9, {"state": "confirmed"}),
        (5, 9, {"state": "ended", "ended_why": "taken_back"}),
    ):
        a_claim(a_slot(clinic, starts_at=at(days, hour)), lot, **fate)
    measured(count_visits)
    measured(count_visits)
    assert word_of(clinic.id, now=NOW).held == Held(kept=2, taken_back=1, unreported=1)


def test_a_late_report_changes_the_figures(database):
    clinic = a_clinic()
    claim = a_claim(a_slot(clinic, starts_at=at(-9)), an_agreement(clinic))
    measured(count_visits)
    Claim.objects.using("owner").filter(id=claim.id).update(state="ended", ended_why="fulfilled")
    measured(count_visits)
    assert word_of(clinic.id, now=NOW).held == Held(kept=1)


def test_what_is_older_than_the_window_does_not_count(database):
    clinic = a_clinic()
    for days, kept in ((89, 1), (90, 10), (29, 100), (30, 1000)):
        ClinicDay.objects.using("owner").create(
            clinic=clinic, day=TODAY - timedelta(days=days), kept=kept, samples=kept
        )
    word = words_of([clinic.id], on=TODAY)[clinic.id]
    assert (word.held.kept, word.aged.samples) == (1101, 100)


def test_nobody_but_the_system_writes_the_figures(database):
    clinic = a_clinic()
    day = ClinicDay.objects.using("owner").create(clinic=clinic, day=TODAY, taken_back=5)
    dana = acting(a_staff("clinic_staff", clinic.tenant))
    with acting_as(dana):
        assert ClinicDay.objects.filter(id=day.id).update(taken_back=0) == 0


# What is told


def test_each_crossing_is_told_once_on_the_clinics_and_the_cares_topic(database):
    clinic = a_clinic(promised_age=HOUR)
    a_slot(clinic, confirmed_at=NOW)
    assert measured(tell_crossings) == {}
    for hours, demoted, outdated in ((1, 0, 0), (1.5, 1, 0), (1.6, 0, 0), (2.5, 0, 1), (3, 0, 0)):
        found = measured(tell_crossings, NOW + hours * HOUR)
        assert found == {"slots_demoted": demoted, "slots_outdated": outdated}
    told = Change.objects.filter(kind="slots_outdated").values_list("topic", flat=True)
    assert set(told) == {f"clinic:{clinic.id}", f"care:{EYES}"}
    events = Event.objects.filter(noun="clinic", verb__in=["demoted", "withdrawn"])
    assert sorted(events.values_list("verb", flat=True)) == ["demoted", "withdrawn"]


def test_a_place_that_was_confirmed_in_time_is_not_told_of(database):
    slot = a_slot(a_clinic(promised_age=HOUR), confirmed_at=NOW)
    measured(tell_crossings)
    Slot.objects.using("owner").filter(id=slot.id).update(confirmed_at=NOW + HOUR)
    found = measured(tell_crossings, NOW + 1.5 * HOUR)
    assert found == {"slots_demoted": 0, "slots_outdated": 0}


def test_a_feed_that_comes_back_is_told_of_and_one_that_never_was_away_is_not(database):
    clinic = a_clinic()
    feed = a_feed(clinic)
    a_slot(clinic, feed=feed)
    for before, told in ((NOW - HOUR, False), (NOW - 2 * HOUR, True), (None, True)):
        row = Feed(id=feed.id, promised_age=HOUR, added_at=NOW - 9 * HOUR)
        with acting_as(SYSTEM):
            assert tell_fed(by=SYSTEM, feed=row, before=before, now=NOW) == told
    assert Change.objects.filter(kind="capacity_confirmed", topic=f"care:{EYES}").count() == 2


# How it stands now


def test_a_clinic_that_never_said_anything_is_unknown_not_empty(database):
    silent, empty = a_clinic(), a_clinic()
    a_slot(empty, state="withdrawn")
    assert stands_now(silent, now=NOW).has_spoken is False
    assert stands_now(empty, now=NOW).has_spoken is True
    assert (stands_now(silent, now=NOW).places, stands_now(empty, now=NOW).places) == (0, 0)


def test_what_is_hidden_is_told_with_its_reason(database):
    clinic = a_clinic(promised_age=HOUR)
    a_slot(clinic)
    a_slot(clinic, confirmed_at=NOW - 1.5 * HOUR)
    a_slot(clinic, confirmed_at=NOW - 3 * HOUR, hidden_why="cap_full")
    a_slot(clinic, hidden_why="cap_full")
    now = stands_now(clinic, now=NOW)
    assert (now.places, now.demoted, now.outdated, now.hidden) == (4, 1, 1, {"cap_full": 1})
    assert (now.shown, now.oldest_at) == (2, NOW - 3 * HOUR)

"""An advertised place that nobody can hold is found out and hidden, and shown again when it can be held."""

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from accounts.models import Change, Event
from brokering.actions import probes
from brokering.actions.probes import probe_some
from brokering.models import Booking, Patient, Referral
from brokering.selectors.probes import places_to_probe, share_of_a_run
from brokering.selectors.queries import Query
from brokering.selectors.search import search
from contracts.models import Agreement, ReferralRule
from providers.models import Claim, ClinicDay, Slot
from tests.brokering.crowd import WON, Pause, at_once, someone_waits
from tests.brokering.desk import booked, cancelled, fresh, held
from tests.factories import (
    EYES,
    NOW,
    TODAY,
    a_claim,
    a_clinic,
    a_slot,
    acting,
    an_agreement,
    at,
    places_in_week,
)

pytestmark = pytest.mark.usefixtures("database")
HOME = Query(care=EYES, home_region="01")


def probed(now=NOW, most=100):
    return probe_some(places_to_probe(now=now, most=most), now=now)


def everything():
    """How many rows there are of all that a hold writes."""
    models = (Patient, Referral, Booking, Claim, Change, Event)
    return {model.__name__: model.objects.using("owner").count() for model in models}


def test_a_place_that_can_be_held_is_tried_and_stays(clinic, lot):
    slot = a_slot(clinic)
    assert probed() == {"tried": 1, "changed": 0}
    assert (fresh(slot).hidden_why, fresh(slot).probed_at) == ("", NOW)
    assert search(HOME, now=NOW).hits


def test_a_try_really_holds_and_leaves_nothing_behind(clinic, monkeypatch):
    an_agreement(clinic, cap_places=1, cap_period="month")
    slot, real, seen = a_slot(clinic), probes.hold, []
    monkeypatch.setattr(probes, "hold", lambda **given: seen.append(real(**given)))
    before = everything()
    with capture_logs() as logged:
        assert probes.probe(Slot.objects.select_related("clinic", "care").get(), now=NOW).why == ""
    assert [(booking.claim.slot_id, booking.patient.synthetic) for booking in seen] == [
        (slot.id, True)
    ]
    assert (everything(), logged) == (before, [])


def test_a_place_without_an_agreement_is_hidden_with_the_reason_and_counted_once(clinic):
    slot = a_slot(clinic)
    assert probed() == {"tried": 1, "changed": 1}
    assert fresh(slot).hidden_why == "no_usable_terms"
    assert not search(HOME, now=NOW).hits
    event = Event.objects.get(noun="slot", verb="hidden")
    assert (event.noun_id, event.data) == (str(slot.id), {"code": "no_usable_terms"})
    told = set(Change.objects.filter(kind="slots_hidden").values_list("topic", flat=True))
    assert told == {f"care:{EYES}", f"clinic:{clinic.id}"}
    later = NOW + timedelta(hours=1)
    assert probed(later) == {"tried": 1, "changed": 0}
    day = ClinicDay.objects.get(clinic=clinic, day=TODAY)
    assert (day.probed, day.unheld) == (1, 1)


def test_a_place_is_shown_again_when_it_can_be_held(clinic):
    slot = a_slot(clinic)
    probed()
    an_agreement(clinic)
    assert probed(NOW + timedelta(minutes=1)) == {"tried": 0, "changed": 0}
    assert probed(NOW + timedelta(minutes=15)) == {"tried": 1, "changed": 1}
    assert fresh(slot).hidden_why == ""
    assert Event.objects.filter(noun="slot", verb="shown").count() == 1


def test_a_full_cap_hides_what_is_left_until_somebody_cancels(clinic, alice):
    full = an_agreement(clinic, cap_places=1, cap_period="year")
    booking = booked(a_slot(clinic, starts_at=at(8)), alice, full)
    slot = a_slot(clinic, starts_at=at(8, 14))
    probed()
    assert fresh(slot).hidden_why == "cap_full"
    cancelled(booking)
    probed(NOW + timedelta(minutes=15))
    assert fresh(slot).hidden_why == ""


def test_an_agreement_that_ends_before_the_day_hides_the_place(clinic):
    an_agreement(clinic, valid_to=TODAY + timedelta(days=9))
    in_time, late = a_slot(clinic, starts_at=at(9)), a_slot(clinic, starts_at=at(10))
    probed()
    assert (fresh(in_time).hidden_why, fresh(late).hidden_why) == ("", "no_usable_terms")


def test_without_undoing_a_try_would_hold_the_place(clinic, lot, monkeypatch):
    slot = a_slot(clinic)
    monkeypatch.setattr(probes.transaction, "set_rollback", lambda undone: None)
    probed()
    assert Claim.objects.filter(slot=slot, state="held").exists()


def test_the_invented_person_is_one_whom_the_lot_takes_and_brings_what_the_region_asks_for(clinic):
    an_agreement(clinic, age_min=65, bmi_max=30, asa_max=1, excluded_needs=["interpreter"])
    ReferralRule.objects.using("owner").filter(region_id="01", care_id=EYES).update(
        accepted_issuers=["specialistlakare"], extra_requirements=["synprov"], required=True
    )
    slot = a_slot(clinic)
    probed()
    assert fresh(slot).hidden_why == ""


def test_a_place_of_which_the_law_leaves_the_answer_open_is_not_hidden(database):
    clinic = a_clinic("24")
    an_agreement(clinic)
    slot = a_slot(clinic)
    ReferralRule.objects.using("owner").filter(region_id="24").delete()
    assert probed() == {"tried": 1, "changed": 0}
    assert fresh(slot).probed_at == NOW


def test_taken_past_withdrawn_and_outdated_places_are_not_tried(clinic, lot):
    a_claim(a_slot(clinic), lot)
    a_slot(clinic, starts_at=at(-1))
    a_slot(clinic, state="withdrawn")
    a_slot(clinic, confirmed_at=NOW - timedelta(days=15))
    assert places_to_probe(now=NOW, most=10) == []


def test_a_place_that_is_taken_while_it_is_tried_is_left_as_it_is(clinic, lot):
    slot = a_slot(clinic)
    row = places_to_probe(now=NOW, most=10)
    a_claim(slot, lot)
    assert probe_some(row, now=NOW) == {"tried": 1, "changed": 0}
    assert fresh(slot).hidden_why == ""


def test_every_place_gets_its_turn_within_a_day_and_a_run_tries_no_more_than_told(clinic, lot):
    slots = {a_slot(clinic, starts_at=at(day)).id for day in range(5, 15)}
    for minute in range(4):
        assert probed(NOW + timedelta(minutes=minute), most=3)["tried"] == (1 if minute == 3 else 3)
    assert {slot.id for slot in Slot.objects.filter(probed_at__isnull=False)} == slots
    assert probed(NOW + timedelta(hours=23)) == {"tried": 0, "changed": 0}
    assert probed(NOW + timedelta(hours=24, minutes=4))["tried"] == 10


def test_a_run_tries_its_even_share_of_the_day_and_never_more_than_the_most(clinic, settings):
    assert share_of_a_run(now=NOW) == 10
    for day in range(5, 20):
        a_slot(clinic, starts_at=at(day))
    settings.PROBE_EVERY = timedelta(minutes=1)
    assert share_of_a_run(now=NOW) == 19
    settings.PROBE_MOST = 7
    assert share_of_a_run(now=NOW) == 7


def test_a_place_speaks_for_those_of_its_day_that_differ_in_the_hour_alone(clinic, lot):
    nine, ten = a_slot(clinic, starts_at=at(9, 9)), a_slot(clinic, starts_at=at(9, 10))
    next_day, other_care = (
        a_slot(clinic, starts_at=at(10, 9)),
        a_slot(clinic, "besok-hud", starts_at=at(9, 11)),
    )
    assert probed(most=1) == {"tried": 1, "changed": 0}
    assert (fresh(nine).probed_at, fresh(ten).probed_at) == (NOW, NOW)
    assert (fresh(next_day).probed_at, fresh(other_care).probed_at) == (None, None)
    assert ClinicDay.objects.get(clinic=clinic, day=TODAY).probed == 2


def test_where_one_cannot_be_held_the_others_of_its_day_are_tried_next(clinic, lot):
    slots = [a_slot(clinic, starts_at=at(9, hour)) for hour in (9, 10, 11)]
    probed()
    Agreement.objects.using("owner").update(valid_to=TODAY + timedelta(days=2))
    tomorrow = NOW + timedelta(days=1)
    assert probed(tomorrow, most=1) == {"tried": 1, "changed": 1}
    assert probed(tomorrow, most=5) == {"tried": 2, "changed": 2}
    assert {fresh(slot).hidden_why for slot in slots} == {"no_usable_terms"}
    assert ClinicDay.objects.get(clinic=clinic, day=TODAY + timedelta(days=1)).unheld == 3


def test_one_that_stays_hidden_does_not_send_for_the_others_again(clinic, lot):
    hidden, well = a_slot(clinic, starts_at=at(9, 9)), a_slot(clinic, starts_at=at(9, 10))
    Slot.objects.using("owner").filter(id=hidden.id).update(
        hidden_why="cap_full", probed_at=NOW - timedelta(hours=1)
    )
    Slot.objects.using("owner").filter(id=well.id).update(probed_at=NOW)
    Agreement.objects.using("owner").update(valid_to=TODAY + timedelta(days=2))
    assert probed()["tried"] == 1
    assert fresh(well).probed_at == NOW


def test_the_places_of_a_week_are_of_one_kind(clinic, lot):
    first, *_ = places_in_week(clinic)
    assert probed() == {"tried": 1, "changed": 0}
    Agreement.objects.using("owner").update(valid_to=first.ends_at.date() - timedelta(days=2))
    probed(NOW + timedelta(days=1))
    assert fresh(first).hidden_why == "no_usable_terms"


def test_somebody_who_comes_in_the_middle_of_a_try_waits_for_its_end_and_gets_the_place(
    clinic, lot, alice, monkeypatch
):
    slot, who = a_slot(clinic), acting(alice.patient.subject)
    rows, pause = places_to_probe(now=NOW, most=1), Pause(monkeypatch, probes, "hold", after=True)

    def comes_in_the_middle():
        assert pause.reached.wait(30)
        return held(slot, alice, lot, by=who)

    def tries():
        assert probe_some(rows, now=NOW) == {"tried": 1, "changed": 0}

    works = [tries, comes_in_the_middle, pause.meanwhile(someone_waits)]
    assert at_once(works) == {WON: 3}
    assert Claim.objects.filter(slot=slot, state="held").count() == 1

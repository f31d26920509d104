"""The API of searching and booking: stable shapes, stable codes, and every write can be retried."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.test import Client

from brokering.forms import CONSEQUENCE_VERSION
from brokering.models import Booking
from providers.models import Claim
from tests.factories import (
    EYES,
    NOW,
    OWNER,
    a_claim,
    a_clinic,
    a_patient,
    a_price,
    a_referral,
    a_slot,
    an_agreement,
    at,
)

SLOTS = f"/api/v1/slots?care={EYES}"


@pytest.fixture
def clinic(database):
    clinic = a_clinic("12")
    clinic.lot = an_agreement(clinic, regime="lou")
    return clinic


@pytest.fixture
def alice(database):
    patient = a_patient("Alice", region="14")
    patient.need = a_referral(patient)
    patient.client = Client()
    patient.client.force_login(patient.subject)
    return patient


def post(patient, path, body, key=None):
    return patient.client.post(
        f"/api/v1/{path}",
        body,
        content_type="application/json",
        headers={"Idempotency-Key": key or str(uuid4())},
    )


def wish(slot, **also):
    return {"slot": str(slot.id), "consequence_version": CONSEQUENCE_VERSION} | also


def held(patient, slot):
    answer = post(patient, "holds", wish(slot))
    assert answer.status_code == 201, answer.json()
    return answer.json()


def test_every_hit_carries_decision_reasons_terms_and_freshness(clinic):
    a_price(clinic.lot, amount="1250.50")
    a_slot(clinic)
    (hit,) = Client().get(f"{SLOTS}&home_region=14&referral=yes").json()["items"]
    assert hit["route"] == "free_choice"
    assert hit["decision"]["payer_region"] == "14"
    assert {"code", "citation"} <= set(hit["decision"]["reasons"][0])
    assert hit["terms"]["regime"] == "lou"
    assert hit["terms"]["price"]["amount"] == "1250.50"
    assert hit["freshness"]["stale"] is False


def test_a_hit_says_whether_it_is_by_video_and_what_its_clinic_has(database):
    clinic = a_clinic(languages=["fi"], accessibility=["step_free"])
    a_slot(clinic, mode="video")
    (hit,) = Client().get(f"{SLOTS}&mode=video").json()["items"]
    assert hit["mode"] == "video"
    assert (hit["clinic"]["languages"], hit["clinic"]["accessibility"]) == (["fi"], ["step_free"])


def test_pages_follow_the_cursor(clinic):
    for days in (1, 2, 3):
        a_slot(clinic, starts_at=at(days))
    first = Client().get(f"{SLOTS}&size=2").json()
    second = Client().get(f"{SLOTS}&size=2&cursor={first['next_cursor']}").json()
    assert (len(first["items"]), len(second["items"])) == (2, 1)
    assert second["next_cursor"] is None


def test_an_anonymous_answer_may_be_kept_for_a_moment_and_asked_again_cheaply(clinic):
    a_slot(clinic)
    answer = Client().get(SLOTS)
    assert answer["Cache-Control"] == "public, max-age=5"
    again = Client().get(SLOTS, headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_patient_may_be_answered_on_the_own_facts_which_nobody_keeps(clinic, alice):
    a_slot(clinic)
    answer = alice.client.get(f"{SLOTS}&mine=true")
    assert answer["Cache-Control"] == "private, no-store"
    assert answer.json()["items"][0]["bookable"] == "yes"
    assert Client().get(f"{SLOTS}&mine=true").status_code == 401


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ("care=besok-drakar", "care"),
        ("", "care"),
        (f"care={EYES}&home_region=99", "home_region"),
        (f"care={EYES}&from_date=soon", "from_date"),
        (f"care={EYES}&within_km=50", "near"),
        (f"care={EYES}&size=1000", "size"),
        (f"care={EYES}&weekdays=1&weekdays=8", "weekdays"),
        (f"care={EYES}&mode=telepathy", "mode"),
        (f"care={EYES}&language=xx", "language"),
        (f"care={EYES}&accessibility=lift", "accessibility"),
        (f"care={EYES}&cursor=%00", "cursor"),
    ],
)
def test_a_question_that_cannot_be_read_names_the_field(database, asked, field):
    answer = Client().get(f"/api/v1/slots?{asked}")
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "invalid"
    assert field in answer.json()["fields"]


def test_hold_and_confirm(clinic, alice):
    slot = a_slot(clinic)
    booking = held(alice, slot)
    assert (booking["state"], booking["route"]) == ("held", "free_choice")
    answer = post(alice, f"bookings/{booking['id']}/confirm", {})
    assert answer.json()["state"] == "booked"
    seen = alice.client.get(f"/api/v1/bookings/{booking['id']}").json()
    assert seen["receipt"]["decision"]["guarantee_effect"] == "excluded"
    assert Claim.objects.get(slot=slot).state == "confirmed"


def test_a_retry_with_the_same_key_gets_the_same_answer(clinic, alice):
    slot, key = a_slot(clinic), "one-and-the-same"
    first = post(alice, "holds", wish(slot), key)
    second = post(alice, "holds", wish(slot), key)
    assert first.json() == second.json()
    assert second["Idempotent-Replay"] == "true"
    assert Booking.objects.using(OWNER).count() == 1


def test_a_write_without_a_key_is_refused(clinic, alice):
    answer = alice.client.post(
        "/api/v1/holds", wish(a_slot(clinic)), content_type="application/json"
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")


def test_a_lost_race_lists_alternatives_and_holds_none(clinic, alice):
    slot = a_slot(clinic)
    a_claim(slot, clinic.lot)
    other = a_slot(clinic, starts_at=at(11))
    answer = post(alice, "holds", wish(slot))
    assert (answer.status_code, answer.json()["code"]) == (409, "slot_taken")
    assert [hit["id"] for hit in answer.json()["alternatives"]] == [str(other.id)]
    assert not Booking.objects.using(OWNER).exists()


def test_the_next_best_is_held_only_when_asked_for(clinic, alice):
    slot = a_slot(clinic)
    a_claim(slot, clinic.lot)
    other = a_slot(clinic, starts_at=at(11))
    booking = post(alice, "holds", wish(slot, otherwise="hold_best")).json()
    assert (booking["slot"], booking["instead_of"]) == (str(other.id), str(slot.id))


def test_a_self_referral_that_takes_the_next_best_leaves_one_need(database):
    clinic = a_clinic("01", ["pv-bedomning"])
    lot = an_agreement(clinic)
    slots = [a_slot(clinic, "pv-bedomning", starts_at=at(days)) for days in (5, 6)]
    a_claim(slots[0], lot)
    patient = a_patient("Bob", region="12")
    patient.client = Client()
    patient.client.force_login(patient.subject)
    answer = post(patient, "holds", wish(slots[0], otherwise="hold_best"))
    assert answer.status_code == 201, answer.json()
    assert patient.referrals.using(OWNER).count() == 1


def test_the_consequence_must_have_been_seen_in_todays_version(clinic, alice):
    slot = a_slot(clinic)
    for version in ("", "1999-1"):
        answer = post(alice, "holds", wish(slot, consequence_version=version))
        assert (answer.status_code, answer.json()["code"]) == (409, "consequence_not_seen")


def test_what_may_not_be_booked_says_why(database, alice):
    slot = a_slot(a_clinic("12"))
    answer = post(alice, "holds", wish(slot))
    assert (answer.status_code, answer.json()["code"]) == (409, "not_bookable")
    assert answer.json()["reasons"][0]["code"] == "outside_marketplace"


def test_a_need_that_is_named_is_never_exchanged_for_another(clinic, alice):
    other = a_referral(alice, care="besok-hud")
    slot = a_slot(clinic)
    answer = post(alice, "holds", wish(slot, referral=str(other.id)))
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert not Claim.objects.filter(slot=slot).exists()


@pytest.mark.parametrize("sent", [r'{"route": "\ud800"}', r'{"\udfff": 1}'])
def test_text_that_cannot_be_written_down_again_is_no_json(alice, sent):
    answer = post(alice, "holds", sent)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_json")


def test_a_place_that_has_not_opened_says_when(clinic, alice):
    slot = a_slot(clinic, opens_at=NOW + timedelta(hours=3))
    answer = post(alice, "holds", wish(slot))
    assert answer.json()["code"] == "not_released"
    assert "opens_at" in answer.json()


def test_release_and_cancel_free_the_place_at_once(clinic, alice):
    slot = a_slot(clinic)
    booking = held(alice, slot)
    assert post(alice, f"bookings/{booking['id']}/release", {}).json()["state"] == "released"
    booking = held(alice, slot)
    post(alice, f"bookings/{booking['id']}/confirm", {})
    answer = post(alice, f"bookings/{booking['id']}/cancel", {"reason": "travel"})
    assert answer.json()["state"] == "cancelled"
    assert Client().get(SLOTS).json()["items"][0]["id"] == str(slot.id)


def test_a_lapsed_hold_reads_as_expired_and_cannot_be_confirmed(clinic, alice):
    booking = held(alice, a_slot(clinic))
    Claim.objects.using(OWNER).update(held_until=NOW - timedelta(seconds=5))
    assert alice.client.get(f"/api/v1/bookings/{booking['id']}").json()["state"] == "expired"
    answer = post(alice, f"bookings/{booking['id']}/confirm", {})
    assert (answer.status_code, answer.json()["code"]) == (409, "hold_lapsed")


def test_a_booking_of_somebody_else_does_not_exist(clinic, alice):
    booking = held(alice, a_slot(clinic))
    charlie = a_patient("Charlie")
    charlie.client = Client()
    charlie.client.force_login(charlie.subject)
    assert charlie.client.get(f"/api/v1/bookings/{booking['id']}").status_code == 404
    assert post(charlie, f"bookings/{booking['id']}/confirm", {}).status_code == 404
    assert (
        post(charlie, "holds", wish(a_slot(clinic), referral=str(alice.need.id))).status_code == 404
    )


def test_nobody_books_without_logging_in(clinic):
    answer = Client().post(
        "/api/v1/holds",
        wish(a_slot(clinic)),
        content_type="application/json",
        headers={"Idempotency-Key": "x"},
    )
    assert (answer.status_code, answer.json()["code"]) == (401, "login_required")


def test_the_schema_is_valid_and_without_warnings(database, tmp_path):
    call_command("spectacular", "--validate", "--fail-on-warn", file=str(tmp_path / "schema.yml"))

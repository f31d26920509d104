"""What a person wishes: stated by or for them, obeyed wherever somebody else chooses, told to the clinic."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Event
from accounts.roles import Role
from accounts.tenancy import acting_as
from brokering.actions.chains import NewPlace
from brokering.actions.reroutes import hold_for_reroute
from brokering.errors import OutsideWishes
from brokering.forms.wishes import search_within
from brokering.models import Patient, Referral
from brokering.selectors.alternatives import alternatives_for
from brokering.selectors.explanations import explain
from brokering.tasks import matched
from providers.codes import LANGUAGES, PREMISES
from providers.forms import reception
from tests.factories import (
    EYES,
    NOW,
    OWNER,
    TODAY,
    a_clinic,
    a_patient,
    a_referral,
    a_slot,
    acting,
    an_agreement,
    at,
    staff,
)

pytestmark = pytest.mark.usefixtures("database")
SAID = {"wished_mode": "video", "wished_language": "fi", "max_distance_km": 100}


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


def text(answer):
    return " ".join(answer.content.decode().split())


def stated(client, need, **said):
    return client.post(
        f"/api/v1/referrals/{need.id}/wishes",
        said,
        content_type="application/json",
        headers={"Idempotency-Key": str(uuid4())},
    )


def test_codes_and_their_words_are_the_same():
    assert tuple(code for code, _ in reception.LANGUAGES) == LANGUAGES
    assert tuple(code for code, _ in reception.PREMISES) == PREMISES


@pytest.mark.parametrize("hidden", [True, False], ids=["protected", "unknown"])
def test_nobody_without_a_known_home_is_asked_how_far_they_would_go(database, hidden):
    need = a_referral(a_patient("Bob", protected_identity=hidden))
    Patient.objects.using(OWNER).filter(id=need.patient_id).update(municipality=None)
    browser = client_of(need.patient.subject)
    assert "Högst så långt bort" not in text(browser.get(reverse("wishes", args=[need.id])))
    assert stated(browser, need, max_distance_km=50).status_code == 422
    assert stated(browser, need, wished_mode="video").status_code == 200


def test_a_patient_says_on_the_page_and_it_stands(alice):
    browser, page = client_of(alice.patient.subject), reverse("wishes", args=[alice.id])
    assert "Mina önskemål" in text(browser.get(reverse("my_wait")))
    said = SAID | {"key": str(uuid4()), "interpreter": "ar", "has_companion": "on"}
    assert browser.post(page, said).status_code == 302
    now = Referral.objects.using(OWNER).get(id=alice.id)
    assert (now.wished_mode, now.wished_language, now.max_distance_km) == ("video", "fi", 100)
    assert (now.interpreter, now.has_companion, now.accepts_other_regions) == ("ar", True, False)
    event = Event.objects.using(OWNER).get(noun="referral", verb="wishes_stated")
    assert "fi" not in event.data["changed"]


def test_days_in_the_wrong_order_or_past_are_refused_with_words(alice):
    page = reverse("wishes", args=[alice.id])
    gone = {"key": str(uuid4()), "earliest_on": "2026-05-02", "latest_on": "2020-05-01"}
    answer = client_of(alice.patient.subject).post(page, gone)
    assert answer.status_code == 422
    assert "Den dagen har varit." in text(answer)


def test_what_stands_is_kept_when_it_is_none_of_the_choices():
    bob = a_referral(a_patient("Bob"), max_distance_km=317)
    shown = text(client_of(bob.patient.subject).get(reverse("wishes", args=[bob.id])))
    assert '<option value="317" selected>' in shown


def test_the_same_over_rest_by_patient_and_vardlots_and_nobody_else(alice):
    mine = stated(client_of(alice.patient.subject), alice, **SAID)
    assert (mine.status_code, mine.json()["wished_language"]) == (200, "fi")
    dana = staff(Role.NAVIGATOR, alice.tenant)
    assert stated(client_of(dana), alice, interpreter="so").json()["wished_language"] == ""
    stranger = client_of(a_patient("Charlie").subject)
    assert stated(stranger, alice, **SAID).status_code == 404
    assert stated(client_of(dana), alice, wished_language="xx").status_code == 422


def test_nobody_is_proposed_a_place_outside_and_is_told_why(clinic, lot):
    need = a_referral(a_patient(), wished_language="fi", interpreter="fi")
    a_slot(clinic)
    assert matched(EYES, now=NOW).proposals == ()
    assert explain(EYES, str(need.need_key), now=NOW).removed == {"language_not_offered": 1}


def test_an_interpreter_and_a_companion_leave_no_place_out(clinic, lot):
    need = a_referral(a_patient(), interpreter="fi", has_companion=True)
    a_slot(clinic)
    assert [one.need_key for one in matched(EYES, now=NOW).proposals] == [need.need_key]


def test_the_region_holds_nothing_outside_until_the_patient_has_said_so(clinic, lot):
    need = a_referral(a_patient(), wished_mode="on_site")
    slot = a_slot(clinic, mode="video", starts_at=at(20))
    dana = staff(Role.NAVIGATOR, need.tenant)
    with acting_as(acting(dana)) as by, pytest.raises(OutsideWishes):
        hold_for_reroute(
            by=by, referral_id=need.id, place=NewPlace(slot=slot.id, lot=lot.id), now=NOW
        )
    stated(client_of(dana), need)
    with acting_as(acting(dana)) as by:
        hold_for_reroute(
            by=by, referral_id=need.id, place=NewPlace(slot=slot.id, lot=lot.id), now=NOW
        )


def test_alternatives_are_each_clinics_first_inside_and_name_what_lies_outside(clinic, lot):
    far = a_clinic("12", name="Far")
    an_agreement(far)
    days = {"earliest_on": TODAY + timedelta(days=15), "latest_on": TODAY + timedelta(days=40)}
    need = a_referral(a_patient(), max_distance_km=50, wished_mode="on_site", **days)
    a_slot(clinic, starts_at=at(12))
    a_slot(clinic, starts_at=at(20), mode="video")
    fits = a_slot(clinic, starts_at=at(30))
    a_slot(far, starts_at=at(20))
    with acting_as(acting(staff(Role.NAVIGATOR, need.tenant))):
        found = alternatives_for(Referral.objects.get(id=need.id), due=None, now=NOW)
    assert [one.slot.id for one in found.best] == [fits.id]
    assert found.refused == {"match.too_far": 1}


def test_a_search_for_the_need_begins_inside_and_may_be_widened(clinic, lot):
    need = a_referral(a_patient(), wished_mode="video")
    a_slot(clinic)
    browser = client_of(need.patient.subject)
    assert search_within(need) == {"mode": ["video"]}
    asked = {"referral": str(need.id)}
    assert browser.get("/api/v1/slots", asked).json()["items"] == []
    assert len(browser.get("/api/v1/slots", asked | {"mode": ""}).json()["items"]) == 1
    chosen = browser.post(reverse("choose-need", args=[need.id]))
    assert chosen["Location"].endswith(f"?care={EYES}&mode=video")


def test_the_clinic_that_receives_reads_what_it_is_to_see_to(clinic):
    a_referral(a_patient(), registered_at=clinic, addressed_to=clinic.tenant, interpreter="ar")
    page = reverse("clinic-received", args=[clinic.id])
    assert "Tolk: Arabiska" in text(client_of(staff(Role.CLINIC_STAFF, clinic.tenant)).get(page))

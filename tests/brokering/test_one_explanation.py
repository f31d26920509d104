"""One explanation feeds every face: the same reasons, in the same words, wherever a case is told."""

import json
import re
from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.template.loader import render_to_string
from django.test import Client
from django.utils import translation

from accounts.roles import Role
from accounts.tenancy import acting_as
from brokering.forms import CONSEQUENCE_VERSION
from brokering.law.facts import Guarantee, Route
from brokering.receipts import explanation_of, receipt
from brokering.selectors.choices import choice_of
from brokering.selectors.free_places import place_known
from brokering.selectors.own_needs import own_case
from brokering.selectors.search import hit_of
from brokering.templatetags.answers import four_answers, said_of_receipt
from brokering.templatetags.consequences import consequence
from brokering.templatetags.hits import hit_answers
from brokering.templatetags.sentences import reason_texts, worded
from contracts.models import ReferralRule
from tests.brokering.desk import booked
from tests.factories import (
    EYES,
    NOW,
    OWNER,
    TODAY,
    a_care,
    a_clinic,
    a_patient,
    a_referral,
    a_region,
    a_slot,
    acting,
    ago,
    an_agreement,
    staff,
)
from tests.fhir.questions import resource

SKIN = "besok-hud"
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def refused(database):
    """Alice has no remiss, and her region requires one for this care."""
    clinic = a_clinic(cares=[SKIN])
    lot = an_agreement(clinic)
    slot = a_slot(clinic, SKIN)
    patient = a_patient("Alice")
    patient.need = a_referral(patient, SKIN, issued_on=None, issuer="", contact_on=ago(20))
    patient.slot, patient.lot, patient.client = slot, lot, Client()
    patient.client.force_login(patient.subject, backend=BACKEND)
    return patient


def question(clinic):
    return {
        "on": TODAY.isoformat(),
        "route": "own_region",
        "patient": {"home_region": "01", "responsibility": "resident", "birth_date": "1980-05-17"},
        "care": {"code": SKIN, "form": "open", "level": "specialised", "kind": "first_visit"},
        "clinic": {
            "care_region": "01",
            "regime": "own",
            "site": clinic.name,
            "publicly_funded": True,
        },
        "referral": None,
        "need_approved_by_home": False,
        "guarantee": Guarantee.BESOK.value,
        "rules": "database",
    }


def hit(patient):
    case = own_case(acting(patient.subject), a_care(SKIN), on=TODAY)
    known = place_known(patient.slot.id, now=NOW)
    return hit_of(known.place, case.seeker, care=SKIN, now=NOW), case


def told(patient):
    """What the product's own explanation says, in words."""
    with acting_as(acting(patient.subject)):
        return worded(hit(patient)[0].verdict.as_json())


def marked(html):
    """Reason codes that a page shows, with their sentences."""
    found = re.findall(r'data-reason="(\w+)">(?:<p>)?([^<]+)<', html)
    return {(code, unescape(sentence)) for code, sentence in found}


def pairs(reasons):
    return {(one["code"], one["text"]) for one in reasons}


def hindering(reasons):
    return {(one["code"], one["text"]) for one in reasons if one["weight"] != "tells"}


def search_hit(patient):
    return marked(patient.client.get(f"/sok/?care={SKIN}").content.decode())


def page_of_the_time(patient):
    return marked(patient.client.get(f"/tid/{patient.slot.id}/").content.decode())


def consequence_page(patient):
    with acting_as(acting(patient.subject)):
        found, case = hit(patient)
        columns = consequence(choice_of(found, case, now=NOW))
        html = render_to_string("brokering/_answers.html", hit_answers(found))
    rows = " ".join(row.text for side in columns.values() for row in side.rows)
    assert all(text in rows for code, text in marked(html) if code.startswith("payer"))
    return marked(html)


def frozen(patient):
    with acting_as(acting(patient.subject)):
        kept = json.loads(json.dumps(receipt(hit(patient)[0].verdict, now=NOW), default=str))
    answers = four_answers(said_of_receipt(kept))
    return marked(render_to_string("brokering/_answers.html", {"answers": answers}))


def slots(patient):
    (found,) = patient.client.get(f"/api/v1/slots?care={SKIN}&mine=true").json()["items"]
    return pairs(found["explanation"]["reasons"])


def decisions(patient):
    asked = json.dumps(question(patient.slot.clinic))
    answer = Client().post("/api/v1/decisions", asked, content_type="application/json").json()
    return pairs(answer["explanation"]["reasons"])


def fhir(patient):
    asked = json.dumps(resource(question(patient.slot.clinic)))
    answer = Client().post("/fhir/$decide", asked, content_type="application/fhir+json").json()
    (found,) = [one["resource"] for one in answer["parameter"] if one["name"] == "outcome"]
    details = [issue["details"] for issue in found["issue"]]
    return {(one["coding"][0]["code"], one["text"]) for one in details}


@pytest.mark.parametrize(
    "face", [search_hit, page_of_the_time, consequence_page, frozen, slots, decisions, fhir]
)
def test_every_face_gives_the_same_reasons_in_the_same_words(refused, face):
    wanted = pairs(told(refused)["reasons"])
    assert "remiss_missing" in {code for code, _ in wanted}
    assert face(refused) == wanted


def test_the_hold_that_is_refused_says_why_on_the_page_and_in_the_api(refused):
    said = {"lot": str(refused.lot.id), "route": "own_region", "version": CONSEQUENCE_VERSION}
    form = said | {"referral": refused.need.id, "key": uuid4()}
    page = refused.client.post(f"/tid/{refused.slot.id}/hall/", form)
    wanted = told(refused)
    assert page.status_code == 409
    assert hindering(wanted["reasons"]) <= marked(page.content.decode())
    answer = refused.client.post(
        "/api/v1/holds",
        {"slot": str(refused.slot.id)},
        content_type="application/json",
        headers={"Idempotency-Key": str(uuid4())},
    )
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["explanation"] == json.loads(json.dumps(wanted))


def test_a_refusal_is_told_in_the_language_of_whoever_asks_and_again_as_it_was_told(refused):
    body = {"slot": str(refused.slot.id)}

    def said(key, language):
        headers = {"Idempotency-Key": key, "Accept-Language": language}
        kind = "application/json"
        answer = refused.client.post("/api/v1/holds", body, content_type=kind, headers=headers)
        return answer.json()["explanation"]["text"]

    first = [said(language, language) for language in ("sv", "en", "sv-LL")]
    assert len(set(first)) == 3
    assert [said(key, "sv") for key in ("sv", "en", "sv-LL")] == first


def test_the_matching_says_the_laws_reasons_in_the_same_words(refused, capsys):
    wanted = {
        text.replace("Region Stockholm", "Regionen")
        for _, text in hindering(told(refused)["reasons"])
    }
    call_command("match", explain=str(refused.need.id))
    said = capsys.readouterr().out
    navigator = Client()
    navigator.force_login(staff(Role.NAVIGATOR, a_region("01").tenant), backend=BACKEND)
    page = navigator.get(f"/vantande/{refused.need.id}/varfor/").content.decode()
    assert wanted
    assert all(text in said for text in wanted)
    assert {text for _, text in marked(page)} == wanted


def test_what_would_change_the_answer_is_the_same_on_the_card_and_in_the_api(refused):
    html = refused.client.get(f"/tid/{refused.slot.id}/").content.decode()
    (found,) = refused.client.get(f"/api/v1/slots?care={SKIN}&mine=true").json()["items"]
    changes = found["explanation"]["changes"]
    assert changes[0]["steps"] == ["remiss_from_any_region"]
    assert re.findall(r'data-change="([\w ]+)"', html) == [" ".join(x["steps"]) for x in changes]


def test_a_receipt_tells_the_same_for_ever_whatever_rules_and_law_say_later(database, monkeypatch):
    clinic = a_clinic("12")
    lot = an_agreement(clinic)
    need = a_referral(a_patient("Alice", region="14"))
    booking = booked(a_slot(clinic), need, lot, route=Route.FREE_CHOICE, consequence_version="1")
    before = worded(explanation_of(booking.receipt))
    ReferralRule.objects.using(OWNER).update(valid_to=TODAY - timedelta(days=1))
    monkeypatch.setattr("brokering.law.explanation.decide", None)
    booking.refresh_from_db(using=OWNER)
    assert worded(explanation_of(booking.receipt)) == before
    assert before["short"] == "yes_guarantee_stops"
    assert ["region_arranges"] in [one["steps"] for one in before["changes"]]


def test_a_receipt_of_before_explanations_were_kept_is_still_read(database):
    clinic = a_clinic("12")
    need = a_referral(a_patient("Alice", region="14"))
    booking = booked(
        a_slot(clinic), need, an_agreement(clinic), route=Route.FREE_CHOICE, consequence_version="1"
    )
    kept = dict(booking.receipt)
    explained = kept.pop("explanation")
    old = kept | {"version": "1", "questions": [one["question"] for one in explained["reasons"]]}
    read = explanation_of(old)
    assert [x.sentence for x in reason_texts(read)] == [x.sentence for x in reason_texts(explained)]
    assert read["short"] == explained["short"]


@pytest.mark.parametrize("language", ["sv", "en", "sv-ll"])
def test_a_booking_is_explained_in_the_api_in_the_readers_language(database, language):
    clinic = a_clinic("12")
    need = a_referral(a_patient("Alice", region="14"))
    booking = booked(
        a_slot(clinic), need, an_agreement(clinic), route=Route.FREE_CHOICE, consequence_version="1"
    )
    client = Client()
    client.force_login(need.patient.subject, backend=BACKEND)
    headers = {"Accept-Language": language}
    found = client.get(f"/api/v1/bookings/{booking.id}", headers=headers).json()
    with translation.override(language):
        assert found["explanation"] == worded(booking.receipt["explanation"])
    assert found["care"] == EYES

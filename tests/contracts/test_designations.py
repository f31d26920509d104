"""Care at designated clinics only: who enters them, whom they bind, what search and rounds make of it."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from brokering.selectors.explanations import explain
from brokering.tasks import matched
from contracts.designations import Designated, Designation, Standing
from contracts.models import Designation as Row
from providers.models import Care
from tests.brokering.country import fast, told_fast, told_slow
from tests.factories import (
    EYES,
    NOW,
    OWNER,
    TODAY,
    a_clinic,
    a_patient,
    a_referral,
    a_region,
    a_slot,
    an_agreement,
    staff,
)

LATER = TODAY + timedelta(days=30)


@pytest.fixture
def national(database):
    """Eye care as if it were national highly specialised care."""
    cares = Care.objects.using(OWNER).filter(code=EYES)
    cares.update(hospital_level="national")
    yield
    cares.update(hospital_level="")


@pytest.fixture
def two(database):
    """Two clinics with an agreement and a free place each."""
    clinics = [a_clinic("01", name="Utsedda"), a_clinic("01", name="Andra")]
    for clinic in clinics:
        an_agreement(clinic)
        a_slot(clinic)
    return clinics


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


def administrator(region="01"):
    return client_of(staff(Role.REGION_ADMINISTRATOR, a_region(region).tenant))


def entered(client, clinic, **also):
    said = {
        "region": "01",
        "care": EYES,
        "clinic": str(clinic.id),
        "basis": "national",
        "source": "Beslut 12/2026",
        "valid_from": TODAY.isoformat(),
    }
    return client.post(
        "/api/v1/designations",
        said | also,
        content_type="application/json",
        headers={"Idempotency-Key": str(uuid4())},
    )


def one(region=None, national=True, here=True, valid_to=None):
    return Designation(region, national, here, TODAY, valid_to)


@pytest.mark.parametrize(
    ("designated", "binding", "standing"),
    [
        (Designated(), True, Standing.CLEAR),
        (Designated(True), False, Standing.UNKNOWN),
        (Designated(True, (one(),)), False, Standing.CLEAR),
        (Designated(True, (one(here=False),)), False, Standing.ELSEWHERE),
        (Designated(True, (one("12"),)), False, Standing.UNKNOWN),
        (Designated(True, (one("01", national=False),)), True, Standing.UNKNOWN),
        (Designated(False, (one("01", national=False, here=False),)), True, Standing.ELSEWHERE),
        (Designated(False, (one("01", national=False, here=False),)), False, Standing.CLEAR),
        (Designated(False, (one("01", False, False), one("01", False))), True, Standing.CLEAR),
        (Designated(True, (one(), one("01", False, False))), True, Standing.ELSEWHERE),
        (Designated(True, (one(valid_to=TODAY - timedelta(days=1)),)), False, Standing.UNKNOWN),
    ],
    ids=["not-asked", "nobody", "here", "elsewhere", "others-patients", "structured-is-not-national",
         "structured", "own-choice-is-free", "several", "both-must-agree", "ended"],
)  # fmt: skip
def test_what_stands_against_a_clinic(designated, binding, standing):
    assert designated.standing("01", binding=binding, on=TODAY) is standing


def test_national_care_is_proposed_at_the_designated_clinic_alone_in_both_ways(national, two):
    need = a_referral(a_patient(region="01"))
    assert matched(EYES, now=NOW).proposals == ()
    assert entered(administrator(), two[0]).status_code == 201
    (proposed,) = matched(EYES, now=NOW).proposals
    assert proposed.need_key == need.need_key
    found = told_fast(fast(EYES, NOW))
    assert found["pairs"] == told_slow(EYES, NOW)["pairs"]
    assert len(found["pairs"][0]) == 1
    assert explain(EYES, str(need.need_key), now=NOW).removed == {
        "obstacle.terms_not_designated": 1
    }


def test_a_search_shows_the_other_clinic_with_the_reason_and_the_patients_of_others_nobody(
    national, two
):
    entered(administrator(), two[0])
    hits = {
        region: Client().get("/api/v1/slots", {"care": EYES, "home_region": region}).json()["items"]
        for region in ("01", "12")
    }
    found = {hit["clinic"]["name"]: hit["obstacles"] for hit in hits["01"]}
    assert found == {"Utsedda": [], "Andra": ["terms_not_designated"]}
    assert {tuple(hit["obstacles"]) for hit in hits["12"]} == {("terms_designation_unknown",)}


def test_a_region_enters_for_its_own_patients_and_from_a_document(national, two):
    assert entered(administrator("12"), two[0]).status_code == 403
    assert entered(administrator(), two[0], source=" ").status_code == 422
    assert entered(client_of(staff(Role.NAVIGATOR, a_region().tenant)), two[0]).status_code == 403
    assert entered(administrator(), two[0]).status_code == 201
    again = entered(administrator(), two[0])
    assert (again.status_code, again.json()["code"]) == (409, "already_designated")


def test_only_care_that_is_national_is_designated_nationally(two):
    assert entered(administrator(), two[0]).json()["fields"] == {"basis": ["cannot be"]}
    assert entered(administrator(), two[0], basis="structured").status_code == 201


def test_a_region_enters_and_ends_it_on_the_page_and_everyone_reads_it(national, two):
    browser = administrator()
    assert "ingen utsedd mottagning är känd" in shown(Client())
    page = f"{reverse('designation-new')}?vard={EYES}"
    said = {"clinic": two[0].id, "basis": "national", "source": "Beslut 12/2026"}
    assert "Välj grund" in browser.post(page, {"key": uuid4()}).content.decode()
    answer = browser.post(page, said | {"key": uuid4(), "valid_from": TODAY.isoformat()})
    assert answer.status_code == 302
    assert "Beslut 12/2026" in shown(Client())
    row = Row.objects.using(OWNER).get()
    address = reverse("designation-end", args=[row.id])
    browser.post(address, {"key": uuid4(), "last_day": LATER.isoformat()})
    row.refresh_from_db()
    assert row.valid_to == LATER


def shown(client):
    return " ".join(client.get(reverse("designations")).content.decode().split())


def test_what_was_refused_is_corrected_and_sent_again_from_the_same_page(national, two):
    browser, page = administrator(), f"{reverse('designation-new')}?vard={EYES}"
    said = {
        "clinic": two[0].id,
        "basis": "national",
        "source": "A",
        "valid_from": TODAY.isoformat(),
    }
    assert browser.post(page, said | {"key": uuid4()}).status_code == 302
    refused = browser.post(page, said | {"key": uuid4()})
    assert refused.status_code == 422
    key = refused.context["key"]
    assert browser.post(page, said | {"clinic": two[1].id, "key": key}).status_code == 302
    assert Row.objects.using(OWNER).count() == 2


def test_a_care_that_is_none_leads_back_to_the_list(database):
    answer = administrator().get(f"{reverse('designation-new')}?vard=drakar")
    assert answer.url == reverse("designations")

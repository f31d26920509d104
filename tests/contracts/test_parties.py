"""Who may sign for regions, on screen and over the wire."""

from uuid import uuid4

import pytest
from django.test import Client

from accounts.roles import Role
from contracts.models import Party
from tests.factories import a_clinic, a_region, staff

pytestmark = pytest.mark.usefixtures("database")
ADDRESS = "/avtal/parter/nytt/"
SAID = {
    "name": "Påhittade vårdförbundet",
    "organisation_number": "222999-9996",
    "members": ["03", "01"],
    "transfer_reference": "RS 2026-1",
}


@pytest.fixture
def region():
    return _browser(staff(Role.REGION_ADMINISTRATOR, a_region("01").tenant))


def _browser(user):
    client = Client()
    client.force_login(user)
    return client


def sent(client, press, **also):
    """The page that comes when a button is pressed."""
    said = SAID | {press: "1", "key": str(uuid4())} | also
    return client.post(ADDRESS, said, follow=True)


def posted(client, **also):
    body = SAID | {"kind": "municipal_federation", "organisation_number": "2229999996"} | also
    key = {"Idempotency-Key": str(uuid4())}
    return client.post("/api/v1/parties", body, content_type="application/json", headers=key)


def federations():
    return Party.objects.filter(kind="municipal_federation")


def test_a_region_checks_the_answers_and_saves_and_everyone_reads_who_signs(region):
    assert "Kontrollera dina svar" in sent(region, "check").content.decode()
    assert not federations().exists()
    assert (
        "Påhittade vårdförbundet kan nu skriva på avtal." in sent(region, "save").content.decode()
    )
    saved = federations().get()
    assert (saved.organisation_number, saved.tenant_id) == ("2229999996", a_region("01").tenant_id)
    page = Client().get("/avtal/parter/").content.decode()
    assert "Påhittade vårdförbundet" in page
    assert "RS 2026-1" in page
    assert "Registrera" not in page


def test_the_desk_of_agreements_leads_there(region):
    assert 'href="/avtal/parter/"' in region.get("/avtal/").content.decode()
    assert 'href="/avtal/parter/nytt/"' in region.get("/avtal/parter/").content.decode()


def test_a_cooperation_region_is_refused_with_its_sentence(region):
    answer = sent(region, "save", name=f"{a_region('01').cooperation_area} sjukvårdsregionen")
    assert answer.status_code == 422
    assert "En samverkansregion är ingen juridisk person" in answer.content.decode()
    assert not federations().exists()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"organisation_number": "2229999997"}, "Det är inget svenskt organisationsnummer."),
        ({"members": ["03", "09"]}, "Din egen region ska vara en av medlemmarna."),
        ({"members": ["01"]}, "minst två regioner"),
        ({"transfer_reference": " "}, "Fyll i fältet."),
    ],
    ids=["number", "not a member", "alone", "no decision"],
)
def test_what_is_wrong_is_told_at_its_field_and_nothing_is_saved(region, change, sentence):
    answer = sent(region, "save", **change)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not federations().exists()


def test_a_number_is_registered_once(region):
    sent(region, "save")
    assert "Det numret finns redan bland parterna." in sent(region, "save").content.decode()
    answer = posted(region, members=["01", "03"])
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert federations().count() == 1


def test_only_who_keeps_agreements_for_the_first_member_registers(region):
    of_clinic = _browser(staff(Role.CLINIC_STAFF, a_clinic().tenant))
    assert of_clinic.get(ADDRESS).status_code == 403
    assert posted(of_clinic).status_code == 403
    assert posted(region, members=["03", "01"]).json()["code"] == "not_allowed"
    assert not federations().exists()


def test_over_the_wire_a_party_is_registered_and_read_by_anyone(region):
    made = posted(region, members=["01", "03"])
    assert made.status_code == 201
    found = {one["id"]: one for one in Client().get("/api/v1/parties").json()}
    assert len(found) == 22
    assert found[made.json()["id"]]["members"] == ["01", "03"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"kind": "collaboration_region"}, "not_a_legal_person"),
        ({"transfer_reference": ""}, "authority_not_cited"),
        ({"members": ["01", "99"]}, "invalid"),
        ({"organisation_number": "2229999997"}, "invalid"),
    ],
    ids=["cooperation region", "no decision", "no region", "number"],
)
def test_over_the_wire_what_is_wrong_has_its_code(region, change, code):
    answer = posted(region, **{"members": ["01", "03"]} | change)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert not federations().exists()

"""Agreements on screen: whose they are, whether they are in force, what is left of the cap."""

import itertools
import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.test import Client

from accounts.roles import Role
from contracts.drafts import SourceDraft
from contracts.models import Agreement, CapUse
from contracts.selectors.agreement_search import AgreementSearch, lines, matching
from contracts.selectors.agreements import (
    ORDER,
    agreements_of_clinic,
    standing_of,
    standing_within,
)
from contracts.selectors.drafts import drafts_of
from tests.contracts.agreements import a_draft, active, administrator, amended, rich_draft
from tests.factories import EYES, TODAY, a_cap, a_clinic, a_region, an_agreement, staff

ON = date(2026, 11, 23)
YEAR = timedelta(days=365)


def logged_in(role: Role, tenant) -> Client:
    client = Client()
    user = staff(role, tenant)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def text(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.mark.parametrize(
    ("state", "first", "last", "expected"),
    [
        ("active", ON, None, "in_force"),
        ("active", ON - YEAR, ON, "ends_soon"),
        ("active", ON - YEAR, ON - timedelta(days=1), "ended"),
        ("active", ON + timedelta(days=1), None, "not_yet"),
        ("active", ON - YEAR, ON + YEAR, "in_force"),
        ("standstill", ON - YEAR, None, "not_signed"),
        ("signed", ON - YEAR, None, "not_yet"),
        ("signed", ON - YEAR, ON - timedelta(days=1), "ended"),
        ("ended", ON - YEAR, ON + YEAR, "ended"),
    ],
)
def test_how_an_agreement_stands_follows_from_its_state_and_dates(state, first, last, expected):
    assert standing_of(state, first, last, on=ON) == expected


def test_what_is_left_of_a_cap_is_counted_in_the_present_period(database):
    clinic = a_clinic()
    cap = a_cap(an_agreement(clinic), 10, "month")
    this = TODAY.replace(day=1)
    for period, used in ((this, 4), (this - timedelta(days=1), 9)):
        CapUse.objects.using("owner").create(
            counter=cap.lineage, period=period.replace(day=1), limit=10, used=used
        )
    ((card,),) = [one.lots for one in agreements_of_clinic(clinic.id, by=None, on=TODAY)]
    assert [(cap.used, cap.left) for cap in card.caps] == [(4, 6)]


def test_a_clinic_sees_only_its_own_lots(database):
    clinic = a_clinic()
    lot = an_agreement(clinic)
    an_agreement(a_clinic())
    (card,) = agreements_of_clinic(clinic.id, by=None, on=TODAY)
    assert [one.id for one in card.lots] == [lot.id]


def test_the_clinics_page_says_that_an_agreement_has_ended(database):
    clinic = a_clinic()
    an_agreement(clinic, valid_to=TODAY - timedelta(days=1))
    page = logged_in(Role.CLINIC_STAFF, clinic.tenant).get(f"/mottagning/{clinic.id}/avtal/")
    assert "Har upphört" in text(page)


def test_a_clinic_without_agreements_is_told_what_that_means(database):
    clinic = a_clinic()
    page = logged_in(Role.CLINIC_STAFF, clinic.tenant).get(f"/mottagning/{clinic.id}/avtal/")
    assert "ingen region betalar" in text(page)


def test_the_list_and_the_agreement_in_full_are_shown_to_those_who_may(database):
    lot = an_agreement(a_clinic("01"), age_min=18, cap_places=5, cap_period="year")
    client = logged_in(Role.REGION_ADMINISTRATOR, a_region("01").tenant)
    assert lot.agreement.name in text(client.get("/avtal/"))
    page = text(client.get(f"/avtal/{lot.agreement_id}/"))
    assert "från 18 år" in page
    assert "0 av 5 använda, 5 kvar" in page


def test_an_agreement_that_does_not_exist_is_not_found(database):
    client = logged_in(Role.REGION_ADMINISTRATOR, a_region("01").tenant)
    missing = "/avtal/00000000-0000-4000-8000-00000000abcd/"
    assert client.get(missing).status_code == 404


def test_the_register_is_searched_by_anyone_for_buyer_seller_care_form_and_standing(database):
    lot = an_agreement(a_clinic("25", name="Norrlandsögon"), regime="lou", buyers=["25"])
    an_agreement(a_clinic("01"))
    asked = ("kopare=25", f"vard={EYES}&form=lou", "sok=norrlandsögon", "lage=in_force&kopare=25")
    for query in asked:
        page = text(Client().get(f"/avtal/?{query}"))
        assert "1 avtal" in page
        assert lot.agreement.name in page
    assert "0 avtal" in text(Client().get("/avtal/?kopare=25&form=lov"))


@pytest.mark.parametrize("standing", ORDER)
def test_the_search_for_a_standing_finds_those_that_stand_so(database, standing):
    clinic = a_clinic()
    days = [timedelta(days=number) for number in (-400, -1, 0, 1, 89, 90, 91)]
    states = ("standstill", "signed", "active", "ended")
    for first, last, state in itertools.product(days, [None, *days], states):
        if last is None or first <= last:
            to = None if last is None else TODAY + last
            an_agreement(clinic, state=state, valid_from=TODAY + first, valid_to=to)
    found = Agreement.objects.filter(standing_within(standing, on=TODAY))
    stands = [row.id for row in Agreement.objects.all() if stands_so(row, standing)]
    assert sorted(row.id for row in found) == sorted(stands) != []


def test_each_agreement_answers_whether_my_region_may_use_it(database):
    an_agreement(a_clinic("25", name="Ettan"), buyers=["25"], open_for_others="no")
    asked = f"/avtal/?region=01&vard={EYES}&vag="
    assert "Region Stockholm får använda det" in text(Client().get(asked + "free_choice"))
    refused = text(Client().get(asked + "inpatient_choice"))
    assert "Region Stockholm får inte använda det" in refused
    assert "inte öppet för patienter från regionen" in refused


def test_a_page_of_agreements_takes_as_few_queries_as_one(database, django_assert_max_num_queries):
    for _ in range(3):
        an_agreement(a_clinic(), cap_places=5)
    search = AgreementSearch(home="01", care=EYES)
    with django_assert_max_num_queries(4):
        rows = list(matching(search, by=None, on=TODAY)[:20])
        assert len(lines(rows, search, on=TODAY)) == 3


def test_who_is_meant_to_get_it_is_a_secret_of_the_buyers_until_the_award(database):
    lot = an_agreement(a_clinic("01"), regime="lou", state="evaluating")
    address = f"/avtal/{lot.agreement_id}/"
    seller = logged_in(Role.CLINIC_STAFF, lot.clinic.tenant)
    assert [who.get(address).status_code for who in (Client(), seller)] == [404, 404]
    assert lot.agreement.name not in text(Client().get("/avtal/"))
    own = logged_in(Role.REGION_ADMINISTRATOR, a_region("01").tenant)
    assert own.get(address).status_code == 200
    assert lot.agreement.name in text(own.get("/avtal/"))


def test_what_is_confidential_is_shown_to_the_parties_alone(database):
    by = administrator()
    row = active(rich_draft(a_clinic()), by)
    public = text(Client().get(f"/avtal/{row.id}/"))
    assert "1 200" not in public.replace("\xa0", " ")
    assert "Visas bara för parterna" in public
    party = logged_in(Role.REGION_ADMINISTRATOR, a_region("01").tenant)
    assert "1 200 kr" in text(party.get(f"/avtal/{row.id}/")).replace("\xa0", " ")


def test_the_history_shows_each_version_with_what_it_changed(database):
    by = administrator()
    row = active(a_draft(), by)
    after = amended(row, by, TODAY + timedelta(days=30), open_for_others="no")
    page = text(Client().get(f"/avtal/{after.id}/"))
    assert "Öppet för patienter från andra regioner Ja Nej" in page
    assert "Båda parter hade skrivit under" in page
    assert f"/avtal/{row.id}/" in Client().get(f"/avtal/{after.id}/").content.decode()


def test_the_history_keeps_back_what_the_reader_may_not_see(database):
    by = administrator()
    row = active(rich_draft(a_clinic()), by)
    lot = drafts_of([row.id])[row.id].lots[0]
    after = amended(row, by, TODAY + timedelta(days=30), lots=(replace(lot, prices=()),))
    assert "1 200" not in text(Client().get(f"/avtal/{after.id}/")).replace("\xa0", " ")


def test_two_documents_that_say_different_things_are_pointed_out(database):
    said = [SourceDraft(field="valid_to", title="Avtal", says=x, retrieved_on=TODAY) for x in "ab"]
    row = active(a_draft(sources=tuple(said)), administrator())
    assert "Källorna säger olika" in text(Client().get(f"/avtal/{row.id}/"))


def stands_so(row: Agreement, standing: str) -> bool:
    return standing_of(row.state, row.valid_from, row.valid_to, on=TODAY) == standing

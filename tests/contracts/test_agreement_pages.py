"""Agreements on screen: whose they are, whether they are in force, what is left of the cap."""

import re
from datetime import date, timedelta

import pytest
from django.test import Client

from accounts.roles import Role
from contracts.models import CapUse
from contracts.selectors.agreements import agreements_of_clinic, own_agreements, standing_of
from tests.factories import TODAY, a_cap, a_clinic, a_region, acting, an_agreement, staff

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
    ((card,),) = [one.lots for one in agreements_of_clinic(clinic.id, on=TODAY)]
    assert [(cap.used, cap.left) for cap in card.caps] == [(4, 6)]


def test_a_region_sees_what_it_buys_and_what_it_may_use_but_not_others(database):
    own = an_agreement(a_clinic("01"), buyers=["01"]).agreement
    usable = an_agreement(a_clinic("25"), buyers=["25"], usable_by=["01"]).agreement
    an_agreement(a_clinic("25"), buyers=["25"])
    actor = acting(staff(Role.NAVIGATOR, a_region("01").tenant))
    assert {card.id for card in own_agreements(actor, on=TODAY)} == {own.id, usable.id}


def test_a_clinic_sees_only_its_own_lots(database):
    clinic = a_clinic()
    lot = an_agreement(clinic)
    an_agreement(a_clinic())
    (card,) = agreements_of_clinic(clinic.id, on=TODAY)
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


def test_a_patient_is_not_shown_the_register(database):
    assert logged_in(Role.REFERRING_CLINICIAN, a_region().tenant).get("/avtal/").status_code == 403

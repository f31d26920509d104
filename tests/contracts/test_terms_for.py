"""Usable or not, and why; at what price; with how much left: the executable agreement."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client

from accounts.roles import Role
from contracts.selectors.terms import terms_of_care
from contracts.selectors.usable import ROUTES, TermsQuestion, readers_of, terms_for
from contracts.terms import Reader
from tests.brokering.desk import booked
from tests.contracts.agreements import active, administrator, awarded, rich_draft
from tests.factories import (
    EYES,
    TODAY,
    a_cap,
    a_clinic,
    a_patient,
    a_price,
    a_referral,
    a_region,
    a_slot,
    acting,
    an_agreement,
    staff,
)

pytestmark = pytest.mark.usefixtures("database")
DAY = timedelta(days=1)


def asked(clinic, route="own_region", home="01", day=TODAY, by=None):
    question = TermsQuestion(clinic=clinic.id, care=EYES, home_region=home, route=route, day=day)
    return terms_for(question, by=by)


@pytest.fixture
def clinic(database):
    return a_clinic()


def test_a_clinic_without_agreement_answers_so(clinic):
    answer = asked(clinic)
    assert (answer.usable, answer.why, answer.best) == (False, ("no_agreement",), None)


@pytest.mark.parametrize(
    ("route", "home", "why"),
    [
        ("own_region", "01", ()),
        ("own_region", "03", ("not_own_region",)),
        ("free_choice", "01", ("is_own_region",)),
        ("free_choice", "03", ()),
        ("free_choice", None, ()),
        ("guarantee_reroute", "01", ()),
        ("guarantee_reroute", "03", ()),
        ("inpatient_choice", "03", ()),
    ],
)
def test_each_route_is_for_its_regions(clinic, route, home, why):
    an_agreement(clinic)
    assert asked(clinic, route, home).why == why


def test_a_text_that_shuts_others_out_binds_reroutes_and_inpatient_care_and_is_checked_elsewhere(
    clinic,
):
    an_agreement(clinic, open_for_others="no", usable_by=["04"])
    assert asked(clinic, "guarantee_reroute", "03").why == ("terms_not_open",)
    assert asked(clinic, "inpatient_choice", "03").why == ("terms_not_open",)
    open_care = asked(clinic, "free_choice", "03")
    assert (open_care.usable, open_care.why) == (True, ("terms_conflict",))
    assert asked(clinic, "guarantee_reroute", "04").usable


@pytest.mark.parametrize(("day", "why"), [(-1, "terms_not_begun"), (8, "terms_ended")])
def test_outside_its_days_it_says_on_which_side(clinic, day, why):
    an_agreement(clinic, valid_from=TODAY, valid_to=TODAY + 7 * DAY)
    assert asked(clinic, day=TODAY + day * DAY).why == (why,)
    assert asked(clinic, day=TODAY + 7 * DAY).usable


def test_an_agreement_that_is_not_active_is_shown_and_says_so(database):
    by, clinic = administrator(), a_clinic()
    awarded(rich_draft(clinic), by)
    assert asked(clinic).why == ("agreement_not_active",)


def test_a_full_cap_stands_against_it_and_the_places_left_are_counted(clinic):
    lot = an_agreement(clinic, cap_places=2, cap_period="year")
    a_cap(lot, 1, region=a_region("03"))
    booked(a_slot(clinic), a_referral(a_patient()), lot)
    day = TODAY + 10 * DAY
    assert [cap.left for cap in asked(clinic, day=day).best.caps] == [1]
    mixed = asked(clinic, "guarantee_reroute", "03", day=day)
    assert sorted(cap.left for cap in mixed.best.caps) == [1, 1]
    booked(a_slot(clinic), a_referral(a_patient("Bob")), lot)
    assert asked(clinic, day=day).why == ("cap_full",)


# Price and confidentiality


def test_the_price_is_previewed_with_list_and_version_or_said_not_to_be_agreed(clinic):
    lot = an_agreement(clinic)
    assert asked(clinic).best.price_why == "no_price_known"
    a_price(
        lot,
        amount=Decimal("1200.00"),
        list_name="Påhittad lista",
        list_version="2026",
        unit="besök",
    )
    found = asked(clinic).best
    assert (found.price.amount, found.price.unit, found.price_why) == (1200, "besök", "")
    other = a_clinic()
    a_price(an_agreement(other), model="not_agreed")
    assert (asked(other).best.price, asked(other).best.price_why) == (None, "no_price_agreed")


def test_a_confidential_price_is_shown_to_the_parties_alone_on_every_face(database):
    by, clinic = administrator(), a_clinic()
    row = active(rich_draft(clinic), by)
    seller = acting(staff(Role.CLINIC_STAFF, clinic.tenant))
    other = acting(staff(Role.NAVIGATOR, a_region("03").tenant))
    shown = {who: asked(clinic, by=who).best.price_why for who in (by, seller, other, None)}
    assert shown == {by: "", seller: "", other: "price_confidential", None: "price_confidential"}
    readers = [readers_of(who, [row.id])[row.id] for who in (by, seller, other, None)]
    assert readers == [Reader.PARTIES, Reader.PARTIES, Reader.REGIONS, Reader.PUBLIC]
    (terms,) = terms_of_care(EYES, first=TODAY, last=TODAY)[clinic.id]
    assert terms.price(TODAY) is None
    assert terms.price(TODAY, Reader.PARTIES) is not None


# REST


def get(**asked):
    return Client().get("/api/v1/terms", asked)


def test_the_answer_is_public_as_json(clinic):
    lot = an_agreement(clinic, cap_places=5)
    a_price(lot, amount=Decimal("1200.00"))
    found = get(clinic=str(clinic.id), care=EYES, home_region="01", route="own_region").json()
    assert found["usable"] is True
    assert found["best"]["price"]["amount"] == "1200.00"
    assert found["best"]["caps"][0]["left"] == 5
    assert found["lots"][0]["lot"] == str(lot.id)


@pytest.mark.parametrize("field", ["clinic", "care", "home_region", "route", "day"])
@pytest.mark.parametrize("wrong", ["x", "\0", "9999999999"])
def test_a_wrong_question_names_the_field(clinic, field, wrong):
    good = {"clinic": str(clinic.id), "care": EYES, "home_region": "01", "route": ROUTES[0]}
    answer = get(**(good | {field: wrong}))
    assert answer.status_code == 422
    assert list(answer.json()["fields"]) == [field]

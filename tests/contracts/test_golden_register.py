"""Golden cases of real procurements that the register must satisfy, each with where it was computed.

Sellers and clinics are invented; days, months and amounts are those of the cases.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from accounts.errors import Invalid
from accounts.tenancy import acting_as
from contracts.actions import agreement_states as states
from contracts.actions.agreement_states import Side
from contracts.actions.parties import NewParty, register_party
from contracts.drafts import OptionDraft, SourceDraft, names_an_area
from contracts.errors import (
    BeyondMaximum,
    NoOptionLeft,
    NotALegalPerson,
    StandstillRuns,
    UnfitAgreement,
)
from contracts.lifecycle import first_day_to_sign, months_later
from contracts.models import OptionStep
from contracts.selectors.agreement_page import agreement_page
from contracts.selectors.terms import terms_of_care
from contracts.selectors.usable import TermsQuestion, terms_for
from contracts.terms import Price
from providers.codes import (
    BadCode,
    ForeignOrganisationNumber,
    OrganisationNumber,
    legal_person,
    luhn,
)
from tests.contracts.agreements import (
    a_draft,
    a_lot,
    active,
    administrator,
    awarded,
    created,
    does,
    stored,
)
from tests.factories import EYES, TODAY, a_clinic, a_price, a_region, an_agreement

DAY = timedelta(days=1)
CORNEA = Price(model="subscription_and_unit", amount=Decimal(4000), subscription=Decimal(419_286))
A, B, C = "pv-bedomning", "besok-ortopedi", "besok-psykiatri"


def at(day: date) -> datetime:
    """Noon of a Swedish day."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo("Europe/Stockholm"))


@pytest.fixture
def by(database):
    return administrator()


# G-4: a subscription a region and a price a unit (other sources § 5.4; § 3, 004:11662-11668)


@pytest.mark.parametrize(
    ("units", "regions", "kronor"), [(25, 1, 519_286), (0, 7, 2_935_002), (0, 1, 419_286)]
)
def test_g4_a_subscription_is_paid_by_region_and_the_rest_by_unit(units, regions, kronor):
    assert CORNEA.total(units=units, regions=regions) == kronor


def test_g4_what_is_not_known_has_no_total():
    assert replace(CORNEA, amount=None).total(units=25) is None
    assert replace(CORNEA, subscription=None).total(units=25) is None
    assert Price(model="not_agreed").total(units=1) is None
    assert Price(model="per_unit", amount=Decimal(900)).total(units=3, regions=7) == 2700


def test_g4_the_terms_say_what_so_many_units_cost(database):
    clinic = a_clinic()
    a_price(
        an_agreement(clinic),
        model=CORNEA.model,
        amount=Decimal(4000),
        subscription=Decimal(419_286),
    )
    asked = {"clinic": str(clinic.id), "care": EYES, "home_region": "01", "route": "own_region"}
    best = Client().get("/api/v1/terms", asked | {"units": 25}).json()["best"]
    assert best["price"]["total"] == "519286.00"
    assert Client().get("/api/v1/terms", asked).json()["best"]["price"]["total"] is None
    for wrong in ("x", "-1", "9999999999", "\0"):
        answer = Client().get("/api/v1/terms", asked | {"units": wrong})
        assert list(answer.json()["fields"]) == ["units"]


# G-5: at most 36 months, at most 12 at a time (other sources § 5.4; § 3, 21RS8861)


def hired(by, *months: int):
    """The agreement of the case, in force to 2022-11-30, with its options."""
    return active(
        a_draft(
            valid_from=date(2021, 12, 1),
            valid_to=date(2022, 11, 30),
            valid_to_at_most=date(2025, 11, 30),
            options=tuple(OptionDraft(months=each) for each in months),
        ),
        by,
    )


def extended(by, row):
    """One option is used a month before the agreement ends; the new last day."""
    on = stored(row.id).valid_to - 30 * DAY
    return does(states.extend_agreement, by, row, decided_on=on, reference="x", now=at(on))


def test_g5_three_options_of_a_year_end_on_the_last_day_and_a_fourth_is_refused(by):
    row = hired(by, 12, 12, 12)
    last_days = [extended(by, row) for _ in range(3)]
    assert last_days == [date(year, 11, 30) for year in (2023, 2024, 2025)]
    with pytest.raises(NoOptionLeft):
        extended(by, row)


def test_g5_a_fourth_option_in_the_text_does_not_pass_the_maximum(by):
    row = hired(by, 12, 12, 12, 12)
    for _ in range(3):
        extended(by, row)
    with pytest.raises(BeyondMaximum):
        extended(by, row)
    assert stored(row.id).valid_to == date(2025, 11, 30)


def test_g5_nobody_makes_a_year_into_eighteen_months(by):
    row = hired(by, 12, 12, 12)
    step = OptionStep.objects.filter(agreement=row, number=1)
    with pytest.raises(DatabaseError), acting_as(by), transaction.atomic():
        step.update(months=18)
    with pytest.raises(DatabaseError), acting_as(by), transaction.atomic():
        OptionStep.objects.create(agreement=row, number=4, months=18)
    assert extended(by, row) == date(2023, 11, 30)


# G-6: base + 2 + 2 years, and two sources that end a day apart (other sources § 5.4; § 3)


@pytest.mark.parametrize("day", [30, 31])
def test_g6_two_options_of_two_years_end_in_march_2030(day):
    assert months_later(months_later(date(2026, 3, day), 24), 24) == date(2030, 3, day)


def test_g6_sources_that_end_a_day_apart_raise_a_flag_and_nobody_chooses(by):
    said = ("2026-03-30", "2026-03-31")
    sources = tuple(
        SourceDraft(field="valid_to", title="Påhittat", says=day, retrieved_on=TODAY)
        for day in said
    )
    row = active(a_draft(valid_to=date(2030, 3, 30), sources=sources), by)
    page = agreement_page(row.id, by=by, on=TODAY)
    assert page is not None
    assert [line.conflict for line in page.sources] == [True, True]
    assert stored(row.id).valid_to == date(2030, 3, 30)


# G-7: who qualified for which lot (other sources § 5.4; R-38)


def lots_won(by, *won: str) -> set[str]:
    """The lots that carry visits with a seller that qualified for some of three."""
    clinic = a_clinic(cares=[A, B, C])
    lots = tuple(
        a_lot(clinic, name=care, cares=(care,), qualified=care in won) for care in (A, B, C)
    )
    row = awarded(a_draft(clinic, lots=lots), by)
    for lot in row.lots.filter(qualified=True):
        with acting_as(by):
            states.notify_award(by=by, lot=lot.id, on=TODAY - 40 * DAY, now=at(TODAY))
    for side in Side:
        does(states.sign_agreement, by, row, side=side, on=TODAY)
    does(states.activate_agreement, by, row)
    return {care for care in (A, B, C) if clinic.id in terms_of_care(care, first=TODAY, last=TODAY)}


@pytest.mark.parametrize("won", [(A, C), (A,), (A, B, C)])
def test_g7_a_seller_works_under_the_lots_for_which_it_qualified(by, won):
    assert lots_won(by, *won) == set(won)


def test_g7_a_lot_for_which_nobody_qualified_says_why(by):
    lots_won(by, A, C)
    clinic = next(iter(terms_of_care(A, first=TODAY, last=TODAY)))
    asked = TermsQuestion(clinic=clinic, care=B, home_region="01", route="own_region", day=TODAY)
    assert terms_for(asked).why == ("lot_not_qualified",)


# G-8: a new award of lot B on 2021-11-05 (other sources § 5.4)


def bought_in_lots(by, *names: str):
    """An agreement whose lots were awarded on 2021-10-20."""
    clinic = a_clinic()
    row = awarded(a_draft(clinic, lots=tuple(a_lot(clinic, name=name) for name in names)), by)
    for lot in row.lots.all():
        notified(by, lot, date(2021, 10, 20))
    return row


def notified(by, lot, on: date) -> None:
    with acting_as(by):
        states.notify_award(by=by, lot=lot.id, on=on, now=at(on))


def signed(by, row, on: date):
    return does(states.sign_agreement, by, row, side=Side.PARTY, on=on, now=at(on))


@pytest.mark.parametrize("days", [0, 1, 9, 10])
def test_g8_nothing_is_signed_within_ten_days_of_the_new_award_of_a_lot(by, days):
    row = bought_in_lots(by, "A", "B", "C")
    notified(by, row.lots.get(name="B"), date(2021, 11, 5))
    with pytest.raises(StandstillRuns) as refused:
        signed(by, row, date(2021, 11, 5) + days * DAY)
    assert refused.value.data == {"lots": ["B"], "earliest": "2021-11-16"}


def test_g8_the_clocks_of_the_other_lots_are_not_touched(by):
    row, other = bought_in_lots(by, "A", "B", "C"), bought_in_lots(by, "A", "C")
    notified(by, row.lots.get(name="B"), date(2021, 11, 5))
    sent = dict(row.lots.values_list("name", "award_notified_on"))
    firsts = {name: first_day_to_sign(day, electronic=True) for name, day in sent.items()}
    assert firsts == {"A": date(2021, 10, 31), "B": date(2021, 11, 16), "C": date(2021, 10, 31)}
    signed(by, other, date(2021, 11, 5))
    signed(by, row, date(2021, 11, 16))


# G-9: organisation numbers of here and elsewhere (other sources § 5.4, § 2D; 004:22474-22561)


@pytest.mark.parametrize("number", ["996368807", "27673147", "17423401", "16467596"])
def test_g9_a_number_of_another_country_is_foreign_and_not_invalid(number):
    assert legal_person(number) == ForeignOrganisationNumber(number)


def test_g9_every_region_has_a_swedish_number_and_any_other_check_digit_is_wrong(database):
    for code in ("01", "12", "18"):
        number = a_region(code).organisation_number
        assert legal_person(number) == OrganisationNumber(number)
        for digit in set(range(10)) - {luhn(number[:9])}:
            with pytest.raises(BadCode):
                legal_person(f"{number[:9]}{digit}")


@pytest.mark.parametrize(
    "text", ["", "1234567", "55612345678", "556-123456", "SE99636880", "٩٩٦٣٦٨٨٠٧"]
)
def test_g9_what_is_neither_is_refused(text):
    with pytest.raises(BadCode):
        legal_person(text)


def test_g9_an_unknown_seller_is_told_apart_from_what_is_no_number(by):
    for seller, code in (
        ("996368807", "unknown_code"),
        ("5569999990", "not_an_organisation_number"),
    ):
        with pytest.raises(UnfitAgreement) as refused:
            created(a_draft(seller=seller, lots=()), by)
        assert [code, "seller"] in refused.value.data["faults"]


def test_g9_a_foreign_seller_is_bought_from_as_any_other(by):
    clinic = a_clinic()
    type(clinic.provider).objects.using("owner").filter(id=clinic.provider_id).update(
        organisation_number="996368807"
    )
    row = created(a_draft(clinic, seller="996368807"), by)
    assert row.seller_id == clinic.provider_id


# Part B G8: who may sign for regions (SOU 2021:59 part B § 7.4)


def federation(name: str) -> NewParty:
    return NewParty(
        kind="municipal_federation",
        name=name,
        organisation_number="2220000018",
        members=["01", "09"],
        transfer_reference="Påhittat beslut 1",
    )


@pytest.mark.parametrize(
    "name", ["Sydöstra sjukvårdsregionen", "Sjukvårdsregion Mellansverige", "södra", "Västra"]
)
def test_part_b_g8_a_cooperation_region_is_no_party(by, name):
    with pytest.raises(NotALegalPerson), acting_as(by):
        register_party(by=by, party=federation(name), now=at(TODAY))
    with pytest.raises(NotALegalPerson):
        created(a_draft(party=name), by)


def test_part_b_g8_a_federation_of_regions_signs_for_its_members(by):
    new = federation("Påhittade sjukvårdsregionförbundet")
    with acting_as(by):
        register_party(by=by, party=new, now=at(TODAY))
    draft = a_draft(party=new.organisation_number, buyers=("01", "09"), cooperation="joint")
    assert created(draft, by).party.kind == "municipal_federation"
    with pytest.raises(Invalid), acting_as(by):
        register_party(by=by, party=replace(new, organisation_number="27673147"), now=at(TODAY))


def test_part_b_g8_the_name_of_a_federation_is_not_that_of_its_area():
    areas = ["Norra", "Västra/Södra (delad)"]
    assert names_an_area("Norra sjukvårdsregionen", areas)
    assert names_an_area("Västra/Södra (delad)", areas)
    assert not names_an_area("Norra sjukvårdsregionförbundet", areas)

"""Sprututbyte: a rule of residence with a first and a last day (other sources R-10, R-11, G-11)."""

from dataclasses import replace
from datetime import date

import pytest

from brokering.law.citations import Question, Reason
from brokering.law.codes import ReasonCode
from brokering.law.errors import NotInForce
from brokering.law.facts import PatientFacts
from brokering.law.parameters import parameter
from brokering.law.payer import Payer
from brokering.law.residency import Admission, Exchange, may_exchange

LAST_DAY = date(2022, 6, 30)
FIRST_DAY = date(2022, 7, 1)
VISITOR = Exchange(
    on=LAST_DAY, patient=PatientFacts("08", birth_date=date(2004, 6, 30)), home_has_permit=False
)


def codes(visit: Exchange) -> list[str]:
    return [reason.code.value for reason in may_exchange(visit).reasons]


def test_a_visitor_from_a_region_without_permit_is_refused_through_june_2022() -> None:
    assert not may_exchange(VISITOR).allowed
    assert codes(VISITOR) == ["exchange_residence"]


def test_from_july_2022_the_visitor_is_admitted_and_the_home_region_pays_by_proposal() -> None:
    admitted = may_exchange(replace(VISITOR, on=FIRST_DAY))
    assert (admitted.allowed, admitted.payer) == (True, "home_region")
    assert admitted.reasons[0].citation.kind == "proposal"


@pytest.mark.parametrize("on", [LAST_DAY, FIRST_DAY])
def test_at_seventeen_both_days_refuse(on: date) -> None:
    young = PatientFacts("08", birth_date=date(2004, 7, 2))
    assert "exchange_age" in codes(replace(VISITOR, on=on, patient=young))


def test_a_resident_of_a_region_with_permit_is_admitted() -> None:
    assert may_exchange(replace(VISITOR, home_has_permit=True)).allowed


def test_an_unknown_age_is_not_admitted() -> None:
    assert "exchange_age" in codes(replace(VISITOR, patient=PatientFacts("08")))


def test_the_visit_is_personal_and_used_syringes_come_back() -> None:
    visit = replace(VISITOR, home_has_permit=True, is_personal=False, returns_used=False)
    assert codes(visit) == ["exchange_personal_visit", "exchange_return_used"]


def test_special_reasons_excuse_what_is_not_returned() -> None:
    visit = replace(VISITOR, home_has_permit=True, returns_used=False, has_special_reasons=True)
    assert may_exchange(visit).allowed


def test_before_the_recorded_rules_nothing_is_said() -> None:
    with pytest.raises(NotInForce):
        may_exchange(replace(VISITOR, on=date(2017, 2, 28)))


def test_a_refusal_leaves_the_payer_open_and_cites_the_rule_of_age() -> None:
    young = PatientFacts("08", birth_date=date(2010, 1, 1))
    least = parameter("sprututbyte.least_age").at(LAST_DAY).citation
    assert may_exchange(replace(VISITOR, home_has_permit=True, patient=young)) == Admission(
        False, Payer.UNDECIDED, (Reason(ReasonCode.EXCHANGE_AGE, Question.CHOICE, least),)
    )


@pytest.mark.parametrize(
    ("on", "code"),
    [(LAST_DAY, ReasonCode.EXCHANGE_RESIDENCE), (FIRST_DAY, ReasonCode.EXCHANGE_OPEN_TO_ALL)],
)
def test_an_admission_cites_the_rule_of_residence_of_its_day(on: date, code: ReasonCode) -> None:
    rule = parameter("sprututbyte.residence_required").at(on).citation
    assert may_exchange(replace(VISITOR, on=on, home_has_permit=True)) == Admission(
        True, Payer.HOME_REGION, (Reason(code, Question.CHOICE, rule),)
    )

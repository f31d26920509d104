"""Which care the guarantee covers, with the regions' differences."""

from datetime import date

import pytest

from brokering.law.applicability import Applicability, applicability
from brokering.law.citations import Question, Reason
from brokering.law.codes import ReasonCode
from brokering.law.facts import CareFacts, CareForm, CareKind, CareLevel
from brokering.law.parameters import parameter
from providers.reference import read_cares

CARES = {row.code: row for row in read_cares()}
ON = date(2021, 6, 1)


def asked(code: str, region: str, on: date = ON) -> Applicability:
    row = CARES[code]
    care = CareFacts(code, CareForm.OPEN, CareLevel(row.level), CareKind(row.kind), row.area)
    return applicability(care, row.guarantee, region, on)


def cited(code: ReasonCode, name: str) -> Reason:
    value = parameter(name).at(ON)
    return Reason(code, Question.GUARANTEE, value.citation, value.interpretation)


@pytest.mark.parametrize(
    ("code", "region", "guarantee", "reason"),
    [
        ("besok-ogon", "08", "besok", "guarantee_for_this_care"),
        ("op-ogon", "08", "behandling", "guarantee_for_this_care"),
        ("op-horapparat", "08", "behandling", "guarantee_for_this_care"),
        ("ater-ogon", "08", None, "guarantee_not_for_this_care"),
        ("utr-npu", "08", None, "guarantee_not_for_this_care"),
        ("ms-rontgen", "08", None, "guarantee_not_for_this_care"),
        ("pv-mvc", "08", "bedomning", "guarantee_for_this_care"),
        ("pv-mvc", "14", None, "guarantee_not_in_this_region"),
        ("pv-intyg", "14", None, "guarantee_not_in_this_region"),
        ("besok-ogon", "14", "besok", "guarantee_for_this_care"),
    ],
)
def test_the_guarantee_of_a_care(code: str, region: str, guarantee: str, reason: str) -> None:
    found = asked(code, region)
    assert found.guarantee == guarantee
    assert [told.code for told in found.reasons] == [reason]


def test_halland_has_its_own_target_where_the_guarantee_does_not_reach() -> None:
    found = asked("ms-rontgen", "13")
    assert (found.guarantee, found.regional_days) == (None, 60)
    assert found.reasons == (cited(ReasonCode.REGIONAL_TARGET_ONLY, "regional.13_other"),)
    assert found.reasons[0].citation.kind == "regional_rule"


def test_a_region_that_differs_is_cited_as_the_reading_that_it_is() -> None:
    reason = cited(ReasonCode.GUARANTEE_NOT_IN_THIS_REGION, "applicability.14_outside")
    assert asked("pv-mvc", "14").reasons == (reason,)
    assert reason.interpretation


def test_hallands_target_is_not_for_return_visits() -> None:
    assert asked("ater-ogon", "13").regional_days is None


def test_a_hearing_aid_is_fitted_within_the_guarantee_though_aids_are_outside() -> None:
    aid = CareFacts("op-horapparat", CareForm.OPEN, CareLevel.SPECIALISED, CareKind.AID)
    assert applicability(aid, "behandling", "08", ON).guarantee == "behandling"
    other = CareFacts("hjm-annat", CareForm.OPEN, CareLevel.SPECIALISED, CareKind.AID)
    assert applicability(other, "behandling", "08", ON).guarantee is None


def test_a_regions_own_rule_out_of_force_changes_nothing() -> None:
    care = CareFacts("pv-mvc", CareForm.OPEN, CareLevel.PRIMARY, CareKind.FIRST_VISIT)
    assert applicability(care, None, "14", date(2017, 3, 31)).reasons[0].code == (
        "guarantee_not_for_this_care"
    )

"""Identifiers that can belong to nobody."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from personnummer.personnummer import Personnummer

from brokering.sweden.identifiers import (
    Identities,
    hsa_id,
    organisation_number,
    personal_test_number,
    stable_id,
)
from providers.codes import HsaId, OrganisationNumber


def test_the_tax_agencys_known_test_persons_come_out_of_the_pattern() -> None:
    assert personal_test_number(date(2003, 2, 2), "K") == "200302022389"
    assert personal_test_number(date(1990, 2, 22), "M") == "199002222397"


@given(st.dates(date(1920, 1, 1), date(2026, 1, 1)), st.sampled_from("KM"))
def test_a_test_number_is_valid_and_has_the_sex(born: date, sex: str) -> None:
    number = Personnummer(personal_test_number(born, sex))
    assert number.is_female() == (sex == "K")


def test_the_second_person_of_a_day_gets_no_personal_identity_number() -> None:
    identities = Identities()
    day = date(1980, 5, 5)
    first, second, third = (identities.next(day, "K") for _ in range(3))
    assert (first[8:11], second[8:], third[8:]) == ("238", "T000", "T001")


def test_reserve_numbers_end_after_a_thousand_on_one_day() -> None:
    identities = Identities()
    for _ in range(1001):
        identities.next(date(1980, 5, 5), "M")
    with pytest.raises(ValueError, match="no reserve number"):
        identities.next(date(1980, 5, 5), "M")


@given(st.integers(0, 99_999))
def test_invented_organisation_numbers_and_hsa_ids_are_format_valid(number: int) -> None:
    organisation = organisation_number(number)
    assert OrganisationNumber(organisation).value.startswith("4")
    assert HsaId(hsa_id(organisation, number))


def test_an_id_follows_from_seed_kind_and_key() -> None:
    assert stable_id(1, "slot", 5) == stable_id(1, "slot", 5)
    assert len({stable_id(1, "slot", 5), stable_id(2, "slot", 5), stable_id(1, "lot", 5)}) == 3

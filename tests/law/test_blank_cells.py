"""In rows given as JSON an empty text is an empty cell; an empty list is a list and nothing else."""

from typing import Any

import pytest

from brokering.law.errors import QuestionError
from brokering.management.commands import decide
from tests.law.golden import cases

ASKED = {"referral": None, **next(cases("choice_and_payer.toml")).question}
LISTS = ["accepted_issuers", "extra_requirements"]
CONDITIONS = ["form", "age_min", "age_max", "regime", "site", "required", "valid_from", "valid_to"]


def with_cell(name: str, value: Any) -> dict[str, Any]:
    row = {"region": "08", "care": ASKED["care"]["code"], name: value}
    return {**ASKED, "rules": {"rows": [row], "complete": []}}


@pytest.mark.parametrize("name", CONDITIONS)
def test_an_empty_list_is_no_condition_of_one_value(name: str) -> None:
    with pytest.raises(QuestionError) as refused:
        decide.answer(with_cell(name, []))
    assert (refused.value.code, refused.value.field) == ("invalid_value", f"rules.rows.0.{name}")


@pytest.mark.parametrize("name", [*CONDITIONS, *LISTS])
def test_an_empty_text_is_an_empty_cell(name: str) -> None:
    assert decide.answer(with_cell(name, ""))["home_requirement"] == "not_met"


@pytest.mark.parametrize("name", LISTS)
def test_an_empty_list_of_several_values_asks_for_nothing(name: str) -> None:
    asked = {
        **with_cell(name, []),
        "referral": {
            "issued_on": ASKED["on"],
            "issuer": "annan",
            "issuer_region": "08",
            "extras": [],
        },
    }
    assert decide.answer(asked)["home_requirement"] == "met"

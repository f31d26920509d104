"""`"rules": "database"` answers as the shipped rules do while the database holds those."""

from typing import Any

import pytest

from brokering.management.commands import decide
from tests.law.golden import Case, cases

SHIPPED = [
    case
    for file in ("choice_and_payer.toml", "remiss.toml")
    for case in cases(file)
    if "rules" not in case.question
]


@pytest.fixture(autouse=True)
def fresh_rules() -> None:
    decide.stored_rules.cache_clear()


def answer(case: Case, rules: str | None) -> dict[str, Any]:
    return decide.answer({"referral": None, **case.question, "rules": rules})


def test_stored_and_shipped_rules_give_one_answer(database: None) -> None:
    for case in SHIPPED:
        stored, shipped = answer(case, "database"), answer(case, None)
        assert stored == shipped, case.sentence

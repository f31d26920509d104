"""The named cases of the law, asked and answered in the form of `decide` and `clock`."""

from typing import Any

import pytest

from brokering.law import decision as law
from brokering.law.citations import Question
from brokering.law.clock import state
from brokering.law.clock_questions import read_clock
from brokering.law.questions import read_question
from brokering.management.commands import clock, decide
from brokering.selectors.shipped import catalogue
from tests.law.golden import Case, cases

DECISIONS = [*cases("choice_and_payer.toml"), *cases("remiss.toml")]
CLOCKS = list(cases("clocks.toml"))


@pytest.mark.parametrize("case", DECISIONS, ids=lambda case: case.sentence)
def test_decision(case: Case) -> None:
    asked = {"referral": None, "rules": None, **case.question}
    answered(case, decide.answer(asked))


@pytest.mark.parametrize("case", CLOCKS, ids=lambda case: case.sentence)
def test_clock(case: Case) -> None:
    answered(case, clock.answer(case.question))


@pytest.mark.parametrize("case", CLOCKS, ids=lambda case: case.sentence)
def test_every_reason_of_a_clock_is_about_the_guarantee(case: Case) -> None:
    told = state(read_clock(case.question, catalogue())).reasons
    assert {reason.question for reason in told} == {Question.GUARANTEE}


def answered(case: Case, answer: dict[str, Any]) -> None:
    assert {field: answer[field] for field in case.expect} == case.expect
    assert [reason["code"] for reason in answer["reasons"]] == list(case.reasons)
    for reason in answer["reasons"]:
        assert reason.keys() == {"code", "citation"}
        assert reason["citation"].keys() == {"kind", "law", "place", "as_of"}


@pytest.mark.parametrize("case", DECISIONS, ids=lambda case: case.sentence)
def test_every_question_is_answered_in_order(case: Case) -> None:
    asked = read_question({"referral": None, "rules": None, **case.question}, catalogue())
    reasons = law.decide(asked.facts, decide.rule_book(asked)).reasons
    assert list(dict.fromkeys(reason.question for reason in reasons)) == list(Question)


def test_every_case_has_a_source_and_a_sentence_of_its_own() -> None:
    sentences = [case.sentence for case in [*DECISIONS, *CLOCKS]]
    assert len(set(sentences)) == len(sentences)
    assert all(case.source for case in [*DECISIONS, *CLOCKS])

"""Single answers of the law, before they are put together."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import permutations
from pathlib import Path

import pytest

from brokering.law import parameters as law
from brokering.law.citations import Citation, CitationKind, Question, Reason
from brokering.law.clock import (
    ClockEvent,
    ClockEventType,
    ClockKind,
    ClockQuestion,
    ClockStart,
    state,
)
from brokering.law.codes import ReasonCode
from brokering.law.decision import decide
from brokering.law.duty import Outlook, trigger
from brokering.law.facts import CareFacts, CareForm, Facts, HospitalLevel, Route
from brokering.law.limits import Limit, answer_due, limit, regional_target
from brokering.law.parameters import parameter
from brokering.law.requirement import cite
from brokering.law.routes import Bookable, choice
from brokering.law.rulebook import RuleBook
from contracts.terms import Completeness, ReferralRule
from tests.law.test_explanation import EYES, ON, asked_of

START = date(2021, 1, 1)
PATHWAY = """
[brost]
label = "Standardiserat vårdförlopp, bröstcancer"
unit = "days"
[[brost.values]]
from = 2021-01-01
value = 28
kind = "practice"
law = "Regionens uppgift"
place = "ledtid"
source = "a made-up source"
checked = 2021-06-30
recorded = 2021-06-30
interpretation = true
"""


@pytest.fixture
def pathway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Beside the shipped figures, a region's limit of one cancer pathway."""
    for shipped in law.FOLDER.glob("*.toml"):
        (tmp_path / shipped.name).write_bytes(shipped.read_bytes())
    (tmp_path / "svf.toml").write_text(PATHWAY, encoding="utf-8")
    monkeypatch.setattr(law, "FOLDER", tmp_path)
    law.parameters.cache_clear()
    yield
    law.parameters.cache_clear()


def read(code: ReasonCode, name: str, on: date = START) -> Reason:
    value = parameter(name).at(on)
    return Reason(code, Question.GUARANTEE, value.citation, value.interpretation)


def test_a_pathway_that_a_region_supplies_has_its_limit(pathway: None) -> None:
    found = limit(ClockKind.SVF, ClockStart(pathway="brost"), START)
    reason = read(ReasonCode.CLOCK_LIMIT_NOT_STATUTORY, "svf.brost")
    assert (found.days, found.reasons) == (28, (reason,))
    assert found.reasons[0].interpretation


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (ClockKind.BESOK, ReasonCode.CLOCK_LIMIT),
        (ClockKind.TILLGANGLIGHET, ReasonCode.CLOCK_LIMIT_SAME_DAY),
        (ClockKind.BUP_NEXT, ReasonCode.CLOCK_LIMIT_NOT_STATUTORY),
    ],
)
def test_a_limit_cites_its_figure(kind: ClockKind, code: ReasonCode) -> None:
    value = parameter(f"clock.{kind.value}").at(START)
    reason = read(code, f"clock.{kind.value}")
    assert limit(kind, ClockStart(), START) == Limit(value.value, (reason,))


def test_a_target_and_an_answer_day_cite_their_figures_or_are_absent() -> None:
    target = read(ReasonCode.REGIONAL_TARGET_SHORTER, "regional.13_besok")
    assert regional_target(ClockKind.BESOK, "13", START) == Limit(60, (target,))
    assert regional_target(ClockKind.BESOK, "08", START) == Limit(None, ())
    assert regional_target(ClockKind.BESOK, "13", date(2017, 3, 31)) == Limit(None, ())
    answer = read(ReasonCode.ANSWER_WITHIN_14_DAYS, "clock.answer")
    assert answer_due(ClockKind.BESOK, START) == (date(2021, 1, 15), (answer,))
    assert answer_due(ClockKind.BEDOMNING, START) == (None, ())


RULE = ReferralRule(
    region="12",
    care="besok-hud",
    source="Region Skåne",
    text_sv="Remiss krävs.",
    checked=date(2021, 2, 28),
)


def test_a_rule_is_cited_with_its_source_its_words_and_its_day_of_check() -> None:
    assert cite(RULE, ON) == Citation(
        CitationKind.REGIONAL_RULE,
        "Region Skåne",
        "Remiss krävs.",
        date(2021, 2, 28),
        "Region Skåne",
    )
    bare = ReferralRule(region="12", care="besok-hud")
    assert cite(bare, ON) == Citation(
        CitationKind.REGIONAL_RULE, "Regionens remissregel", "region 12, besok-hud", ON, ""
    )


@pytest.mark.parametrize(
    ("declared", "citation"),
    [
        (
            Completeness(region="12", complete_from=START, source="Region Skåne"),
            ("Region Skåne", "region 12: alla krav angivna", START, "Region Skåne"),
        ),
        (
            Completeness(region="12"),
            ("Regionens remissregler", "region 12: alla krav angivna", ON, ""),
        ),
    ],
)
def test_a_declaration_is_cited_with_its_source_and_its_first_day(
    declared: Completeness, citation: tuple[str, str, date, str]
) -> None:
    [reason] = decide(asked_of(), RuleBook((), (declared,))).about(Question.HOME_REQUIREMENT)
    assert reason == Reason(
        ReasonCode.REMISS_NO_RULE,
        Question.HOME_REQUIREMENT,
        Citation(CitationKind.REGIONAL_RULE, *citation),
    )


LOCAL = asked_of(
    Route.INPATIENT_CHOICE,
    care=CareFacts("op-ogon", CareForm.INPATIENT, EYES.level, EYES.kind, None, HospitalLevel.LOCAL),
    need_approved_by_home=True,
)


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (asked_of(), Bookable.YES),
        (asked_of(Route.INPATIENT_CHOICE), Bookable.NO),
        (LOCAL, Bookable.YES),
    ],
)
def test_the_choice_alone_is_answered_before_any_remiss(asked: Facts, answer: Bookable) -> None:
    assert choice(asked).bookable == answer


def offered(day: int, **also: object) -> ClockEvent:
    kind = ClockEventType.DECLINED if "offer" in also else ClockEventType.REMOVED
    return ClockEvent(kind, START + timedelta(days=day), **also)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "ordered",
    [
        [offered(1, offer=None), offered(1, offer=START), offered(1, offer=ON)],
        [offered(1), offered(1, reason="Avliden"), offered(1, reason="flyttat")],
        [offered(1, offer=ON), offered(1), offered(2, offer=None), offered(2)],
    ],
)
def test_events_have_one_order_in_whatever_order_they_arrive(ordered: list[ClockEvent]) -> None:
    for arrived in permutations(ordered):
        assert sorted(arrived, key=lambda event: event.order) == ordered


def outlook(on: date, target: date | None = None) -> Outlook:
    return Outlook(on=on, lead_days=30, clinic_cannot=True, target_on=target)


@pytest.mark.parametrize(
    "pause", [ClockEventType.MEDICAL_PAUSE_START, ClockEventType.FREE_CHOICE_ELSEWHERE]
)
def test_a_target_date_alarms_nobody_while_the_clock_stands_still(pause: ClockEventType) -> None:
    clock = state(
        ClockQuestion(
            kind=ClockKind.BESOK,
            start=ClockStart(referral_issued_on=START),
            region="08",
            on=ON,
            events=(ClockEvent(pause, START),),
        )
    )
    assert trigger(clock, outlook(ON, target=START)) is None


def test_a_clock_without_a_limit_alarms_nobody() -> None:
    start = ClockStart(suspected_on=START, pathway="okänt")
    clock = state(ClockQuestion(kind=ClockKind.SVF, start=start, region="08", on=ON))
    assert trigger(clock, outlook(ON)) is None

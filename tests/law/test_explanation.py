"""Whatever an explanation says would change the answer does change it when the law is asked again."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokering.law.decision import Decision, decide
from brokering.law.explanation import Change, Explanation, Short, Step, explain
from brokering.law.facts import (
    CareFacts,
    CareForm,
    CareKind,
    CareLevel,
    ClinicFacts,
    Facts,
    Guarantee,
    PatientFacts,
    ReferralFacts,
    Route,
)
from brokering.law.otherwise import born
from brokering.law.questions import read_question
from brokering.law.rulebook import RuleBook
from brokering.selectors.shipped import catalogue, shipped_rules
from contracts.terms import Completeness, ReferralRule, Regime
from tests.law.examples import tried
from tests.law.test_decisions import facts

ON = date(2021, 6, 1)
RANK = ["no", "unknown", "approval", "yes"]
EYES = CareFacts("besok-ogon", CareForm.OPEN, CareLevel.SPECIALISED, CareKind.FIRST_VISIT, "ogon")
ALL_REGIONS = sorted(catalogue().regions)


@st.composite
def books(draw: st.DrawFn, asked: Facts) -> RuleBook:
    """The shipped rules, or invented ones that are about this very question."""
    days = st.none() | st.dates(date(2021, 1, 1), date(2022, 1, 1))
    ages = st.none() | st.integers(0, 90)
    region = st.sampled_from([asked.patient.home_region or "24", asked.clinic.care_region])
    row = st.builds(
        ReferralRule,
        region=region,
        care=st.just(asked.care.code),
        age_min=ages,
        age_max=ages,
        form=st.none() | st.sampled_from(["open", "inpatient"]),
        regime=st.none() | st.sampled_from(Regime),
        accepted_issuers=st.frozensets(st.sampled_from(["allmanlakare", "elevhalsa", "granne"])),
        extra_requirements=st.frozensets(st.sampled_from(["psykologbedomning", "rontgen"])),
        required=st.booleans(),
        valid_from=days,
        valid_to=days,
    )
    complete = st.builds(Completeness, region=region, complete_from=days, complete_to=days)
    invented = st.builds(
        RuleBook,
        st.lists(row, max_size=4).map(tuple),
        st.lists(complete, max_size=2).map(tuple),
    )
    return draw(st.just(shipped_rules()) | invented)


@st.composite
def questions(draw: st.DrawFn) -> tuple[Facts, RuleBook]:
    asked = draw(facts())
    return asked, draw(books(asked))


def explained(asked: Facts, rules: RuleBook) -> tuple[Decision, Explanation]:
    decision = decide(asked, rules)
    return decision, explain(asked, rules, decision)


def as_question(asked: Facts) -> dict[str, object]:
    """The question of the contract, written here once more and not borrowed from the law."""
    remiss, born_on = asked.referral, asked.patient.birth_date
    return {
        "on": str(asked.on),
        "route": asked.route.value,
        "patient": {
            "home_region": asked.patient.home_region,
            "responsibility": asked.patient.responsibility.value,
            "birth_date": None if born_on is None else str(born_on),
        },
        "care": {
            "code": asked.care.code,
            "form": asked.care.form.value,
            "level": asked.care.level.value,
            "kind": asked.care.kind.value,
            "hospital_level": asked.care.hospital_level,
            "immediate": asked.care.immediate,
        },
        "clinic": {
            "care_region": asked.clinic.care_region,
            "regime": asked.clinic.regime.value,
            "publicly_funded": asked.clinic.publicly_funded,
        },
        "referral": remiss
        and {
            "issued_on": str(remiss.issued_on),
            "issuer": remiss.issuer,
            "issuer_region": remiss.issuer_region,
            "extras": sorted(remiss.extras),
        },
        "need_approved_by_home": asked.need_approved_by_home,
        "guarantee": asked.guarantee,
        "rules": None,
    }


@tried(300)
@given(questions())
def test_what_is_said_to_change_the_answer_does(question: tuple[Facts, RuleBook]) -> None:
    asked, rules = question
    before, told = explained(asked, rules)
    for change in told.changes:
        said = change.as_json(asked)
        again = decide(read_question(as_question(asked) | said["with"], catalogue()).facts, rules)
        answer = again.as_json()
        assert {name: answer[name] for name in said.keys() & answer.keys()} == {
            name: said[name] for name in said.keys() & answer.keys()
        }
        changed = (again.bookable, again.guarantee_effect)
        assert changed != (before.bookable, before.guarantee_effect)


@tried(300)
@given(questions())
def test_only_an_age_may_change_it_for_the_worse(question: tuple[Facts, RuleBook]) -> None:
    before, told = explained(*question)
    for change in told.changes:
        if Step.KNOWN_AGE not in change.wish.steps:
            after = change.decision
            assert RANK.index(after.bookable) >= RANK.index(before.bookable)
            if after.bookable == before.bookable:
                assert (after.bookable, after.guarantee_effect) == ("yes", "runs")


@tried(200)
@given(questions(), st.sampled_from(ALL_REGIONS))
def test_any_issuer_named_in_any_region_will_do(
    question: tuple[Facts, RuleBook], region: str
) -> None:
    asked, rules = question
    for change in explained(asked, rules)[1].changes:
        remiss = change.wish.facts.referral
        if remiss is None or remiss == asked.referral:
            continue
        for issuer in change.wish.issuers or (remiss.issuer,):
            other = replace(remiss, issuer=issuer, issuer_region=region)
            again = decide(replace(change.wish.facts, referral=other), rules)
            assert again.bookable == change.decision.bookable


AGED = st.builds(
    ReferralRule,
    region=st.sampled_from(["01", "12"]),
    care=st.just("besok-ogon"),
    form=st.none() | st.just("open"),
    age_min=st.none() | st.integers(0, 90),
    age_max=st.none() | st.integers(0, 90),
    required=st.booleans(),
)


@tried(200)
@given(st.lists(AGED, min_size=1, max_size=5), st.integers(0, 110))
def test_every_age_of_a_span_gets_the_answer_of_the_span(
    rows: list[ReferralRule], age: int
) -> None:
    rules, asked = RuleBook(tuple(rows), (Completeness(region="12"),)), asked_of()
    decision, told = explained(asked, rules)
    known = replace(asked.patient, birth_date=born(age, asked.on))
    truth = decide(replace(asked, patient=known), rules)
    is_asked = any(reason.code == "remiss_age_unknown" for reason in decision.reasons)
    spans = [change for change in told.changes if holds(change, age)]
    assert len(spans) == (is_asked and truth.bookable != decision.bookable)
    assert all(change.decision.bookable == truth.bookable for change in spans)


def holds(change: Change, age: int) -> bool:
    if change.wish.ages is None:
        return False
    first, last = change.wish.ages
    return first <= age and (last is None or age <= last)


@tried(200)
@given(questions())
def test_the_short_answer_and_the_decision_agree(question: tuple[Facts, RuleBook]) -> None:
    decision, told = explained(*question)
    assert told.short.split("_")[0] == decision.bookable
    assert told.reasons == decision.reasons
    assert bool(told.lacking) or decision.bookable != "unknown"


@pytest.mark.parametrize("home", ALL_REGIONS)
@pytest.mark.parametrize("care", ["besok-hud", "besok-ogon"])
def test_a_missing_remiss_alone_is_always_mended_by_one(home: str, care: str) -> None:
    clinic = ClinicFacts("24" if home == "08" else "08", Regime.OWN)
    asked = asked_of(
        patient=PatientFacts(home), clinic=clinic, care=replace(EYES, code=care, area=None)
    )
    decision, told = explained(asked, shipped_rules())
    needed = {decision.home_requirement, decision.care_requirement}
    if "not_met" in needed and "unknown" not in needed:
        opened = [change.wish.steps for change in told.changes if change.decision.bookable == "yes"]
        assert (Step.REMISS_FROM_ANY_REGION,) in opened


def asked_of(route: Route = Route.FREE_CHOICE, **also: object) -> Facts:
    return replace(
        Facts(ON, route, PatientFacts("12"), EYES, ClinicFacts("01", Regime.OWN)), **also
    )


def rule(**also: object) -> RuleBook:
    row = ReferralRule(region="01", care="besok-ogon", **also)  # type: ignore[arg-type]
    return RuleBook((row,), (Completeness(region="01"), Completeness(region="12")))


def steps(asked: Facts, rules: RuleBook) -> dict[tuple[str, ...], str]:
    changes = explained(asked, rules)[1].changes
    return {change.wish.steps: change.decision.bookable.value for change in changes}


def test_a_remiss_from_anywhere_or_ones_own_region_opens_the_door() -> None:
    assert steps(asked_of(), rule()) == {
        (Step.REMISS_FROM_ANY_REGION,): "yes",
        (Step.OWN_REGION_CLINIC,): "yes",
    }


def test_the_accepted_issuers_and_what_must_be_enclosed_are_named() -> None:
    rules = rule(
        accepted_issuers=frozenset({"elevhalsa", "specialistlakare"}),
        extra_requirements=frozenset({"psykologbedomning"}),
    )
    asked = asked_of(referral=ReferralFacts(ON, "allmanlakare", "12"))
    wish = explained(asked, rules)[1].changes[0].wish
    assert wish.steps == (Step.REMISS_FROM_ACCEPTED_ISSUER, Step.REMISS_WITH_EXTRAS)
    assert wish.issuers == ("specialistlakare", "elevhalsa")
    assert wish.extras == ("psykologbedomning",)


def test_a_rule_that_ends_is_a_day_to_wait_for() -> None:
    changes = explained(asked_of(), rule(valid_to=date(2021, 8, 31)))[1].changes
    days = [c.wish.facts.on for c in changes if c.wish.steps == (Step.LATER_DATE,)]
    assert days == [date(2021, 9, 1)]


def test_a_running_guarantee_is_kept_when_the_region_arranges_the_care() -> None:
    asked = asked_of(guarantee=Guarantee.BESOK)
    decision, told = explained(asked, rule(required=False))
    assert (decision.bookable, told.short) == ("yes", Short.YES_GUARANTEE_STOPS)
    kept = {change.wish.steps: change.decision.guarantee_effect for change in told.changes}
    assert kept == {(Step.REGION_ARRANGES,): "runs", (Step.OWN_REGION_CLINIC,): "runs"}


def test_no_region_arranges_care_for_which_its_own_remiss_is_missing() -> None:
    rules = RuleBook((ReferralRule(region="12", care="besok-ogon"),), (Completeness(region="01"),))
    assert (Step.REGION_ARRANGES,) not in steps(asked_of(guarantee=Guarantee.BESOK), rules)


def test_inpatient_care_needs_approval_and_may_need_remiss_too() -> None:
    care = replace(EYES, form=CareForm.INPATIENT, hospital_level="local")
    asked = asked_of(Route.INPATIENT_CHOICE, care=care)
    assert steps(asked, rule(form="inpatient")) == {
        (Step.REMISS_FROM_ANY_REGION,): "approval",
        (Step.OWN_REGION_CLINIC,): "yes",
    }
    assert steps(asked, rule(required=False)) == {
        (Step.APPROVAL_BY_HOME_REGION,): "yes",
        (Step.OWN_REGION_CLINIC,): "yes",
    }


def test_a_clinic_and_papers_go_together_where_neither_is_enough() -> None:
    asked = asked_of(clinic=ClinicFacts("01", Regime.PRIVATE))
    rules = RuleBook((*rule().rows, ReferralRule(region="12", care="besok-ogon")), ())
    assert steps(asked, rules) == {
        (Step.CLINIC_WITH_AGREEMENT, Step.REMISS_FROM_ANY_REGION): "yes",
        (Step.OWN_REGION_CLINIC, Step.REMISS_FROM_ANY_REGION): "yes",
    }


def test_immediate_care_is_never_talked_around() -> None:
    asked = asked_of(care=replace(EYES, immediate=True), guarantee=Guarantee.BESOK)
    assert explained(asked, rule())[1].changes == ()


@pytest.mark.parametrize(("age", "on"), [(5, date(2024, 2, 29)), (4, date(2024, 2, 29)), (0, ON)])
def test_a_birth_date_made_of_an_age_gives_that_age(age: int, on: date) -> None:
    assert PatientFacts("01", birth_date=born(age, on)).age(on) == age


def test_where_two_regions_accept_no_common_issuer_a_remiss_opens_ones_own_region_only() -> None:
    home, care = (
        ReferralRule(region=region, care="besok-ogon", accepted_issuers=frozenset({issuer}))
        for region, issuer in (("12", "elevhalsa"), ("01", "specialistlakare"))
    )
    assert steps(asked_of(), RuleBook((home, care))) == {
        (Step.OWN_REGION_CLINIC, Step.REMISS_FROM_ACCEPTED_ISSUER): "yes",
    }


def test_an_explanation_in_the_api_tells_reasons_and_changes_in_their_order() -> None:
    told = explained(asked_of(), rule())[1]
    answer = told.as_json()
    assert answer["short"] == told.short.value
    assert [reason["code"] for reason in answer["reasons"]] == [r.code.value for r in told.reasons]
    assert all(reason["citation"]["place"] for reason in answer["reasons"])
    assert [change["steps"] for change in answer["changes"]] == [
        [step.value for step in change.wish.steps] for change in told.changes
    ]

"""What could be otherwise is proposed whole: these steps, with these facts, and no others."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from brokering.law.decision import decide
from brokering.law.facts import (
    CareForm,
    CareKind,
    ClinicFacts,
    Facts,
    Guarantee,
    Issuer,
    PatientFacts,
    ReferralFacts,
    Route,
)
from brokering.law.otherwise import (
    Step,
    Wish,
    later_days,
    other_facts,
    other_papers,
    regions_asked,
)
from brokering.law.rulebook import RuleBook
from contracts.terms import Completeness, ReferralRule, Regime
from tests.law.test_explanation import EYES, ON, asked_of

DAY = timedelta(days=1)
BOTH = (Completeness(region="01"), Completeness(region="12"))
LISTED = frozenset({"elevhalsa", "specialistlakare"})
ENCLOSED = frozenset({"audiogram"})


def row(**also: object) -> ReferralRule:
    return ReferralRule(**{"region": "01", "care": "besok-ogon", **also})  # type: ignore[arg-type]


def papers(asked: Facts, *rows: ReferralRule) -> list[Wish]:
    rules = RuleBook(rows, BOTH)
    return list(other_papers(asked, rules, decide(asked, rules)))


def others(asked: Facts, *rows: ReferralRule) -> list[Wish]:
    rules = RuleBook(rows, BOTH)
    return list(other_facts(asked, rules, decide(asked, rules)))


def days(asked: Facts, *rows: ReferralRule, complete: tuple[Completeness, ...] = ()) -> list[date]:
    wishes = list(later_days(asked, RuleBook(rows, complete)))
    assert wishes == [
        Wish(steps=(Step.LATER_DATE,), facts=replace(asked, on=wish.facts.on)) for wish in wishes
    ]
    return [wish.facts.on for wish in wishes]


def by(issuer: str, *extras: str) -> ReferralFacts:
    return ReferralFacts(date(2021, 5, 1), issuer, "08", frozenset(extras))


ANY = (Step.REMISS_FROM_ANY_REGION,)
ISSUER = (Step.REMISS_FROM_ACCEPTED_ISSUER,)
EXTRAS = (Step.REMISS_WITH_EXTRAS,)
REMISSES = [
    (
        "None yet, and anyone may issue it: in the home region, by a general practitioner",
        None,
        row(),
        (ANY, ReferralFacts(ON, Issuer.ALLMANLAKARE, "12"), (), ()),
    ),
    (
        "None yet, and some may issue it: the first of them in the order of issuers",
        None,
        row(accepted_issuers=LISTED),
        (
            ISSUER,
            ReferralFacts(ON, Issuer.SPECIALISTLAKARE, "12"),
            (Issuer.SPECIALISTLAKARE, Issuer.ELEVHALSA),
            (),
        ),
    ),
    (
        "None yet, and something must be enclosed",
        None,
        row(extra_requirements=ENCLOSED),
        (
            (*ANY, *EXTRAS),
            ReferralFacts(ON, Issuer.ALLMANLAKARE, "12", ENCLOSED),
            (),
            ("audiogram",),
        ),
    ),
    (
        "By one who is not accepted: another issuer, the rest as it is",
        by("granne", "audiogram", "rontgen"),
        row(accepted_issuers=LISTED, extra_requirements=ENCLOSED),
        (
            ISSUER,
            by(Issuer.SPECIALISTLAKARE, "audiogram", "rontgen"),
            (Issuer.SPECIALISTLAKARE, Issuer.ELEVHALSA),
            (),
        ),
    ),
    (
        "By one who is accepted: the issuer stays",
        by(Issuer.ELEVHALSA, "rontgen"),
        row(accepted_issuers=LISTED, extra_requirements=frozenset({"b", "a"})),
        (EXTRAS, by(Issuer.ELEVHALSA, "rontgen", "a", "b"), (), ("a", "b")),
    ),
    (
        "By anyone at all: the issuer stays",
        by("granne"),
        row(extra_requirements=ENCLOSED),
        (EXTRAS, by("granne", "audiogram"), (), ("audiogram",)),
    ),
]


@pytest.mark.parametrize(
    ("remiss", "rule", "wished"), [one[1:] for one in REMISSES], ids=[one[0] for one in REMISSES]
)
def test_a_remiss_is_mended_no_more_than_the_rule_asks(
    remiss: ReferralFacts | None, rule: ReferralRule, wished: tuple
) -> None:
    steps, after, issuers, extras = wished
    asked = asked_of(referral=remiss)
    assert papers(asked, rule) == [
        Wish(steps=steps, facts=replace(asked, referral=after), issuers=issuers, extras=extras)
    ]


def test_one_remiss_meets_the_rules_of_both_regions() -> None:
    rules = (
        row(accepted_issuers=LISTED, extra_requirements=frozenset({"a"})),
        row(region="12", accepted_issuers=frozenset({"elevhalsa"}), extra_requirements=ENCLOSED),
    )
    [wish] = papers(asked_of(), *rules)
    assert wish.issuers == (Issuer.ELEVHALSA,)
    assert wish.extras == ("a", "audiogram")


@pytest.mark.parametrize(
    "remiss", [None, by("allmanlakare"), replace(by("allmanlakare"), issued_on=ON + DAY)]
)
def test_no_remiss_is_proposed_where_none_lacks_anything(remiss: ReferralFacts | None) -> None:
    assert papers(asked_of(referral=remiss), *([row()] if remiss else [])) == []


def test_approval_is_proposed_for_inpatient_choice_that_has_none() -> None:
    care = replace(EYES, form=CareForm.INPATIENT)
    asked = asked_of(Route.INPATIENT_CHOICE, care=care)
    approved = replace(asked, need_approved_by_home=True)
    assert papers(asked) == [Wish(steps=(Step.APPROVAL_BY_HOME_REGION,), facts=approved)]
    assert papers(approved) == []


def at_home(asked: Facts) -> Wish:
    own = replace(asked, route=Route.OWN_REGION, clinic=ClinicFacts("12", Regime.OWN))
    return Wish(steps=(Step.OWN_REGION_CLINIC,), facts=own)


PRIVATE = ClinicFacts("01", Regime.PRIVATE, "Eken", publicly_funded=False)
UNPAID = ClinicFacts("01", Regime.LOV, "Eken", publicly_funded=False)


@pytest.mark.parametrize(("clinic", "regime"), [(PRIVATE, Regime.OWN), (UNPAID, Regime.LOV)])
def test_a_clinic_outside_the_marketplace_could_have_an_agreement(
    clinic: ClinicFacts, regime: Regime
) -> None:
    asked = asked_of(clinic=clinic)
    agreed = replace(asked, clinic=ClinicFacts("01", regime, "Eken", publicly_funded=True))
    assert others(asked) == [
        Wish(steps=(Step.CLINIC_WITH_AGREEMENT,), facts=agreed),
        at_home(asked),
    ]


def test_one_who_is_at_home_or_has_no_region_is_not_sent_to_the_own_region() -> None:
    home = asked_of(Route.OWN_REGION, clinic=ClinicFacts("12", Regime.OWN))
    assert others(home) == []
    assert others(asked_of(patient=PatientFacts(None))) == []


def test_the_region_could_arrange_what_it_guarantees() -> None:
    asked = asked_of(guarantee=Guarantee.BEHANDLING)
    rerouted = replace(asked, route=Route.GUARANTEE_REROUTE)
    arranged = Wish(steps=(Step.REGION_ARRANGES,), facts=rerouted)
    assert others(asked) == [at_home(asked), arranged]
    assert others(rerouted) == [at_home(rerouted)]


def test_inpatient_care_is_reached_by_agreement_and_open_care_by_free_choice() -> None:
    admitted = asked_of(care=replace(EYES, form=CareForm.INPATIENT))
    agreed = replace(admitted, route=Route.INPATIENT_CHOICE, need_approved_by_home=True)
    by_agreement = Wish(steps=(Step.INPATIENT_BY_AGREEMENT,), facts=agreed)
    assert others(admitted) == [at_home(admitted), by_agreement]
    assert others(agreed) == [at_home(agreed)]
    visit = asked_of(Route.INPATIENT_CHOICE)
    free = Wish(steps=(Step.FREE_CHOICE,), facts=asked_of())
    assert others(visit) == [at_home(visit), free]


def test_later_days_are_those_on_which_a_rule_in_question_turns() -> None:
    turning = [
        row(valid_from=date(2021, 9, 1), valid_to=date(2021, 9, 30)),
        row(region="12", valid_from=ON, valid_to=ON),
        row(region="08", valid_from=date(2021, 9, 2)),
        row(care="besok-hud", valid_from=date(2021, 9, 3)),
        row(valid_to=date.max),
    ]
    declared = (
        Completeness(region="12", complete_from=date(2021, 7, 1), complete_to=date(2021, 7, 31)),
        Completeness(region="08", complete_from=date(2021, 7, 2)),
    )
    assert days(asked_of(), *turning, complete=declared) == [
        date(2021, 6, 2),
        date(2021, 7, 1),
        date(2021, 8, 1),
        date(2021, 9, 1),
        date(2021, 10, 1),
    ]


def test_the_day_on_which_the_remiss_is_issued_is_a_later_day() -> None:
    later = replace(by("allmanlakare"), issued_on=ON + DAY)
    assert days(asked_of(referral=later)) == [ON + DAY]
    assert days(asked_of(referral=replace(later, issued_on=ON))) == []


def ages(asked: Facts, *rows: ReferralRule) -> list[tuple[tuple[int, int | None], date]]:
    found = [wish for wish in others(asked, *rows) if wish.steps == (Step.KNOWN_AGE,)]
    return [(wish.ages, wish.facts.patient.birth_date) for wish in found]


def test_every_span_of_ages_between_the_bounds_in_force_is_tried_on_its_first_age() -> None:
    rules = (
        row(age_min=18, age_max=64),
        row(region="12", age_min=2, required=False),
        row(region="08", age_min=7),
        row(care="besok-hud", age_min=8),
        row(age_min=9, valid_from=ON + DAY),
    )
    assert ages(asked_of(), *rules) == [
        ((0, 1), date(2021, 6, 1)),
        ((2, 17), date(2019, 6, 1)),
        ((18, 64), date(2003, 6, 1)),
        ((65, None), date(1956, 6, 1)),
    ]


def test_an_age_changes_the_patients_birth_date_and_nothing_else() -> None:
    asked = asked_of()
    found = [wish for wish in others(asked, row(age_min=18)) if wish.ages == (18, None)]
    patient = PatientFacts("12", birth_date=date(2003, 6, 1))
    assert [wish.facts for wish in found] == [replace(asked, patient=patient)]


def test_an_age_that_nobody_can_have_is_not_tried() -> None:
    bounds = [((0, None), date(2021, 6, 1))]
    assert ages(asked_of(), row(age_min=2021)) == bounds
    assert [span for span, _ in ages(asked_of(), row(age_min=2020))] == [(0, 2019), (2020, None)]


def test_a_known_age_or_a_rule_without_ages_leaves_no_age_to_try() -> None:
    known = asked_of(patient=PatientFacts("12", birth_date=date(1990, 1, 1)))
    assert ages(known, row(age_min=18)) == []
    assert ages(asked_of(), row()) == []


@pytest.mark.parametrize(
    ("home", "regions"), [("12", ("12", "01")), ("01", ("01",)), (None, ("01",))]
)
def test_the_regions_in_question_are_the_two_the_home_region_first(
    home: str | None, regions: tuple[str, ...]
) -> None:
    assert regions_asked(asked_of(patient=PatientFacts(home))) == regions


def test_a_medical_service_asks_for_a_remiss_from_anyone() -> None:
    service = replace(EYES, code="ms-rontgen", kind=CareKind.MEDICAL_SERVICE)
    [wish] = papers(asked_of(care=service))
    assert (wish.steps, wish.issuers) == (ANY, ())

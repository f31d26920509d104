"""The decision: the four questions put together, with a reason and a citation for each answer."""

from dataclasses import dataclass
from typing import Any

from brokering.law.citations import Question, Reason
from brokering.law.facts import Facts
from brokering.law.payer import Payer, payer
from brokering.law.requirement import Requirement, care_requirement, home_requirement
from brokering.law.routes import (
    Bookable,
    Choice,
    ExtraCost,
    GuaranteeEffect,
    MustReceive,
    Travel,
    check_route,
    choice,
    extra_cost,
    guarantee_effect,
    must_receive,
    travel,
)
from brokering.law.rulebook import RuleBook


@dataclass(frozen=True)
class Decision:
    """What the law says of one booking; every answer has at least one reason."""

    bookable: Bookable
    must_receive: MustReceive
    payer: Payer
    payer_region: str | None
    home_requirement: Requirement
    care_requirement: Requirement
    guarantee_effect: GuaranteeEffect
    travel: Travel
    patient_extra_cost: ExtraCost
    reasons: tuple[Reason, ...]

    def about(self, question: Question) -> tuple[Reason, ...]:
        """The reasons that answer one question, in order."""
        return tuple(reason for reason in self.reasons if reason.question == question)

    def as_json(self) -> dict[str, Any]:
        """The decision in the contract's form."""
        return {
            "bookable": self.bookable.value,
            "must_receive": self.must_receive.value,
            "payer": self.payer.value,
            "payer_region": self.payer_region,
            "home_requirement": self.home_requirement.value,
            "care_requirement": self.care_requirement.value,
            "guarantee_effect": self.guarantee_effect.value,
            "travel": self.travel.value,
            "patient_extra_cost": self.patient_extra_cost.value,
            "reasons": [reason.as_json() for reason in self.reasons],
        }


def decide(facts: Facts, rules: RuleBook) -> Decision:
    """Answer the four questions on these facts and rules; raises RouteMismatch."""
    check_route(facts)
    chosen = choice(facts)
    received, on_reception = must_receive(facts)
    home = home_requirement(facts, rules)
    care = care_requirement(facts, rules)
    bill = payer(facts, home.requirement)
    effect, on_guarantee = guarantee_effect(facts)
    journey, on_travel = travel(facts)
    cost, on_cost = extra_cost(facts)
    return Decision(
        bookable=bookable(chosen, home.requirement, care.requirement),
        must_receive=received,
        payer=bill.payer,
        payer_region=payer_region(facts, bill.payer),
        home_requirement=home.requirement,
        care_requirement=care.requirement,
        guarantee_effect=effect,
        travel=journey,
        patient_extra_cost=cost,
        reasons=(
            *chosen.reasons,
            *on_reception,
            *home.reasons,
            *care.reasons,
            *bill.reasons,
            *on_guarantee,
            *on_travel,
            *on_cost,
        ),
    )


def bookable(chosen: Choice, home: Requirement, care: Requirement) -> Bookable:
    """No before approval before unknown before yes."""
    asked = (home, care)
    if chosen.bookable == Bookable.NO or Requirement.NOT_MET in asked:
        return Bookable.NO
    if chosen.bookable == Bookable.APPROVAL:
        return Bookable.APPROVAL
    if chosen.bookable == Bookable.UNKNOWN or Requirement.UNKNOWN in asked:
        return Bookable.UNKNOWN
    return Bookable.YES


def payer_region(facts: Facts, who: Payer) -> str | None:
    """The region that bears the cost, where a region does."""
    if who == Payer.HOME_REGION:
        return facts.patient.home_region
    return facts.clinic.care_region if who == Payer.CARE_REGION else None

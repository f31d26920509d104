"""May the patient choose this care there, must the region receive, and what follows from the route?"""

from dataclasses import dataclass
from functools import cache

from brokering.law.citations import Question, Reason, why
from brokering.law.codes import ReasonCode
from brokering.law.errors import RouteMismatch
from brokering.law.facts import CareForm, Facts, HospitalLevel, Route
from brokering.law.words import Word


class Bookable(Word):
    """Whether the booking may be made; `approval` where the home region must approve first."""

    YES = "yes"
    NO = "no"
    APPROVAL = "approval"
    UNKNOWN = "unknown"


class MustReceive(Word):
    """Whether the care region owes the patient this care."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class GuaranteeEffect(Word):
    """What the booking does to the guarantee clock at home."""

    RUNS = "runs"
    EXCLUDED = "excluded"
    NONE = "none"
    UNSETTLED = "unsettled"


class Travel(Word):
    """By whose rules the journey is paid."""

    PATIENT = "patient"
    HOME_REGION_RULES = "home_region_rules"
    OWN_REGION_RULES = "own_region_rules"


class ExtraCost(Word):
    """Whether the route may cost the patient more than care at home."""

    NONE = "none"
    POSSIBLE = "possible"


@dataclass(frozen=True)
class Choice:
    """Whether the route is open to this care, before any question of remiss."""

    bookable: Bookable
    reasons: tuple[Reason, ...]


def check_route(facts: Facts) -> None:
    """Raise RouteMismatch where the route contradicts the regions; a reroute is valid in both."""
    if facts.patient.home_region is None:
        return
    if facts.route == Route.OWN_REGION and not facts.is_home:
        raise RouteMismatch("own_region needs a clinic that works for the home region")
    if facts.route in (Route.FREE_CHOICE, Route.INPATIENT_CHOICE) and facts.is_home:
        raise RouteMismatch(f"{facts.route.value} needs another care region than the home region")


def is_valid_reroute(facts: Facts) -> bool:
    """9 kap. 2 § HSL: the home region's own act, for one of its two guarantees, in publicly paid care."""
    return (
        facts.route == Route.GUARANTEE_REROUTE
        and facts.guarantee is not None
        and facts.patient.home_region is not None
        and not facts.care.immediate
        and not facts.outside_marketplace
    )


def choice(facts: Facts) -> Choice:
    """Question 1: may the patient choose this care there (9 kap. 1 § patientlagen, Riksavtalet)?"""
    refusals = tuple(why(code, Question.CHOICE) for code in _refusals(facts))
    if refusals:
        return Choice(Bookable.NO, refusals)
    return _OPEN_ROUTES[facts.route](facts)


def _refusals(facts: Facts) -> list[ReasonCode]:
    found = []
    if facts.outside_marketplace:
        found.append(ReasonCode.OUTSIDE_MARKETPLACE)
    if facts.care.immediate:
        found.append(ReasonCode.IMMEDIATE_CARE_NOT_BROKERED)
    return found + _ROUTE_REFUSALS[facts.route](facts)


def _own_region_refusals(facts: Facts) -> list[ReasonCode]:
    """8 kap. 1 § HSL names those whom the region is responsible for."""
    return [ReasonCode.HOME_REGION_MISSING] if facts.patient.home_region is None else []


def _reroute_refusals(facts: Facts) -> list[ReasonCode]:
    """9 kap. 2 § HSL covers the visit and treatment guarantees only, and a home region's duty."""
    missing = [ReasonCode.REROUTE_NEEDS_GUARANTEE] if facts.guarantee is None else []
    return missing + _own_region_refusals(facts)


def _free_choice_refusals(facts: Facts) -> list[ReasonCode]:
    """9 kap. 1 § patientlagen covers open care only."""
    inpatient = facts.care.form == CareForm.INPATIENT
    return [ReasonCode.INPATIENT_NOT_IN_FREE_CHOICE] if inpatient else []


def _inpatient_refusals(facts: Facts) -> list[ReasonCode]:
    """Riksavtalet covers inpatient care within länssjukvården only."""
    if facts.care.form == CareForm.OPEN:
        return [ReasonCode.OPEN_CARE_NOT_IN_INPATIENT_CHOICE]
    known = facts.care.hospital_level
    if known is not None and known != HospitalLevel.LOCAL:
        return [ReasonCode.HOSPITAL_LEVEL_NOT_LOCAL]
    return []


def _inpatient_choice(facts: Facts) -> Choice:
    """Missing approval outranks an unknown hospital level."""
    by_agreement = why(ReasonCode.INPATIENT_CHOICE_BY_AGREEMENT, Question.CHOICE)
    if not facts.need_approved_by_home:
        missing = why(ReasonCode.APPROVAL_MISSING, Question.CHOICE)
        return Choice(Bookable.APPROVAL, (missing, by_agreement))
    if facts.care.hospital_level is None:
        unknown = why(ReasonCode.HOSPITAL_LEVEL_UNKNOWN, Question.CHOICE)
        return Choice(Bookable.UNKNOWN, (unknown, by_agreement))
    return Choice(Bookable.YES, (by_agreement,))


_ROUTE_REFUSALS = {
    Route.OWN_REGION: _own_region_refusals,
    Route.FREE_CHOICE: _free_choice_refusals,
    Route.GUARANTEE_REROUTE: _reroute_refusals,
    Route.INPATIENT_CHOICE: _inpatient_refusals,
}


@cache
def _yes(code: ReasonCode) -> Choice:
    return Choice(Bookable.YES, (why(code, Question.CHOICE),))


_OPEN_ROUTES = {
    Route.OWN_REGION: lambda facts: _yes(ReasonCode.OWN_REGION_CARE),
    Route.FREE_CHOICE: lambda facts: _yes(ReasonCode.FREE_CHOICE_OPEN_CARE),
    Route.GUARANTEE_REROUTE: lambda facts: _yes(ReasonCode.REGION_ARRANGES_CARE),
    Route.INPATIENT_CHOICE: _inpatient_choice,
}


def must_receive(facts: Facts) -> tuple[MustReceive, tuple[Reason, ...]]:
    """Question 2: must the care region receive the patient (8 kap. 1, 3 and 4 §§ HSL)?"""
    if facts.outside_marketplace:
        return MustReceive.NO, _received(ReasonCode.RECEPTION_OUTSIDE_MARKETPLACE)
    if facts.care.immediate:
        return MustReceive.YES, _received(ReasonCode.RECEPTION_IMMEDIATE_CARE)
    if facts.is_home:
        return MustReceive.YES, _received(ReasonCode.RECEPTION_OWN_REGION)
    if facts.care.form == CareForm.INPATIENT:
        return MustReceive.NO, _received(ReasonCode.RECEPTION_INPATIENT_NO_DUTY)
    return MustReceive.YES, _received(
        ReasonCode.RECEPTION_OPEN_CARE,
        ReasonCode.NEED_DECIDES_ORDER,
        ReasonCode.VISITOR_HAS_SAME_RIGHTS,
    )


@cache
def _received(*codes: ReasonCode) -> tuple[Reason, ...]:
    return tuple(why(code, Question.RECEPTION) for code in codes)


def guarantee_effect(facts: Facts) -> tuple[GuaranteeEffect, tuple[Reason, ...]]:
    """What happens to the guarantee (6 kap. 2 § HSF); follows the route also where nothing is bookable."""
    if facts.outside_marketplace:
        return GuaranteeEffect.NONE, _of_guarantee(ReasonCode.GUARANTEE_OUTSIDE_MARKETPLACE)
    if facts.guarantee is None:
        return GuaranteeEffect.NONE, _of_guarantee(ReasonCode.GUARANTEE_NOT_FOR_THIS_CARE)
    effect, codes = _GUARANTEE[facts.route]
    return effect, _of_guarantee(*codes)


@cache
def _of_guarantee(*codes: ReasonCode) -> tuple[Reason, ...]:
    return tuple(why(code, Question.GUARANTEE) for code in codes)


_GUARANTEE = {
    Route.OWN_REGION: (GuaranteeEffect.RUNS, (ReasonCode.GUARANTEE_RUNS_OWN_REGION,)),
    Route.FREE_CHOICE: (
        GuaranteeEffect.EXCLUDED,
        (ReasonCode.GUARANTEE_EXCLUDED_BY_FREE_CHOICE, ReasonCode.NO_GUARANTEE_IN_CARE_REGION),
    ),
    Route.GUARANTEE_REROUTE: (GuaranteeEffect.RUNS, (ReasonCode.GUARANTEE_RUNS_ON_REROUTE,)),
    Route.INPATIENT_CHOICE: (
        GuaranteeEffect.UNSETTLED,
        (ReasonCode.GUARANTEE_UNSETTLED_INPATIENT,),
    ),
}


def travel(facts: Facts) -> tuple[Travel, tuple[Reason, ...]]:
    """By whose rules the journey is paid (prop. 2013/14:106 p. 89; Riksavtalet; the region's rules)."""
    return _TRAVEL[facts.route]


_TRAVEL = {
    Route.OWN_REGION: (
        Travel.OWN_REGION_RULES,
        (why(ReasonCode.TRAVEL_OWN_REGION_RULES, Question.TRAVEL),),
    ),
    Route.FREE_CHOICE: (
        Travel.PATIENT,
        (why(ReasonCode.TRAVEL_BY_PATIENT_FREE_CHOICE, Question.TRAVEL),),
    ),
    Route.GUARANTEE_REROUTE: (
        Travel.HOME_REGION_RULES,
        (why(ReasonCode.TRAVEL_HOME_REGION_RULES, Question.TRAVEL),),
    ),
    Route.INPATIENT_CHOICE: (
        Travel.PATIENT,
        (why(ReasonCode.TRAVEL_BY_PATIENT_INPATIENT, Question.TRAVEL),),
    ),
}


def extra_cost(facts: Facts) -> tuple[ExtraCost, tuple[Reason, ...]]:
    """Whether the route may cost the patient more than care at home (9 kap. 2 § HSL: a reroute never)."""
    return _EXTRA_COST[facts.route]


_EXTRA_COST = {
    Route.OWN_REGION: (ExtraCost.NONE, (why(ReasonCode.NO_EXTRA_COST_OWN_REGION, Question.COST),)),
    Route.FREE_CHOICE: (
        ExtraCost.POSSIBLE,
        (why(ReasonCode.EXTRA_COST_BY_FREE_CHOICE, Question.COST),),
    ),
    Route.GUARANTEE_REROUTE: (
        ExtraCost.NONE,
        (why(ReasonCode.NO_EXTRA_COST_ON_REROUTE, Question.COST),),
    ),
    Route.INPATIENT_CHOICE: (
        ExtraCost.POSSIBLE,
        (why(ReasonCode.EXTRA_COST_BY_INPATIENT_CHOICE, Question.COST),),
    ),
}

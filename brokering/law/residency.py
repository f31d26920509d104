"""Sprututbyte: residence as a dated property of a service that free choice does not reach."""

from dataclasses import dataclass
from datetime import date

from brokering.law.citations import Question, Reason, why
from brokering.law.codes import ReasonCode
from brokering.law.facts import PatientFacts
from brokering.law.parameters import parameter
from brokering.law.payer import Payer


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """A visit to exchange syringes; `home_has_permit` is whether the home region runs a programme."""

    on: date
    patient: PatientFacts
    home_has_permit: bool
    is_personal: bool = True
    returns_used: bool = True
    has_special_reasons: bool = False


@dataclass(frozen=True)
class Admission:
    """Whether the person may take part, who pays, and why."""

    allowed: bool
    payer: Payer
    reasons: tuple[Reason, ...]


def may_exchange(visit: Exchange) -> Admission:
    """Age, a personal visit, used syringes returned, and residence while it is required.

    Raises NotInForce before the first rule that is recorded.
    """
    faults = [*_faults(visit), *_residence_fault(visit)]
    if faults:
        return Admission(False, Payer.UNDECIDED, tuple(faults))
    return Admission(True, Payer.HOME_REGION, (_residence_reason(visit),))


def _faults(visit: Exchange) -> list[Reason]:
    least = parameter("sprututbyte.least_age").at(visit.on)
    age = visit.patient.age(visit.on)
    faults = []
    if age is None or age < least.value:
        faults.append(Reason(ReasonCode.EXCHANGE_AGE, Question.CHOICE, least.citation))
    if not visit.is_personal:
        faults.append(why(ReasonCode.EXCHANGE_PERSONAL_VISIT, Question.CHOICE))
    if not visit.returns_used and not visit.has_special_reasons:
        faults.append(why(ReasonCode.EXCHANGE_RETURN_USED, Question.CHOICE))
    return faults


def _residence_fault(visit: Exchange) -> list[Reason]:
    """A rule on residence that is lifted leaves the home region to pay (proposal)."""
    required = parameter("sprututbyte.residence_required").at(visit.on).value
    return [_residence_reason(visit)] if required and not visit.home_has_permit else []


def _residence_reason(visit: Exchange) -> Reason:
    rule = parameter("sprututbyte.residence_required").at(visit.on)
    code = ReasonCode.EXCHANGE_RESIDENCE if rule.value else ReasonCode.EXCHANGE_OPEN_TO_ALL
    return Reason(code, Question.CHOICE, rule.citation)

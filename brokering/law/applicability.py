"""Does the guarantee cover this care at all (6 kap. 1 § HSF, 1177), and does the region differ?"""

from dataclasses import dataclass
from datetime import date

from brokering.law.citations import Question, Reason, why
from brokering.law.codes import ReasonCode
from brokering.law.errors import NotInForce
from brokering.law.facts import CareFacts
from brokering.law.parameters import Value, parameter, parameters


@dataclass(frozen=True)
class Applicability:
    """The guarantee of a care; None where there is none, and then perhaps a region's own target in days."""

    guarantee: str | None
    regional_days: int | None
    reasons: tuple[Reason, ...]


def applicability(care: CareFacts, listed: str | None, region: str, on: date) -> Applicability:
    """What covers a care in its home region; `listed` is the catalogue's guarantee for the code.

    Raises NotInForce before there was a guarantee.
    """
    differs = _value(f"applicability.{region}_outside", on)
    if differs is not None and care.code in differs.value:
        return _none(_read(ReasonCode.GUARANTEE_NOT_IN_THIS_REGION, differs))
    if listed is not None and not _is_outside(care, on):
        return Applicability(listed, None, (_why(ReasonCode.GUARANTEE_FOR_THIS_CARE),))
    own = _value(f"applicability.{region}_kinds_inside", on)
    if own is not None and care.kind in own.value:
        target = parameter(f"regional.{region}_other").at(on)
        reason = _read(ReasonCode.REGIONAL_TARGET_ONLY, target)
        return Applicability(None, target.value, (reason,))
    return _none(_why(ReasonCode.GUARANTEE_NOT_FOR_THIS_CARE))


def _is_outside(care: CareFacts, on: date) -> bool:
    inside = parameter("applicability.cares_inside").at(on).value
    return (
        care.code not in inside
        and care.kind in parameter("applicability.kinds_outside").at(on).value
    )


def _none(reason: Reason) -> Applicability:
    return Applicability(None, None, (reason,))


def _value(name: str, on: date) -> Value | None:
    """A region's own rule, where it has one in force."""
    try:
        return parameter(name).at(on) if name in parameters() else None
    except NotInForce:
        return None


def _why(code: ReasonCode) -> Reason:
    return why(code, Question.GUARANTEE)


def _read(code: ReasonCode, value: Value) -> Reason:
    return Reason(code, Question.GUARANTEE, value.citation, value.interpretation)

"""From which day a clock runs, and to which limit: 6 kap. 1 § HSF and what is only agreed or proposed."""

from dataclasses import dataclass
from datetime import date, timedelta

from brokering.law.citations import Question, Reason, why
from brokering.law.clock_facts import STATUTORY, ClockKind, ClockQuestion, ClockStart
from brokering.law.codes import ReasonCode
from brokering.law.errors import NotInForce, QuestionError
from brokering.law.parameters import Value, parameter, parameters

GUARANTEES = frozenset({ClockKind.BESOK, ClockKind.BEHANDLING})
"""The two guarantees of 9 kap. 2 § HSL: their clocks carry an answer day and regional targets."""


@dataclass(frozen=True)
class Started:
    """The day a clock started, and why that day."""

    on: date
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Limit:
    """Days after the start; None where there is no limit to name."""

    days: int | None
    reasons: tuple[Reason, ...]


def started(question: ClockQuestion) -> Started:
    """The day from which the clock runs; raises QuestionError `missing_field` without one."""
    for field, code in _STARTS[question.kind]:
        day: date | None = getattr(question.start, field)
        if day is not None:
            return Started(day, (_why(_earlier(question, code)),))
    field = _STARTS[question.kind][0][0]
    raise QuestionError("missing_field", f"start.{field}", f"start.{field} is needed")


def _earlier(question: ClockQuestion, code: ReasonCode) -> ReasonCode:
    """Where remiss and contact are both given, the remiss is taken as the earlier (interpretation)."""
    both = question.start.contact_on is not None
    if code == ReasonCode.CLOCK_FROM_REMISS_ISSUED and both:
        return ReasonCode.CLOCK_FROM_EARLIER_REMISS
    return code


_STARTS: dict[ClockKind, tuple[tuple[str, ReasonCode], ...]] = {
    ClockKind.BESOK: (
        ("referral_issued_on", ReasonCode.CLOCK_FROM_REMISS_ISSUED),
        ("contact_on", ReasonCode.CLOCK_FROM_CONTACT),
    ),
    ClockKind.BEHANDLING: (("decided_on", ReasonCode.CLOCK_FROM_DECISION),),
    ClockKind.BEDOMNING: (("contact_on", ReasonCode.CLOCK_FROM_CONTACT),),
    ClockKind.TILLGANGLIGHET: (("contact_on", ReasonCode.CLOCK_FROM_CONTACT),),
    ClockKind.BUP_FIRST: (
        ("referral_issued_on", ReasonCode.CLOCK_FROM_BUP_REMISS),
        ("contact_on", ReasonCode.CLOCK_FROM_BUP_CONTACT),
    ),
    ClockKind.BUP_NEXT: (("assessed_on", ReasonCode.CLOCK_FROM_ASSESSMENT),),
    ClockKind.SVF: (("suspected_on", ReasonCode.CLOCK_FROM_SUSPICION),),
}


def limit(kind: ClockKind, start: ClockStart, begun: date) -> Limit:
    """The limit in force for a clock that starts on a day; out of force is told, never replaced."""
    name = f"svf.{start.pathway}" if kind == ClockKind.SVF else f"clock.{kind.value}"
    if name not in parameters():
        return Limit(None, (_why(ReasonCode.CLOCK_PATHWAY_UNKNOWN),))
    try:
        value = parameter(name).at(begun)
    except NotInForce:
        return Limit(None, (_why(ReasonCode.CLOCK_LIMIT_NOT_IN_FORCE),))
    return Limit(value.value, (_read(_limit_code(kind, value.value), value),))


def _limit_code(kind: ClockKind, days: int) -> ReasonCode:
    if kind not in STATUTORY:
        return ReasonCode.CLOCK_LIMIT_NOT_STATUTORY
    return ReasonCode.CLOCK_LIMIT if days else ReasonCode.CLOCK_LIMIT_SAME_DAY


def regional_target(kind: ClockKind, region: str, begun: date) -> Limit:
    """The region's own shorter target (R11): a target, not a right."""
    return _informative(
        f"regional.{region}_{kind.value}", begun, ReasonCode.REGIONAL_TARGET_SHORTER
    )


def answer_due(kind: ClockKind, begun: date) -> tuple[date | None, tuple[Reason, ...]]:
    """Proposed: a time, or notice that there is none, within 14 calendar days; the two guarantees only."""
    if kind not in GUARANTEES:
        return None, ()
    found = _informative("clock.answer", begun, ReasonCode.ANSWER_WITHIN_14_DAYS)
    return (None if found.days is None else begun + timedelta(days=found.days)), found.reasons


def _informative(name: str, begun: date, code: ReasonCode) -> Limit:
    if name not in parameters():
        return Limit(None, ())
    try:
        value = parameter(name).at(begun)
    except NotInForce:
        return Limit(None, ())
    return Limit(value.value, (_read(code, value),))


def _why(code: ReasonCode) -> Reason:
    return why(code, Question.GUARANTEE)


def _read(code: ReasonCode, value: Value) -> Reason:
    return Reason(code, Question.GUARANTEE, value.citation, value.interpretation)

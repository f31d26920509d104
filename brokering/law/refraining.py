"""What a no to an offer would do to a guarantee clock (6 kap. 2 § HSF), told before it is said."""

from dataclasses import dataclass
from datetime import date

from brokering.law.clock_facts import ClockEvent, ClockEventType, ClockQuestion
from brokering.law.codes import ReasonCode
from brokering.law.limits import limit, started
from brokering.law.pauses import Cause, Walk, walk


@dataclass(frozen=True, kw_only=True)
class Refraining:
    """What a no on a day amounts to.

    `missing` is the condition that fails, None where all three hold; a clock that has ended is paused by
    nothing. `care_on` and `due_when_offered` are what the second condition compares: the day of care, and the
    last day as it was on the day of the offer.
    """

    pauses: bool
    missing: ReasonCode | None
    offered_on: date
    care_on: date | None
    due_when_offered: date | None


def refraining(question: ClockQuestion, offer: ClockEvent, *, informed: bool) -> Refraining:
    """What a no on the day asked, to an offer among the events, would do.

    `informed`: whether the guarantee and the meaning of a no are told before the answer. Raises QuestionError
    without a start day.
    """
    no = ClockEvent(ClockEventType.DECLINED, question.on, offer=offer.on)
    told = (ClockEvent(ClockEventType.INFORMED, question.on),) if informed else ()
    events = (*question.events, *told)
    missing = _walked(question, _before(events, no)).refusal_fault(no)
    then = _walked(question, _before(events, offer))
    return Refraining(
        pauses=missing is None and Cause.REFUSAL in _walked(question, (*events, no)).open,
        missing=missing,
        offered_on=offer.on,
        care_on=offer.care_on,
        due_when_offered=then.due_for_offer(offer.on),
    )


def _walked(question: ClockQuestion, events: tuple[ClockEvent, ...]) -> Walk:
    begun = started(question)
    bound = limit(question.kind, question.start, begun.on)
    return walk(events, start=begun.on, limit=bound.days, on=question.on)


def _before(events: tuple[ClockEvent, ...], later: ClockEvent) -> tuple[ClockEvent, ...]:
    return tuple(event for event in events if event.order < later.order)

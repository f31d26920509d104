"""What a yes and a no to an offer would mean for the person, from their own dates, by the law's own rules."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from brokering.law.clock_facts import ClockEvent, ClockEventType
from brokering.law.decision import GuaranteeEffect
from brokering.law.refraining import refraining
from brokering.models import ClockEvent as ClockEventRow
from brokering.models import Offer
from brokering.selectors.clocks import Clock, clock_question, clocks_with_events, counted
from brokering.selectors.places import swedish_day
from providers.week_places import possible_days

NO_GUARANTEE = "no_guarantee"
"""No guarantee runs for this care."""
NOT_OF_THE_GUARANTEE = "not_of_the_guarantee"
"""A yes would end the guarantee: to turn such a place down is not to refrain from what it gives."""
CLOCK_ENDED = "clock_ended"


@dataclass(frozen=True, kw_only=True)
class No:
    """What a no on a day would do to the guarantee.

    `missing` is a code of what keeps it from pausing the clock, empty where it would.
    """

    pauses: bool
    missing: str
    offered_on: date
    care_on: date
    due_when_offered: date | None

    @property
    def is_of_the_guarantee(self) -> bool:
        """Whether the offer was one of the guarantee's, so that an answer to it is a fact for the clock."""
        return self.missing not in {NO_GUARANTEE, NOT_OF_THE_GUARANTEE}

    def as_json(self) -> dict[str, Any]:
        """Codes and days, for the trail."""
        due = self.due_when_offered
        return {
            "pauses": self.pauses,
            "missing": self.missing,
            "offered_on": self.offered_on.isoformat(),
            "care_on": self.care_on.isoformat(),
            "due_when_offered": due.isoformat() if due else None,
        }


@dataclass(frozen=True, kw_only=True)
class Yes:
    """What a yes on a day would do: `effect` on the guarantee, and whether the care comes within it.

    `in_time` is None where no last day is to be compared with.
    """

    effect: GuaranteeEffect
    care_on: date
    due: date | None
    in_time: bool | None
    day_number: int | None
    limit_days: int | None


@dataclass(frozen=True, kw_only=True)
class Consequences:
    """Both answers to an offer, told before either is given. `answer_by` ends them."""

    if_accepted: Yes
    if_declined: No
    answer_by: datetime


def consequences_of(offer: Offer, *, on: date) -> Consequences:
    """What both answers would mean on a Swedish day, when they are read before the answer."""
    return Consequences(
        if_accepted=yes_to(offer, on=on),
        if_declined=no_to(offer, on=on, informed=True),
        answer_by=offer.answer_by,
    )


def yes_to(offer: Offer, *, on: date) -> Yes:
    """What a yes would do on a Swedish day."""
    clock = _clock(offer, on)
    care_on = care_day(offer)
    due = clock.state.due if clock else None
    return Yes(
        effect=effect_of(offer),
        care_on=care_on,
        due=due,
        in_time=None if due is None else care_on <= due,
        day_number=clock.state.counted_days if clock else None,
        limit_days=clock.state.limit_days if clock else None,
    )


def no_to(offer: Offer, *, on: date, informed: bool) -> No:
    """What a no would do on a Swedish day; `informed`: whether its meaning is told before."""
    plain = {
        "offered_on": swedish_day(offer.sent_at),
        "care_on": care_day(offer),
        "due_when_offered": None,
    }
    rows = ClockEventRow.objects.filter(referral=offer.referral_id).order_by("on", "recorded_at")
    events = counted(rows)
    question = clock_question(offer.referral, events, on=on)
    if question is None:
        return No(pauses=False, missing=NO_GUARANTEE, **plain)  # type: ignore[arg-type]
    if effect_of(offer) != GuaranteeEffect.RUNS:
        return No(pauses=False, missing=NOT_OF_THE_GUARANTEE, **plain)  # type: ignore[arg-type]
    made = ClockEvent(ClockEventType.OFFERED, swedish_day(offer.sent_at), care_on=care_day(offer))
    found = refraining(question, made, informed=informed)
    missing = found.missing or ("" if found.pauses else CLOCK_ENDED)
    plain["due_when_offered"] = found.due_when_offered
    return No(pauses=found.pauses, missing=missing, **plain)  # type: ignore[arg-type]


def care_day(offer: Offer) -> date:
    """The day of the visit; of a place without a named time the last one on which it can be."""
    slot = offer.booking.claim.slot
    return possible_days(slot.statement_id is not None, slot.starts_at, slot.ends_at)[1]


def effect_of(offer: Offer) -> GuaranteeEffect:
    """What the place would do to the guarantee, as it was decided when it was held."""
    return GuaranteeEffect(offer.booking.receipt["decision"]["guarantee_effect"])


def _clock(offer: Offer, on: date) -> Clock | None:
    return clocks_with_events([offer.referral], on=on)[offer.referral_id]

"""A computed guarantee clock as the drawing that everyone sees."""

from datetime import date
from typing import Any

from django import template
from django.template.defaultfilters import date as date_words
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from brokering.law.clock import ClockState, Segment
from brokering.law.clock_facts import ClockEvent, ClockEventType
from brokering.law.codes import ReasonCode
from brokering.templatetags.guarantee import Clock, OfferPoint, Stretch, guarantee_clock

register = template.Library()

SOON = 14
"""Days left below which the clock says that time is short."""


@register.inclusion_tag("components/_clock.html")
def waiting_clock(
    state: ClockState, events: tuple[ClockEvent, ...] = (), title: str = ""
) -> dict[str, Any]:
    """Draw the state of a guarantee together with the offers that were made."""
    return guarantee_clock(drawing_of(state, events, title))


def drawing_of(state: ClockState, events: tuple[ClockEvent, ...], title: str) -> Clock:
    """The values of the drawing."""
    return Clock(
        title=title or _("Vårdgarantin"),
        start=state.start,
        today=state.on,
        due=state.due,
        limit_days=state.limit_days or 0,
        day_number=state.counted_days,
        state=word(state),
        state_words=state_words(state),
        segments=[_stretch(segment, state) for segment in state.segments],
        offers=[_offer(event) for event in events if event.type == ClockEventType.OFFERED],
    )


def word(state: ClockState) -> str:
    """One of running, paused, soon, passed, done, excluded."""
    if state.ended_by is not None:
        return "done"
    if state.excluded:
        return "excluded"
    if state.paused:
        return "paused"
    if state.breached:
        return "passed"
    left = state.days_left(state.on)
    return "soon" if left is not None and left <= SOON else "running"


def state_words(state: ClockState) -> str:
    """How it stands, in a short sentence."""
    told = word(state)
    if told in {"running", "soon"}:
        left = state.days_left(state.on) or 0
        return ngettext("%(n)s dag kvar", "%(n)s dagar kvar", left) % {"n": left}
    return {
        "done": _("Klart"),
        "excluded": _("Räknas inte: du har valt en annan region"),
        "paused": _("Pausad"),
        "passed": _("Den sista dagen har passerat"),
    }[told]


def weekday(day: date) -> str:
    """A date with its weekday."""
    return date_words(day, "l j F Y")


STILL = {
    ReasonCode.TIME_EXCLUDED_MEDICAL: ReasonCode.CLOCK_PAUSED_MEDICAL,
    ReasonCode.TIME_EXCLUDED_REFUSAL: ReasonCode.CLOCK_PAUSED_REFUSAL,
    ReasonCode.TIME_EXCLUDED_FREE_CHOICE: ReasonCode.CLOCK_EXCLUDED_FREE_CHOICE,
}
"""What is said of a pause that has not ended."""


def _stretch(segment: Segment, state: ClockState) -> Stretch:
    is_open = segment.until > state.on and (state.paused or state.excluded)
    reason = segment.reason
    if reason and is_open:
        reason = STILL.get(reason, reason)
    return Stretch(
        starts=segment.first,
        ends=segment.until,
        kind="counted" if segment.counted else "pause",
        label=_(f"reason.{reason}") if reason else "",
        is_open=is_open and not segment.counted,
    )


def _offer(event: ClockEvent) -> OfferPoint:
    if event.care_on is None:
        return OfferPoint(on=event.on, label=_("Du fick ett erbjudande"))
    return OfferPoint(
        on=event.on, label=_("Du erbjöds en tid %(day)s") % {"day": weekday(event.care_on)}
    )

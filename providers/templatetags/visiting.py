"""When a visit is, and how long something lasts, in the reader's words."""

from datetime import datetime, timedelta
from typing import Any

from django import template
from django.template.defaultfilters import date as date_words
from django.utils.timesince import timeuntil
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.templatetags.screen import weekday_date
from providers.week_places import possible_days, spans_week

register = template.Library()
THEN = datetime(2025, 1, 1, 12)  # noqa: DTZ001  (any moment: only the length is told)


@register.filter
def any_time(place: Any) -> bool:
    """Whether a slot, or a place read from one, stands for a week whose time is not named yet."""
    known = getattr(place, "any_time", None)
    if known is not None:
        return bool(known)
    return spans_week(place.statement_id is not None, place.starts_at, place.ends_at)


@register.filter
def visit_day(place: Any) -> str:
    """The day of a visit, or the week: "tisdag 3 april", "vecka 14, 30 mars – 5 april"."""
    if not any_time(place):
        return weekday_date(place.starts_at)
    first, last = possible_days(True, place.starts_at, place.ends_at)
    return _("vecka %(number)s, %(first)s – %(last)s") % {
        "number": first.isocalendar().week,
        "first": date_words(first, "j F"),
        "last": date_words(last, "j F"),
    }


@register.filter
def visit_time(place: Any) -> str:
    """Day and time of a visit; for a week's place the week, and who names the time."""
    if any_time(place):
        return _("%(week)s (mottagningen bestämmer tiden)") % {"week": visit_day(place)}
    return _("%(day)s kl. %(time)s") % {
        "day": visit_day(place),
        "time": hour_of(place.starts_at),
    }


@register.filter
def hour_of(moment: datetime) -> str:
    """A time of day in Sweden: "14:30"."""
    return date_words(localtime(moment), "H:i")


@register.filter
def timespan(span: timedelta | None) -> str:
    """A length of time in its largest unit: "7 dagar"; nothing shorter than a minute is told apart."""
    if span is None:
        return _("okänt")
    if span < timedelta(minutes=1):
        return _("mindre än en minut")
    return timeuntil(THEN + span, THEN, depth=1)

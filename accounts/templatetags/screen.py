"""Small words and shapes that every screen needs: ages of information, form fields, rows side by side."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from itertools import zip_longest
from typing import Any
from uuid import uuid4

from django import template
from django.forms import BoundField
from django.template.defaultfilters import date as date_words
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

register = template.Library()

JUST_NOW = timedelta(minutes=1)
PLAIN_INPUTS = {"checkbox", "radio", "select", "textarea"}


@register.filter
def ago(moment: datetime | None) -> str:
    """How old a piece of information is, in its largest unit: "för 3 minuter sedan"."""
    if moment is None:
        return _("okänt när")
    if datetime.now(UTC) - moment < JUST_NOW:
        return _("nyss")
    return _("för %(age)s sedan") % {"age": timesince(moment, depth=1)}


@register.filter
def styled(field: BoundField) -> SafeString:
    """A form field's widget in the design system's clothes."""
    kind = getattr(field.field.widget, "input_type", "textarea")
    attributes: dict[str, str | bool] = {"class": "ds-input"}
    if kind not in PLAIN_INPUTS:
        attributes["data-type"] = kind
    return field.as_widget(attrs=attributes)


@register.filter
def paired(left: Iterable[Any], right: Iterable[Any]) -> list[tuple[Any, Any]]:
    """Two lists row by row; the shorter one is filled with None."""
    return list(zip_longest(left, right))


@register.filter
def weekday_date(day: date | None) -> str:
    """A date as it always stands on screen: weekday, day, month; the year when it is not this one."""
    if day is None:
        return ""
    local = localtime(day) if isinstance(day, datetime) else day
    this_year = localtime(datetime.now(UTC)).year
    return date_words(local, "l j F" if local.year == this_year else "l j F Y")


@register.filter
def begins(moment: datetime) -> str:
    """When a span of time begins: the day alone where it is the whole day, otherwise with its clock."""
    return _edge(localtime(moment), timedelta(0))


@register.filter
def ends(moment: datetime) -> str:
    """The last of a span of time: its last whole day where it ends at midnight, otherwise its clock."""
    return _edge(localtime(moment), timedelta(days=1))


def _edge(local: datetime, back: timedelta) -> str:
    if local.time() == time():
        return weekday_date(local.date() - back)
    return f"{weekday_date(local)} {local:%H:%M}"


@register.simple_tag
def new_key() -> str:
    """A key of its own for a form, so that its button may be pressed twice without harm."""
    return str(uuid4())

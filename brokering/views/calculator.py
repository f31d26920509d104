"""Page: may I seek care there? Nobody logs in, nothing is kept, and the address can be shared."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from brokering.forms.calculator import CalculatorForm
from brokering.law.errors import NotInForce
from brokering.law.facts import CareForm, Issuer
from brokering.selectors.calculator import Days, calculate, days_known, first_day
from brokering.selectors.places import swedish_day

PAGE = "brokering/calculator.html"
USUAL = frozenset(
    {
        ("form", CareForm.OPEN),
        ("arranged", "self"),
        ("guarantee", "usual"),
        ("referral", "no"),
        ("issuer", Issuer.ALLMANLAKARE),
    }
)
"""What is meant where nothing is said: the address need not say it."""


@require_safe
def calculator(request: HttpRequest) -> HttpResponse:
    """The form, and once care and region are chosen the answer; a live form gets the same page."""
    days = days_known(swedish_day(timezone.now()))
    if not request.GET:
        return render(request, PAGE, {"form": CalculatorForm(), "days": _slider(days)})
    form = CalculatorForm(request.GET)
    address = filled_in(request.GET)
    if form.is_valid():
        context = {"form": form, "address": address.urlencode(), "said": address}
        answer = render(request, PAGE, context | _answer(form, days))
    else:
        is_live = bool(getattr(request, "htmx", False))
        context = {"form": form, "days": _slider(days)}
        answer = render(request, PAGE, context, status=200 if is_live else 422)
    answer["HX-Push-Url"] = f"{reverse('calculator')}?{address.urlencode()}"
    return answer


def filled_in(given: QueryDict) -> QueryDict:
    """The fields of the form that say something, so that the address holds nothing else."""
    kept = QueryDict(mutable=True)
    for name in CalculatorForm.field_order:
        values = [value for value in given.getlist(name) if value and (name, value) not in USUAL]
        if values:
            kept.setlist(name, values)
    return kept


def _answer(form: CalculatorForm, days: Days) -> dict[str, Any]:
    asked = form.wondering(today=days.today)
    told = {"asked": asked, "is_today": asked.on == days.today, "is_ahead": asked.on > days.today}
    try:
        found = calculate(asked)
    except NotInForce:
        return told | {"first_day": first_day(), "days": _slider(days, on=asked.on)}
    return told | {"found": found, "days": _slider(days, on=asked.on, turns=found.turns)}


def _slider(days: Days, *, on: date | None = None, turns: tuple[date, ...] = ()) -> dict[str, Any]:
    """The slider's scale in days from its first day; ticks where the law or a rule became another."""
    ticks = sorted({day for day in (*days.turns, *turns) if days.first <= day <= days.last})
    return {
        "first": days.first,
        "today": days.today,
        "last": days.last,
        "length": days.length,
        "at": min(max(((on or days.today) - days.first).days, 0), days.length),
        "ticks": [(day - days.first).days for day in ticks],
    }

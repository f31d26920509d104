"""Page: may I seek care there? Nobody logs in, nothing is kept, and the address can be shared."""

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from brokering.forms.calculator import CalculatorForm
from brokering.law.errors import NotInForce
from brokering.law.facts import CareForm, Issuer
from brokering.selectors.calculator import calculate, first_day
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
    if not request.GET:
        return render(request, PAGE, {"form": CalculatorForm()})
    form = CalculatorForm(request.GET)
    address = filled_in(request.GET)
    if form.is_valid():
        context = {"form": form, "address": address.urlencode(), "said": address}
        answer = render(request, PAGE, context | _answer(form))
    else:
        is_live = bool(getattr(request, "htmx", False))
        answer = render(request, PAGE, {"form": form}, status=200 if is_live else 422)
    answer["HX-Push-Url"] = f"{reverse('calculator')}?{address.urlencode()}"
    return answer


def filled_in(given: QueryDict) -> QueryDict:
    """The fields of the form that say something, so that the address holds nothing else."""
    kept = QueryDict(mutable=True)
    for name in CalculatorForm.base_fields:
        values = [value for value in given.getlist(name) if value and (name, value) not in USUAL]
        if values:
            kept.setlist(name, values)
    return kept


def _answer(form: CalculatorForm) -> dict[str, Any]:
    today = swedish_day(timezone.now())
    asked = form.wondering(today=today)
    told = {"asked": asked, "is_today": asked.on == today}
    try:
        return told | {"found": calculate(asked)}
    except NotInForce:
        return told | {"first_day": first_day()}

"""The clinic's week: looking at it, withdrawing, and saying that all is right."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.access import login_needed, requires
from accounts.actions.outcomes import Answer
from accounts.roles import Permission
from accounts.templatetags.wording import refusal_sentence
from providers.access import access_clinic
from providers.actions.clinics import confirm_capacity
from providers.actions.slots import Withdrawn, withdraw
from providers.selectors.clinics import care_names, own_clinics
from providers.selectors.weeks import week_of
from providers.views.common import about, monday_in, once_per_key, week_address


@requires(Permission.PUBLISH)
@require_safe
def clinics(request: HttpRequest) -> HttpResponse:
    """The clinics that one publishes for; with a single one, its week at once."""
    own = own_clinics(request.actor, now=timezone.now())  # type: ignore[attr-defined]
    if len(own) == 1:
        return redirect("clinic-week", clinic_id=own[0].id)
    return render(request, "providers/clinics.html", {"clinics": own})


@login_needed
@require_safe
def week(request: HttpRequest, clinic_id: UUID) -> HttpResponse:
    """The clinic's week; only the week itself when the page asks for it again."""
    clinic = access_clinic(clinic_id, by=request.actor)  # type: ignore[attr-defined]
    shown = week_of(clinic.id, monday_in(request.GET.get("vecka", "")), now=timezone.now())
    places = [place for day in shown.days for place in day.places]
    context = about(clinic) | {
        "week": shown,
        "has_places": bool(places),
        "cares": care_names(place.care for place in places),
    }
    whole = not request.htmx  # type: ignore[attr-defined]
    return render(request, "providers/week.html" if whole else "providers/_week.html", context)


@login_needed
@require_POST
def withdraw_times(request: HttpRequest, clinic_id: UUID) -> HttpResponse:
    """Withdraw the marked places and come back to the week."""
    clinic = access_clinic(clinic_id, by=request.actor)  # type: ignore[attr-defined]
    marked = [one for text in request.POST.getlist("slot") if (one := _uuid(text))]
    back = week_address(clinic.id, request.POST.get("vecka", ""))
    if not marked:
        messages.warning(request, _("Inga tider är markerade. Markera dem som ska tas bort först."))
        return redirect(back)
    answer = once_per_key(request, lambda: _withdraw(request, marked))
    _say_withdrawn(request, answer.or_refuse().body)
    return redirect(back)


@login_needed
@require_POST
def confirm(request: HttpRequest, clinic_id: UUID) -> HttpResponse:
    """“Allt stämmer”: the information is as fresh as now."""
    clinic = access_clinic(clinic_id, by=request.actor)  # type: ignore[attr-defined]
    confirm_capacity(by=request.actor, clinic=clinic.id, now=timezone.now())  # type: ignore[attr-defined]
    messages.success(request, _("Tack. Uppgifterna är uppdaterade nu."))
    return redirect("clinic-week", clinic_id=clinic.id)


def _withdraw(request: HttpRequest, marked: list[UUID]) -> Answer:
    done: Withdrawn = withdraw(by=request.actor, slots=marked, now=timezone.now())  # type: ignore[attr-defined]
    stay = [refusal_sentence(one.why) for one in done.refused]
    return Answer(200, {"withdrawn": len(done.withdrawn), "stay": stay})


def _say_withdrawn(request: HttpRequest, body: dict[str, Any]) -> None:
    if body["withdrawn"]:
        text = ngettext("%(n)s tid är borttagen.", "%(n)s tider är borttagna.", body["withdrawn"])
        messages.success(request, text % {"n": body["withdrawn"]})
    if body["stay"]:
        text = ngettext(
            "%(n)s tid är kvar: %(why)s", "%(n)s tider är kvar: %(why)s", len(body["stay"])
        )
        why = " ".join(dict.fromkeys(body["stay"]))
        messages.error(request, text % {"n": len(body["stay"]), "why": why})


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None

"""The clinic's week: looking at it, changing marked times, undoing that, and saying that all is right."""

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
from accounts.errors import NotFound
from accounts.roles import Permission
from accounts.selectors.outcomes import outcome_of
from accounts.templatetags.wording import refusal_sentence
from accounts.views import once_per_key
from providers.access import access_clinic
from providers.actions.clinics import confirm_capacity
from providers.actions.edits import Pair, change_places, take_back
from providers.actions.slots import withdraw
from providers.forms.weeks import MarkedForm
from providers.models import Clinic
from providers.selectors.clinics import care_names, cares_of, own_clinics
from providers.selectors.weeks import week_of
from providers.selectors.words import stands_now
from providers.views.common import UNDO_FOR, about, monday_in, say_stay, week_address
from providers.weeks import Week

ALL = "alla"
"""In the address: every time of the week is marked. A date marks its day."""


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
    form = MarkedForm(cares=cares_of(clinic))
    asked = request.GET.get("markera", "")
    places = [
        place for day in shown.days if asked in (ALL, day.on.isoformat()) for place in day.places
    ]
    context = _shown(clinic, shown, form, {place.id for place in places})
    context |= {"undo": _undoable(request, request.GET.get("gjort", ""))}
    whole = not request.htmx  # type: ignore[attr-defined]
    return render(request, "providers/week.html" if whole else "providers/_week.html", context)


@login_needed
@require_POST
def edit_times(request: HttpRequest, clinic_id: UUID) -> HttpResponse:
    """Withdraw, move or recast the marked times, and come back to the week."""
    clinic = access_clinic(clinic_id, by=request.actor)  # type: ignore[attr-defined]
    monday = monday_in(request.POST.get("vecka", ""))
    form = MarkedForm(request.POST, cares=cares_of(clinic))
    if not form.is_valid():
        shown = week_of(clinic.id, monday, now=timezone.now())
        context = _shown(clinic, shown, form, set(form.cleaned_data.get("slot", [])))
        return render(request, "providers/week.html", context, status=422)
    body = once_per_key(request, lambda: _edited(request, clinic, form)).or_refuse().body
    _say_edited(request, form.cleaned_data["do"], body)
    done = request.POST.get("key", "") if body["pairs"] else ""
    return redirect(week_address(clinic.id, monday.isoformat(), done))


@login_needed
@require_POST
def undo(request: HttpRequest, clinic_id: UUID) -> HttpResponse:
    """Take back what was just done to the week."""
    clinic = access_clinic(clinic_id, by=request.actor)  # type: ignore[attr-defined]
    pairs = _undoable(request, request.POST.get("gjort", ""))
    body = once_per_key(request, lambda: _taken_back(request, clinic, pairs)).or_refuse().body
    if body["back"]:
        text = ngettext("Ångrat: %(n)s tid.", "Ångrat: %(n)s tider.", body["back"])
        messages.success(request, text % {"n": body["back"]})
    say_stay(request, body["stay"])
    return redirect(week_address(clinic.id, request.POST.get("vecka", "")))


@login_needed
@require_POST
def confirm(request: HttpRequest, clinic_id: UUID) -> HttpResponse:
    """“Allt stämmer”: the information is as fresh as now."""
    clinic = access_clinic(clinic_id, by=request.actor)  # type: ignore[attr-defined]

    def work() -> Answer:
        confirm_capacity(by=request.actor, clinic=clinic.id, now=timezone.now())  # type: ignore[attr-defined]
        return Answer(200, {})

    once_per_key(request, work).or_refuse()
    messages.success(request, _("Tack. Uppgifterna är uppdaterade nu."))
    return redirect("clinic-week", clinic_id=clinic.id)


def _shown(clinic: Clinic, shown: Week, form: MarkedForm, marked: set[UUID]) -> dict[str, Any]:
    places = [place for day in shown.days for place in day.places]
    return about(clinic) | {
        "week": shown,
        "stands": stands_now(clinic, now=timezone.now()),
        "has_places": bool(places),
        "cares": care_names(place.care for place in places),
        "form": form,
        "marked": marked,
    }


def _edited(request: HttpRequest, clinic: Clinic, form: MarkedForm) -> Answer:
    actor, marked, now = request.actor, form.cleaned_data["slot"], timezone.now()  # type: ignore[attr-defined]
    if form.cleaned_data["do"] == "withdraw":
        done = withdraw(by=actor, slots=marked, now=now)
        stay = [refusal_sentence(one.why) for one in done.refused]
        return Answer(200, {"pairs": [[str(one), None] for one in done.withdrawn], "stay": stay})
    edited = change_places(by=actor, clinic=clinic.id, slots=marked, change=form.change(), now=now)
    pairs = [[str(old), str(new)] for old, new in edited.pairs]
    return Answer(200, {"pairs": pairs, "stay": [refusal_sentence(one) for one in edited.stay]})


def _undoable(request: HttpRequest, key: str) -> list[Pair]:
    """The places that a step of one's own withdrew and published, while it can be taken back."""
    now = timezone.now()
    try:
        known = outcome_of(key, by=request.actor, now=now)  # type: ignore[attr-defined]
    except NotFound:
        return []
    if known["created_at"] < now - UNDO_FOR:
        return []
    pairs = known["body"].get("pairs", [])
    return [(old and UUID(old), new and UUID(new)) for old, new in pairs]


def _taken_back(request: HttpRequest, clinic: Clinic, pairs: list[Pair]) -> Answer:
    done = take_back(by=request.actor, clinic=clinic.id, pairs=pairs, now=timezone.now())  # type: ignore[attr-defined]
    stay = [refusal_sentence(one) for one in done.stay]
    return Answer(200, {"back": len(done.pairs), "stay": stay})


def _say_edited(request: HttpRequest, do: str, body: dict[str, Any]) -> None:
    number = len(body["pairs"])
    texts = {
        "withdraw": ngettext("%(n)s tid är borttagen.", "%(n)s tider är borttagna.", number),
        "move": ngettext("%(n)s tid är flyttad.", "%(n)s tider är flyttade.", number),
        "recast": ngettext("%(n)s tid har bytt vård.", "%(n)s tider har bytt vård.", number),
    }
    if number:
        messages.success(request, texts[do] % {"n": number})
    say_stay(request, body["stay"])

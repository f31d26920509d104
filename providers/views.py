"""Pages of a clinic: its week, publishing, withdrawing, and saying that all is right."""

from datetime import date
from typing import Any, cast
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts import topics
from accounts.access import login_needed, requires
from accounts.actions.outcomes import Answer, once
from accounts.forms import posted
from accounts.roles import Permission
from accounts.selectors.changes import last_numbers
from accounts.templatetags.wording import refusal_sentence
from providers.access import access_clinic
from providers.actions.clinics import confirm_capacity
from providers.actions.slots import Withdrawn, publish, withdraw
from providers.forms import OneTimeForm, PublishForm, WeeklyForm
from providers.models import Clinic
from providers.patterns import SWEDEN, monday_of
from providers.selectors.clinics import care_names, cares_of, is_late, own_clinics
from providers.selectors.weeks import week_of

WAYS: dict[str, type[PublishForm]] = {"en": OneTimeForm, "vecka": WeeklyForm}
"""The two ways to publish, as they stand in the address."""


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
    shown = week_of(clinic.id, _monday(request.GET.get("vecka", "")), now=timezone.now())
    places = [place for day in shown.days for place in day.places]
    context = _about(clinic) | {
        "week": shown,
        "has_places": bool(places),
        "cares": care_names(place.care for place in places),
    }
    whole = not request.htmx  # type: ignore[attr-defined]
    return render(request, "providers/week.html" if whole else "providers/_week.html", context)


@login_needed
def publish_times(request: HttpRequest, clinic_id: UUID, way: str) -> HttpResponse:
    """Publish: fill in, check how many times appear, publish."""
    clinic = access_clinic(clinic_id, by=request.actor)  # type: ignore[attr-defined]
    form = _form(request, clinic, way)
    if form.is_bound and form.is_valid():
        if request.POST.get("step") == "publish":
            return _publish(request, clinic, form)
        if request.POST.get("step") == "check":
            return render(request, "providers/check.html", _checked(clinic, form, way))
    status = 422 if form.is_bound and form.errors else 200
    context = _about(clinic) | {"form": form, "way": way}
    return render(request, "providers/publish.html", context, status=status)


@login_needed
@require_POST
def preview(request: HttpRequest, clinic_id: UUID, way: str) -> HttpResponse:
    """How many times the answers so far would give, while the form is being filled in."""
    clinic = access_clinic(clinic_id, by=request.actor)  # type: ignore[attr-defined]
    form = _form(request, clinic, way)
    return render(request, "providers/_preview.html", _ahead(form) if form.is_valid() else {})


@login_needed
@require_POST
def withdraw_times(request: HttpRequest, clinic_id: UUID) -> HttpResponse:
    """Withdraw the marked places and come back to the week."""
    clinic = access_clinic(clinic_id, by=request.actor)  # type: ignore[attr-defined]
    marked = [one for text in request.POST.getlist("slot") if (one := _uuid(text))]
    back = f"{reverse('clinic-week', args=[clinic.id])}?vecka={request.POST.get('vecka', '')}"
    if not marked:
        messages.warning(request, _("Inga tider är markerade. Markera dem som ska tas bort först."))
        return redirect(back)
    answer = _once(request, lambda: _withdraw(request, marked))
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


def _about(clinic: Clinic) -> dict[str, Any]:
    topic = topics.clinic(clinic.id)
    return {
        "clinic": clinic,
        "is_late": is_late(clinic, timezone.now()),
        "topic": topic,
        "number": last_numbers([topic])[topic],
        "key": uuid4(),
    }


def _form(request: HttpRequest, clinic: Clinic, way: str) -> PublishForm:
    data = request.POST if request.method == "POST" else None
    return WAYS[way](data, cares=cares_of(clinic), now=timezone.now())


def _ahead(form: PublishForm) -> dict[str, Any]:
    days = sorted({moment.starts_at.astimezone(SWEDEN).date() for moment in form.moments})
    return {"count": len(form.moments), "days": len(days), "first": days[0], "last": days[-1]}


def _checked(clinic: Clinic, form: PublishForm, way: str) -> dict[str, Any]:
    own = {"step", "key", "csrfmiddlewaretoken"}
    sent = cast(QueryDict, form.data)
    kept = [(name, one) for name, all_ in sent.lists() for one in all_ if name not in own]
    care = form.cares[form.cleaned_data["care"]]
    return _about(clinic) | _ahead(form) | {"form": form, "kept": kept, "way": way, "care": care}


def _publish(request: HttpRequest, clinic: Clinic, form: PublishForm) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]

    def work() -> Answer:
        done = publish(by=actor, clinic=clinic.id, times=form.new_slots(), now=form.now)
        first = form.moments[0].starts_at.astimezone(SWEDEN).date()
        counts = {"created": len(done.created), "unchanged": len(done.unchanged)}
        refused = [one.why.code for one in done.refused]
        return Answer(200, counts | {"refused": refused, "week": monday_of(first).isoformat()})

    body = _once(request, work).or_refuse().body
    _say_published(request, body)
    return redirect(f"{reverse('clinic-week', args=[clinic.id])}?vecka={body['week']}")


def _once(request: HttpRequest, work: Any) -> Answer:
    return once(
        by=request.actor,  # type: ignore[attr-defined]
        key=request.POST.get("key"),
        request=posted(request),
        now=timezone.now(),
        work=work,
    )


def _withdraw(request: HttpRequest, marked: list[UUID]) -> Answer:
    done: Withdrawn = withdraw(by=request.actor, slots=marked, now=timezone.now())  # type: ignore[attr-defined]
    stay = [refusal_sentence(one.why) for one in done.refused]
    return Answer(200, {"withdrawn": len(done.withdrawn), "stay": stay})


def _say_published(request: HttpRequest, body: dict[str, Any]) -> None:
    created, unchanged, refused = body["created"], body["unchanged"], len(body["refused"])
    if created:
        text = ngettext("%(n)s tid är publicerad.", "%(n)s tider är publicerade.", created)
        messages.success(request, text % {"n": created})
    if unchanged:
        text = ngettext(
            "%(n)s tid fanns redan och är som förut.",
            "%(n)s tider fanns redan och är som förut.",
            unchanged,
        )
        messages.info(request, text % {"n": unchanged})
    if refused:
        text = ngettext(
            "%(n)s tid publicerades inte, eftersom den hann passera.",
            "%(n)s tider publicerades inte, eftersom de hann passera.",
            refused,
        )
        messages.warning(request, text % {"n": refused})


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


def _monday(text: str) -> date:
    """The Monday of the day in the address; of today where it names none."""
    try:
        return monday_of(date.fromisoformat(text))
    except (ValueError, OverflowError):
        return monday_of(timezone.localdate())


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None

"""Publishing by form: fill in, see what it comes to, publish."""

from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.access import login_needed
from accounts.actions.outcomes import Answer
from accounts.views import once_per_key
from providers.access import access_clinic
from providers.actions.slots import publish
from providers.forms.publishing import WEEKDAYS, OneTimeForm, PublishForm, WeeklyForm
from providers.models import Clinic
from providers.patterns import SWEDEN, monday_of
from providers.selectors.clinics import cares_of
from providers.views.common import about, week_address

WAYS: dict[str, type[PublishForm]] = {"en": OneTimeForm, "vecka": WeeklyForm}
"""The two ways to publish, as they stand in the address."""


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
    context = about(clinic) | {"form": form, "way": way}
    return render(request, "providers/publish.html", context, status=status)


@login_needed
@require_POST
def preview(request: HttpRequest, clinic_id: UUID, way: str) -> HttpResponse:
    """How many times the answers so far would give, while the form is being filled in."""
    clinic = access_clinic(clinic_id, by=request.actor)  # type: ignore[attr-defined]
    form = _form(request, clinic, way)
    return render(request, "providers/_preview.html", _ahead(form) if form.is_valid() else {})


def _form(request: HttpRequest, clinic: Clinic, way: str) -> PublishForm:
    data = request.POST if request.method == "POST" else None
    return WAYS[way](data, cares=cares_of(clinic), now=timezone.now())


def _ahead(form: PublishForm) -> dict[str, Any]:
    days = sorted({moment.starts_at.astimezone(SWEDEN).date() for moment in form.moments})
    clocks = sorted({moment.starts_at.astimezone(SWEDEN).time() for moment in form.moments})
    ends = {"first": days[0], "last": days[-1]}
    return {"count": len(form.moments), "days": len(days), "clocks": clocks} | ends


def _checked(clinic: Clinic, form: PublishForm, way: str) -> dict[str, Any]:
    own = {"step", "key", "csrfmiddlewaretoken"}
    sent = cast(QueryDict, form.data)
    kept = [(name, one) for name, all_ in sent.lists() for one in all_ if name not in own]
    care = form.cares[form.cleaned_data["care"]]
    days = form.cleaned_data.get("weekdays", [])
    weekdays = [name for number, name in WEEKDAYS if number in days]
    shown = {"form": form, "kept": kept, "way": way, "care": care, "weekdays": weekdays}
    return about(clinic) | _ahead(form) | shown


def _publish(request: HttpRequest, clinic: Clinic, form: PublishForm) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]

    def work() -> Answer:
        done = publish(by=actor, clinic=clinic.id, times=form.new_slots(), now=form.now)
        first = form.moments[0].starts_at.astimezone(SWEDEN).date()
        counts = {"created": len(done.created), "unchanged": len(done.unchanged)}
        refused = [one.why.code for one in done.refused]
        pairs = [[None, str(one)] for one in done.created.values()]
        week = monday_of(first).isoformat()
        return Answer(200, counts | {"refused": refused, "week": week, "pairs": pairs})

    body = once_per_key(request, work).or_refuse().body
    _say_published(request, body)
    return redirect(week_address(clinic.id, body["week"], request.POST.get("key", "")))


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

"""Pages: why a clinic's times are not seen or cannot be booked."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import login_needed
from accounts.errors import NotFound
from insight.access import access_figures
from insight.forms import KindForm
from insight.selectors.visibility import seen_time, seen_week
from providers.models import Clinic
from providers.selectors.clinics import care_names
from providers.views.common import about, monday_in

ASKED = ("home_region", "age", "referral")


@login_needed
@require_safe
def week(request: HttpRequest, clinic_id: UUID) -> HttpResponse:
    """A week: how many times are seen and can be bookable for a kind of person, and why not the others."""
    clinic = access_figures(clinic_id, by=request.actor)  # type: ignore[attr-defined]
    monday = monday_in(request.GET.get("vecka", ""))
    form, context = _asked(request, clinic)
    context |= {"monday": monday, "sunday": monday + timedelta(days=6)}
    context |= {"before": monday - timedelta(days=7), "later": monday + timedelta(days=7)}
    if not form.is_valid():
        return render(request, "insight/visibility.html", context, status=422)
    seen = seen_week(clinic, monday, form.kind(), now=timezone.now())
    context |= {"week": seen, "cares": care_names(one.care for one in seen.times)}
    return render(request, "insight/visibility.html", context)


@login_needed
@require_safe
def time(request: HttpRequest, clinic_id: UUID, slot_id: UUID) -> HttpResponse:
    """One time: the first reason, the way to mend it, and all that the answer rests on."""
    clinic = access_figures(clinic_id, by=request.actor)  # type: ignore[attr-defined]
    form, context = _asked(request, clinic)
    if not form.is_valid():
        return render(request, "insight/visible_time.html", context, status=422)
    seen = seen_time(slot_id, form.kind(), now=timezone.now())
    if seen is None or seen.place.clinic != clinic.id:
        raise NotFound
    context |= {"seen": seen, "care": care_names([seen.care])[seen.care]}
    return render(request, "insight/visible_time.html", context)


def _asked(request: HttpRequest, clinic: Clinic) -> tuple[KindForm, dict[str, Any]]:
    """For whom: what the address says; somebody of the clinic's own region where it says nothing."""
    said = {name: request.GET[name] for name in ASKED if name in request.GET}
    said = said or {"home_region": clinic.municipality.region_id, "referral": "yes"}
    form = KindForm(said)
    return form, about(clinic) | {"form": form, "asked": urlencode(said)}

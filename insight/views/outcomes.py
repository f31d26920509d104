"""Page: what became of a clinic's published times."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import login_needed
from accounts.errors import Invalid
from insight.access import access_figures
from insight.measures import Fate
from insight.selectors.outcomes import outcome_of
from providers.patterns import monday_of
from providers.selectors.clinics import cares_of
from providers.selectors.words import word_of
from providers.views.common import about


@login_needed
@require_safe
def outcome(request: HttpRequest, clinic_id: UUID) -> HttpResponse:
    """Published against held, booked, given, unused, withdrawn and cancelled late, week by week."""
    clinic = access_figures(clinic_id, by=request.actor)  # type: ignore[attr-defined]
    now, cares = timezone.now(), cares_of(clinic)
    asked = request.GET.get("vard", "")
    if asked and asked not in {care.code for care in cares}:
        raise Invalid(field="vard")
    context = about(clinic) | {
        "cares": cares,
        "asked": asked,
        "outcome": outcome_of(clinic.id, asked, now=now),
        "this_week": monday_of(timezone.localdate(now)),
        "word": word_of(clinic.id, now=now),
        "fates": list(Fate),
    }
    return render(request, "insight/outcome.html", context)

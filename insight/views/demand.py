"""Page: who waits for what a clinic gives, and what in its terms keeps them out."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import login_needed
from accounts.errors import Invalid
from insight.access import access_figures
from insight.disclosure import FEWEST_SHOWN
from insight.selectors.demand import BANDS, demand_near
from providers.selectors.clinics import cares_of
from providers.views.common import about


@login_needed
@require_safe
def near(request: HttpRequest, clinic_id: UUID) -> HttpResponse:
    """One care of the clinic: counts by what stands in the way and by distance."""
    clinic = access_figures(clinic_id, by=request.actor)  # type: ignore[attr-defined]
    cares = cares_of(clinic)
    known = {care.code: care for care in cares}
    asked = request.GET.get("vard") or next(iter(known), "")
    context = about(clinic) | {"cares": cares, "bands": BANDS, "fewest": FEWEST_SHOWN}
    if asked and asked not in known:
        raise Invalid(field="vard")
    if asked:
        context["demand"] = demand_near(clinic, known[asked], now=timezone.now())
    return render(request, "insight/demand.html", context)

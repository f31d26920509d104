"""A clinic's own late cancellations."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import login_needed
from insight.access import access_figures
from insight.selectors.cancellations import late_share
from providers.views.common import about


@login_needed
@require_safe
def late(request: HttpRequest, clinic_id: UUID) -> HttpResponse:
    """How many operations were cancelled late, and how many of those need not have been."""
    clinic = access_figures(clinic_id, by=request.actor)  # type: ignore[attr-defined]
    context = about(clinic) | {"share": late_share(clinic, now=timezone.now())}
    return render(request, "insight/cancellations.html", context)

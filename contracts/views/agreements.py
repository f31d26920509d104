"""Pages about agreements: one's own, one clinic's, and one in full."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import login_needed, requires
from accounts.errors import NotFound
from accounts.roles import Permission
from contracts.selectors.agreements import agreement, agreements_of_clinic, own_agreements
from providers.access import access_clinic


@requires(Permission.SEE_AGREEMENTS)
@require_safe
def agreements(request: HttpRequest) -> HttpResponse:
    """The agreements of the organisations that one works for."""
    found = own_agreements(request.actor, on=timezone.localdate())  # type: ignore[attr-defined]
    return render(request, "contracts/agreements.html", {"agreements": found})


@requires(Permission.SEE_AGREEMENTS)
@require_safe
def one_agreement(request: HttpRequest, agreement_id: UUID) -> HttpResponse:
    """One agreement in full."""
    found = agreement(agreement_id, on=timezone.localdate())
    if found is None:
        raise NotFound
    return render(request, "contracts/agreement.html", {"agreement": found})


@login_needed
@require_safe
def clinic_agreements(request: HttpRequest, clinic_id: UUID) -> HttpResponse:
    """The agreements under which a clinic works."""
    clinic = access_clinic(clinic_id, by=request.actor)  # type: ignore[attr-defined]
    found = agreements_of_clinic(clinic.id, on=timezone.localdate())
    context = {"clinic": clinic, "agreements": found}
    return render(request, "contracts/clinic_agreements.html", context)

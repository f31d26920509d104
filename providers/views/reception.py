"""The clinic's page of the languages that it speaks and what its premises have."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import requires
from accounts.actions.outcomes import Answer
from accounts.roles import Permission
from accounts.views import once_per_key
from providers.access import access_clinic
from providers.actions.clinics import set_reception
from providers.forms.reception import ReceptionForm
from providers.models import Clinic
from providers.views.common import about


@requires(Permission.PUBLISH)
@require_http_methods(["GET", "HEAD", "POST"])
def reception(request: HttpRequest, clinic_id: UUID) -> HttpResponse:
    """Boxes to tick; searches for a language or a hearing loop find the clinic from then on."""
    clinic = access_clinic(clinic_id, by=request.actor)  # type: ignore[attr-defined]
    known = {"languages": clinic.languages, "accessibility": clinic.accessibility}
    form = ReceptionForm(request.POST if request.method == "POST" else None, initial=known)
    if form.is_bound and form.is_valid():
        once_per_key(request, lambda: _set(request, clinic, form)).or_refuse()
        messages.success(request, _("Sparat. Patienterna ser det när de söker."))
        return redirect("clinic-reception", clinic_id=clinic.id)
    status = 422 if form.errors else 200
    context = about(clinic) | {"form": form}
    return render(request, "providers/reception.html", context, status=status)


def _set(request: HttpRequest, clinic: Clinic, form: ReceptionForm) -> Answer:
    set_reception(
        by=request.actor,  # type: ignore[attr-defined]
        clinic=clinic.id,
        now=timezone.now(),
        **form.cleaned_data,
    )
    return Answer(200, {"clinic": str(clinic.id)})

"""The clinic's page of until when a patient may cancel."""

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
from accounts.templatetags.wording import refusal_sentence
from accounts.views import once_per_key
from providers.access import access_clinic
from providers.actions.clinics import set_cancel_limit
from providers.errors import PhoneUnreadable
from providers.forms.cancelling import CancelLimitForm
from providers.models import Clinic
from providers.views.common import about


@requires(Permission.PUBLISH)
@require_http_methods(["GET", "HEAD", "POST"])
def cancel_limit(request: HttpRequest, clinic_id: UUID) -> HttpResponse:
    """Hours and a number; what is booked already keeps the limit that its patient was shown."""
    clinic = access_clinic(clinic_id, by=request.actor)  # type: ignore[attr-defined]
    form = CancelLimitForm(request.POST if request.method == "POST" else None, initial=_now(clinic))
    if form.is_bound and form.is_valid():
        answer = once_per_key(request, lambda: _set(request, clinic, form))
        if answer.status < 400:
            messages.success(request, _("Sparat. Det gäller tider som väljs från och med nu."))
            return redirect("clinic-cancel-limit", clinic_id=clinic.id)
        form.add_error("phone", refusal_sentence(PhoneUnreadable()))
    context = about(clinic) | {"form": form}
    status = 422 if form.errors else 200
    return render(request, "providers/cancel_limit.html", context, status=status)


def _set(request: HttpRequest, clinic: Clinic, form: CancelLimitForm) -> Answer:
    set_cancel_limit(
        by=request.actor,  # type: ignore[attr-defined]
        clinic=clinic.id,
        before=form.before(),
        phone=form.cleaned_data["phone"],
        now=timezone.now(),
    )
    return Answer(200, {"clinic": str(clinic.id)})


def _now(clinic: Clinic) -> dict[str, object]:
    return {"hours": int(clinic.cancel_until.total_seconds() // 3600), "phone": clinic.phone}

"""Pages: a clinic is closed for a time by decision, after a look at what that touches; and opened again."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import requires
from accounts.actions.outcomes import Answer
from accounts.roles import Permission
from accounts.templatetags.wording import refusal_sentence
from brokering.access import access_closing
from brokering.actions.restrictions import Closure, lift, restrict
from brokering.forms import KeyForm, read
from brokering.forms.closing import ClosingForm
from brokering.selectors.closures import Affected, affected_by, restrictions_of
from brokering.views.keys import once_per_button
from brokering.views.slots import past
from providers.models import CapacityRestriction, Clinic
from providers.views.common import about


@requires(Permission.DECIDE_CAPACITY)
@require_http_methods(["GET", "HEAD", "POST"])
def closing(request: HttpRequest, clinic_id: UUID) -> HttpResponse:
    """The decisions of a clinic, and a new one: first what it touches, then the decision."""
    now = timezone.now()
    clinic = access_closing(clinic_id, by=request.actor)  # type: ignore[attr-defined]
    form = ClosingForm(request.POST if request.method == "POST" else None, clinic=clinic)
    if not form.is_bound or not form.is_valid():
        return _shown(request, clinic, form, status=422 if form.is_bound else 200)
    if request.POST.get("step") != "decide":
        return _shown(request, clinic, form, affected=_counted(form.closure(), now))

    def work() -> Answer:
        made = restrict(by=request.actor, closure=form.closure(), now=now)  # type: ignore[attr-defined]
        return Answer(201, {"booked": made.done.booked})

    answer = once_per_button(request, form.cleaned_data, now, work)
    if answer.status >= 400:
        form.add_error(None, refusal_sentence(past(answer)))
        return _shown(request, clinic, form, status=answer.status)
    messages.success(request, _("Beslutet gäller. Tiderna är borttagna."))
    return redirect("clinic-closing", clinic_id=clinic.id)


@requires(Permission.DECIDE_CAPACITY)
@require_POST
def open_again(request: HttpRequest, restriction_id: UUID) -> HttpResponse:
    """Lift a decision."""
    now = timezone.now()
    said = read(KeyForm(request.POST))

    def work() -> Answer:
        back = lift(by=request.actor, restriction_id=restriction_id, now=now)  # type: ignore[attr-defined]
        return Answer(200, {"back": back})

    back = once_per_button(request, said, now, work).or_refuse().body["back"]
    words = ngettext(
        "Beslutet är hävt. %(n)s tid är öppen igen.",
        "Beslutet är hävt. %(n)s tider är öppna igen.",
        back,
    )
    messages.success(request, words % {"n": back})
    clinic = CapacityRestriction.objects.get(id=restriction_id).clinic_id
    return redirect("clinic-closing", clinic_id=clinic)


def _counted(closure: Closure, now: datetime) -> Affected:
    decision = CapacityRestriction(
        clinic_id=closure.clinic,
        care_id=closure.care,
        begins_at=closure.begins_at,
        ends_at=closure.ends_at,
    )
    return affected_by(decision, now=now)


def _shown(
    request: HttpRequest,
    clinic: Clinic,
    form: ClosingForm,
    *,
    affected: Affected | None = None,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = about(clinic) | {
        "form": form,
        "affected": affected,
        "restrictions": restrictions_of(clinic),
    }
    return render(request, "brokering/closing.html", context, status=status)

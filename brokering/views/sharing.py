"""Page: how a clinic shares its places between regions, what that costs, and the balance between regions."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
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
from brokering.access import access_closing
from brokering.forms.sharing import QuotaForm, ScopeForm, WindowForm
from brokering.selectors.places import swedish_day
from brokering.selectors.reciprocity import balance_of
from brokering.selectors.window_cost import lost_to
from brokering.views.keys import once_per_button
from brokering.views.slots import past
from contracts.actions.release import set_quota, set_window
from contracts.selectors.release import quotas_of, windows_of
from providers.models import Clinic
from providers.views.common import about


@requires(Permission.DECIDE_CAPACITY)
@require_http_methods(["GET", "HEAD", "POST"])
def sharing(request: HttpRequest, clinic_id: UUID) -> HttpResponse:
    """Windows and quotas with what each costs; a form for each kind."""
    now = timezone.now()
    actor = request.actor  # type: ignore[attr-defined]
    clinic = access_closing(clinic_id, by=actor)
    said = request.POST if request.method == "POST" else None
    kind = request.POST.get("kind", "")
    today = {"valid_from": swedish_day(now)}
    window = WindowForm(said if kind == "window" else None, clinic=clinic, initial=today)
    quota = QuotaForm(said if kind == "quota" else None, clinic=clinic, initial=today)
    status = 200

    def set_them() -> None:
        if window.is_bound:
            set_window(by=actor, scope=window.scope(), window=window.window(), now=now)
        else:
            set_quota(by=actor, scope=quota.scope(), quota=quota.quota(), now=now)

    form: ScopeForm | None = next((one for one in (window, quota) if one.is_bound), None)
    if form is not None:
        status = 422
        if form.is_valid():
            answer = _done(request, form, now, set_them)
            if answer.status < 400:
                messages.success(request, _("Sparat. Det gäller från den dag som du valde."))
                return redirect("clinic-sharing", clinic_id=clinic.id)
            status = answer.status
            form.add_error(None, refusal_sentence(past(answer)))
    context = {"window_form": window, "quota_form": quota} | _shown(clinic, now)
    return render(request, "brokering/sharing.html", context, status=status)


def _done(request: HttpRequest, form: ScopeForm, now: datetime, work: Callable[[], None]) -> Answer:
    def carried_out() -> Answer:
        work()
        return Answer(201, {})

    return once_per_button(request, form.cleaned_data, now, carried_out)


def _shown(clinic: Clinic, now: datetime) -> dict[str, Any]:
    windows = [
        {"policy": one, "cost": lost_to(one, clinic, now=now) if one.own_regions_first else None}
        for one in windows_of(clinic)
    ]
    return about(clinic) | {
        "windows": windows,
        "quotas": quotas_of(clinic),
        "balance": balance_of(clinic.municipality.region_id, now=now),
        "today": swedish_day(now),
    }

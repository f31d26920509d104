"""Page: which clinics are designated for a care; a region enters what holds for its own patients."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import requires
from accounts.actions.outcomes import Answer
from accounts.errors import KeyInUse, NotAllowed, Refusal
from accounts.roles import Permission
from accounts.templatetags.wording import refusal_sentence
from accounts.views import once_per_key
from contracts.actions.designations import designate, end_designation
from contracts.forms.designations import DesignatedCareForm, DesignationForm, LastDayForm
from contracts.selectors.designations import designations, nobody_designated
from providers.models import Care, Region


@require_safe
def of_all(request: HttpRequest) -> HttpResponse:
    """Every designation that holds or will hold, and the national cares that have none."""
    today, actor = timezone.localdate(), request.actor  # type: ignore[attr-defined]
    may = actor is not None and actor.may(Permission.EDIT_RULES)
    context = {
        "rows": designations(on=today),
        "nobody": nobody_designated(on=today),
        "mine": {region.code for region in _own(request)} if may else set(),
        "care_form": DesignatedCareForm() if may else None,
        "last_day": LastDayForm(initial={"last_day": today}),
        "key": uuid4(),
    }
    return render(request, "contracts/designations.html", context)


@requires(Permission.EDIT_RULES)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Enter one for the patients of the own region."""
    asked = DesignatedCareForm(request.GET)
    if not asked.is_valid():
        return redirect("designations")
    care = Care.objects.get(code=asked.cleaned_data["vard"])
    region = next(iter(_own(request)), None)
    if region is None:
        raise NotAllowed(permission=Permission.EDIT_RULES.value)
    key: Any = request.POST.get("key") or uuid4()
    form = DesignationForm(
        request.POST or None, care=care, initial={"valid_from": timezone.localdate()}
    )
    if form.is_bound and form.is_valid():

        def work() -> Answer:
            by, now = request.actor, timezone.now()  # type: ignore[attr-defined]
            row = designate(by=by, decided=form.decided(region.code), now=now)
            return Answer(201, {"designation": str(row.id)})

        try:
            once_per_key(request, work).or_refuse()
        except Refusal as refusal:
            form.add_error(None, refusal_sentence(refusal))
            # What was refused is kept with its key; what is sent once more is another request.
            key = key if isinstance(refusal, KeyInUse) else uuid4()
        else:
            messages.success(request, _("Sparat. Det gäller era patienter från den dagen."))
            return redirect("designations")
    context = {
        "form": form,
        "care": care,
        "region": region,
        "key": key,
    }
    status = 422 if form.is_bound else 200
    return render(request, "contracts/designation_new.html", context, status=status)


@requires(Permission.EDIT_RULES)
@require_POST
def end(request: HttpRequest, designation: UUID) -> HttpResponse:
    """Give one its last day."""
    form = LastDayForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(form.errors["last_day"][0]))
        return redirect("designations")

    def work() -> Answer:
        by, now = request.actor, timezone.now()  # type: ignore[attr-defined]
        end_designation(by=by, designation=designation, last_day=form.day(), now=now)
        return Answer(200, {})

    once_per_key(request, work).or_refuse()
    messages.success(request, _("Sparat."))
    return redirect("designations")


def _own(request: HttpRequest) -> Any:
    return Region.objects.filter(tenant__in=request.actor.tenants).order_by("code")  # type: ignore[attr-defined]

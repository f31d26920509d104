"""What a person wishes of the care they wait for: said by the patient, or noted by a vårdlots."""

from dataclasses import fields
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
from brokering.access import access_referral
from brokering.actions.wishes import Wishes, state_wishes
from brokering.forms.wishes import WishesForm
from brokering.models import Referral
from brokering.selectors.places import swedish_day
from brokering.views.keys import once_per_button


@requires(Permission.SEE_OWN_WAIT)
@require_http_methods(["GET", "HEAD", "POST"])
def own(request: HttpRequest, referral_id: UUID) -> HttpResponse:
    """The patient's own page."""
    return _wishes(request, referral_id, back="my_wait", by_phone=False)


@requires(Permission.REROUTE)
@require_http_methods(["GET", "HEAD", "POST"])
def by_phone(request: HttpRequest, referral_id: UUID) -> HttpResponse:
    """The same, as a vårdlots has been told by phone."""
    return _wishes(request, referral_id, back="alternatives", by_phone=True)


def _wishes(request: HttpRequest, referral_id: UUID, *, back: str, by_phone: bool) -> HttpResponse:
    now, actor = timezone.now(), request.actor  # type: ignore[attr-defined]
    need = access_referral(referral_id, by=actor, purpose="wishes", now=now)
    form = WishesForm(request.POST or None, initial=_stated(need), today=swedish_day(now))
    if need.patient.municipality_id is None:
        # A distance from nowhere would leave out every place.
        del form.fields["max_distance_km"]
    if request.method == "POST" and form.is_valid():

        def work() -> Answer:
            state_wishes(by=actor, referral_id=need.id, wishes=form.wishes(), now=now)
            return Answer(200, {})

        once_per_button(request, form.cleaned_data, now, work).or_refuse()
        messages.success(request, _("Sparat. Det gäller nästa gång tider fördelas."))
        return redirect(back, referral_id=need.id) if by_phone else redirect(back)
    context = {"form": form, "need": need, "by_phone": by_phone}
    status = 422 if form.is_bound else 200
    return render(request, "brokering/wishes.html", context, status=status)


def _stated(need: Referral) -> dict[str, Any]:
    return {one.name: getattr(need, one.name) for one in fields(Wishes)}

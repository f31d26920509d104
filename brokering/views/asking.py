"""The vårdlots's side of an offer: calls and answers by telephone; and the region's own decision."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import requires
from accounts.actions.outcomes import Answer
from accounts.roles import Permission
from accounts.templatetags.wording import refusal_sentence
from accounts.tenancy import Actor
from brokering.access import access_offer, access_referral
from brokering.actions.offers import accept_offer, decline_offer
from brokering.actions.seeking import note_call
from brokering.forms import CONSEQUENCE_VERSION, read
from brokering.forms.asking import AskingForm, CallForm, PhoneAnswerForm
from brokering.models import Offer
from brokering.selectors.offer_policies import offer_policies_of, offer_policy_of
from brokering.selectors.places import swedish_day
from brokering.tasks import rematch_when_committed
from brokering.views.keys import once_per_button
from brokering.views.slots import past
from contracts.access import access_own_region
from contracts.actions.offer_policies import set_offer_policy
from providers.models import Region


@require_POST
@requires(Permission.REROUTE)
def called(request: HttpRequest, referral_id: UUID) -> HttpResponse:
    """Write down that the patient was called, and what came of it."""
    actor, now = request.actor, timezone.now()  # type: ignore[attr-defined]
    said = read(CallForm(request.POST))

    def work() -> Answer:
        need = access_referral(referral_id, by=actor, purpose="contact", now=now)
        made = note_call(by=actor, referral=need, outcome=said["outcome"], now=now)
        return Answer(201, {"attempt": str(made.id)})

    once_per_button(request, said, now, work).or_refuse()
    messages.success(request, _("Samtalet är antecknat."))
    return redirect("alternatives", referral_id=referral_id)


@require_POST
@requires(Permission.REROUTE)
def answered(request: HttpRequest, offer_id: UUID) -> HttpResponse:
    """The patient has answered on the telephone; a no is only ever informed if it was read out."""
    actor, now = request.actor, timezone.now()  # type: ignore[attr-defined]
    said = read(PhoneAnswerForm(request.POST))
    offer = access_offer(offer_id, by=actor, purpose="offer", now=now)

    def work() -> Answer:
        found = access_offer(offer_id, by=actor, purpose="offer", now=now)
        _answer(found, said, by=actor, now=now)
        return Answer(200, {})

    once_per_button(request, said, now, work).or_refuse()
    if said["answer"] == "no":
        rematch_when_committed()
    messages.success(request, _("Svaret är antecknat."))
    return redirect("alternatives", referral_id=offer.referral_id)


@requires(Permission.EDIT_RULES)
@require_http_methods(["GET", "HEAD", "POST"])
def policy(request: HttpRequest) -> HttpResponse:
    """How the region's patients are asked: what holds, what was decided, and a new decision."""
    actor, now = request.actor, timezone.now()  # type: ignore[attr-defined]
    tenants = actor.tenants_where(Permission.EDIT_RULES)
    code = Region.objects.filter(tenant__in=tenants).order_by("code").values_list("code", flat=True)
    region = access_own_region(code[0] if code else "", by=actor)
    holds = offer_policy_of(region.code, on=swedish_day(now))
    form = AskingForm(request.POST or None, initial=_now(holds, now))
    status = 200
    if form.is_bound:
        status = 422
        if form.is_valid():
            answer = _decided(request, form, region, now)
            if answer.status < 400:
                messages.success(request, _("Sparat. Det gäller från den dag som du valde."))
                return redirect("offer-policy")
            status = answer.status
            form.add_error(None, refusal_sentence(past(answer)))
    context = {
        "region": region,
        "holds": holds,
        "decisions": offer_policies_of(region.code),
        "form": form,
    }
    return render(request, "brokering/offer_policy.html", context, status=status)


def _answer(offer: Offer, said: dict[str, Any], *, by: Actor, now: datetime) -> None:
    if said["answer"] == "yes":
        accept_offer(by=by, offer=offer, now=now)
    else:
        informed = CONSEQUENCE_VERSION if said["read_out"] else ""
        decline_offer(by=by, offer=offer, now=now, informed=informed)


def _decided(request: HttpRequest, form: AskingForm, region: Region, now: datetime) -> Answer:
    def carried_out() -> Answer:
        set_offer_policy(
            by=request.actor,  # type: ignore[attr-defined]
            region=region.code,
            asking=form.asking(),
            valid_from=form.cleaned_data["valid_from"],
            now=now,
        )
        return Answer(201, {})

    return once_per_button(request, form.cleaned_data, now, carried_out)


def _now(holds: Any, now: datetime) -> dict[str, Any]:
    names = ("answer_days", "attempts", "letter_days", "batch")
    return {name: getattr(holds, name) for name in names} | {"valid_from": swedish_day(now)}

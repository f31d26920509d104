"""Pages: a patient asks the home region to approve a place; the region's vårdlots answers."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import topics
from accounts.access import requires
from accounts.actions.outcomes import Answer
from accounts.actions.trail import log_accesses
from accounts.errors import NotFound
from accounts.roles import Permission
from accounts.selectors.changes import last_numbers
from accounts.templatetags.wording import refusal_sentence
from accounts.tenancy import Actor
from brokering.access import access_approval, access_referral
from brokering.actions.approvals import ask, grant, refuse
from brokering.actions.referrals import Wish
from brokering.forms import HoldForm, read
from brokering.forms.approving import GrantForm, RefuseForm
from brokering.law.facts import Route
from brokering.models import Approval
from brokering.selectors.approvals import to_approve
from brokering.selectors.places import swedish_day
from brokering.tasks import rematch_when_committed
from brokering.views.keys import once_per_button
from brokering.views.search import case_for
from brokering.views.slots import button, known_place, past, refused
from providers.models import Region


@requires(Permission.BOOK_FOR_SELF)
@button
def ask_region(request: HttpRequest, slot_id: UUID) -> HttpResponse:
    """Hold the place and ask the home region to approve the need."""
    now = timezone.now()
    known, care = known_place(slot_id, now)
    case = case_for(request, care, now)
    if case is None:
        raise NotFound
    said = read(HoldForm(request.POST))
    answer = once_per_button(request, said, now, lambda: _asked(request, slot_id, said, now))
    if answer.status >= 400:
        return refused(request, past(answer), known, case.seeker, now)
    return redirect("booking", booking_id=answer.body["booking"])


@requires(Permission.REROUTE)
@require_safe
def approvals(request: HttpRequest) -> HttpResponse:
    """The questions to the region, the one that is due first on top; the list alone for itself."""
    found = to_approve(by=_actor(request))
    log_accesses(
        [one.booking.patient for one in found],
        by=_actor(request),
        purpose="approval",
        now=timezone.now(),
    )
    part = "brokering/_approvals.html" if request.htmx else "brokering/approvals.html"  # type: ignore[attr-defined]
    return render(request, part, {"rows": found, **_followed(_actor(request))})


@requires(Permission.REROUTE)
@require_safe
def approval(request: HttpRequest, approval_id: UUID) -> HttpResponse:
    """One question, with what the law says and the two answers."""
    return _question(request, approval_id, GrantForm, RefuseForm())


@requires(Permission.REROUTE)
@require_POST
def say_yes(request: HttpRequest, approval_id: UUID) -> HttpResponse:
    """The need is approved; the patient confirms with one click."""
    form = GrantForm(request.POST)
    if not form.is_valid():
        return _question(request, approval_id, lambda **_: form, RefuseForm(), status=422)

    def work(found: Approval, now: datetime) -> None:
        grant(by=_actor(request), approval=found, valid_to=form.cleaned_data["valid_to"], now=now)

    told = _("Godkänt. Patienten har fått veta det och kan bekräfta tiden.")
    return _answered(request, approval_id, form.cleaned_data, work, told)


@requires(Permission.REROUTE)
@require_POST
def say_no(request: HttpRequest, approval_id: UUID) -> HttpResponse:
    """The need is not approved; the place is free at once."""
    form = RefuseForm(request.POST)
    if not form.is_valid():
        return _question(request, approval_id, GrantForm, form, status=422)

    def work(found: Approval, now: datetime) -> None:
        refuse(by=_actor(request), approval=found, reason=form.cleaned_data["reason"], now=now)
        rematch_when_committed(found.booking.claim.slot_id)

    told = _("Avslaget är sparat. Tiden är ledig igen och patienten har fått veta varför.")
    return _answered(request, approval_id, form.cleaned_data, work, told)


def _asked(request: HttpRequest, slot_id: UUID, said: dict[str, Any], now: datetime) -> Answer:
    if not said["referral"]:
        raise NotFound
    need = access_referral(said["referral"], by=_actor(request), purpose="hold", now=now)
    wish = Wish(
        slot=slot_id,
        lot=said["lot"],
        route=Route(said["route"]),
        held_until=now,
        consequence_version=said["version"],
    )
    asked = ask(by=_actor(request), referral=need, wish=wish, now=now)
    return Answer(201, {"booking": str(asked.booking_id)})


def _question(
    request: HttpRequest,
    approval_id: UUID,
    yes: Callable[..., GrantForm],
    no: RefuseForm,
    *,
    status: int = 200,
) -> HttpResponse:
    now = timezone.now()
    found = access_approval(approval_id, by=_actor(request), now=now)
    last_day = swedish_day(found.booking.claim.slot.ends_at)
    context = {"approval": found, "yes": yes(initial={"valid_to": last_day}), "no": no}
    return render(request, "brokering/approval.html", context, status=status)


def _answered(
    request: HttpRequest,
    approval_id: UUID,
    said: dict[str, Any],
    work: Callable[[Approval, datetime], None],
    told: str,
) -> HttpResponse:
    now = timezone.now()

    def carried_out() -> Answer:
        found = access_approval(approval_id, by=_actor(request), now=now)
        work(found, now)
        return Answer(200, {"approval": str(found.id)})

    answer = once_per_button(request, said, now, carried_out)
    if answer.status >= 400:
        messages.warning(request, refusal_sentence(past(answer)))
        return redirect("approval", approval_id=approval_id)
    messages.success(request, told)
    return redirect("approvals")


def _followed(actor: Actor) -> dict[str, Any]:
    """The topic of the region for which the actor answers, where there is one, and where it stands."""
    tenants = actor.tenants_where(Permission.REROUTE)
    code = Region.objects.filter(tenant__in=tenants).values_list("code", flat=True).first()
    if code is None:
        return {"topic": "", "number": 0}
    topic = topics.region(code)
    return {"topic": topic, "number": last_numbers([topic])[topic]}


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor

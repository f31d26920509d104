"""Pages: a patient asks the home region to approve a place; its vårdlots, or a clinic's staff, answer."""

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
from accounts.errors import NotFound, Refusal
from accounts.roles import Permission
from accounts.selectors.changes import last_numbers
from accounts.templatetags.wording import refusal_sentence
from accounts.tenancy import Actor
from brokering.access import access_approval, access_referral, may_answer
from brokering.actions.approvals import ask, grant, reasons_of, refuse
from brokering.actions.clinic_approvals import approve
from brokering.actions.referrals import Wish
from brokering.errors import AlreadyAnswered
from brokering.forms import HoldForm, KeyForm, read
from brokering.forms.approving import GrantForm, RefuseForm
from brokering.law.facts import Route
from brokering.models import Approval
from brokering.selectors.approvals import to_approve
from brokering.selectors.places import swedish_day
from brokering.states import ApprovalState
from brokering.tasks import rematch_when_committed
from brokering.views.keys import once_per_button
from brokering.views.search import case_for
from brokering.views.slots import button, known_place, past, refused
from providers.models import Clinic, Region


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


@requires(Permission.REROUTE, Permission.SEE_ADDRESSED)
@require_safe
def approvals(request: HttpRequest) -> HttpResponse:
    """The questions to the region or clinic, the one that is due first on top; the list alone for itself."""
    found = to_approve(by=_actor(request))
    log_accesses(
        [one.booking.patient for one in found],
        by=_actor(request),
        purpose="approval",
        now=timezone.now(),
    )
    part = "brokering/_approvals.html" if request.htmx else "brokering/approvals.html"  # type: ignore[attr-defined]
    is_region = bool(_actor(request).tenants_where(Permission.REROUTE))
    context = {"rows": found, "may_see_waiting": is_region, **_followed(_actor(request))}
    return render(request, part, context)


@requires(Permission.REROUTE, Permission.SEE_ADDRESSED)
@require_safe
def approval(request: HttpRequest, approval_id: UUID) -> HttpResponse:
    """One question, with what the law says and the two answers; the list where a colleague was first."""
    try:
        return _question(request, approval_id)
    except AlreadyAnswered as ended:
        return _to_the_rest(request, ended)


@requires(Permission.REROUTE, Permission.SEE_ADDRESSED)
@require_POST
def say_yes(request: HttpRequest, approval_id: UUID) -> HttpResponse:
    """The place is approved; the patient confirms with one click."""
    asked = _open_to(request, approval_id)
    is_clinic = asked.asked == Approval.Asked.CLINIC
    form = KeyForm(request.POST) if is_clinic else GrantForm(request.POST)
    if not form.is_valid():
        return _question(request, approval_id, yes=form)

    def work(found: Approval, now: datetime) -> None:
        by = _actor(request)
        if is_clinic:
            approve(by=by, approval=found, now=now)
        else:
            grant(by=by, approval=found, valid_to=form.cleaned_data["valid_to"], now=now)

    told = _("Godkänt. Patienten har fått veta det och kan bekräfta tiden.")
    return _answered(request, approval_id, form.cleaned_data, work, told)


@requires(Permission.REROUTE, Permission.SEE_ADDRESSED)
@require_POST
def say_no(request: HttpRequest, approval_id: UUID) -> HttpResponse:
    """The place is not approved; it is free at once."""
    asked = _open_to(request, approval_id)
    form = RefuseForm(request.POST, codes=reasons_of(asked))
    if not form.is_valid():
        return _question(request, approval_id, no=form)

    def work(found: Approval, now: datetime) -> None:
        refuse(by=_actor(request), approval=found, reason=form.cleaned_data["reason"], now=now)
        rematch_when_committed()

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


def _open_to(request: HttpRequest, approval_id: UUID) -> Approval:
    """The bare question, for a button that is pressed twice: a clinic that has answered sees no more."""
    found = Approval.objects.filter(id=approval_id).first()
    if found is None or not may_answer(_actor(request), found):
        raise NotFound
    return found


def _question(
    request: HttpRequest,
    approval_id: UUID,
    *,
    yes: KeyForm | None = None,
    no: RefuseForm | None = None,
) -> HttpResponse:
    """The question with both answers; a form that was sent and cannot be is shown again."""
    now = timezone.now()
    found = access_approval(approval_id, by=_actor(request), now=now)
    last_day = swedish_day(found.booking.claim.slot.ends_at)
    is_clinic = found.asked == Approval.Asked.CLINIC
    context = {
        "approval": found,
        "is_clinic": is_clinic,
        "yes": yes or (KeyForm() if is_clinic else GrantForm(initial={"valid_to": last_day})),
        "no": no or RefuseForm(codes=reasons_of(found)),
    }
    return render(request, "brokering/approval.html", context, status=422 if yes or no else 200)


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
    if answer.status >= 400 and answer.body["code"] == AlreadyAnswered.code:
        return _to_the_rest(request, past(answer))
    if answer.status >= 400:
        messages.warning(request, refusal_sentence(past(answer)))
        return redirect("approval", approval_id=approval_id)
    messages.success(request, told)
    return redirect("approvals")


def _to_the_rest(request: HttpRequest, ended: Refusal) -> HttpResponse:
    """The list, which says how the question was answered meanwhile."""
    how = {
        ApprovalState.GRANTED: _("Svaret blev ja."),
        ApprovalState.REFUSED: _("Svaret blev nej."),
        ApprovalState.LAPSED: _("Ingen svarade i tid. Tiden är ledig igen."),
        ApprovalState.WITHDRAWN: _("Patienten behöver inte tiden längre."),
    }
    told = how[ApprovalState(ended.data["answer"])]
    messages.warning(request, f"{refusal_sentence(ended)} {told}")
    return redirect("approvals")


def _followed(actor: Actor) -> dict[str, Any]:
    """The topic of the region or clinic for which the actor answers, if any, and where it stands."""
    tenants = actor.tenants_where(Permission.REROUTE)
    code = Region.objects.filter(tenant__in=tenants).values_list("code", flat=True).first()
    receives = actor.tenants_where(Permission.SEE_ADDRESSED)
    clinic = Clinic.objects.filter(tenant__in=receives).order_by("id").first()
    if code is None and clinic is None:
        return {"topic": "", "number": 0}
    topic = topics.region(code) if code else topics.clinic(clinic.id)  # type: ignore[union-attr]
    return {"topic": topic, "number": last_numbers([topic])[topic]}


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor

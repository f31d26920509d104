"""Places at short notice: the patient consents and answers, the vårdlots notes it and sees who is asked."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import requires
from accounts.actions.outcomes import Answer
from accounts.roles import Permission
from brokering.access import access_invitation, access_referral
from brokering.actions.invitations import InvitationOver, accept_invitation, decline_invitation
from brokering.actions.short_notice import consent, end_consent
from brokering.errors import TOO_LATE
from brokering.forms import CONSEQUENCE_VERSION, AnswerForm, KeyForm, read
from brokering.forms.wishes import ShortNoticeForm
from brokering.law.cancellations import is_operation
from brokering.models import Referral
from brokering.selectors.invitations import asked_lately, leads_elsewhere
from brokering.selectors.short_notice import MyConsent, consents_of
from brokering.views.keys import once_per_button
from brokering.views.slots import gone, past


@requires(Permission.SEE_OWN_WAIT)
@require_http_methods(["GET", "HEAD", "POST"])
def own(request: HttpRequest, referral_id: UUID) -> HttpResponse:
    """Consent, change or end: the patient."""
    return _consent(request, referral_id, back="my_wait", by_phone=False)


@requires(Permission.REROUTE)
@require_http_methods(["GET", "HEAD", "POST"])
def by_phone(request: HttpRequest, referral_id: UUID) -> HttpResponse:
    """The same, as a vårdlots has been told by phone."""
    return _consent(request, referral_id, back="alternatives", by_phone=True)


@requires(Permission.REROUTE)
@require_safe
def asked(request: HttpRequest) -> HttpResponse:
    """Who of the region's patients is asked about which freed place, and what they answer."""
    found = asked_lately(request.actor, now=timezone.now())  # type: ignore[attr-defined]
    return render(request, "brokering/asked_batches.html", {"batches": found})


@requires(Permission.BOOK_FOR_SELF)
@require_POST
def accept(request: HttpRequest, invitation_id: UUID) -> HttpResponse:
    """Take the place; who would lose the guarantee by it reads so first."""
    now, actor = timezone.now(), request.actor  # type: ignore[attr-defined]
    invitation = access_invitation(invitation_id, by=actor, now=now)
    said = read(AnswerForm(request.POST))
    if leads_elsewhere(invitation) and said["version"] != CONSEQUENCE_VERSION:
        context = {"invitation": invitation, "version": CONSEQUENCE_VERSION}
        return render(request, "brokering/invitation_consequence.html", context)

    def work() -> Answer:
        booking = accept_invitation(
            by=actor, invitation_id=invitation_id, now=now, consequence_version=said["version"]
        )
        return Answer(200, {"booking": str(booking.id)})

    answer = once_per_button(request, said, now, work)
    lost = {late.code for late in (InvitationOver, *TOO_LATE)}
    if answer.status >= 400 and (why := past(answer)).code in lost:
        return gone(request, invitation.batch.slot_id, why, now)
    return redirect("booking", booking_id=answer.or_refuse().body["booking"])


@requires(Permission.BOOK_FOR_SELF)
@require_POST
def decline(request: HttpRequest, invitation_id: UUID) -> HttpResponse:
    """Say no; nothing changes."""
    now, actor = timezone.now(), request.actor  # type: ignore[attr-defined]
    said = read(AnswerForm(request.POST))

    def work() -> Answer:
        decline_invitation(by=actor, invitation_id=invitation_id, now=now)
        return Answer(200, {"invitation": str(invitation_id)})

    once_per_button(request, said, now, work).or_refuse()
    messages.success(request, _("Du har tackat nej till tiden. Inget annat har ändrats för dig."))
    return redirect("my_wait")


def _consent(request: HttpRequest, referral_id: UUID, *, back: str, by_phone: bool) -> HttpResponse:
    now, actor = timezone.now(), request.actor  # type: ignore[attr-defined]
    need = access_referral(referral_id, by=actor, purpose="short_notice", now=now)
    home = redirect(back, referral_id=need.id) if by_phone else redirect(back)
    if request.method == "POST" and "end" in request.POST:

        def end() -> Answer:
            end_consent(by=actor, referral_id=need.id, now=now)
            return Answer(200, {})

        once_per_button(request, read(KeyForm(request.POST)), now, end).or_refuse()
        messages.success(
            request, _("Samtycket är avslutat. Inga fler frågor om tider med kort varsel.")
        )
        return home
    mine = consents_of([need.id]).get(need.id)
    form = _form(request, need, mine)
    if request.method == "POST" and form.is_valid():

        def begin() -> Answer:
            consent(by=actor, referral_id=need.id, said=form.said(), now=now)
            return Answer(201, {})

        once_per_button(request, form.cleaned_data, now, begin).or_refuse()
        messages.success(request, _("Sparat. Frågan kommer när en tid med kort varsel blir ledig."))
        return home
    context = {"form": form, "need": need, "mine": mine, "by_phone": by_phone}
    status = 422 if form.is_bound else 200
    return render(request, "brokering/short_notice.html", context, status=status)


def _form(request: HttpRequest, need: Referral, mine: MyConsent | None) -> ShortNoticeForm:
    names = ("notice_hours", "max_distance_km", "ready", "late_evenings")
    said = {name: getattr(mine.row, name) for name in names} if mine else None
    operation = is_operation(kind=need.care.kind, form=need.care.form)
    return ShortNoticeForm(request.POST or None, operation=operation, initial=said)

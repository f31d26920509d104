"""Pages: "Min väntan", a patient's own needs, clocks, offers and bookings."""

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
from accounts.roles import Permission
from accounts.selectors.changes import last_numbers
from accounts.views import once_per_key
from brokering.access import access_referral
from brokering.actions.referrals import take_back_self_referral
from brokering.selectors.explanations import explain, for_patient
from brokering.selectors.invitations import my_invitations
from brokering.selectors.short_notice import consents_of
from brokering.selectors.waits import my_waits
from brokering.views.watches import watched


@requires(Permission.SEE_OWN_WAIT)
@require_safe
def my_wait(request: HttpRequest) -> HttpResponse:
    """Every need of one's own: how long, until when, what is offered, held and booked."""
    actor = request.actor  # type: ignore[attr-defined]
    topic = topics.person(actor.id)
    number = last_numbers([topic])[topic]
    now = timezone.now()
    waits = my_waits(actor, now=now)
    context = {
        "waits": waits,
        "now": now,
        "topic": topic,
        "number": number,
        "invitations": my_invitations(actor, now=now),
        "watches": watched(actor),
        "consents": consents_of([wait.referral.id for wait in waits]).values(),
    }
    return render(request, "brokering/waiting.html", context)


@requires(Permission.SEE_OWN_WAIT)
@require_safe
def own_why(request: HttpRequest, referral_id: UUID) -> HttpResponse:
    """Why one has no time yet, or why the time that one was offered."""
    actor, now = request.actor, timezone.now()  # type: ignore[attr-defined]
    need = access_referral(referral_id, by=actor, purpose="explain", now=now)
    found = for_patient(explain(need.care_id, str(need.need_key), now=now))
    return render(request, "brokering/own_why.html", {"referral": need, "found": found})


@requires(Permission.BOOK_FOR_SELF)
@require_POST
def take_back(request: HttpRequest, referral_id: UUID) -> HttpResponse:
    """End a self-referral of one's own."""
    actor, now = request.actor, timezone.now()  # type: ignore[attr-defined]

    def work() -> Answer:
        need = access_referral(referral_id, by=actor, purpose="take_back", now=now)
        take_back_self_referral(by=actor, referral=need, now=now)
        return Answer(200, {})

    once_per_key(request, work).or_refuse()
    messages.success(
        request, _("Du har tagit tillbaka din anmälan. Du väntar inte längre på den vården.")
    )
    return redirect("my_wait")

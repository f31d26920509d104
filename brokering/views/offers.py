"""The patient answers an offer; whatever the answer, the place in the queue is kept."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import requires
from accounts.actions.outcomes import Answer
from accounts.roles import Permission
from brokering.access import access_offer
from brokering.actions.offers import accept_offer, decline_offer
from brokering.forms import CONSEQUENCE_VERSION, AnswerForm, read
from brokering.law.decision import GuaranteeEffect
from brokering.models import Offer
from brokering.selectors.clocks import clocks_of
from brokering.tasks import rematch_when_committed
from brokering.views.keys import once_per_button


@requires(Permission.BOOK_FOR_SELF)
@require_POST
def accept(request: HttpRequest, offer_id: UUID) -> HttpResponse:
    """Take the place; who would lose the guarantee by it reads so first."""
    now = timezone.now()
    actor = request.actor  # type: ignore[attr-defined]
    offer = access_offer(offer_id, by=actor, purpose="offer", now=now)
    said = read(AnswerForm(request.POST))
    if _loses_guarantee(offer) and said["version"] != CONSEQUENCE_VERSION:
        context = {"offer": offer, "version": CONSEQUENCE_VERSION}
        return render(request, "brokering/offer_consequence.html", context)

    def work() -> Answer:
        found = access_offer(offer_id, by=actor, purpose="offer", now=now)
        booking = accept_offer(by=actor, offer=found, now=now, consequence_version=said["version"])
        return Answer(200, {"booking": str(booking.id)})

    answer = once_per_button(request, said, now, work).or_refuse()
    return redirect("booking", booking_id=answer.body["booking"])


@requires(Permission.BOOK_FOR_SELF)
@require_POST
def decline(request: HttpRequest, offer_id: UUID) -> HttpResponse:
    """Say no; the page before it has told what a no means, and the answer keeps which text that was."""
    now = timezone.now()
    actor = request.actor  # type: ignore[attr-defined]
    offer = access_offer(offer_id, by=actor, purpose="offer", now=now)
    said = read(AnswerForm(request.POST))
    if said["version"] != CONSEQUENCE_VERSION:
        need = offer.referral
        clock = clocks_of([need], on=timezone.localdate(now))[need.id]
        context = {"offer": offer, "version": CONSEQUENCE_VERSION, "clock": clock}
        return render(request, "brokering/offer_decline.html", context)

    def work() -> Answer:
        found = access_offer(offer_id, by=actor, purpose="offer", now=now)
        decline_offer(by=actor, offer=found, now=now, informed=said["version"])
        return Answer(200, {"offer": str(offer_id)})

    once_per_button(request, said, now, work).or_refuse()
    rematch_when_committed(offer.booking.claim.slot_id)
    messages.success(request, _("Du har tackat nej. Din plats i kön är kvar."))
    return redirect("my_wait")


def _loses_guarantee(offer: Offer) -> bool:
    effect = offer.booking.receipt["decision"]["guarantee_effect"]
    return bool(effect == GuaranteeEffect.EXCLUDED)

"""The patient answers an offer; whatever the answer, the place in the queue is kept."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import requires
from accounts.actions.outcomes import Answer
from accounts.roles import Permission
from brokering.access import access_offer, access_referral
from brokering.actions.offers import accept_offer, decline_offer, regret_no
from brokering.actions.refusals import want_care_again
from brokering.errors import TOO_LATE
from brokering.forms import CONSEQUENCE_VERSION, AnswerForm, KeyForm, read
from brokering.law.decision import GuaranteeEffect
from brokering.models import Offer
from brokering.selectors.answers import consequences_of, effect_of
from brokering.selectors.chains import other_part
from brokering.selectors.places import swedish_day
from brokering.tasks import rematch_when_committed
from brokering.views.keys import once_per_button
from brokering.views.slots import gone, past


@requires(Permission.BOOK_FOR_SELF)
@require_POST
def accept(request: HttpRequest, offer_id: UUID) -> HttpResponse:
    """Take the place; who would lose the guarantee by it reads so first."""
    now = timezone.now()
    actor = request.actor  # type: ignore[attr-defined]
    offer = access_offer(offer_id, by=actor, purpose="offer", now=now)
    said = read(AnswerForm(request.POST))
    loses = effect_of(offer) == GuaranteeEffect.EXCLUDED or _other_loses(offer)
    if loses and said["version"] != CONSEQUENCE_VERSION:
        answers = consequences_of(offer, on=swedish_day(now))
        context = {"offer": offer, "version": CONSEQUENCE_VERSION, "answers": answers, "now": now}
        return render(request, "brokering/offer_consequence.html", context)

    def work() -> Answer:
        found = access_offer(offer_id, by=actor, purpose="offer", now=now)
        booking = accept_offer(by=actor, offer=found, now=now, consequence_version=said["version"])
        return Answer(200, {"booking": str(booking.id)})

    answer = once_per_button(request, said, now, work)
    if answer.status >= 400 and (why := past(answer)).code in {late.code for late in TOO_LATE}:
        return gone(request, offer.booking.claim.slot_id, why, now)
    return redirect("booking", booking_id=answer.or_refuse().body["booking"])


def _other_loses(offer: Offer) -> bool:
    """Whether the guarantee of what follows would end by a yes, where two times are offered together."""
    other = other_part(offer.booking)
    effect = other and other.receipt["decision"]["guarantee_effect"]
    return bool(effect == GuaranteeEffect.EXCLUDED)


@requires(Permission.BOOK_FOR_SELF)
@require_POST
def decline(request: HttpRequest, offer_id: UUID) -> HttpResponse:
    """Say no; the page before it has told what a no means, and the answer keeps which text that was."""
    now = timezone.now()
    actor = request.actor  # type: ignore[attr-defined]
    offer = access_offer(offer_id, by=actor, purpose="offer", now=now)
    said = read(AnswerForm(request.POST))
    if said["version"] != CONSEQUENCE_VERSION:
        context = {
            "offer": offer,
            "version": CONSEQUENCE_VERSION,
            "answers": consequences_of(offer, on=swedish_day(now)),
            "regret_minutes": int(settings.NO_REGRETTED_WITHIN.total_seconds() // 60),
        }
        return render(request, "brokering/offer_decline.html", context)

    def work() -> Answer:
        found = access_offer(offer_id, by=actor, purpose="offer", now=now)
        decline_offer(by=actor, offer=found, now=now, informed=said["version"])
        return Answer(200, {"offer": str(offer_id)})

    once_per_button(request, said, now, work).or_refuse()
    rematch_when_committed()
    messages.success(request, _("Du har tackat nej. Din plats i kön är kvar."))
    return redirect("my_wait")


@requires(Permission.BOOK_FOR_SELF)
@require_POST
def regret(request: HttpRequest, offer_id: UUID) -> HttpResponse:
    """Take a no back a moment later: the same place is offered again, if nobody else has it."""
    now = timezone.now()
    actor = request.actor  # type: ignore[attr-defined]

    def work() -> Answer:
        found = access_offer(offer_id, by=actor, purpose="offer", now=now)
        again = regret_no(by=actor, offer=found, now=now)
        return Answer(201, {"offer": str(again.id)})

    once_per_button(request, read(KeyForm(request.POST)), now, work).or_refuse()
    messages.success(request, _("Ditt nej är borttaget. Nu kan du svara på erbjudandet igen."))
    return redirect("my_wait")


@requires(Permission.BOOK_FOR_SELF)
@require_POST
def want_again(request: HttpRequest, referral_id: UUID) -> HttpResponse:
    """The person wants the care after all: from today the days count again."""
    now = timezone.now()
    actor = request.actor  # type: ignore[attr-defined]

    def work() -> Answer:
        need = access_referral(referral_id, by=actor, purpose="offer", now=now)
        want_care_again(by=actor, referral=need, now=now)
        return Answer(200, {})

    once_per_button(request, read(KeyForm(request.POST)), now, work).or_refuse()
    messages.success(request, _("Tack. Från i dag räknas dagarna i vårdgarantin igen."))
    return redirect("my_wait")

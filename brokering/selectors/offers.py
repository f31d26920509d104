"""Offers as their patients see them: what is open, what was answered, what a no by mistake can still undo."""

from datetime import datetime

from django.conf import settings

from accounts.tenancy import Actor
from brokering.models import Offer
from brokering.states import OfferState, ReferralState
from providers.models import Claim

MOST = 100
"""So many of one's own offers are listed, the latest first."""


def own_offers(actor: Actor, *, state: str = "") -> list[Offer]:
    """The actor's own offers with place, clinic and need, the latest first."""
    rows = Offer.objects.filter(subject=actor.id).select_related(
        "booking__claim__slot__clinic__municipality", "booking__care", "referral__patient"
    )
    if state:
        rows = rows.filter(state=state)
    return list(rows.order_by("-sent_at", "id")[:MOST])


def regrettable_until(offer: Offer) -> datetime | None:
    """Until when a no can be taken back, if the place is still free then; None where there is no no."""
    if offer.state != OfferState.DECLINED or offer.answered_at is None:
        return None
    return min(offer.answered_at + settings.NO_REGRETTED_WITHIN, offer.answer_by)


def just_declined(actor: Actor, *, now: datetime) -> list[Offer]:
    """Own offers whose no can be taken back now: in time, the place free, nothing else offered."""
    rows = own_offers(actor, state=OfferState.DECLINED)
    late = [one for one in rows if (regrettable_until(one) or now) > now]
    return [
        one
        for one in late
        if one.referral.state == ReferralState.WAITING and not _is_taken(one, now=now)
    ]


def _is_taken(offer: Offer, *, now: datetime) -> bool:
    claims = Claim.objects.filter(slot=offer.booking.claim.slot_id, state__in=Claim.OCCUPYING)
    return claims.exclude(state=Claim.State.HELD, held_until__lte=now).exists()

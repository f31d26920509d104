"""Which open offers wait for an answer, and how their patients have been sought so far."""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings

from brokering.messaging.asking import Plan, Reached, SoFar, next_step
from brokering.messaging.channels import LETTER
from brokering.models import ContactAttempt, Offer, Referral
from brokering.selectors.offer_policies import OfferPolicyValue, offer_policy_of
from brokering.selectors.places import swedish_day
from brokering.states import ApprovalState, OfferState

LAST_DAY_BEFORE = timedelta(days=1)
"""An offer ends at the latest this long before the visit."""


def to_seek(*, now: datetime) -> list[UUID]:
    """Open offers of the acting tenants for which a message or a letter is due, the first to end first."""
    rows = Offer.objects.filter(state=OfferState.SENT, answer_by__gt=now)
    # Who has said yes and waits for the clinic is not asked again.
    rows = rows.exclude(booking__approvals__state=ApprovalState.ASKED)
    offers = rows.select_related("booking__claim__slot", "referral")
    plans: dict[tuple[str | None, date], Plan] = {}
    due = []
    for offer in offers.prefetch_related("contact_attempts").order_by("answer_by", "id"):
        key = (offer.referral.home_region_id, swedish_day(offer.sent_at))
        if key not in plans:
            plans[key] = plan_of(offer)
        if next_step(plans[key], so_far(offer), now).is_due(now):
            due.append(offer.id)
    return due


def plan_of(offer: Offer) -> Plan:
    """How the patient is sought: what the home region had decided when the offer was sent."""
    policy = policy_of(offer)
    return Plan(
        attempts=policy.attempts,
        letter_time=policy.letter_time,
        under_way=settings.LETTER_UNDER_WAY,
    )


def policy_of(offer: Offer) -> OfferPolicyValue:
    """The region's decision under which an offer (with its referral fetched) was sent."""
    return offer_policy_of(offer.referral.home_region_id, on=swedish_day(offer.sent_at))


def so_far(offer: Offer) -> SoFar:
    """What has happened to an open offer (with booking, claim and slot fetched)."""
    made = sorted(offer.contact_attempts.all(), key=lambda one: one.at)
    letters = [one.at for one in made if one.way == LETTER]
    return SoFar(
        begins=offer.delivered_at or offer.sent_at,
        answer_by=offer.answer_by,
        latest=offer.booking.claim.slot.starts_at - LAST_DAY_BEFORE,
        attempts=tuple(one.at for one in made if one.way != LETTER),
        is_spoken_to=any(one.outcome == Reached.SPOKEN for one in made),
        letter_at=letters[0] if letters else None,
    )


def attempts_of(referral: Referral) -> list[ContactAttempt]:
    """Every attempt to reach the patient about a need, the latest first, with who made it."""
    rows = ContactAttempt.objects.filter(referral=referral).select_related("noted_by")
    return list(rows.order_by("-at", "-id"))


def open_offer_of(referral: Referral, *, now: datetime) -> Offer | None:
    """The offer that a need's patient can answer now, with its place."""
    rows = Offer.objects.filter(referral=referral, state=OfferState.SENT, answer_by__gt=now)
    return rows.select_related(
        "booking__claim__slot__clinic__municipality__region",
        "booking__claim__slot__clinic__provider",
        "booking__care",
        "referral",
    ).first()

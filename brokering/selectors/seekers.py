"""Referrals as frozen seekers."""

from dataclasses import replace
from datetime import date

from django.db.models import F, OuterRef, Q, Subquery

from brokering.law.facts import Guarantee, ReferralFacts, Responsibility
from brokering.models import PaymentCommitment, Referral
from brokering.verdict import Promise, Seeker
from contracts.terms import Person
from providers.models import Claim


def seeker_of(referral: Referral, *, on: date) -> Seeker:
    """A referral (with its patient fetched) as law and terms see it on a day."""
    patient = referral.patient
    remiss = None
    if referral.issued_on is not None:
        remiss = ReferralFacts(
            issued_on=referral.issued_on,
            issuer=referral.issuer,
            issuer_region=referral.issuer_region_id or "",
            extras=frozenset(referral.extras),
        )
    return Seeker(
        home_region=referral.home_region_id,
        responsibility=Responsibility(patient.responsibility),
        birth_date=patient.birth_date,
        referral=remiss,
        need_approved=_not_after(referral.need_approved_on, on),
        guarantee=guarantee_of(referral.guarantee),
        person=Person(
            age=_age(patient.birth_date, on),
            bmi=referral.bmi,
            asa=referral.asa,
            needs=frozenset(referral.excluding_needs),
        ),
        assessed_at=referral.registered_at_id if referral.decided_on else None,
        declined_by=frozenset(referral.declined_by),
    )


def paying_seeker_of(referral: Referral, *, on: date) -> Seeker:
    """As `seeker_of`, with what is left of the home region's promises: for whoever may read them."""
    seeker = seeker_of(referral, on=on)
    return replace(seeker, promises=_promises(referral)) if seeker.need_approved else seeker


def _promises(referral: Referral) -> tuple[Promise, ...]:
    """What the home region has promised to pay for and nobody has used, or only a hold that may run out."""
    holds = Claim.objects.filter(commitment_id=OuterRef("pk"), state=Claim.State.HELD)
    first = Subquery(holds.order_by("held_until").values("held_until")[:1])
    rows = PaymentCommitment.objects.filter(referral=referral).annotate(held=first)
    left = rows.filter(Q(uses__lt=F("uses_max")) | Q(held__isnull=False))
    return tuple(
        Promise(valid_to=one.valid_to, free_at=None if one.uses < one.uses_max else one.held)
        for one in left
    )


def guarantee_of(value: str) -> Guarantee | None:
    """The besöks- or behandlingsgaranti, or None where neither applies."""
    return Guarantee(value) if value in set(Guarantee) else None


def _not_after(day: date | None, on: date) -> bool:
    return day is not None and day <= on


def _age(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))

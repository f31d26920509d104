"""Reserves what an agreement and a payer count: caps in the order of their counts, then the promise."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from uuid import UUID

from django.db.models import F

from brokering.actions.claims import end_lapsed
from brokering.errors import CommitmentUsed
from brokering.law.decision import Bookable
from brokering.law.facts import Route
from brokering.models import PaymentCommitment, Referral
from brokering.verdict import Verdict
from contracts.actions.caps import CapFull, reserve, wait_for_counts
from contracts.terms import Cap
from providers.models import Claim


@dataclass(frozen=True)
class Counted:
    """One count that a claim's visit on a day is reserved of."""

    cap: Cap
    claim: Claim
    on: date

    @property
    def turn(self) -> tuple[UUID, date]:
        """Counts are locked in this order, by everyone."""
        return self.cap.counter, self.cap.first_day(self.on)


def caps_of(verdict: Verdict, claim: Claim) -> list[Counted]:
    """What a place is counted against under its terms."""
    assert verdict.terms is not None
    home, day = verdict.explanation.asked.patient.home_region, verdict.place.day
    caps = verdict.terms.caps_on(day, home_region=home, binding=verdict.is_binding)
    return [Counted(cap, claim, day) for cap in caps]


def reserve_caps(counted: Sequence[Counted], *, now: datetime) -> None:
    """Reserve one place of each count for its claim, in the order of locking, or none; raises CapFull."""
    in_order = sorted(counted, key=lambda one: one.turn)
    for (claim, day), group in groupby(in_order, key=lambda one: (one.claim, one.on)):
        _reserve_caps([one.cap for one in group], claim, day, now)


def reserve_promise(referral: Referral, verdict: Verdict, claim: Claim, *, now: datetime) -> None:
    """Use a visit of the home region's promise to pay where the route needs one; raises CommitmentUsed."""
    if verdict.route == Route.INPATIENT_CHOICE and verdict.bookable == Bookable.YES:
        claim.commitment_id = reserve_commitment(referral, verdict.place.day, now)
        claim.save(update_fields=["commitment_id"])


def _reserve_caps(caps: Sequence[Cap], claim: Claim, day: date, now: datetime) -> None:
    try:
        reserve(caps, claim=claim.id, on=day)
    except CapFull:
        # Places of holds that ran out count against nobody; give them back before refusing. Whoever comes
        # while another does so waits for the counts, and finds there what the other did not need.
        end_lapsed(uses=wait_for_counts(caps, on=day), now=now)
        reserve(caps, claim=claim.id, on=day)


def reserve_commitment(referral: Referral, day: date, now: datetime) -> UUID:
    """Use one visit of the home region's promise to pay; raises CommitmentUsed."""
    usable = PaymentCommitment.objects.filter(referral=referral, valid_to__gte=day)
    for commitment in usable.select_for_update().order_by("valid_to", "id"):
        end_lapsed(commitment=commitment.id, now=now)
        free = PaymentCommitment.objects.filter(id=commitment.id, uses__lt=F("uses_max"))
        if free.update(uses=F("uses") + 1):
            return commitment.id
    raise CommitmentUsed

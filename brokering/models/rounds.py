"""Matching rounds: what was proposed to whom on which snapshot, and the offers that followed."""

import uuid

from django.db import models
from django.db.models import Q

from brokering.models.bookings import Booking
from brokering.models.need_row import NeedRow
from brokering.models.patients import Referral
from brokering.states import OfferState
from providers.models import Care, Slot


class Round(models.Model):
    """One matching round for a care. Holds no person: only counts and the snapshot's digest."""

    class State(models.TextChoices):
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    care = models.ForeignKey(Care, on_delete=models.PROTECT, related_name="rounds")
    state = models.CharField(max_length=8, choices=State.choices)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    digest = models.CharField(max_length=64, blank=True)
    settings = models.JSONField(default=dict)
    summary = models.JSONField(default=dict)
    problem = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["care", "-started_at"], name="rounds_of_a_care")]

    def __str__(self) -> str:
        return f"{self.care_id} {self.started_at:%Y-%m-%d %H:%M}"


class Proposal(models.Model):
    """One pair of a round, with an opaque need key; written by the matching role."""

    id = models.BigAutoField(primary_key=True)
    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="proposals")
    need_key = models.UUIDField()
    tenant_id = models.UUIDField()
    """Tenant responsible for the need, so that offers can be made under it."""
    slot = models.ForeignKey(Slot, on_delete=models.PROTECT, related_name="+")
    lot_id = models.UUIDField()
    route = models.CharField(max_length=20)
    rank = models.JSONField(default=dict)
    """What the place means to the need: class, in time or days late, distance, search step."""
    why = models.JSONField(default=dict)
    """Why this place: kept for what is offered, with counts of better places taken and of places removed."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "need_key"], name="one_proposal_per_need"),
            models.UniqueConstraint(fields=["round", "slot"], name="one_proposal_per_slot"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Offer(NeedRow):
    """A held place proposed to a patient until a deadline; the queue place is kept meanwhile."""

    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="offers")
    round = models.ForeignKey(Round, null=True, on_delete=models.PROTECT, related_name="offers")
    booking = models.OneToOneField(Booking, on_delete=models.PROTECT, related_name="offer")
    state = models.CharField(
        max_length=10, choices=[(s, s) for s in OfferState], default=OfferState.SENT
    )
    sent_at = models.DateTimeField()
    answer_by = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    """When it is recorded to have reached the patient."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["referral"], condition=Q(state="sent"), name="one_open_offer_per_need"
            ),
        ]

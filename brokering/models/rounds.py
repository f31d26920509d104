"""Matching rounds: what was proposed to whom on which snapshot, and the offers that followed."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from brokering.models.bookings import Booking
from brokering.models.need_row import NeedRow
from brokering.models.patients import Referral
from brokering.states import OfferState
from providers.models import Care, Slot


class NationalRound(models.Model):
    """One round over many cares: what it was run with and what came out, added up. Holds no person."""

    class Engine(models.TextChoices):
        """Which engine solved it; fast, frequent, and proven."""

        GREEDY = "greedy"
        AUCTION = "auction"
        EXACT = "exact"

    class State(models.TextChoices):
        RUNNING = "running"
        DONE = "done"
        ABANDONED = "abandoned"
        """It ended before all its cares were done; what was done of it stands."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    engine = models.CharField(max_length=8, choices=Engine.choices)
    state = models.CharField(max_length=10, choices=State.choices)
    cares = ArrayField(models.CharField(max_length=40))
    """Codes of the cares that it is about, the longest queue first."""
    parameters = models.JSONField(default=dict)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    """Of all inputs: two rounds with the same one had the same needs, places and answers of law."""
    summary = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["-started_at"], name="national_rounds_latest")]

    def __str__(self) -> str:
        return f"{self.engine} {self.started_at:%Y-%m-%d %H:%M}"


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
    national = models.ForeignKey(
        NationalRound, null=True, on_delete=models.PROTECT, related_name="rounds"
    )
    """The round over many cares that it belongs to."""

    class Meta:
        indexes = [models.Index(fields=["care", "-started_at"], name="rounds_of_a_care")]
        constraints = [
            models.UniqueConstraint(
                fields=["national", "care"],
                condition=Q(national__isnull=False),
                name="one_round_per_care_of_a_national_one",
            )
        ]

    def __str__(self) -> str:
        return f"{self.care_id} {self.started_at:%Y-%m-%d %H:%M}"


class RoundStore(models.Model):
    """The input of a round as it was, packed. Keys are opaque; matching alone reads it.

    Of a round over some places alone it is those places and whoever was read for them: everyone else stands
    behind whoever got a place that they might have had.
    """

    round = models.OneToOneField(
        Round, primary_key=True, on_delete=models.CASCADE, related_name="store"
    )
    body = models.BinaryField()
    stored_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["stored_at"], name="round_stores_by_age")]

    def __str__(self) -> str:
        return str(self.round_id)


class Proposal(models.Model):
    """One pair of a round, with an opaque need key; written by the matching role.

    Nothing refers to its place or round in the database: half a million rows are written at once, and the
    guarded action that makes an offer of one looks at the place anew.
    """

    id = models.BigAutoField(primary_key=True)
    round = models.ForeignKey(
        Round,
        on_delete=models.CASCADE,
        related_name="proposals",
        db_constraint=False,
        db_index=False,
    )
    need_key = models.UUIDField()
    tenant_id = models.UUIDField()
    """Tenant responsible for the need, so that offers can be made under it."""
    slot = models.ForeignKey(
        Slot, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
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

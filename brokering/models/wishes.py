"""What a patient asks for while waiting: a freed place at short notice, word when a time appears."""

import uuid

from django.db import models
from django.db.models import Func, Q
from django.db.models.functions import Cast

from brokering.models.bookings import Booking
from brokering.models.need_row import NeedRow
from brokering.models.patients import Referral
from brokering.states import InvitationState, WatchState
from providers.models import Care, Slot


class ShortNotice(NeedRow):
    """A patient's consent to be offered a freed place at short notice, and what they can manage."""

    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="short_notices")
    notice_hours = models.PositiveSmallIntegerField()
    """How long beforehand they must know."""
    max_distance_km = models.PositiveSmallIntegerField(null=True)
    ready = models.JSONField(default=list)
    """Codes of the checklist that the patient has ticked off."""
    late_evenings = models.BooleanField(db_default=False, default=False)
    """Whether they may be told later in the evening than others."""
    booking = models.ForeignKey(
        Booking, null=True, on_delete=models.PROTECT, related_name="earlier_wishes"
    )
    """Set where they have this time already and would come earlier; null where they wait without one."""
    consented_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    synthetic = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["referral"],
                condition=Q(ended_at__isnull=True),
                name="one_short_notice_per_need",
            )
        ]


class Batch(models.Model):
    """A freed place to which several patients are invited at once: the first yes has it. Names no person."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slot = models.ForeignKey(Slot, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField()
    answer_by = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    """When somebody had said yes, everybody no, or the time had run out."""
    seen = models.TextField(
        db_default=Cast(Func(function="pg_current_snapshot"), models.TextField()), editable=False
    )
    """What had been seen of the database when they were asked (`brokering.matching.seen`)."""

    class Meta:
        verbose_name_plural = "batches"
        constraints = [
            models.UniqueConstraint(
                fields=["slot"], condition=Q(ended_at__isnull=True), name="one_open_batch_per_slot"
            )
        ]

    def __str__(self) -> str:
        return str(self.id)


class Invitation(NeedRow):
    """A patient's part in a batch. No offer in the guarantee's sense: a no, or silence, changes nothing."""

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="invitations")
    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="invitations")
    lot_id = models.UUIDField()
    route = models.CharField(max_length=20)
    state = models.CharField(
        max_length=10, choices=[(s, s) for s in InvitationState], default=InvitationState.SENT
    )
    booking = models.OneToOneField(
        Booking, null=True, on_delete=models.PROTECT, related_name="invitation"
    )
    """What the first yes became."""
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "referral"], name="one_invitation_per_need_and_batch"
            ),
            models.UniqueConstraint(
                fields=["batch"], condition=Q(state="accepted"), name="one_yes_per_batch"
            ),
            models.CheckConstraint(
                condition=~Q(state="accepted") | Q(booking__isnull=False),
                name="a_yes_has_a_booking",
            ),
        ]


class Watch(NeedRow):
    """Somebody wants word when a place appears that answers their search."""

    referral = models.ForeignKey(
        Referral, null=True, on_delete=models.PROTECT, related_name="watches"
    )
    care = models.ForeignKey(Care, on_delete=models.PROTECT, related_name="+")
    query = models.JSONField()
    """The search as its address says it; names no person."""
    state = models.CharField(
        max_length=10, choices=[(s, s) for s in WatchState], default=WatchState.OPEN
    )
    created_at = models.DateTimeField()
    looked_at = models.DateTimeField()
    """What appeared before has been looked at."""
    ends_on = models.DateField()
    told_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["care"], condition=Q(state="open"), name="watch_of_a_care")]

"""Decisions that take capacity back: a closed unit, a region in a serious event."""

import uuid

from django.db import models
from django.db.models import F, Q

from accounts.models import Tenant, User
from providers.models.clinics import Clinic
from providers.models.places import Care, Region


class CapacityRestriction(models.Model):
    """A dated decision that a clinic, or one of its cares, gives nothing for a time."""

    class State(models.TextChoices):
        IN_FORCE = "in_force"
        LIFTED = "lifted"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="restrictions")
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    """The clinic's tenant, repeated here for the row policies."""
    care = models.ForeignKey(Care, null=True, on_delete=models.PROTECT, related_name="+")
    """Null for everything that the clinic gives."""
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=40)
    decision_reference = models.CharField(max_length=80)
    """Diary number or the like: where the decision can be read."""
    state = models.CharField(max_length=10, choices=State.choices, default=State.IN_FORCE)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("begins_at")), name="restriction_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=~Q(decision_reference=""), name="a_restriction_cites_its_decision"
            ),
        ]
        indexes = [
            models.Index(
                fields=["clinic", "begins_at"],
                condition=Q(state="in_force"),
                name="restrictions_of_a_clinic",
            )
        ]

    def __str__(self) -> str:
        return f"{self.clinic_id} {self.begins_at:%Y-%m-%d}"


class SeriousEvent(models.Model):
    """Allvarlig händelse: while it lasts the region's clinics publish no elective places."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="serious_events")
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200)
    decision_reference = models.CharField(max_length=80)
    begun_at = models.DateTimeField()
    begun_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["region"],
                condition=Q(ended_at__isnull=True),
                name="one_serious_event_at_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(decision_reference=""), name="a_serious_event_cites_its_decision"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.region_id} {self.begun_at:%Y-%m-%d}"

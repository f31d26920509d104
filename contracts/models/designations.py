"""Which clinics may give a care that is not given everywhere, dated and with its source."""

import uuid

from django.db import models
from django.db.models import F, Q

from accounts.models import Tenant, User
from providers.models import Care, Clinic, Region


class Designation(models.Model):
    """A clinic is designated for a care. No row for a national care means that nobody here knows who is.

    A region enters what holds for its own patients, from a document of its own choice; a row without region
    holds for everyone's and is shipped or loaded, never entered.
    """

    class Basis(models.TextChoices):
        NATIONAL = "national", "nationell högspecialiserad vård"
        STRUCTURED = "structured", "nivåstrukturering"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="designations")
    care = models.ForeignKey(Care, on_delete=models.PROTECT, related_name="designations")
    region = models.ForeignKey(
        Region, null=True, on_delete=models.PROTECT, related_name="designations"
    )
    """For whose patients; null for everyone's."""
    tenant = models.ForeignKey(Tenant, null=True, on_delete=models.PROTECT, related_name="+")
    """The region's tenant, repeated here for the row policies."""
    basis = models.CharField(max_length=10, choices=Basis.choices)
    source = models.CharField(max_length=200)
    """The decision in which it stands: who decided, its number and day."""
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    set_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()
    synthetic = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="designation_ends_after_it_begins",
            ),
            models.CheckConstraint(condition=~Q(source=""), name="designation_has_a_source"),
            models.CheckConstraint(
                condition=Q(region__isnull=True, tenant__isnull=True)
                | Q(region__isnull=False, tenant__isnull=False),
                name="designation_of_a_region_or_of_all",
            ),
            models.UniqueConstraint(
                fields=["clinic", "care", "region", "basis"],
                condition=Q(valid_to__isnull=True),
                nulls_distinct=False,
                name="one_open_ended_designation",
            ),
        ]
        indexes = [models.Index(fields=["care"], name="designations_of_a_care")]

    def __str__(self) -> str:
        return f"{self.clinic_id} {self.care_id}"

"""How a clinic shares its places between regions where the law leaves it to agreement."""

import uuid

from django.db import models
from django.db.models import F, Q

from accounts.models import Tenant, User
from providers.models import Care, Clinic, Region


class ReleasePolicy(models.Model):
    """For how long a new place is kept for the agreement's own regions, from a day on.

    Binds inpatient care and reroutes only: open care is given on the same terms to everyone
    (8 kap. 3 § HSL).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="release_policies")
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    """The clinic's tenant, repeated here for the row policies."""
    care = models.ForeignKey(Care, null=True, on_delete=models.PROTECT, related_name="+")
    own_regions_first = models.DurationField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "release policies"
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="release_policy_ends_after_it_begins",
            )
        ]

    def __str__(self) -> str:
        return f"{self.clinic_id} {self.own_regions_first}"


class RegionQuota(models.Model):
    """How many places of a clinic another region may use in a period; same reach as a ReleasePolicy."""

    class Period(models.TextChoices):
        MONTH = "month", "månad"
        QUARTER = "quarter", "kvartal"
        YEAR = "year", "år"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="quotas")
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    care = models.ForeignKey(Care, null=True, on_delete=models.PROTECT, related_name="+")
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="+")
    """The patient's home region."""
    places = models.PositiveIntegerField()
    period = models.CharField(max_length=8, choices=Period.choices)
    counts_with = models.UUIDField(null=True)
    """Set for a quota that is back after another one: the id of the quota whose count goes on."""
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="quota_ends_after_it_begins",
            )
        ]

    def __str__(self) -> str:
        return f"{self.clinic_id} {self.region_id} {self.places}"


class OfferPolicy(models.Model):
    """A region's own decision on how long its patients have to answer an offer, and how they are sought."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="offer_policies")
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    """The region's tenant, repeated here for the row policies."""
    answer_days = models.PositiveSmallIntegerField()
    attempts = models.PositiveSmallIntegerField()
    """How often a patient who does not answer is sought before a letter goes out."""
    letter_days = models.PositiveSmallIntegerField()
    """How long a letter is waited for before the need goes back to whoever referred."""
    batch = models.PositiveSmallIntegerField(default=1)
    """How many patients a place at short notice is offered to at once."""
    decision_reference = models.CharField(max_length=80)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()
    synthetic = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = "offer policies"
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="offer_policy_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(answer_days__gte=1, attempts__gte=1, letter_days__gte=1, batch__gte=1),
                name="offer_policy_gives_time",
            ),
            models.UniqueConstraint(
                fields=["region"],
                condition=Q(valid_to__isnull=True),
                name="one_open_ended_offer_policy",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.region_id} {self.valid_from}"

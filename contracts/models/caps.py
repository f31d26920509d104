"""Volume caps of lots, what is used of every cap, and which claim has reserved what."""

from uuid import uuid4

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import F, Q

from contracts.models.agreements import Lot
from providers.models import Claim, Region


class Cap(models.Model):
    """How many places of a lot may be used in a period, by everyone or by one region's patients."""

    class Period(models.TextChoices):
        MONTH = "month", "månad"
        QUARTER = "quarter", "kvartal"
        YEAR = "year", "år"
        WHOLE = "whole", "hela avtalet"

    lot = models.ForeignKey(Lot, on_delete=models.CASCADE, related_name="caps")
    lineage = models.UUIDField(default=uuid4, db_default=RandomUUID())
    """The counter: the same for every version of the cap, so that what is used follows an amendment.

    A cap with another period is another cap and counts from the beginning.
    """
    region = models.ForeignKey(Region, null=True, on_delete=models.PROTECT, related_name="+")
    """The home region whose patients it counts; null counts everyone's."""
    places = models.PositiveIntegerField()
    period = models.CharField(max_length=8, choices=Period.choices)

    class Meta:
        ordering = ["region_id", "period"]
        constraints = [
            models.UniqueConstraint(
                fields=["lot", "region", "period"],
                name="one_cap_per_lot_region_and_period",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(period__in=["month", "quarter", "year", "whole"]),
                name="cap_period_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.places} {self.period}"


class CapUse(models.Model):
    """Places reserved or used of one cap in one period; never above it."""

    counter = models.UUIDField()
    """`Cap.lineage`, or the id of the RegionQuota with which it counts."""
    region = models.ForeignKey(Region, null=True, on_delete=models.PROTECT, related_name="+")
    """Whose patients are counted; null for everyone's."""
    period = models.DateField()
    """First day of the month, quarter or year; the first day of all where the cap is for ever."""
    limit = models.PositiveIntegerField()
    used = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["counter", "period"], name="one_count_per_cap_and_period"
            ),
            models.CheckConstraint(condition=Q(used__lte=F("limit")), name="cap_never_exceeded"),
        ]

    def __str__(self) -> str:
        return f"{self.used}/{self.limit}"


class Reservation(models.Model):
    """A claim's place of a cap; it goes when the claim ends without a visit, and the place with it."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="reservations")
    use = models.ForeignKey(CapUse, on_delete=models.PROTECT, related_name="reservations")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["claim", "use"], name="one_reservation_per_claim")
        ]

    def __str__(self) -> str:
        return f"{self.claim_id} {self.use_id}"

"""Regions, municipalities and the published waiting statistics: reference data with a source."""

from django.db import models
from django.db.models import Q

from accounts.models import Tenant


class Region(models.Model):
    """A region: responsible for its residents' care, and for what its agreements carry."""

    code = models.CharField(max_length=2, primary_key=True)
    name = models.CharField(max_length=60)
    county = models.CharField(max_length=60)
    iso_code = models.CharField(max_length=6)
    population = models.PositiveIntegerField()
    population_on = models.DateField()
    cooperation_area = models.CharField(max_length=40)
    organisation_number = models.CharField(max_length=10, unique=True)
    organisation_number_source = models.CharField(max_length=60)
    tenant = models.OneToOneField(Tenant, on_delete=models.PROTECT, related_name="region")

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(code__regex=r"^[0-2]\d$"), name="region_code_is_lanskod"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Municipality(models.Model):
    """A municipality, with the centre of its area (WGS84) for coarse distances."""

    code = models.CharField(max_length=4, primary_key=True)
    name = models.CharField(max_length=60)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="municipalities")
    cooperation_area = models.CharField(max_length=40)
    latitude = models.FloatField()
    longitude = models.FloatField()
    source = models.CharField(max_length=120)

    class Meta:
        ordering = ["code"]
        verbose_name_plural = "municipalities"

    def __str__(self) -> str:
        return self.name


class Care(models.Model):
    """One care of the catalogue: what is sought, offered, waited for."""

    class Form(models.TextChoices):
        OPEN = "open"
        INPATIENT = "inpatient"
        INPATIENT_OR_DAY = "inpatient_or_day"

    code = models.CharField(max_length=40, primary_key=True)
    name_sv = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120)
    kind = models.CharField(max_length=20)
    level = models.CharField(max_length=12)
    form = models.CharField(max_length=20, choices=Form.choices)
    area = models.CharField(max_length=40)
    guarantee = models.CharField(max_length=12)
    """besok, behandling, bedomning or none."""
    medical_service = models.BooleanField(default=False)
    hospital_level = models.CharField(max_length=10, blank=True)
    source = models.CharField(max_length=200)

    class Meta:
        ordering = ["name_sv"]

    def __str__(self) -> str:
        return self.name_sv


class PublishedWait(models.Model):
    """One published figure of the waiting statistics; `count` is null where the source suppressed it."""

    class Measure(models.TextChoices):
        FIRST_VISIT = "first_visit"
        OPERATION = "operation"

    measure = models.CharField(max_length=12, choices=Measure.choices)
    over_days = models.PositiveSmallIntegerField()
    region = models.ForeignKey(Region, null=True, on_delete=models.PROTECT, related_name="+")
    care = models.ForeignKey(Care, null=True, on_delete=models.PROTECT, related_name="+")
    count = models.PositiveIntegerField(null=True)
    share_of_all_percent = models.PositiveSmallIntegerField()
    share_within_percent = models.PositiveSmallIntegerField()
    population = models.CharField(max_length=200)
    measured_on = models.DateField()
    source = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["measure", "over_days", "region", "care", "measured_on"],
                nulls_distinct=False,
                name="one_published_wait_per_cell",
            ),
            models.CheckConstraint(
                condition=Q(region__isnull=True) | Q(care__isnull=True),
                name="published_wait_is_a_marginal",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.measure} >{self.over_days} {self.region_id or self.care_id or 'total'}"

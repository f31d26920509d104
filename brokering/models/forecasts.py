"""Forecasts as they were made: what was said on which day is never changed afterwards."""

from django.db import models
from django.db.models import F, Q

from providers.models import Care, Clinic


class Forecast(models.Model):
    """The first date that somebody who joined a clinic's queue that day could expect; no person in it.

    A day is null where it is later than can be told. Newer rows stand beside older ones, so that what was
    promised can be held against what came.
    """

    id = models.BigAutoField(primary_key=True)
    clinic = models.ForeignKey(
        Clinic, on_delete=models.PROTECT, related_name="forecasts", db_index=False
    )
    care = models.ForeignKey(Care, on_delete=models.PROTECT, related_name="+", db_index=False)
    made_on = models.DateField()
    made_at = models.DateTimeField()
    early = models.DateField(null=True)
    """Ten of a hundred get a time no later than this."""
    middle = models.DateField(null=True)
    late = models.DateField(null=True)
    """Ninety of a hundred do."""
    places = models.JSONField()
    """For each need class, how many of that day's queue are served by the end of each week ahead."""
    stays = models.FloatField()
    """Share of those in the queue who do not leave it without a time."""
    weeks = models.PositiveSmallIntegerField()
    """How many past weeks it rests on."""
    judged = models.PositiveIntegerField()
    """Earlier promises of the last year that had run out when this was made."""
    held = models.PositiveIntegerField()
    """Of these, those that came true: the person's day lay within the interval."""
    version = models.CharField(max_length=10)
    """Of the method."""
    fingerprint = models.CharField(max_length=32)
    """Digest of everything that it rests on."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "care", "made_on"], name="one_forecast_a_day"
            ),
            models.CheckConstraint(
                condition=Q(held__lte=F("judged")), name="forecast_held_at_most_judged"
            ),
            models.CheckConstraint(
                condition=(
                    (Q(middle__isnull=True) | Q(early__isnull=False, middle__gte=F("early")))
                    & (Q(late__isnull=True) | Q(middle__isnull=False, late__gte=F("middle")))
                ),
                name="forecast_days_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.care_id} {self.made_on:%Y-%m-%d}"

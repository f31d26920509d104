"""What has been measured of a publisher: how old its information was, and whether its places were real."""

from django.db import models

from providers.models.clinics import Clinic


class ClinicDay(models.Model):
    """One clinic's Swedish day in figures. Only scheduled work writes it; nothing in it is about a person."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="days")
    day = models.DateField()
    samples = models.PositiveIntegerField(default=0)
    """How often the age of its oldest advertised place was measured."""
    late = models.PositiveIntegerField(default=0)
    """Samples older than promised."""
    gone = models.PositiveIntegerField(default=0)
    """Samples so old that places were hidden."""
    age_seconds = models.BigIntegerField(default=0)
    """Sum over the samples."""
    oldest_seconds = models.BigIntegerField(default=0)
    probed = models.PositiveIntegerField(default=0)
    """Advertised places that a probe tried to hold."""
    unheld = models.PositiveIntegerField(default=0)
    """Of these, places that turned out not to be holdable (each place once, when it was found out)."""
    kept = models.PositiveIntegerField(default=0)
    """Booked visits of the day that the clinic was there for: they took place, or the patient stayed away."""
    taken_back = models.PositiveIntegerField(default=0)
    """Holds and bookings that the clinic broke that day."""
    unreported = models.PositiveIntegerField(default=0)
    """Booked visits of the day of which the clinic has said nothing a week later."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["clinic", "day"], name="one_row_per_clinic_and_day")
        ]

    def __str__(self) -> str:
        return f"{self.clinic_id} {self.day}"


class Watched(models.Model):
    """Up to which moment a scheduled watch has told what time alone changes, so that it tells it once."""

    name = models.CharField(max_length=40, primary_key=True)
    until = models.DateTimeField()

    class Meta:
        verbose_name_plural = "watched"

    def __str__(self) -> str:
        return self.name

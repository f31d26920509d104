"""The deviation ledger: places that went past somebody with a greater need or a longer wait, and why."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.models import User
from brokering.models.bookings import Booking
from providers.models import Care, Claim


class GivenPlace(models.Model):
    """A place that was given and that the ledger has not looked at yet; the database notes it by itself."""

    booking = models.ForeignKey(
        Booking, on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    stamp = models.BigIntegerField()
    """Of the transaction that gave it; a turn with a later one has changed since."""

    def __str__(self) -> str:
        return str(self.booking_id)


class Bypass(models.Model):
    """A place and one reason why it went past others. Counts people and holds none of them."""

    claim = models.ForeignKey(
        Claim, on_delete=models.PROTECT, related_name="bypasses", db_index=False
    )
    care = models.ForeignKey(Care, on_delete=models.DO_NOTHING, related_name="+", db_index=False)
    code = models.CharField(max_length=40)
    need_class = models.PositiveSmallIntegerField(null=True)
    """Of whoever got the place; null where no clinician has set one."""
    waited_days = models.PositiveIntegerField()
    """How long whoever got it had waited."""
    passed = models.PositiveIntegerField()
    """How many it went past."""
    higher = models.PositiveIntegerField()
    """How many of them have a greater need; the others have waited longer with the same."""
    in_time = models.PositiveIntegerField()
    """How many of them would have been in time with it."""
    highest = models.PositiveSmallIntegerField()
    """The highest need class among them."""
    regions = models.JSONField()
    """How many of them each home region answers for."""
    tenants = ArrayField(models.UUIDField())
    """Tenants responsible for any of the needs: they see the row."""
    given_at = models.DateTimeField()
    found_at = models.DateTimeField()
    settled_code = models.CharField(max_length=40, blank=True, db_default="")
    """The reason that a person has given for an unexplained one."""
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["claim", "code"], name="one_bypass_per_reason"),
            models.CheckConstraint(
                condition=Q(passed__gte=1, higher__lte=models.F("passed")),
                name="a_bypass_passes_somebody",
            ),
            models.CheckConstraint(
                condition=Q(settled_code="", settled_at__isnull=True, settled_by__isnull=True)
                | Q(code="unexplained", settled_at__isnull=False, settled_by__isnull=False)
                & ~Q(settled_code=""),
                name="what_is_settled_was_unexplained",
            ),
        ]
        indexes = [
            models.Index(fields=["-given_at", "-id"], name="bypasses_latest"),
            models.Index(
                fields=["given_at"],
                condition=Q(code="unexplained", settled_code=""),
                name="bypasses_unexplained",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.claim_id}"

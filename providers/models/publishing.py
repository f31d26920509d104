"""How capacity reaches us: weekly statements, feeds that we poll, deliveries and their staged rows."""

import uuid

from django.db import models
from django.db.models import Q

from accounts.models import Tenant, User
from providers.models.clinics import Clinic, Provider
from providers.models.places import Care


class Feed(models.Model):
    """An address where a provider publishes its free times for anyone to fetch; we poll it."""

    class Kind(models.TextChoices):
        SMART = "smart", "SMART Scheduling Links / $bulk-publish"
        ICAL = "ical", "iCalendar"

    class State(models.TextChoices):
        ACTIVE = "active"
        PAUSED = "paused"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="feeds")
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    """The provider's tenant, repeated here for the row policies."""
    kind = models.CharField(max_length=8, choices=Kind.choices)
    url = models.URLField(max_length=500)
    clinic = models.ForeignKey(Clinic, null=True, on_delete=models.PROTECT, related_name="feeds")
    """The clinic that a calendar speaks of; a SMART publication names its clinics itself."""
    care = models.ForeignKey(Care, null=True, on_delete=models.PROTECT, related_name="+")
    """The care that a calendar's free times are for."""
    form = models.CharField(max_length=10, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.ACTIVE)
    promised_age = models.DurationField()
    """What came from the feed and is older than this is demoted, then hidden."""
    added_at = models.DateTimeField()
    polled_at = models.DateTimeField(null=True)
    next_poll_at = models.DateTimeField(null=True)
    succeeded_at = models.DateTimeField(null=True)
    """When its whole content was last fetched or said to be unchanged: the age of its places."""
    failures = models.PositiveIntegerField(default=0)
    """Failed polls in a row; the next one waits longer each time."""
    problem = models.CharField(max_length=60, blank=True)
    """Code of what was wrong at the last poll; empty when it went well."""
    validators = models.JSONField(default=dict)
    """ETag and Last-Modified of each file, for conditional requests."""
    reading = models.JSONField(default=dict)
    """What its content held when it last changed: times by kind, bad lines by code, and the first of them."""
    synthetic = models.BooleanField(default=False)

    class Meta:
        ordering = ["provider", "url"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "url"], name="one_feed_per_address"),
            models.CheckConstraint(
                condition=~Q(kind="ical") | Q(clinic__isnull=False, care__isnull=False),
                name="a_calendar_names_clinic_and_care",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_poll_at"], condition=Q(state="active"), name="feed_to_be_polled"
            )
        ]

    def __str__(self) -> str:
        return self.url


class Delivery(models.Model):
    """One batch of times from a file, a call or a poll: staged, judged row by row, then applied whole."""

    class Channel(models.TextChoices):
        FILE = "file"
        API = "api"
        FEED = "feed"

    class State(models.TextChoices):
        STAGED = "staged"
        APPLIED = "applied"
        DISCARDED = "discarded"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=8, choices=Channel.choices)
    feed = models.ForeignKey(Feed, null=True, on_delete=models.PROTECT, related_name="deliveries")
    name = models.CharField(max_length=200, blank=True)
    """The file's name, where it came as one."""
    received_at = models.DateTimeField()
    received_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    """Null where we fetched it ourselves."""
    state = models.CharField(max_length=10, choices=State.choices, default=State.STAGED)
    asked_at = models.DateTimeField(null=True)
    """When somebody asked a worker to apply it; null where that is done at once."""
    applied_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=60, blank=True, db_default="")
    """Code of why it could not be applied when that was last tried; empty when it could."""
    counts = models.JSONField(default=dict)
    """Rows by outcome."""
    problems = models.JSONField(default=list)
    """The first lines that could not be read: number and code."""

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.CheckConstraint(
                condition=Q(state="applied", applied_at__isnull=False)
                | ~Q(state="applied") & Q(applied_at__isnull=True),
                name="an_applied_delivery_says_when",
            )
        ]
        indexes = [models.Index(fields=["tenant", "-received_at"], name="deliveries_of_a_tenant")]

    def __str__(self) -> str:
        return f"{self.channel} {self.received_at:%Y-%m-%d %H:%M}"


class StagedSlot(models.Model):
    """One row of a delivery as it came, with what became of it. Not kept after the delivery's day.

    Text as it came, so that a row that cannot be read is refused by itself. The table is unlogged: what a
    crash empties is sent again.
    """

    id = models.BigAutoField(primary_key=True)
    delivery_id = models.UUIDField()
    index = models.PositiveIntegerField()
    """Place in the delivery, from 0."""
    clinic_id = models.UUIDField(null=True)
    care_code = models.CharField(max_length=60)
    form = models.CharField(max_length=10, blank=True, db_default="")
    mode = models.CharField(max_length=8, blank=True, db_default="")
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    source_key = models.CharField(max_length=80, blank=True, db_default="")
    problem = models.CharField(max_length=40, blank=True, db_default="")
    """Code of why the row could not be read at all; such a row is refused for it."""
    outcome = models.CharField(max_length=40, blank=True, db_default="")
    """created, reopened, unchanged, or the code of a refusal; empty until judged."""
    slot_id = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["delivery_id", "index"], name="one_staged_row_per_index"
            )
        ]

    def __str__(self) -> str:
        return f"{self.delivery_id} {self.index}"


class CapacityStatement(models.Model):
    """Places of a care in one week from a clinic that cannot name times yet.

    Each place is a slot that spans the week, so that it is found, held and withdrawn by the same guarded
    writes as any other; the clinic names the time afterwards.
    """

    class State(models.TextChoices):
        OPEN = "open"
        WITHDRAWN = "withdrawn"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="statements")
    care = models.ForeignKey(Care, on_delete=models.PROTECT, related_name="+")
    form = models.CharField(max_length=10)
    week = models.DateField()
    """The week's Monday."""
    places = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    published_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    synthetic = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "care", "form", "week"], name="one_statement_per_week"
            ),
            models.CheckConstraint(
                condition=Q(week__iso_week_day=1), name="a_statement_begins_on_monday"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.places} {self.care_id} {self.week}"

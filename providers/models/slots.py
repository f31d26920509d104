"""A slot is one place for one patient; a claim is its occupancy."""

import uuid

from django.db import models
from django.db.models import F, OrderBy, Q

from providers.models.clinics import Clinic
from providers.models.decisions import CapacityRestriction, SeriousEvent
from providers.models.places import Care
from providers.models.publishing import CapacityStatement, Delivery, Feed


class Slot(models.Model):
    """One place for one patient. Only OPEN or WITHDRAWN is stored; *free* is computed from claims."""

    class State(models.TextChoices):
        OPEN = "open"
        WITHDRAWN = "withdrawn"

    class Form(models.TextChoices):
        OPEN = "open", "öppen vård"
        INPATIENT = "inpatient", "sluten vård"

    class Mode(models.TextChoices):
        ON_SITE = "on_site", "på plats"
        VIDEO = "video", "video"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(
        Clinic, on_delete=models.PROTECT, related_name="slots", db_index=False
    )
    care = models.ForeignKey(Care, on_delete=models.PROTECT, related_name="slots", db_index=False)
    form = models.CharField(max_length=10, choices=Form.choices)
    mode = models.CharField(max_length=8, choices=Mode.choices, db_default=Mode.ON_SITE)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    published_at = models.DateTimeField()
    opens_at = models.DateTimeField()
    """From when anyone may hold it; before that only a matching round proposes it (need first)."""
    confirmed_at = models.DateTimeField()
    source_key = models.CharField(max_length=80, blank=True)
    """The publisher's own key of the time, so that publishing again changes nothing."""
    statement = models.ForeignKey(
        CapacityStatement,
        null=True,
        on_delete=models.PROTECT,
        related_name="slots",
        db_index=False,
    )
    """Set for a place in a week; until the clinic has named its time the slot spans the week."""
    feed = models.ForeignKey(
        Feed, null=True, on_delete=models.PROTECT, related_name="slots", db_index=False
    )
    """Set for what we fetched: it is as old as the feed's last success."""
    delivery = models.ForeignKey(
        Delivery, null=True, on_delete=models.PROTECT, related_name="slots", db_index=False
    )
    restriction = models.ForeignKey(
        CapacityRestriction,
        null=True,
        on_delete=models.PROTECT,
        related_name="slots",
        db_index=False,
    )
    """The decision that withdrew it, if one did."""
    event = models.ForeignKey(
        SeriousEvent, null=True, on_delete=models.PROTECT, related_name="slots", db_index=False
    )
    """The serious event that it waits for, where it became free while that went on."""
    hidden_why = models.CharField(max_length=40, blank=True, db_default="")
    """Code of why a probe could not hold it; such a place is not shown as free."""
    probed_at = models.DateTimeField(null=True)
    synthetic = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="slot_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(opens_at__gte=F("published_at")), name="slot_opens_after_publishing"
            ),
            models.UniqueConstraint(
                fields=["clinic", "source_key"],
                condition=~Q(source_key=""),
                name="one_slot_per_source_key",
            ),
            models.CheckConstraint(
                condition=Q(event__isnull=True) | Q(state="withdrawn", restriction__isnull=True),
                name="slot_waits_for_one_thing",
            ),
        ]
        indexes = [
            models.Index(
                fields=["care", "starts_at", "id"],
                condition=Q(state="open"),
                name="open_slots_by_date",
            ),
            models.Index(
                fields=["care", "clinic", "form", "mode", "starts_at", "id"],
                condition=Q(state="open"),
                name="open_slots_by_kind",
            ),
            models.Index(fields=["clinic", "starts_at"], name="slot_of_a_clinic"),
            models.Index(
                fields=["statement"], condition=Q(statement__isnull=False), name="slot_of_a_week"
            ),
            models.Index(fields=["feed"], condition=Q(feed__isnull=False), name="slot_of_a_feed"),
            models.Index(
                OrderBy(F("probed_at"), nulls_first=True),
                "starts_at",
                condition=Q(state="open"),
                name="open_slot_to_probe",
            ),
            models.Index(
                fields=["restriction"],
                condition=Q(restriction__isnull=False),
                name="slot_withdrawn_by_decision",
            ),
            models.Index(
                fields=["event"], condition=Q(event__isnull=False), name="slot_waits_for_event"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.care_id} {self.starts_at:%Y-%m-%d %H:%M}"


class Claim(models.Model):
    """The occupancy of a slot, without saying by whom.

    `one_patient_per_slot` is the guard against double booking: it holds whatever the application does.
    """

    class State(models.TextChoices):
        HELD = "held"
        CONFIRMED = "confirmed"
        ENDED = "ended"

    class Why(models.TextChoices):
        RELEASED = "released"
        LAPSED = "lapsed"
        CANCELLED = "cancelled"
        FULFILLED = "fulfilled"
        MISSED = "missed"
        TAKEN_BACK = "taken_back"
        """By the clinic: it counts against its reliability."""

    OCCUPYING = (State.HELD, State.CONFIRMED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slot = models.ForeignKey(Slot, on_delete=models.PROTECT, related_name="claims")
    lot_id = models.UUIDField()
    """Agreement lot that carries the visit (foreign key laid by contracts, which knows lots)."""
    commitment_id = models.UUIDField(null=True)
    """Payer's commitment with a reserved use (foreign key laid by brokering); null where none is needed."""
    state = models.CharField(max_length=10, choices=State.choices)
    held_until = models.DateTimeField(null=True)
    ended_why = models.CharField(max_length=10, choices=Why.choices, blank=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["slot"],
                condition=Q(state__in=["held", "confirmed"]),
                name="one_patient_per_slot",
            ),
            models.CheckConstraint(
                condition=Q(state="held", held_until__isnull=False) | ~Q(state="held"),
                name="a_hold_has_an_end",
            ),
            models.CheckConstraint(
                condition=Q(state="ended") & ~Q(ended_why="") | ~Q(state="ended") & Q(ended_why=""),
                name="an_ended_claim_says_why",
            ),
        ]
        indexes = [
            models.Index(
                fields=["held_until"], condition=Q(state="held"), name="claim_about_to_lapse"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.slot_id}"


class FreedPlace(models.Model):
    """A place that became free and has not been matched again yet.

    The database writes it, whoever ends a claim or opens a slot, so no way to free a place can forget it.
    """

    slot = models.ForeignKey(
        Slot, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    taken_at = models.DateTimeField(null=True)
    """When a worker began to match it; who died meanwhile is followed by another."""

    def __str__(self) -> str:
        return str(self.slot_id)

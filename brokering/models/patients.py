"""Patients and what they wait for."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Cast, Now

from accounts.models import Tenant
from brokering.law.clock_facts import ClockEventType
from brokering.models.need_row import NeedRow
from brokering.states import ReferralState
from providers.models import Care, Clinic, Municipality, Region, Slot


class Patient(NeedRow):
    """A person whom a region is responsible for. Never has an address here."""

    class Responsibility(models.TextChoices):
        RESIDENT = "resident"
        PROTECTED_REGISTRATION = "protected_registration"
        EU_883 = "eu_883"
        STUDENT_ABROAD = "student_abroad"
        NONE = "none"

    name = models.CharField(max_length=120)
    identity_encrypted = models.BinaryField()
    identity_key_version = models.CharField(max_length=10)
    identity_hash = models.CharField(max_length=64, unique=True)
    """Keyed hash of the personal identity number, for search."""
    birth_date = models.DateField()
    home_region = models.ForeignKey(Region, null=True, on_delete=models.PROTECT, related_name="+")
    responsibility = models.CharField(
        max_length=24, choices=Responsibility.choices, default=Responsibility.RESIDENT
    )
    municipality = models.ForeignKey(
        Municipality, null=True, on_delete=models.PROTECT, related_name="+"
    )
    """Null for protected identity: no place, hence no distance, anywhere."""
    protected_identity = models.BooleanField(default=False)
    synthetic = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(protected_identity=False) | Q(municipality__isnull=True),
                name="protected_identity_has_no_place",
            )
        ]


class Referral(NeedRow):
    """A need: a remiss, or the patient's own request (egenanmälan, where `issued_on` is null)."""

    class Guarantee(models.TextChoices):
        BESOK = "besok"
        BEHANDLING = "behandling"
        NONE = "none"

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="referrals")
    care = models.ForeignKey(Care, on_delete=models.PROTECT, related_name="+")
    home_region = models.ForeignKey(Region, null=True, on_delete=models.PROTECT, related_name="+")
    registered_at = models.ForeignKey(Clinic, null=True, on_delete=models.PROTECT, related_name="+")
    """The clinic where the person waits now."""
    state = models.CharField(
        max_length=10, choices=[(s, s) for s in ReferralState], default=ReferralState.WAITING
    )
    guarantee = models.CharField(max_length=10, choices=Guarantee.choices)
    issued_on = models.DateField(null=True)
    issuer = models.CharField(max_length=40, blank=True)
    issuer_region = models.ForeignKey(Region, null=True, on_delete=models.PROTECT, related_name="+")
    issued_by = models.ForeignKey(
        Tenant, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    """The unit that wrote the remiss here; null for one that came from elsewhere, and without a remiss."""
    extras = ArrayField(models.CharField(max_length=60), default=list)
    contact_on = models.DateField(null=True)
    decided_on = models.DateField(null=True)
    need_approved_on = models.DateField(null=True)
    """When the home region approved inpatient care elsewhere."""
    priority = models.PositiveSmallIntegerField(null=True)
    """Need class 1 (highest) to 4, set by a clinician; null is never matched automatically."""
    medical_target_on = models.DateField(null=True)
    confirmed_on = models.DateField(null=True)
    """When the need was last confirmed."""
    watch_until = models.DateField(null=True)
    """Planned for later on medical grounds (bevakningslista): not matched before this day."""
    look_on = models.DateField(db_default=Cast(Now(), models.DateField()))
    """When the region's watch looks at the need again at the latest; a waiting need is never without."""
    bmi = models.PositiveSmallIntegerField(null=True)
    asa = models.PositiveSmallIntegerField(null=True)
    excluding_needs = ArrayField(models.CharField(max_length=40), default=list)
    max_distance_km = models.PositiveSmallIntegerField(null=True)
    earliest_on = models.DateField(null=True)
    latest_on = models.DateField(null=True)
    accepts_other_regions = models.BooleanField(default=True)
    wished_mode = models.CharField(
        max_length=8, choices=Slot.Mode.choices, blank=True, db_default=""
    )
    """Only so; empty where both do."""
    wished_language = models.CharField(max_length=3, blank=True, db_default="")
    """ISO 639 code: only where patients are received in it."""
    wished_premises = ArrayField(models.CharField(max_length=30), default=list, db_default=[])
    """Codes of what the premises must have, by the clinic's own word."""
    interpreter = models.CharField(max_length=3, blank=True, db_default="")
    """Language in which an interpreter is needed: for the clinic to see to, never a limit."""
    has_companion = models.BooleanField(default=False, db_default=False)
    """Somebody comes along: for the clinic to know, never a limit."""
    declined_by = ArrayField(models.UUIDField(), default=list, db_default=[])
    """Clinics that have said no to the need, until its region has looked at that or its facts are others."""
    follows = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="followed_by"
    )
    """The need that this one is given together with: at the same clinic and after it, or not at all.

    Said by who issued the remiss: an investigation or an assessment, and the treatment that follows.
    """
    follows_after = models.PositiveSmallIntegerField(null=True)
    """Whole days that must lie between the two, by who issued the remiss; null: only after it."""
    need_key = models.UUIDField(unique=True)
    """Opaque key of the need profile that matching reads."""
    created_at = models.DateTimeField()
    synthetic = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(priority__isnull=True) | Q(priority__gte=1, priority__lte=4),
                name="priority_is_1_to_4",
            ),
            models.CheckConstraint(
                condition=Q(issued_on__isnull=False)
                | Q(contact_on__isnull=False)
                | Q(decided_on__isnull=False),
                name="a_need_has_a_start",
            ),
            models.CheckConstraint(
                condition=Q(earliest_on__isnull=True)
                | Q(latest_on__isnull=True)
                | Q(latest_on__gte=F("earliest_on")),
                name="wished_period_in_order",
            ),
            models.CheckConstraint(
                condition=Q(follows__isnull=True) | ~Q(follows=F("id")),
                name="a_need_follows_another",
            ),
            models.CheckConstraint(
                condition=Q(follows_after__isnull=True) | Q(follows__isnull=False),
                name="days_between_are_of_two_needs",
            ),
        ]
        indexes = [
            models.Index(
                fields=["issued_by", "created_at"],
                condition=Q(issued_by__isnull=False),
                name="issued_by_a_unit",
            ),
            models.Index(
                fields=["care", "priority"], condition=Q(state="waiting"), name="waiting_for_a_care"
            ),
            models.Index(
                fields=["care"], condition=~Q(declined_by=[]), name="declined_by_a_clinic"
            ),
            models.Index(
                fields=["tenant", "care"],
                condition=Q(state__in=["waiting", "offered"]),
                name="worklist",
            ),
        ]


class ClockEvent(NeedRow):
    """One fact for the guarantee clock; append-only, corrections are new events."""

    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="clock_events")
    type = models.CharField(max_length=30)
    on = models.DateField()
    care_on = models.DateField(null=True)
    offer_on = models.DateField(null=True)
    reason = models.CharField(max_length=60, blank=True)
    recorded_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["referral", "on"], name="clock_of_a_referral"),
            # To be told of the guarantee alone changes no day, and that is what most trails say.
            models.Index(
                fields=["referral"],
                condition=~Q(type=ClockEventType.INFORMED.value),
                name="events_that_may_move_days",
            ),
        ]

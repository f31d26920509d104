"""Bookings, the payer's commitments, reroute cases."""

from django.db import models
from django.db.models import F, Q

from accounts.models import Tenant, User
from brokering.models.need_row import NeedRow
from brokering.models.patients import Patient, Referral
from brokering.states import ApprovalState, BookingState, CaseState, TaskState
from providers.models import CapacityRestriction, Care, Claim, SeriousEvent

ROUTES = ("own_region", "free_choice", "guarantee_reroute", "inpatient_choice")


class PaymentCommitment(NeedRow):
    """Betalningsförbindelse: the home region's promise to pay for a number of visits."""

    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="commitments")
    granted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    granted_on = models.DateField()
    valid_to = models.DateField()
    uses_max = models.PositiveSmallIntegerField(default=1)
    uses = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(uses__lte=F("uses_max")), name="commitment_never_exceeded"
            )
        ]


class Booking(NeedRow):
    """Who has a place, why, on what route and on which decision; the place itself is the claim."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="bookings")
    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="bookings")
    claim = models.OneToOneField(Claim, on_delete=models.PROTECT, related_name="booking")
    care = models.ForeignKey(Care, on_delete=models.PROTECT, related_name="+")
    route = models.CharField(max_length=20, choices=[(r, r) for r in ROUTES])
    state = models.CharField(max_length=10, choices=[(s, s) for s in BookingState])
    receipt = models.JSONField()
    """Frozen at the hold: facts, rules and their versions, terms, outcome and reasons."""
    issued_by = models.ForeignKey(
        Tenant, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    """The unit that wrote the need's remiss here, as the need says; kept here for the row policy."""
    consequence_seen_at = models.DateTimeField(null=True)
    """When the person saw what the chosen route means."""
    consequence_version = models.CharField(max_length=20, blank=True)
    cancel_reason = models.CharField(max_length=40, blank=True, db_default="")
    """Code of why it was cancelled; empty while it stands."""
    cancelled_late = models.BooleanField(null=True)
    """Whether it was cancelled at or after 17:00 the day before (SPOR); null where that is not asked."""
    freed = models.BooleanField(null=True)
    """Whether its cancellation gave the place to others; null while it stands or the clinic is asked."""
    chain = models.UUIDField(null=True)
    """The same for two times that are held, booked and given up together; null for a time by itself."""
    extended_at = models.DateTimeField(null=True)
    """When the hold was made longer; that can be done once."""
    calendar_sequence = models.PositiveSmallIntegerField(db_default=0)
    """How often what the calendar file says has changed (iCalendar SEQUENCE)."""
    booked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    synthetic = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["referral"],
                condition=Q(state="booked"),
                name="one_confirmed_booking_per_need",
            ),
            models.CheckConstraint(condition=Q(route__in=ROUTES), name="booking_route_known"),
            models.UniqueConstraint(
                fields=["chain", "referral"],
                condition=Q(chain__isnull=False),
                name="one_time_of_a_need_per_chain",
            ),
        ]


class RebookingTask(NeedRow):
    """A booking whose place has been taken back by decision: somebody must find another one."""

    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="rebookings")
    restriction = models.ForeignKey(
        CapacityRestriction, null=True, on_delete=models.PROTECT, related_name="+"
    )
    event = models.ForeignKey(SeriousEvent, null=True, on_delete=models.PROTECT, related_name="+")
    """One of the two says which decision it was."""
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    next_on = models.DateField()
    state = models.CharField(
        max_length=10, choices=[(s, s) for s in TaskState], default=TaskState.OPEN
    )
    closed_at = models.DateTimeField(null=True)
    new_booking = models.ForeignKey(Booking, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["booking"], condition=Q(state="open"), name="one_open_rebooking_per_booking"
            ),
            models.CheckConstraint(
                condition=Q(restriction__isnull=False) | Q(event__isnull=False),
                name="a_rebooking_cites_a_decision",
            ),
        ]


class Approval(NeedRow):
    """A question that a held place waits on: the clinic's or the home region's yes, by a moment."""

    class Asked(models.TextChoices):
        CLINIC = "clinic"
        HOME_REGION = "home_region"

    class Reason(models.TextChoices):
        """Why it was refused."""

        CARE_AT_HOME = "care_at_home"
        NEED_UNCLEAR = "need_unclear"
        NOT_COVERED = "not_covered"
        MEDICAL_ASSESSMENT = "medical_assessment"
        """The clinic's own assessment: the treatment cannot be done there, or not yet."""
        OTHER = "other"

    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="approvals")
    asked = models.CharField(max_length=12, choices=Asked.choices)
    state = models.CharField(
        max_length=10, choices=[(s, s) for s in ApprovalState], default=ApprovalState.ASKED
    )
    asked_at = models.DateTimeField()
    answer_by = models.DateTimeField()
    reminded_at = models.DateTimeField(null=True)
    """When whoever is asked was reminded that the moment to answer is near."""
    owner = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    """Who sees to it once the moment to answer has passed."""
    escalated_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=40, blank=True, db_default="")
    """Code of why it was refused."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["booking", "asked"], name="each_is_asked_once_of_a_booking"
            ),
            models.CheckConstraint(
                condition=Q(escalated_at__isnull=True) | Q(owner__isnull=False),
                name="a_late_answer_has_an_owner",
            ),
        ]
        indexes = [
            models.Index(
                fields=["answer_by"], condition=Q(state="asked"), name="approval_waited_for"
            )
        ]


class RerouteCase(NeedRow):
    """The region's duty to find another clinic; always has an owner and a next date."""

    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="reroute_cases")
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    trigger = models.CharField(max_length=40)
    opened_on = models.DateField()
    next_on = models.DateField()
    state = models.CharField(
        max_length=10, choices=[(s, s) for s in CaseState], default=CaseState.OPEN
    )
    booking = models.ForeignKey(Booking, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["referral"], condition=Q(state="open"), name="one_open_case_per_need"
            )
        ]

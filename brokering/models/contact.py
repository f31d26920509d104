"""How a patient is reached: addresses, messages and their delivery, attempts, who sees to what failed."""

from django.db import models
from django.db.models import Q

from accounts.models import User
from brokering.models.bookings import Booking
from brokering.models.need_row import NeedRow
from brokering.models.patients import Patient, Referral
from brokering.models.rounds import Offer
from brokering.states import ContactState, MessageState


class Channel(models.TextChoices):
    """A way to reach somebody; a letter goes to the address of the population register."""

    EMAIL = "email", "e-post"
    SMS = "sms", "sms"
    LETTER = "letter", "brev"


class ContactPoint(NeedRow):
    """Where a patient wants to be reached; the address is encrypted at rest."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="contact_points")
    channel = models.CharField(max_length=8, choices=Channel.choices)
    address_encrypted = models.BinaryField()
    address_key_version = models.CharField(max_length=10)
    rank = models.PositiveSmallIntegerField(default=1)
    """1 is tried first."""
    language = models.CharField(max_length=8, default="sv", db_default="sv")
    """In which language messages come: sv, en or sv-ll (lättläst)."""
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    synthetic = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "channel"],
                condition=Q(ended_at__isnull=True),
                name="one_address_per_channel",
            )
        ]


class Message(NeedRow):
    """One message to a patient through one channel; what it says is made when it is sent and kept nowhere."""

    kind = models.CharField(max_length=30)
    """Code of what it tells."""
    key = models.CharField(max_length=120, unique=True)
    """What it is about and through which channel, so that nobody is told the same twice."""
    channel = models.CharField(max_length=8, choices=Channel.choices)
    language = models.CharField(max_length=8)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="messages")
    referral = models.ForeignKey(
        Referral, null=True, on_delete=models.PROTECT, related_name="messages"
    )
    booking = models.ForeignKey(
        Booking, null=True, on_delete=models.PROTECT, related_name="messages"
    )
    offer = models.ForeignKey(Offer, null=True, on_delete=models.PROTECT, related_name="messages")
    state = models.CharField(
        max_length=10, choices=[(s, s) for s in MessageState], default=MessageState.WAITING
    )
    not_before = models.DateTimeField()
    """Quiet hours: nobody is woken."""
    tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=60, blank=True, db_default="")
    """Code of why it did not arrive."""

    class Meta:
        indexes = [
            models.Index(
                fields=["not_before"], condition=Q(state="waiting"), name="message_to_send"
            ),
            models.Index(fields=["sent_at"], condition=Q(state="sent"), name="message_under_way"),
        ]


class ContactAttempt(NeedRow):
    """One attempt to reach a patient, whoever made it."""

    referral = models.ForeignKey(
        Referral, on_delete=models.PROTECT, related_name="contact_attempts"
    )
    offer = models.ForeignKey(
        Offer, null=True, on_delete=models.PROTECT, related_name="contact_attempts"
    )
    way = models.CharField(max_length=10)
    outcome = models.CharField(max_length=20)
    at = models.DateTimeField()
    noted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["referral", "at"], name="attempts_to_reach")]


class ContactTask(NeedRow):
    """Somebody could not be reached, or has not been answered: a person sees to it, by a date."""

    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="contact_tasks")
    offer = models.ForeignKey(
        Offer, null=True, on_delete=models.PROTECT, related_name="contact_tasks"
    )
    message = models.ForeignKey(Message, null=True, on_delete=models.PROTECT, related_name="tasks")
    why = models.CharField(max_length=40)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    next_on = models.DateField()
    state = models.CharField(
        max_length=10, choices=[(s, s) for s in ContactState], default=ContactState.OPEN
    )
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["referral", "why"],
                condition=Q(state="open"),
                name="one_open_contact_task_per_reason",
            )
        ]

"""What waits to be told: does it still hold, who must be reminded, who has heard nothing, which letters."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, F, OuterRef, QuerySet

from accounts.roles import Permission
from accounts.tenancy import Actor
from brokering.messaging.folder import written
from brokering.messaging.kinds import (
    ABOUT_A_BOOKING,
    ABOUT_AN_INVITATION,
    ABOUT_AN_OPEN_OFFER,
    MessageKind,
)
from brokering.models import (
    Booking,
    Channel,
    ClockEvent,
    ContactPoint,
    Invitation,
    Message,
    Offer,
    RebookingTask,
    Referral,
)
from brokering.selectors.places import is_any_time
from brokering.states import (
    BookingState,
    InvitationState,
    MessageState,
    OfferState,
    ReferralState,
    TaskState,
)

AT_ONCE = 500
"""How many reminders or words about silence one run lays down for a region."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """One message to me: the row, and in the demo what was written."""

    message: Message
    demo_text: str | None


def still_true(message: Message, *, now: datetime) -> bool:
    """Whether what a waiting message says still holds."""
    kind = MessageKind(message.kind)
    if kind in ABOUT_AN_OPEN_OFFER:
        offers = Offer.objects.filter(messages=message, state=OfferState.SENT)
        return offers.filter(answer_by__gt=now).exists()
    if kind in ABOUT_A_BOOKING:
        standing = Booking.objects.filter(messages=message, state=BookingState.BOOKED)
        return standing.filter(claim__slot__ends_at__gt=now).exists()
    if kind in ABOUT_AN_INVITATION:
        # The mark of the key is the batch: of two that somebody was asked in each says its own.
        asked = Invitation.objects.filter(
            referral=message.referral_id,
            batch=UUID(message.key.split(":")[2]),
            state=InvitationState.SENT,
        )
        return asked.filter(batch__answer_by__gt=now, batch__ended_at__isnull=True).exists()
    if kind == MessageKind.REBOOKING_NEEDED:
        open_ones = RebookingTask.objects.filter(booking=message.booking_id, state=TaskState.OPEN)
        return open_ones.exists()
    if kind == MessageKind.NOTHING_HAPPENED:
        needs = Referral.objects.filter(messages=message, state=ReferralState.WAITING)
        return needs.exists()
    return True


def to_remind(*, now: datetime) -> Iterable[Booking]:
    """Bookings of the acting tenants whose visit is near, told nothing since they were made long before."""
    told = Message.objects.filter(booking=OuterRef("pk"), kind=MessageKind.VISIT_REMINDER)
    until = now + settings.REMIND_BEFORE
    rows = Booking.objects.filter(
        ~Exists(told),
        _has_a_way(OuterRef("patient")),
        state=BookingState.BOOKED,
        claim__slot__starts_at__gt=now,
        claim__slot__starts_at__lte=until,
        created_at__lte=F("claim__slot__starts_at") - settings.REMIND_BEFORE,
    ).select_related("claim__slot", "patient", "referral")
    return [one for one in rows.order_by("id")[:AT_ONCE] if not is_any_time(one.claim.slot)]


def heard_nothing(*, now: datetime) -> Iterable[Referral]:
    """Those of the acting tenants who wait, can be reached, and about whom nothing was said for so long."""
    since = now - timedelta(days=settings.SILENCE_DAYS)
    told = Message.objects.filter(referral=OuterRef("pk"), created_at__gt=since)
    noted = ClockEvent.objects.filter(referral=OuterRef("pk"), recorded_at__gt=since)
    rows = Referral.objects.filter(
        ~Exists(told),
        ~Exists(noted),
        _has_a_way(OuterRef("patient")),
        state=ReferralState.WAITING,
        created_at__lte=since,
    )
    return rows.select_related("patient").order_by("created_at", "id")[:AT_ONCE]


def letters_to_post(*, by: Actor) -> list[Message]:
    """Letters of the actor's regions that nobody has posted yet, the oldest first."""
    rows = Message.objects.filter(
        state=MessageState.WAITING,
        channel=Channel.LETTER,
        tenant__in=by.tenants_where(Permission.REROUTE),
    )
    return list(rows.select_related("patient__home_region").order_by("created_at", "id"))


def told_to(user: UUID) -> QuerySet[Message]:
    """Messages to a patient, the latest first."""
    return Message.objects.filter(patient__subject=user).order_by("-created_at", "-id")


def with_demo_texts(messages: Iterable[Message]) -> list[Told]:
    """The same with what the demo's carrier wrote, where nothing leaves the machine."""
    return [
        Told(
            message=one,
            demo_text=written(settings.MAILBOX_FOLDER, one.id) if settings.HAS_MAILBOX else None,
        )
        for one in messages
    ]


def _has_a_way(patient: OuterRef) -> Exists:
    return Exists(ContactPoint.objects.filter(patient=patient, ended_at__isnull=True))

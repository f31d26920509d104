"""Questions that wait for an answer: the region's list, and what the watch has to look at."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import F, Q, QuerySet

from accounts.roles import Permission
from accounts.tenancy import Actor
from brokering.models import Approval, Booking
from brokering.states import ApprovalState
from providers.patterns import SWEDEN
from providers.red_days import red_days

SATURDAY = 5


def working_days_after(moment: datetime, number: int) -> datetime:
    """The same time of the Swedish day so many working days later (Monday to Friday, no red day or eve)."""
    local = moment.astimezone(SWEDEN)
    day = local.date()
    while number > 0:
        day += timedelta(days=1)
        number -= day.weekday() < SATURDAY and not red_days(day, day + timedelta(days=1))
    return datetime.combine(day, local.time(), SWEDEN).astimezone(moment.tzinfo)


def _questions() -> QuerySet[Approval]:
    return Approval.objects.select_related(
        "booking__patient",
        "booking__care",
        "booking__referral",
        "booking__claim__slot__clinic__municipality__region",
        "owner",
    )


def to_approve(*, by: Actor) -> list[Approval]:
    """The open questions to the actor's regions and clinics, the one that is due first on top."""
    regions = Q(asked=Approval.Asked.HOME_REGION, tenant__in=by.tenants_where(Permission.REROUTE))
    clinics = Q(
        asked=Approval.Asked.CLINIC, addressed_to__in=by.tenants_where(Permission.SEE_ADDRESSED)
    )
    rows = _questions().filter(regions | clinics, state=ApprovalState.ASKED)
    return list(rows.order_by("answer_by", "id"))


def awaits_clinic(booking: Booking) -> bool:
    """Whether the clinic must still say yes to a held place (with its claim and slot fetched).

    What a clinic has said of a need stands for its other times too.
    """
    if not booking.receipt.get("clinic_approves"):
        return False
    return not has_approved(booking.referral_id, booking.claim.slot.clinic_id)


def has_approved(referral: UUID, clinic: UUID) -> bool:
    """Whether a clinic has said of a need that it can do the treatment."""
    said = Approval.objects.filter(
        asked=Approval.Asked.CLINIC,
        state=ApprovalState.GRANTED,
        booking__referral=referral,
        booking__claim__slot__clinic=clinic,
    )
    return said.exists()


def to_remind_of(*, now: datetime) -> list[Approval]:
    """Open questions of the acting tenants, asked well before the moment to answer, which is near now."""
    near = now + settings.APPROVAL_REMIND_BEFORE
    rows = _questions().filter(
        state=ApprovalState.ASKED,
        reminded_at__isnull=True,
        answer_by__gt=now,
        answer_by__lte=near,
        asked_at__lt=F("answer_by") - settings.APPROVAL_REMIND_BEFORE,
    )
    return list(rows.order_by("answer_by", "id"))


def late_answers(*, now: datetime) -> list[Approval]:
    """Questions of the acting tenants that should be answered by now and that nobody owns yet."""
    rows = _questions().filter(
        state=ApprovalState.ASKED, answer_by__lte=now, escalated_at__isnull=True
    )
    return list(rows.order_by("answer_by", "id"))


def ended_questions(*, now: datetime) -> list[Approval]:
    """Questions of the acting tenants whose place is no longer held."""
    rows = _questions().filter(state=ApprovalState.ASKED, booking__claim__held_until__lte=now)
    return list(rows.order_by("answer_by", "id"))


def question_of(booking_id: UUID) -> Approval | None:
    """The question that a booking waits on or waited on last, if any."""
    rows = Approval.objects.filter(booking=booking_id).select_related("owner")
    return rows.order_by("-asked_at", "asked").first()

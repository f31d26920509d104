"""Questions that wait for an answer: the region's list, and what the watch has to look at."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from accounts.roles import Permission
from accounts.tenancy import Actor
from brokering.models import Approval
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
    """The open questions to the actor's regions, the one that is due first on top."""
    rows = _questions().filter(
        state=ApprovalState.ASKED, tenant__in=by.tenants_where(Permission.REROUTE)
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
    """The question that a booking waits on or waited on, if any."""
    return Approval.objects.filter(booking=booking_id).select_related("owner").first()

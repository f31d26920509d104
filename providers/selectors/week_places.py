"""What a clinic has said of weeks ahead, and how much of it is left."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q

from providers.models import CapacityStatement, Care, Claim, Slot
from providers.patterns import SWEDEN, monday_of


@dataclass(frozen=True, kw_only=True)
class StatementCard:
    """One statement: the number that was said, and how its places stand now."""

    id: UUID
    care: Care
    form: str
    monday: date
    said: int
    taken: int
    free: int
    hidden_why: str
    """Why a probe found that its places cannot be held; empty where it found nothing."""

    @property
    def number(self) -> int:
        """ISO week number."""
        return self.monday.isocalendar().week

    @property
    def sunday(self) -> date:
        """Last day of the week."""
        return self.monday + timedelta(days=6)


def statements_of(clinic: UUID, *, now: datetime) -> list[StatementCard]:
    """The clinic's statements from this week on, in order; those withdrawn with nobody in them left out."""
    this_week = monday_of(now.astimezone(SWEDEN).date())
    taking = Q(state=Claim.State.CONFIRMED) | Q(state=Claim.State.HELD, held_until__gt=now)
    taken = Exists(Claim.objects.filter(taking, slot=OuterRef("pk")))
    counted = {
        row["statement"]: row
        for row in Slot.objects.filter(
            statement__clinic=clinic, statement__week__gte=this_week, state=Slot.State.OPEN
        )
        .annotate(is_taken=taken)
        .values("statement")
        .annotate(all=Count("id"), taken=Count("id", filter=Q(is_taken=True)))
    }
    hidden = dict(
        Slot.objects.filter(statement__clinic=clinic, state=Slot.State.OPEN)
        .exclude(hidden_why="")
        .values_list("statement", "hidden_why")
    )
    rows = CapacityStatement.objects.filter(clinic=clinic, week__gte=this_week).select_related(
        "care"
    )
    return [
        StatementCard(
            id=row.id,
            care=row.care,
            form=row.form,
            monday=row.week,
            said=row.places,
            taken=counted[row.id]["taken"] if row.id in counted else 0,
            free=counted[row.id]["all"] - counted[row.id]["taken"] if row.id in counted else 0,
            hidden_why=hidden.get(row.id, ""),
        )
        for row in rows.order_by("week", "care__name_sv", "form")
        if row.places or row.id in counted
    ]

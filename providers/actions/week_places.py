"""A clinic that cannot name times yet says how many places it has in a week; the places follow the number."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts.actions.trail import record
from accounts.tenancy import Actor
from providers.actions.slots import (
    NewSlot,
    announce,
    form_of,
    locked_clinic,
    opens_at,
    taken_among,
)
from providers.errors import (
    BelowTaken,
    TimePassed,
    TooMany,
)
from providers.models import CapacityStatement, Clinic, Slot
from providers.selectors.decisions import decisions_at
from providers.week_places import week_span


@dataclass(frozen=True, kw_only=True)
class WeekPlaces:
    """So many places of a care in the week that begins on a Monday; `form` as for a single time."""

    care: str
    week: date
    places: int
    form: str = ""


@dataclass(frozen=True)
class Stated:
    """What the number came to: places added and withdrawn, and how many somebody has."""

    statement: UUID
    added: int
    withdrawn: int
    taken: int


def state_places(*, by: Actor, clinic: UUID, stated: WeekPlaces, now: datetime) -> Stated:
    """Make the places of a week as many as the clinic says; those that somebody has stay.

    Saying the same again changes nothing but the age. Raises NotFound or NotAllowed for the clinic,
    CareNotOffered, FormMissing, FormDoesNotFit, TimePassed once the week has begun, TooMany, BelowTaken
    (with how many are taken), RestrictedPeriod and SeriousEventGoesOn where places would be added.
    """
    begins, ends = week_span(stated.week)
    if begins <= now:
        raise TimePassed(starts_at=begins.isoformat())
    if stated.places > settings.WEEK_PLACES_MOST:
        raise TooMany(most=settings.WEEK_PLACES_MOST)
    with transaction.atomic():
        own = locked_clinic(clinic, by)
        new = NewSlot(care=stated.care, form=stated.form, starts_at=begins, ends_at=ends)
        form = form_of(new, {care.code: care for care in own.cares.all()})
        statement = _statement(own, stated, form, now)
        slots = list(statement.slots.select_for_update().order_by("opens_at", "id"))
        taken = taken_among([slot.id for slot in slots], now)
        if stated.places < len(taken):
            raise BelowTaken(taken=len(taken), places=stated.places)
        free = [slot for slot in slots if slot.state == Slot.State.OPEN and slot.id not in taken]
        # What waits for a serious event to be over is there too, and goes first where there are to be fewer.
        left = free + [slot for slot in slots if slot.event_id]
        wanted = stated.places - len(taken)
        added = _added(statement, own, slots, wanted - len(left), now)
        gone = _withdrawn(left[wanted:], now)
        Slot.objects.filter(statement=statement, state=Slot.State.OPEN).update(confirmed_at=now)
        record("statement.stated", statement.id, by=by, now=now, places=stated.places)
        announce("published", added, own, by=by, now=now)
        announce("withdrawn", gone, own, by=by, now=now)
    return Stated(statement.id, len(added), len(gone), len(taken))


def _statement(clinic: Clinic, stated: WeekPlaces, form: str, now: datetime) -> CapacityStatement:
    state = CapacityStatement.State.OPEN if stated.places else CapacityStatement.State.WITHDRAWN
    said = {"places": stated.places, "state": state, "changed_at": now}
    statement, _ = CapacityStatement.objects.update_or_create(
        clinic=clinic,
        care_id=stated.care,
        form=form,
        week=stated.week,
        defaults=said,
        create_defaults=said | {"published_at": now, "synthetic": clinic.synthetic},
    )
    return statement


def _added(
    statement: CapacityStatement, clinic: Clinic, slots: list[Slot], number: int, now: datetime
) -> list[Slot]:
    """Places that were withdrawn come back first, then new ones are made."""
    if number <= 0:
        return []
    begins, ends = week_span(statement.week)
    decisions_at(clinic).check(statement.care_id, begins, ends)
    opened = {"published_at": now, "opens_at": opens_at(clinic, begins, now), "confirmed_at": now}
    back = [slot for slot in slots if slot.state == Slot.State.WITHDRAWN][:number]
    Slot.objects.filter(id__in=[slot.id for slot in back]).update(
        state=Slot.State.OPEN,
        restriction=None,
        event=None,
        hidden_why="",
        starts_at=begins,
        ends_at=ends,
        **opened,
    )
    fresh = [
        Slot(
            clinic=clinic,
            care_id=statement.care_id,
            form=statement.form,
            starts_at=begins,
            ends_at=ends,
            statement=statement,
            synthetic=clinic.synthetic,
            **opened,
        )
        for _ in range(number - len(back))
    ]
    return back + Slot.objects.bulk_create(fresh)


def _withdrawn(slots: list[Slot], now: datetime) -> list[Slot]:
    Slot.objects.filter(id__in=[slot.id for slot in slots]).update(
        state=Slot.State.WITHDRAWN, event=None, confirmed_at=now
    )
    return slots

"""Who wants word when a place appears, what has appeared, and whether the search on screen would show it."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Min, Q, QuerySet

from accounts.tenancy import Actor
from brokering.law.decision import Bookable
from brokering.models import Watch
from brokering.selectors.batches import not_asked_about
from brokering.selectors.own_needs import OwnCase, own_case
from brokering.selectors.places import swedish_day
from brokering.selectors.queries import Query
from brokering.selectors.search import Hit, search
from brokering.states import WatchState
from providers.models import Claim, Slot

OVERLAP = timedelta(minutes=2)
"""So long may lie between the moment that a change names and the moment at which others see it."""
AT_ONCE = 100
"""How many hits are read at once."""


@dataclass(frozen=True, kw_only=True)
class Appeared:
    """A place that was published, opened or freed, and when."""

    slot: UUID
    clinic: UUID
    day: date
    at: datetime


def my_watches(actor: Actor) -> list[Watch]:
    """What the actor watches or has been told of, the newest first."""
    rows = Watch.objects.filter(subject=actor.id).exclude(state=WatchState.ENDED)
    return list(rows.select_related("care").order_by("-created_at", "id"))


def watched_cares() -> dict[str, datetime]:
    """Cares that somebody of the acting tenants watches, and since when one has not been looked at."""
    rows = Watch.objects.filter(state=WatchState.OPEN).values("care_id")
    return dict(rows.annotate(since=Min("looked_at")).values_list("care_id", "since"))


def open_watches(care: str) -> list[Watch]:
    """Watches of a care in the acting tenants, in the order in which they were asked for."""
    rows = Watch.objects.filter(care=care, state=WatchState.OPEN)
    return list(rows.select_related("care", "referral").order_by("created_at", "id"))


def has_appeared(care: str, *, since: datetime, now: datetime) -> bool:
    """Whether anything has; asked once for each care, whoever watches it."""
    return bool(_appeared(care, since, now)[:1])


def appeared(care: str, *, since: datetime, now: datetime) -> list[Appeared]:
    """Places of a care that have been published, opened or freed since a moment and are there now."""
    freed = _freed(care, since)
    return [
        Appeared(
            slot=slot.id,
            clinic=slot.clinic_id,
            day=swedish_day(slot.starts_at),
            at=max(slot.published_at, slot.opens_at, freed.get(slot.id, slot.published_at)),
        )
        for slot in _appeared(care, since, now)
    ]


def answers(query: Query, case: OwnCase | None, new: list[Appeared], *, now: datetime) -> bool:
    """Whether the search shows one of the new places as one that its seeker can book now.

    The search is the one on screen, asked clinic by clinic for the days on which something is new.
    """
    by_clinic: dict[UUID, list[Appeared]] = defaultdict(list)
    for one in new:
        by_clinic[one.clinic].append(one)
    return any(
        _shows(replace(query, clinic=clinic, cursor="", size=AT_ONCE), case, places, now)
        for clinic, places in by_clinic.items()
        if query.clinic in {None, clinic}
    )


def case_of(watch: Watch, *, on: date) -> OwnCase | None:
    """The facts of the person who watches (with care fetched), as they stand on the day."""
    assert watch.subject_id is not None
    return own_case(Actor(id=watch.subject_id), watch.care, on=on, chosen=watch.referral_id)


def _shows(query: Query, case: OwnCase | None, new: list[Appeared], now: datetime) -> bool:
    days = [one.day for one in new]
    first, last = max(query.first or min(days), min(days)), min(query.last or max(days), max(days))
    if last < first:
        return False
    wanted = replace(query, first=first, last=last)
    slots = {one.slot for one in new}
    while True:
        page = search(wanted, now=now, seeker=case.seeker if case else None)
        if any(_is_new(hit, slots) for hit in page.hits):
            return True
        if not page.next_cursor:
            return False
        wanted = replace(wanted, cursor=page.next_cursor)


def _is_new(hit: Hit, slots: set[UUID]) -> bool:
    return hit.place.slot in slots and hit.bookable == Bookable.YES


def _appeared(care: str, since: datetime, now: datetime) -> QuerySet[Slot]:
    new = Q(published_at__gt=since) | Q(opens_at__gt=since) | Q(id__in=list(_freed(care, since)))
    return Slot.objects.filter(
        new,
        not_asked_about(now),
        care=care,
        state=Slot.State.OPEN,
        starts_at__gt=now,
        opens_at__lte=now,
    ).order_by("starts_at", "id")


def _freed(care: str, since: datetime) -> dict[UUID, datetime]:
    """Places that somebody gave up since a moment."""
    rows = Claim.objects.filter(
        state=Claim.State.ENDED, changed_at__gt=since, slot__care=care
    ).values_list("slot_id", "changed_at")
    return dict(rows.order_by("changed_at"))

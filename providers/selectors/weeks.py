"""A clinic's week, read from slots and claims."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from itertools import count
from uuid import UUID

from django.db.models import F, Prefetch, Q

from providers.models import Claim, Slot
from providers.patterns import SWEDEN, Spot, own_key
from providers.week_places import LONGER_THAN_A_VISIT
from providers.weeks import Occupancy, PlaceInWeek, Week, laid_out, state_of

TELLING = Q(state__in=Claim.OCCUPYING) | Q(ended_why__in=["fulfilled", "missed"])
"""Claims that say something about how a place stands; a released or lapsed one does not."""


def week_of(clinic: UUID, monday: date, *, now: datetime) -> Week:
    """Every place of the clinic in the Swedish week that begins on `monday`, as it stands now."""
    begins = datetime.combine(monday, time(), SWEDEN)
    ends = datetime.combine(monday + timedelta(days=7), time(), SWEDEN)
    slots = Slot.objects.filter(clinic_id=clinic, starts_at__gte=begins, starts_at__lt=ends)
    # A place whose time is not named yet has no day; it stands on the page of places by week.
    slots = slots.exclude(statement__isnull=False, ends_at__gt=F("starts_at") + LONGER_THAN_A_VISIT)
    telling = Prefetch("claims", Claim.objects.filter(TELLING), to_attr="telling")
    return laid_out(monday, [_place(slot, now) for slot in slots.prefetch_related(telling)])


def free_keys(clinic: UUID, spots: Sequence[Spot]) -> list[str]:
    """A source key for each new place of the clinic's own; none that an open place has already."""
    same_times = Slot.objects.filter(
        clinic_id=clinic, state=Slot.State.OPEN, starts_at__in={spot.starts_at for spot in spots}
    )
    used = set(same_times.values_list("source_key", flat=True))
    keys = []
    for spot in spots:
        key = next(key for at in count(1) if (key := own_key(spot, at)) not in used)
        used.add(key)
        keys.append(key)
    return keys


def _place(slot: Slot, now: datetime) -> PlaceInWeek:
    claims = [
        Occupancy(state=claim.state, held_until=claim.held_until, ended_why=claim.ended_why)
        for claim in slot.telling  # type: ignore[attr-defined]
    ]
    state, held_until = state_of(
        withdrawn=slot.state == Slot.State.WITHDRAWN,
        starts_at=slot.starts_at,
        opens_at=slot.opens_at,
        claims=claims,
        now=now,
    )
    return PlaceInWeek(
        id=slot.id,
        care=slot.care_id,
        form=slot.form,
        mode=slot.mode,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        opens_at=slot.opens_at,
        held_until=held_until,
        state=state,
        is_fetched=slot.feed_id is not None,
    )

"""A clinic changes its own times: moves them, gives them to another care, and takes such a step back.

A published place is never rewritten: the new place is published by the rules of publishing, then the old one
is withdrawn. What a patient holds or has booked stays as it is, and says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts.errors import NotFound, Refusal
from accounts.tenancy import Actor
from providers.actions.slots import NewSlot, form_of, locked_clinic, publish, taken_among, withdraw
from providers.errors import PlaceOfFeed, PlaceOfWeek
from providers.models import Clinic, Slot
from providers.patterns import Spot
from providers.selectors.weeks import free_keys

Pair = tuple[UUID | None, UUID | None]
"""A place that was withdrawn and the one that was published for it; either may be missing."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """What becomes different: real minutes later (earlier where negative), or another care and form."""

    minutes: int = 0
    care: str = ""
    form: str = ""


@dataclass(frozen=True)
class Edited:
    """What came of it: pairs of old and new places, and why each of the others stayed."""

    pairs: list[Pair] = field(default_factory=list)
    stay: list[Refusal] = field(default_factory=list)


@dataclass(frozen=True)
class _Swap:
    """One place to withdraw, one to publish for it; either may be missing."""

    old: Slot | None
    new: NewSlot | None


def change_places(
    *, by: Actor, clinic: UUID, slots: Sequence[UUID], change: Change, now: datetime
) -> Edited:
    """Change places of a clinic; those that cannot be changed stay.

    Raises NotFound or NotAllowed for the clinic. A place stays as NotFound (also one that is withdrawn),
    PlaceOfFeed, PlaceOfWeek, PlaceHeld, PlaceBooked, or for what publishing refuses.
    """
    with transaction.atomic():
        own = locked_clinic(clinic, by)
        found = _locked(own, slots)
        edited = Edited(stay=[NotFound() for one in dict.fromkeys(slots) if one not in found])
        olds = [slot for slot in found.values() if not _refused(slot, edited)]
        return _swapped(by, own, _changed(own, olds, change, edited), edited, now)


def take_back(*, by: Actor, clinic: UUID, pairs: Sequence[Pair], now: datetime) -> Edited:
    """Take a step back: what it published is withdrawn, what it withdrew is published again.

    Raises NotFound or NotAllowed for the clinic. A place that a patient has taken meanwhile stays.
    """
    with transaction.atomic():
        own = locked_clinic(clinic, by)
        opened = _locked(own, [new for _, new in pairs if new])
        closed = own.slots.in_bulk([old for old, _ in pairs if old])
        edited = Edited()
        swaps = []
        for old, new in pairs:
            if new and new not in opened:
                edited.stay.append(NotFound())
                continue
            again = _again(closed[old]) if old in closed else None
            swaps.append(_Swap(opened[new] if new else None, again))
        return _swapped(by, own, swaps, edited, now)


def _locked(clinic: Clinic, slots: Sequence[UUID]) -> dict[UUID, Slot]:
    """The open ones; whoever wants to hold one waits."""
    found = clinic.slots.select_for_update().filter(id__in=slots, state=Slot.State.OPEN)
    return {slot.id: slot for slot in found.order_by("id")}


def _refused(slot: Slot, edited: Edited) -> bool:
    """Whether the place is not the clinic's to rewrite here, with the reason noted."""
    if slot.feed_id:
        edited.stay.append(PlaceOfFeed())
    elif slot.statement_id:
        edited.stay.append(PlaceOfWeek())
    return bool(slot.feed_id or slot.statement_id)


def _changed(own: Clinic, olds: Sequence[Slot], change: Change, edited: Edited) -> list[_Swap]:
    cares = {care.code: care for care in own.cares.all()}
    by_minutes = timedelta(minutes=change.minutes)
    spots: list[tuple[Slot, Spot]] = []
    for old in olds:
        care, form = (change.care, change.form) if change.care else (old.care_id, old.form)
        starts_at, ends_at = old.starts_at + by_minutes, old.ends_at + by_minutes
        try:
            form = form_of(
                NewSlot(care=care, form=form, starts_at=starts_at, ends_at=ends_at), cares
            )
        except Refusal as refusal:
            edited.stay.append(refusal)
            continue
        spot = Spot(care, form, starts_at, ends_at, old.mode)
        if spot != Spot(old.care_id, old.form, old.starts_at, old.ends_at, old.mode):
            spots.append((old, spot))
    keys = free_keys(own.id, [spot for _, spot in spots])
    return [
        _Swap(old, NewSlot(**spot._asdict(), source_key=key))
        for (old, spot), key in zip(spots, keys, strict=True)
    ]


def _again(slot: Slot) -> NewSlot:
    """The same place anew, open to everyone when it was; under a key in any case, so that a step taken back
    twice brings it once.
    """
    return NewSlot(
        care=slot.care_id,
        form=slot.form,
        mode=slot.mode,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        source_key=slot.source_key or f"again.{slot.id}",
        opens_at=slot.opens_at,
    )


def _swapped(
    by: Actor, own: Clinic, swaps: Sequence[_Swap], edited: Edited, now: datetime
) -> Edited:
    """Publish what is new, then withdraw the old places that have got a successor or need none."""
    why = taken_among([swap.old.id for swap in swaps if swap.old], now)
    ready = [swap for swap in swaps if swap.old is None or swap.old.id not in why]
    edited.stay.extend(why.values())
    opening = [swap for swap in ready if swap.new]
    done = publish(by=by, clinic=own.id, times=[swap.new for swap in opening if swap.new], now=now)
    edited.stay.extend(one.why for one in done.refused)
    opened = {id(opening[at]): slot for at, slot in (done.created | done.unchanged).items()}
    went = [swap for swap in ready if swap.new is None or id(swap) in opened]
    gone = withdraw(by=by, slots=[swap.old.id for swap in went if swap.old], now=now)
    for one in gone.refused:
        # The places are locked and were free: nothing may have come between.
        raise one.why
    edited.pairs.extend((swap.old.id if swap.old else None, opened.get(id(swap))) for swap in went)
    return edited

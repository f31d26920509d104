"""Occupies a place. What makes it safe is `one_patient_per_slot`: one row goes in, the others are late."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction

from accounts.database.rows import add
from accounts.database.statements import carried_out, tuples_of
from brokering.errors import HoldLapsed, SlotTaken, SlotWithdrawn
from brokering.models import Booking
from brokering.selectors.chains import parts_of
from providers.models import Claim, Slot


@dataclass(frozen=True, kw_only=True)
class Occupancy:
    """What a claim says: under which lot, until when. `turn` decides where in a week's places to begin."""

    lot: UUID
    held_until: datetime
    turn: UUID


def end_lapsed(
    *,
    now: datetime,
    slot: UUID | None = None,
    uses: list[int] | None = None,
    commitment: UUID | None = None,
) -> int:
    """End claims whose time is past and give back what they reserved, whoever held them.

    Narrowed to a slot, counts of caps or a commitment; without any of them up to 500 anywhere.
    Returns how many.
    """
    asked = [slot, uses, commitment, now]
    return int(tuples_of("SELECT end_lapsed_claims(%s, %s, %s, %s)", asked)[0][0])


def end_claim(claim: UUID, why: Claim.Why, *, now: datetime) -> None:
    """End an occupying claim; the database gives back what it had reserved, once."""
    Claim.objects.filter(id=claim, state__in=Claim.OCCUPYING).update(
        state=Claim.State.ENDED, ended_why=why, changed_at=now
    )


def keep_until(booking: Booking, until: datetime, *, now: datetime) -> None:
    """Move the end of a hold that still runs, of both times where two are given together.

    Never past the beginning of the earlier of them. Raises HoldLapsed: one that ran out stays ended.
    """
    parts = parts_of(booking)
    until = min([until, *(part.claim.slot.starts_at for part in parts[1:] and parts)])
    held = Claim.objects.filter(
        id__in=[part.claim_id for part in parts], state=Claim.State.HELD, held_until__gt=now
    )
    if held.update(held_until=until, changed_at=now) != len(parts):
        raise HoldLapsed(booking=str(booking.id))
    for part in parts:
        part.claim.held_until = until


CONFIRM = """
    UPDATE providers_claim SET state = 'confirmed', changed_at = %(now)s
    WHERE id = %(claim)s AND state = 'held' AND held_until > %(now)s
"""


def confirm_claim(claim: Claim, *, now: datetime) -> bool:
    """Make a hold that still runs into a booking's claim; whether it still ran.

    Raises SlotWithdrawn, which takes the running savepoint back, where the clinic withdrew the slot in the
    moment in which the hold ran out.
    """
    try:
        running = carried_out(CONFIRM, {"claim": claim.id, "now": now}) == 1
    except IntegrityError as error:
        if "claim_needs_open_slot" in str(error):
            raise SlotWithdrawn from error
        raise
    if running:
        claim.state, claim.changed_at = Claim.State.CONFIRMED, now
    return running


def claim_one(slots: Iterable[Slot], wanted: Occupancy, *, now: datetime) -> Claim:
    """Occupy the first of some places that nobody else gets: one slot, or all that a week has left.

    Raises what stood against the last of them, SlotTaken or SlotWithdrawn; there must be one at least.
    """
    places = list(slots)
    if len(places) == 1:
        return _claimed(places[0], wanted, now)
    lost: SlotTaken | SlotWithdrawn | None = None
    for slot in places:
        try:
            with transaction.atomic():
                return _claimed(slot, wanted, now)
        except (SlotTaken, SlotWithdrawn) as refusal:
            lost = refusal
    assert lost is not None
    raise lost


def in_turn(slots: Iterable[Slot], turn: UUID) -> list[Slot]:
    """Places that are alike, in an order of one's own: a crowd spreads over them instead of queueing."""
    return sorted(slots, key=lambda slot: hashlib.sha256(slot.id.bytes + turn.bytes).digest())


def _claimed(slot: Slot, wanted: Occupancy, now: datetime) -> Claim:
    claim = Claim(
        id=uuid4(),
        slot=slot,
        lot_id=wanted.lot,
        state=Claim.State.HELD,
        held_until=wanted.held_until,
        created_at=now,
        changed_at=now,
    )
    if _is_in(claim) or _is_in_after_lapsed(claim, now):
        return claim
    raise SlotTaken(slot=str(slot.id), care=slot.care_id)


STANDS = """
    SELECT EXISTS (SELECT FROM providers_claim WHERE slot_id = %(slot)s AND (state = 'confirmed'
                   OR state = 'held' AND held_until > least(%(now)s, clock_timestamp())))
"""


def _is_in_after_lapsed(claim: Claim, now: datetime) -> bool:
    """What stands in the way blocks nobody once its time is past."""
    if tuples_of(STANDS, {"slot": claim.slot_id, "now": now})[0][0]:
        return False
    end_lapsed(slot=claim.slot_id, now=now)
    # Someone else may be ending it too, is waited for, and may give up: then it still stands.
    return _is_in(claim) or (end_lapsed(slot=claim.slot_id, now=now) > 0 and _is_in(claim))


def _is_in(claim: Claim) -> bool:
    """Insert the claim, unless the guard keeps it out. A slot withdrawn a moment ago takes none."""
    try:
        return add([claim], unless_taken=True) == 1
    except IntegrityError as error:
        if "claim_needs_open_slot" in str(error):
            raise SlotWithdrawn from error
        raise

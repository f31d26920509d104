"""Occupies a place. What makes it safe is `one_patient_per_slot`: one row goes in, the others are late."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.db import IntegrityError, connection, transaction

from brokering.errors import SlotTaken, SlotWithdrawn
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
    with connection.cursor() as cursor:
        cursor.execute("SELECT end_lapsed_claims(%s, %s, %s, %s)", [slot, uses, commitment, now])
        return int(cursor.fetchone()[0])


def end_claim(claim: UUID, why: Claim.Why, *, now: datetime) -> None:
    """End an occupying claim; the database gives back what it had reserved, once."""
    Claim.objects.filter(id=claim, state__in=Claim.OCCUPYING).update(
        state=Claim.State.ENDED, ended_why=why, changed_at=now
    )


def claim_one(slots: Iterable[Slot], wanted: Occupancy, *, now: datetime) -> Claim:
    """Occupy the first of some places that nobody else gets: one slot, or all that a week has left.

    Raises what stood against the last of them, SlotTaken or SlotWithdrawn; there must be one at least.
    """
    lost: SlotTaken | SlotWithdrawn | None = None
    for slot in slots:
        try:
            return _claimed(slot, wanted, now)
        except (SlotTaken, SlotWithdrawn) as refusal:
            lost = refusal
    assert lost is not None
    raise lost


def in_turn(slots: Iterable[Slot], turn: UUID) -> list[Slot]:
    """Places that are alike, in an order of one's own: a crowd spreads over them instead of queueing."""
    return sorted(slots, key=lambda slot: hashlib.sha256(slot.id.bytes + turn.bytes).digest())


def _claimed(slot: Slot, wanted: Occupancy, now: datetime) -> Claim:
    end_lapsed(slot=slot.id, now=now)
    try:
        return _inserted(slot, wanted, now)
    except SlotTaken:
        # Someone else was ending a lapsed claim here and gave up: it still stands, and blocks nobody.
        if not end_lapsed(slot=slot.id, now=now):
            raise
        return _inserted(slot, wanted, now)


def _inserted(slot: Slot, wanted: Occupancy, now: datetime) -> Claim:
    try:
        with transaction.atomic():
            return Claim.objects.create(
                id=uuid4(),
                slot=slot,
                lot_id=wanted.lot,
                state=Claim.State.HELD,
                held_until=wanted.held_until,
                created_at=now,
                changed_at=now,
            )
    except IntegrityError as error:
        # The guard spoke: another claim occupies the slot, or it was withdrawn a moment ago.
        if "claim_needs_open_slot" in str(error):
            raise SlotWithdrawn from error
        if "one_patient_per_slot" not in str(error):
            raise
        raise SlotTaken(slot=str(slot.id), care=slot.care_id) from error

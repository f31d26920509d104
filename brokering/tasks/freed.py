"""Places that became free are matched again, whoever freed them. Safe to run twice."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain, groupby
from uuid import UUID

import structlog
from celery import shared_task
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.selectors.actors import system_actor
from accounts.tenancy import acting_as
from brokering.actions.invitations import end_batch, open_batch
from brokering.selectors.batches import batches_to_end
from brokering.selectors.earlier import earlier_in_line
from brokering.selectors.short_notice import first_in_line, is_short_notice
from brokering.selectors.upkeep import free_again, region_tenants
from brokering.tasks.rounds import matched, offers_of
from providers.actions.freed import Freed, forget_freed, take_freed
from providers.models import Slot

log = structlog.get_logger(__name__)

NOTHING = {"proposals": 0, "offers": 0, "asked": 0}


@shared_task(name="brokering.tasks.rematch_freed_slot")
def rematch_freed_slot(slot: str) -> dict[str, int]:
    """Give a freed place to the highest need that may and wants to use it.

    Where that needs more time than is left, those are asked who have consented to short notice.
    """
    return rematched_together([UUID(slot)], now=timezone.now())


@shared_task(name="brokering.tasks.rematch_freed")
def rematch_freed() -> dict[str, int]:
    """Match again every place that has become free, whoever freed it; end batches whose place is gone.

    The database has noted it, so nothing depends on a message that says so: that only makes it quicker.
    """
    now = timezone.now()
    batches = sum(end_batch(batch_id=one, now=now) for one in batches_to_end(now=now))
    return {**match_again(take_freed(now=now), now=now), "batches": batches}


def match_again(freed: list[Freed], *, now: datetime) -> dict[str, int]:
    """What became of places that were taken to be matched again, care by care.

    A care whose round fails keeps its notes for the next try, and stops no other.
    """
    counts = Counter(NOTHING)
    notes: dict[UUID, list[Freed]] = defaultdict(list)
    for one in freed:
        notes[one.slot].append(one)
    for care, slots in _by_care(notes, now):
        try:
            counts.update(_rematched(care, slots, now))
        except Exception:
            # Whatever it is, those of the other cares wait no longer for it.
            log.exception("places not matched again", care=care)
            for slot in slots:
                del notes[slot.id]
    forget_freed(chain.from_iterable(notes.values()))
    return dict(counts)


def rematched_together(slots: Iterable[UUID], *, now: datetime) -> dict[str, int]:
    """What became of places that are free again: one round a care for those far enough ahead."""
    counts = Counter(NOTHING)
    for care, group in _by_care(slots, now):
        counts.update(_rematched(care, group, now))
    return dict(counts)


def _by_care(slots: Iterable[UUID], now: datetime) -> Iterator[tuple[str, list[Slot]]]:
    """Those that are still free, care by care, the care with the place that begins soonest first."""
    rows = free_again(slots, now=now).order_by("care_id", "starts_at", "id")
    cares = [(care, list(group)) for care, group in groupby(rows, key=lambda slot: slot.care_id)]
    yield from sorted(cares, key=lambda one: one[1][0].starts_at)


def _rematched(care: str, slots: list[Slot], now: datetime) -> Counter[str]:
    """First whoever waits without a time; who has one and would come earlier where nobody else can."""
    counts, wanted = Counter[str](), set[UUID]()
    if far := [slot.id for slot in slots if slot.starts_at > now + settings.MATCH_NOTICE]:
        outcome = matched(care, now=now, slots=far)
        wanted = {proposed.slot for proposed in outcome.proposals}
        counts.update(proposals=len(wanted), offers=offers_of(outcome, now))
    counts["asked"] = sum(asked_about(slot, now=now) for slot in slots if slot.id not in wanted)
    return counts


def asked_about(slot: Slot, *, now: datetime) -> int:
    """How many are asked about a free place (with clinic and care fetched) that no round gives out.

    Where it begins soon those who wait and want that; where there are none, those who would come earlier.
    """
    asked = first_in_line(slot, now=now) if is_short_notice(slot, now=now) else []
    if not asked:
        with acting_as(system_actor(*region_tenants())):
            asked = earlier_in_line(slot, now=now)
    batch = open_batch(slot=slot, asked=asked, now=now) if asked else None
    return len(asked) if batch else 0


def rematch_when_committed(slot: UUID) -> None:
    """For a face that has freed a place: match it again as soon as that is a fact.

    A lost message costs a few seconds, nothing else: `rematch_freed` finds the place by itself.
    """
    transaction.on_commit(lambda: rematch_freed_slot.delay(str(slot)), robust=True)

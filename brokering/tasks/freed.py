"""Places that became free are matched again, whoever freed them. Safe to run twice."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import chain, groupby
from uuid import UUID

import structlog
from celery import shared_task
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone
from redis import RedisError

from accounts.selectors.actors import system_actor
from accounts.tenancy import acting_as
from brokering.actions.invitations import end_batch, open_batch
from brokering.selectors.batches import batches_to_end
from brokering.selectors.country.seen import seen_now
from brokering.selectors.earlier import earlier_in_line, some_would_come_earlier
from brokering.selectors.short_notice import first_in_line, is_short_notice
from brokering.selectors.upkeep import free_again, region_tenants
from brokering.tasks.rounds import matched, offered
from providers.actions.freed import Freed, forget_freed, take_freed
from providers.models import Slot

log = structlog.get_logger(__name__)

WOKEN = "freed-woken"
WOKEN_FOR = timedelta(seconds=5)
"""So long a message that got lost keeps others from being sent."""
NOTHING = {"proposals": 0, "offers": 0, "asked": 0}
MOST_TAKEN = 40
"""How often one run takes places of a care; whatever is left then waits behind what others wait for."""
TRIES = 3
"""How often a place is matched when somebody gets another one while it is meant for them."""


@shared_task(name="brokering.tasks.rematch_freed")
def rematch_freed() -> dict[str, int]:
    """Match again every place that has become free, whoever freed it; end batches whose place is gone.

    Each goes to the highest needs that may have it. Where they need more time than is left, those are asked
    who have consented to short notice. The database has noted what is free, so nothing depends on a message
    that says so: that only makes it quicker.
    """
    with suppress(RedisError):
        # Before anything is read: whoever frees a place from here on wakes somebody again.
        cache.delete(WOKEN)
    now = timezone.now()
    batches = sum(end_batch(batch_id=one, now=now) for one in batches_to_end(now=now))
    counts = Counter(NOTHING)
    for _ in range(MOST_TAKEN):
        now = timezone.now()
        freed = take_freed(now=now)
        counts.update(match_again(freed, now=now))
        if not freed:
            break
    else:
        rematch_when_committed()
    return {**counts, "batches": batches}


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
    rows = free_again(slots, now=now)
    cares = [(care, list(group)) for care, group in groupby(rows, key=lambda slot: slot.care_id)]
    yield from sorted(cares, key=lambda one: one[1][0].starts_at)


def _rematched(care: str, slots: list[Slot], now: datetime) -> Counter[str]:
    """First whoever waits without a time; who has one and would come earlier where nobody else can."""
    counts, wanted, seen = Counter[str](), set[UUID](), seen_now()
    far = [slot.id for slot in slots if slot.starts_at > now + settings.MATCH_NOTICE]
    for _ in range(TRIES):
        if not far:
            break
        proposals = matched(care, now=now, slots=far).proposals
        wanted |= {proposed.slot for proposed in proposals}
        told = proposals[: settings.ROUND_OFFERS_MAX]
        # Each offer is a transaction of its own: it is seen at once, and no lock waits for another offer.
        far = [proposed.slot for proposed in told if not offered(proposed, now=now)]
        counts.update(offers=len(told) - len(far))
    counts["proposals"] = len(wanted)
    left = [slot for slot in slots if slot.id not in wanted]
    counts["asked"] = sum(asked_about(slot, seen=seen, now=now) for slot in _asked_for(left, now))
    return counts


def _asked_for(slots: list[Slot], now: datetime) -> list[Slot]:
    """Those of some places that anybody may be asked about at all."""
    if not slots:
        return []
    with acting_as(system_actor(*region_tenants())):
        earlier = some_would_come_earlier(slot.id for slot in slots)
    return [slot for slot in slots if slot.id in earlier or is_short_notice(slot, now=now)]


def asked_about(slot: Slot, *, seen: str, now: datetime) -> int:
    """How many are asked about a free place (with clinic and care fetched) that no round gives out.

    `seen` is what had been seen of the database before anybody was looked for (`seen_now`).
    Where it begins soon those who wait and want that; where there are none, those who would come earlier.
    """
    asked = first_in_line(slot, now=now) if is_short_notice(slot, now=now) else []
    if not asked:
        with acting_as(system_actor(*region_tenants())):
            asked = earlier_in_line(slot, now=now)
    batch = open_batch(slot=slot, asked=asked, seen=seen, now=now) if asked else None
    return len(asked) if batch else 0


def rematch_when_committed() -> None:
    """For a face that has freed places: match them again as soon as that is a fact.

    Nobody is sent a message while a worker that was woken has not begun: it will see these places too. A lost
    message costs a few seconds, nothing else: `rematch_freed` finds the places by itself.
    """
    transaction.on_commit(lambda: _is_first() and rematch_freed.delay(), robust=True)


def _is_first() -> bool:
    """Whether no worker is on its way already."""
    return bool(cache.add(WOKEN, True, WOKEN_FOR.total_seconds()))

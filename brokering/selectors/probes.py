"""Which advertised places are to be tried next, and who acts for their clinics."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import chain
from math import ceil

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from brokering.selectors.batches import not_asked_about
from providers.freshness import Standing
from providers.models import Claim, Slot
from providers.selectors.freshness import Stands

LOOKED_BACK = timedelta(days=30)
"""A place that was not tried for so long began long ago: the search for the next need not pass it."""


RUN_EVERY = timedelta(minutes=1)
"""How often a run starts (config/celery.py)."""
MARGIN = 1.25
"""A run tries so much more than its even share of the day, so that it catches up."""
FEWEST = 10


def share_of_a_run(*, now: datetime) -> int:
    """How many places one run tries, so that all get their turn within PROBE_EVERY, evenly spread."""
    ahead = Slot.objects.filter(state=Slot.State.OPEN, starts_at__gt=now).count()
    even = ceil(MARGIN * ahead * (RUN_EVERY / settings.PROBE_EVERY))
    return min(settings.PROBE_MOST, max(FEWEST, even))


def places_to_probe(*, now: datetime, most: int) -> list[Slot]:
    """Hidden places whose time to be tried again has come, those never tried, then the longest untried."""
    free = _free(now)
    since_hidden, since = now - settings.PROBE_HIDDEN_EVERY, now - settings.PROBE_EVERY
    tried = free.filter(hidden_why="", probed_at__gte=now - LOOKED_BACK, probed_at__lte=since)
    hidden = free.filter(probed_at__gte=now - LOOKED_BACK, probed_at__lte=since_hidden)
    turns: Iterable[QuerySet[Slot]] = (
        hidden.exclude(hidden_why="").order_by("probed_at", "id")[: most // 2],
        free.filter(probed_at__isnull=True).order_by("starts_at", "id")[:most],
        tried.order_by("probed_at", "id")[:most],
    )
    return list(chain.from_iterable(turns))[:most]


def _free(now: datetime) -> QuerySet[Slot]:
    """Open places ahead that their publisher's word carries, and that nobody has or is asked about."""
    taken = Claim.objects.filter(slot=OuterRef("pk")).filter(
        Q(state=Claim.State.CONFIRMED) | Q(state=Claim.State.HELD, held_until__gt=now)
    )
    return Slot.objects.filter(
        ~Exists(taken),
        ~Stands(Standing.WITHDRAWN, now),
        not_asked_about(now),
        state=Slot.State.OPEN,
        starts_at__gt=now,
    ).select_related("clinic__municipality", "clinic__provider", "care", "feed")

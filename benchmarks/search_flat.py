"""The mix of searches at the size that the stage has, without bookings."""

from datetime import UTC, datetime

from benchmarks.asked import searches
from benchmarks.search_national import WARM_UP, asked, tell_shares
from providers.models import Slot

SEARCHES = 250


def measure() -> None:
    """Median, p95 and p99."""
    size = Slot.objects.filter(state=Slot.State.OPEN).count()
    queries = list(searches(WARM_UP + SEARCHES, datetime.now(UTC)))
    tell_shares("search.flat", list(asked(queries, iter(())))[WARM_UP:], size)

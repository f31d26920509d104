"""Search: the first page of the whole country, decided for a home region, over each care with free times."""

from datetime import UTC, datetime
from functools import partial

from benchmarks.stage import milliseconds, tell
from brokering.selectors.queries import Query
from brokering.selectors.search import search
from providers.models import Care, Slot

NOW = datetime.now(UTC)
HOME, NEAR = "14", "1480"


def measure() -> None:
    """By date, and by distance from Göteborg; free times of all cares, each care asked five times."""
    cares = list(Care.objects.filter(slots__isnull=False).distinct().values_list("code", flat=True))
    free = Slot.objects.filter(state=Slot.State.OPEN, starts_at__gt=NOW).count()
    for order in ("date", "distance"):
        queries = [
            Query(care=care, home_region=HOME, remiss=True, near=NEAR, order=order)
            for care in cares * 5
        ]
        found = [[hit.place.slot for hit in search(query, now=NOW).hits] for query in queries]
        took, _ = milliseconds(partial(search, query, now=NOW) for query in queries)
        read, _ = milliseconds(partial(_read, ids) for ids in found)
        tell(f"search.by_{order}", took, ("the same times read by their keys", read), free)


def _read(ids: list[object]) -> list[Slot]:
    rows = Slot.objects.select_related("clinic__municipality__region", "care")
    return list(rows.filter(id__in=ids))

"""Cares dealt out to workers: the heaviest alone and first, then less and less to even out what is left."""

from collections.abc import Collection, Iterable, Mapping

PER_WORKER = 4
"""Shards for each worker: enough to even out what was estimated wrongly, few enough to cost little."""
READ_AND_WRITTEN = 3e-5
"""Seconds of processor for each who waits, whatever the engine (docs/performance.md)."""


def effort(waiting: Mapping[str, int], solved: Mapping[str, float]) -> dict[str, float]:
    """Seconds that each care is likely to take: by how many wait, and how long it was solved the last time.

    Of a care that is not among those solved before, as long as the others for each who waits.
    """
    known = sum(waiting[care] for care in waiting if care in solved)
    each = sum(solved[care] for care in waiting if care in solved) / known if known else 0.0
    return {
        care: people * READ_AND_WRITTEN + solved.get(care, people * each)
        for care, people in waiting.items()
    }


def shards(
    efforts: Mapping[str, float], workers: int, linked: Iterable[Collection[str]] = ()
) -> tuple[tuple[str, ...], ...]:
    """The cares by what each takes, in shards in the order in which they are to be begun.

    Each shard after the first is about a worker's half of what is left, so that the last ones are small and
    all workers end together; a round's answer does not depend on it. Cares that are linked stay together.
    """
    takes = {one: sum(efforts[care] for care in one) for one in groups(efforts, linked)}
    longest = sorted(takes, key=lambda one: (-takes[one], one))
    if not longest:
        return ()
    first, rest = longest[0], longest[1:]
    room = _rooms(
        sum(takes[one] for one in rest), workers, min(workers * PER_WORKER - 1, len(rest))
    )
    dealt: list[list[tuple[str, ...]]] = [[] for _ in room]
    for one in rest:
        most = max(range(len(room)), key=room.__getitem__)
        dealt[most].append(one)
        room[most] -= takes[one]
    filled = [shard for shard in dealt if shard]
    heaviest = sorted(filled, key=lambda shard: (-sum(takes[one] for one in shard), shard))
    return (first, *(tuple(care for one in shard for care in one) for shard in heaviest))


def _rooms(left: float, workers: int, number: int) -> list[float]:
    """How much goes into each shard: of what is left every time the half of a worker's part."""
    rooms = []
    for _ in range(number - 1):
        rooms.append(left / (2 * workers))
        left -= rooms[-1]
    return [*rooms, left][:number]


def groups(cares: Iterable[str], linked: Iterable[Collection[str]]) -> tuple[tuple[str, ...], ...]:
    """The cares in groups that nothing links with another one, each in the order of its cares' names."""
    of = {care: {care} for care in cares}
    for links in linked:
        joined = set().union(*(of[care] for care in links if care in of))
        of.update(dict.fromkeys(joined, joined))
    return tuple(sorted({tuple(sorted(one)) for one in of.values()}))

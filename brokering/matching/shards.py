"""Cares dealt out to workers: the longest queue alone and first, the others by what is left to even out."""

from collections.abc import Mapping

PER_WORKER = 4
"""Shards for each worker: enough to even out what was estimated wrongly, few enough to cost little."""


def shards(waiting: Mapping[str, int], workers: int) -> tuple[tuple[str, ...], ...]:
    """The cares by how many wait, in shards in the order in which they are to be begun.

    Longest first to the shard with least (LPT); the answer of a round does not depend on it.
    """
    longest = sorted(waiting, key=lambda care: (-waiting[care], care))
    if not longest:
        return ()
    first, rest = longest[0], longest[1:]
    bins: list[list[str]] = [[] for _ in range(min(max(workers * PER_WORKER - 1, 1), len(rest)))]
    for care in rest:
        least = min(bins, key=lambda one: (sum(waiting[x] for x in one), len(one)))
        least.append(care)
    heaviest = sorted(bins, key=lambda one: (-sum(waiting[x] for x in one), one))
    return ((first,), *(tuple(one) for one in heaviest))

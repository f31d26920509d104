"""Cares are dealt out so that no worker waits for another one for long."""

from hypothesis import example, given
from hypothesis import strategies as st

from brokering.matching.shards import PER_WORKER, shards

QUEUES = st.dictionaries(st.text("abc", min_size=1, max_size=6), st.integers(0, 50_000))


@given(QUEUES, st.integers(1, 8))
def test_every_care_is_in_one_shard_and_the_longest_queue_is_alone_and_first(waiting, workers):
    found = shards(waiting, workers)
    assert sorted(care for shard in found for care in shard) == sorted(waiting)
    if waiting:
        assert len(found[0]) == 1
        assert waiting[found[0][0]] == max(waiting.values())


@given(QUEUES, st.integers(1, 8))
@example({"a": 0, "b": 0, "aa": 0}, 1)
def test_there_are_about_four_shards_a_worker_and_none_is_empty(waiting, workers):
    found = shards(waiting, workers)
    assert len(found) <= workers * PER_WORKER
    assert all(found)


@given(st.permutations(["a", "b", "c", "d", "e"]))
def test_the_order_in_which_cares_are_named_changes_nothing(cares):
    waiting = {"a": 5, "b": 4, "c": 3, "d": 3, "e": 1}
    assert shards({care: waiting[care] for care in cares}, 1) == shards(waiting, 1)

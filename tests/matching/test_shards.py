"""Cares are dealt out so that no worker waits for another one for long."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from brokering.matching.shards import PER_WORKER, effort, groups, shards

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


@given(st.lists(st.floats(0.1, 1.0), min_size=40, max_size=80), st.integers(2, 4))
def test_workers_that_take_the_next_shard_end_almost_together(each, workers):
    takes = {f"{number:02}": seconds for number, seconds in enumerate(each)}
    busy = [0.0] * workers
    for shard in shards(takes, workers):
        busy[busy.index(min(busy))] += sum(takes[care] for care in shard)
    assert max(busy) <= 1.1 * sum(each) / workers


def test_a_care_that_took_long_the_last_time_goes_before_one_that_more_wait_for():
    efforts = effort({"caps": 30_000, "plain": 40_000, "new": 10_000}, {"caps": 50, "plain": 10})
    assert shards(efforts, 1)[0] == ("caps",)
    assert efforts["new"] == pytest.approx(10_000 * (3e-5 + 60 / 70_000))


def test_where_nothing_was_solved_before_the_number_who_wait_decides():
    efforts = effort({"few": 1_000, "many": 3_000}, {})
    assert efforts["many"] == pytest.approx(3 * efforts["few"])


@given(st.permutations(["a", "b", "c", "d", "e"]))
def test_the_order_in_which_cares_are_named_changes_nothing(cares):
    waiting = {"a": 5, "b": 4, "c": 3, "d": 3, "e": 1}
    assert shards({care: waiting[care] for care in cares}, 1) == shards(waiting, 1)


@given(
    QUEUES, st.integers(1, 8), st.lists(st.sets(st.text("abc", min_size=1, max_size=6), max_size=3))
)
def test_cares_that_are_linked_stay_together(waiting, workers, linked):
    found = shards(waiting, workers, linked)
    assert sorted(care for shard in found for care in shard) == sorted(waiting)
    for links in linked:
        assert sum(not links.isdisjoint(shard) for shard in found) <= 1


def test_whatever_is_linked_with_a_linked_care_belongs_to_it_too():
    links = [{"b", "d", "elsewhere"}, {"c", "b"}]
    assert groups("abcd", links) == (("a",), ("b", "c", "d"))

"""Feeds that fail: what was fetched before stays and grows older, and nothing is half-loaded."""

import json
from datetime import timedelta

import pytest

from providers.models import Slot
from tests.factories import at
from tests.providers.polling import (
    added,
    deliveries,
    half_an_hour,
    poll,
    published,
    starts,
)


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        ({"status": 404}, "not_there"),
        ({"status": 403}, "needs_login"),
        ({"status": 500}, "source_fault"),
        ({"status": 503, "headers": {"Retry-After": "7200"}}, "source_busy"),
        ({"headers": {"Content-Type": "text/html"}}, "wrong_content"),
        ({"body": "\ufeff <!doctype html><p>Logga in"}, "wrong_content"),
        ({"body": "[]"}, "not_a_manifest"),
        ({"body": "{"}, "not_a_manifest"),
        (
            {"body": '{"transactionTime": "x", "output": [], "requiresAccessToken": true}'},
            "needs_login",
        ),
        ({"body": "{}", "length": 5000}, "cut_off"),
        ({"body": b"\x1f\x8bnot", "headers": {"Content-Encoding": "gzip"}}, "cut_off"),
        ({"body": "x", "headers": {"Content-Encoding": "br"}}, "wrong_content"),
    ],
)
def test_a_manifest_that_fails_leaves_what_there_is_and_lets_it_age(
    source, clinic, feed, sent, problem
):
    published(source, clinic, half_an_hour("a"))
    before = poll(feed)
    source.put("/$bulk-publish", sent.pop("body", "{}"), **sent)
    after = poll(feed, ahead=timedelta(minutes=6))
    assert starts(feed=feed) == [at(10)]
    assert (after.problem, after.failures) == (problem, 1)
    assert after.succeeded_at == before.succeeded_at
    waits = timedelta(hours=2) if problem == "source_busy" else timedelta(seconds=60)
    assert after.next_poll_at >= after.polled_at + waits


def test_a_file_that_fails_halfway_loads_nothing(source, clinic, feed):
    published(source, clinic, half_an_hour("a"))
    source.put("/slots.ndjson", json.dumps(half_an_hour("a")), length=9999)
    after = poll(feed)
    assert after.problem == "cut_off"
    assert not Slot.objects.exists()
    assert deliveries(feed) == 0


def test_content_of_which_nothing_can_be_read_takes_nothing_away(source, clinic, feed):
    published(source, clinic, half_an_hour("a"))
    poll(feed)
    published(source, clinic, "garbage", "more garbage")
    after = poll(feed)
    assert after.problem == "nothing_readable"
    assert starts(feed=feed) == [at(10)]


def test_a_source_that_is_empty_now_has_no_times(source, clinic, feed):
    published(source, clinic, half_an_hour("a"))
    poll(feed)
    published(source, clinic)
    assert poll(feed).problem == ""
    assert starts(feed=feed) == []


def test_a_bomb_is_met_by_the_limit(source, clinic, feed, settings):
    settings.FEED_FILE_UNPACKED_MAX = 1_000_000
    published(source, clinic, " " * 5_000_000, packed=True)
    assert poll(feed).problem == "unpacks_too_large"


def test_a_file_that_is_too_large_is_not_fetched_to_its_end(source, clinic, feed, settings):
    settings.FEED_FILE_BYTES_MAX = 100_000
    published(source, clinic, "x" * 500_000)
    assert poll(feed).problem == "too_large"


def test_more_times_than_a_delivery_may_have_are_refused_whole(source, clinic, feed, settings):
    settings.DELIVERY_ROWS_MAX = 3
    published(source, clinic, half_an_hour("a", places=4))
    assert poll(feed).problem == "too_many_times"
    assert not Slot.objects.exists()


def test_a_redirect_inside_is_not_followed(source, clinic, feed):
    source.put("/$bulk-publish", b"", status=302, headers={"Location": "http://127.0.0.1:80/x"})
    assert poll(feed).problem == "address_not_open"


def test_a_redirect_within_the_source_is_followed_but_not_for_ever(source, clinic, feed):
    published(source, clinic, half_an_hour("a"))
    source.served["/moved"] = source.served["/$bulk-publish"]
    source.put("/$bulk-publish", b"", status=307, headers={"Location": "/moved"})
    assert poll(feed).problem == ""
    source.put("/$bulk-publish", b"", status=307, headers={"Location": "/$bulk-publish"})
    assert poll(feed).problem == "too_many_redirects"


def test_a_server_that_is_not_there_is_told_as_that(clinic, settings, tmp_path):
    settings.FEED_FOLDER = tmp_path
    settings.FEED_TEST_SERVERS = frozenset({"127.0.0.1:9"})
    assert poll(added(clinic, "http://127.0.0.1:9/")).problem == "no_answer"


def test_without_the_tests_own_leave_no_local_server_is_asked(source, clinic, feed, settings):
    settings.FEED_TEST_SERVERS = frozenset()
    assert poll(feed).problem == "port_not_allowed"
    assert source.asked == []


def test_each_failure_in_a_row_waits_longer(source, clinic, feed):
    waits = []
    for _ in range(4):
        after = poll(feed)
        waits.append(after.next_poll_at - after.polled_at)
    assert after.failures == 4
    assert waits[3] > 2 * waits[0]

"""Numbers without gaps, in the order of commits, from one relay that may be killed at any moment."""

import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import takewhile

import psycopg
import pytest
import redis
from django.conf import settings
from django.db import connection, connections, transaction

from accounts.models import Change, Topic
from accounts.news import News, tell
from accounts.relay import (
    BEAT_KEY,
    KEPT,
    LOCK,
    NotTheRelay,
    forget_old,
    group_of,
    number_batch,
    take_lock,
)
from accounts.selectors.actors import system_actor
from accounts.tenancy import acting_as
from config.launcher import postgres
from tests.accounts.processes import eventually, relay, running
from tests.servers import own_database

pytestmark = pytest.mark.usefixtures("database")
NOW = datetime.now(UTC)  # the relay of these tests reads the real clock
TOPICS = ("care:besok-ogon", "care:besok-hud", "care:atgard-ogon-katarakt")


@pytest.fixture
def in_charge() -> Iterator[None]:
    """This test's own connection is the relay, as soon as the one before it is seen to be gone."""
    eventually(take_lock)
    yield
    connections["relay"].close()


def write(*topics: str, now: datetime = NOW) -> None:
    with acting_as(system_actor()):
        tell(*(News(topic=topic, kind="slots_published") for topic in topics), now=now)


def numbers(topic: str) -> list[int | None]:
    """In the order in which the rows were made."""
    return list(Change.objects.filter(topic=topic).order_by("id").values_list("number", flat=True))


def is_all_numbered() -> bool:
    return not Change.objects.filter(number=None).exists()


def assert_no_gaps() -> None:
    for topic in TOPICS:
        count = len(numbers(topic))
        assert sorted(numbers(topic)) == list(range(1, count + 1))
        assert Topic.objects.get(name=topic).last_number == count


def wakes(work: Callable[[], None]) -> int:
    """How often somebody's work wakes the relay."""
    line = redis.Redis.from_url(settings.REDIS_URL)
    with line.pubsub() as heard:
        heard.subscribe(settings.WAKE_CHANNEL)
        heard.get_message(timeout=5)
        work()
        line.publish(settings.WAKE_CHANNEL, "end")
        said = iter(lambda: heard.get_message(timeout=5), None)
        return [one["data"] for one in takewhile(lambda one: one["data"] != b"end", said)].count(
            b"1"
        )


def test_the_relay_is_woken_once_for_all_that_a_transaction_tells() -> None:
    def work() -> None:
        with acting_as(system_actor()):
            write(TOPICS[0])
            write(TOPICS[1])
            with transaction.atomic():
                write(TOPICS[2])

    assert wakes(work) == 1


@pytest.mark.parametrize("undone_first", [True, False], ids=["undone first", "undone last"])
def test_what_is_undone_does_not_keep_the_relay_asleep(undone_first: bool) -> None:
    def undone() -> None:
        with suppress(ZeroDivisionError), transaction.atomic():
            write(TOPICS[2])
            raise ZeroDivisionError

    def work() -> None:
        with acting_as(system_actor()):
            for step in (undone, lambda: write(TOPICS[0]))[:: 1 if undone_first else -1]:
                step()

    assert wakes(work) == 1


def test_each_topic_counts_for_itself(in_charge: None) -> None:
    write(TOPICS[0], TOPICS[1])
    write(TOPICS[0])
    number_batch()
    assert (numbers(TOPICS[0]), numbers(TOPICS[1])) == ([1, 2], [1])


def test_a_later_batch_goes_on_where_the_last_one_ended(in_charge: None) -> None:
    for _ in range(3):
        write(TOPICS[0])
        number_batch()
    assert numbers(TOPICS[0]) == [1, 2, 3]


def test_a_change_that_commits_later_is_numbered_later_whatever_its_id(in_charge: None) -> None:
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as slow:
        slow.execute(
            "INSERT INTO accounts_change (topic, kind, data, written_at)"
            " VALUES (%s, 'slow', '{}', now())",
            [TOPICS[0]],
        )
        write(TOPICS[0])
        number_batch()
        slow.commit()
        number_batch()
    assert numbers(TOPICS[0]) == [2, 1]


def test_a_rollback_leaves_no_gap(in_charge: None) -> None:
    with transaction.atomic():
        write(TOPICS[0])
        transaction.set_rollback(True)
    write(TOPICS[0])
    number_batch()
    assert numbers(TOPICS[0]) == [1]


def test_what_is_announced_is_what_was_numbered_in_order(in_charge: None) -> None:
    for _ in range(3):
        write(TOPICS[0], TOPICS[1])
    said = [(change.topic, change.number) for change in number_batch()]
    assert said == [(topic, number) for topic in sorted(TOPICS[:2]) for number in (1, 2, 3)]


def test_without_the_lock_nothing_is_numbered() -> None:
    with psycopg.connect(os.environ["DATABASE_RELAY_URL"]) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        write(TOPICS[0])
        assert not take_lock()
        with pytest.raises(NotTheRelay):
            number_batch()
    connections["relay"].close()
    assert numbers(TOPICS[0]) == [None]


def test_old_changes_are_forgotten_and_the_numbers_go_on(in_charge: None) -> None:
    write(TOPICS[0], now=NOW - KEPT - timedelta(seconds=1))
    write(TOPICS[0], now=NOW - KEPT + timedelta(seconds=1))
    number_batch()
    assert forget_old(NOW) == 1
    write(TOPICS[0])
    number_batch()
    assert numbers(TOPICS[0]) == [2, 3]


def test_an_old_change_without_a_number_is_not_forgotten(in_charge: None) -> None:
    write(TOPICS[0], now=NOW - 2 * KEPT)
    assert forget_old(NOW) == 0


def test_every_topic_has_a_group_name_that_channels_accepts() -> None:
    names = {group_of(topic) for topic in ("care:a", "care.a", "Å" * 80, "person:\n")}
    assert len(names) == 4
    assert all(name.replace(".", "").isalnum() and len(name) < 100 for name in names)


def write_and_sometimes_roll_back(seed: int) -> None:
    chance = random.Random(seed)
    try:
        for _ in range(25):
            with transaction.atomic():
                write(*chance.sample(TOPICS, chance.randint(1, 3)))
                time.sleep(chance.random() * 0.01)
                transaction.set_rollback(chance.random() < 0.3)
    finally:
        connection.close()


def test_eight_writers_at_once_make_no_gap() -> None:
    with relay(), ThreadPoolExecutor(8) as writers:
        list(writers.map(write_and_sometimes_roll_back, range(8)))
        eventually(is_all_numbered)
    assert_no_gaps()


def test_one_writer_sees_its_own_commits_in_order() -> None:
    with relay(), ThreadPoolExecutor(4) as others:
        busy = others.map(write_and_sometimes_roll_back, range(3))
        for place in range(60):
            write_one(place)
        list(busy)
        eventually(is_all_numbered)
    mine = Change.objects.filter(topic=TOPICS[0], kind="mine").order_by("number")
    assert [change.data["place"] for change in mine] == list(range(60))


def write_one(place: int) -> None:
    with acting_as(system_actor()):
        tell(News(topic=TOPICS[0], kind="mine", data={"place": place}), now=NOW)


def test_a_relay_that_is_killed_again_and_again_loses_and_doubles_nothing() -> None:
    with ThreadPoolExecutor(4) as writers:
        busy = writers.map(write_and_sometimes_roll_back, range(4))
        for _ in range(3):
            with relay() as one:
                write(*TOPICS)
                one.kill()
        list(busy)
        with relay():
            eventually(is_all_numbered)
    assert_no_gaps()


def test_a_second_relay_says_that_it_waits_and_takes_over() -> None:
    with relay() as first, running([sys.executable, "manage.py", "relay"]) as second:
        second.wait_for("another relay is at work")
        first.kill()
        second.wait_for("relay ready")
        write(TOPICS[0])
        eventually(is_all_numbered)


def test_a_relay_that_lost_its_connection_goes_on() -> None:
    with relay() as one, psycopg.connect(postgres.url("postgres", own_database())) as superuser:
        superuser.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE usename = 'vardbryggan_relay' AND datname = current_database()"
        )
        write(TOPICS[0])
        eventually(is_all_numbered)
        assert "relay lost the database" in one.said()


def test_numbers_are_given_while_valkey_is_away() -> None:
    with relay(REDIS_URL="redis://127.0.0.1:1/0"):
        for _ in range(3):
            write(TOPICS[0])
            eventually(is_all_numbered, patience=5)
    assert numbers(TOPICS[0]) == [1, 2, 3]


def test_the_relay_shows_that_it_is_alive_and_stops_when_asked() -> None:
    with redis.Redis.from_url(settings.REDIS_URL) as valkey:
        valkey.delete(BEAT_KEY)
        with relay() as one:
            eventually(lambda: valkey.exists(BEAT_KEY))
            assert 0 < valkey.ttl(BEAT_KEY) <= 5
            assert one.stop() == 0

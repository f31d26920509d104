"""Open screens over real websockets: who may follow, what is told, and that nothing stays lost."""

import json
import uuid
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from pytest_django import DjangoDbBlocker
from websockets import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from accounts import live, topics
from accounts.models import Change, Membership, User
from accounts.news import News, tell
from accounts.roles import Role
from accounts.selectors.actors import system_actor
from accounts.selectors.changes import MOST_REPLAYED
from accounts.tenancy import Belongs, acting_as
from providers.selectors.tenants import tenant_of_region
from tests.accounts.followers import answer, ask, opened
from tests.accounts.processes import eventually, live_server, relay
from tests.baseline import Baseline

pytestmark = pytest.mark.usefixtures("database")
NOW = datetime.now(UTC)  # the relay of these tests reads the real clock
OGON = "care:besok-ogon"


@pytest.fixture(scope="module")
def server(baseline: Baseline, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The websocket server and the relay, once for these tests."""
    with django_db_blocker.unblock(), relay(), live_server() as address:
        yield address


@pytest.fixture
def topic() -> str:
    """A topic that no other test follows."""
    return topics.clinic(uuid.uuid4())


@pytest.fixture
def navigator() -> User:
    """Works for region 01 alone."""
    user = User.objects.db_manager("owner").create_user("vardlots", password=None, synthetic=True)
    tenant = tenant_of_region("01")
    Membership.objects.using("owner").create(
        user=user, tenant_id=tenant, role=Role.NAVIGATOR, valid_from=date(2020, 1, 1)
    )
    return user


def session_of(user: User) -> str:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client.cookies["sessionid"].value


def write(*names: str, region: str = "", **data: Any) -> None:
    """Commit one change on each topic as scheduled work does, for a region or for everyone."""
    tenants = [tenant_of_region(region)] if region else []
    belongs = Belongs(*tenants)
    with acting_as(system_actor(*tenants)):
        tell(*(News(topic=one, kind="told", data=data, belongs=belongs) for one in names), now=NOW)


def changes_of(topic: str) -> list[Any]:
    return list(
        Change.objects.filter(topic=topic).order_by("number").values_list("data", flat=True)
    )


def number_of(topic: str) -> int:
    return Change.objects.filter(topic=topic, number__isnull=False).count()


def wait_numbered(topic: str, count: int) -> None:
    eventually(lambda: number_of(topic) == count)


def test_a_change_reaches_an_open_screen(server: str, topic: str) -> None:
    with opened(server) as screen:
        ask(screen, "join", topic, after=None)
        assert answer(screen) == {"type": "joined", "topic": topic, "number": 0}
        write(topic, slot="a")
        told = {
            "type": "change",
            "topic": topic,
            "number": 1,
            "kind": "told",
            "data": {"slot": "a"},
        }
        assert answer(screen) == told


def test_who_joins_without_a_number_is_told_where_the_topic_is(server: str, topic: str) -> None:
    write(topic)
    wait_numbered(topic, 1)
    with opened(server) as screen:
        ask(screen, "join", topic)
        assert answer(screen) == {"type": "joined", "topic": topic, "number": 1}


def test_who_comes_back_is_told_what_was_missed(server: str, topic: str) -> None:
    for place in range(3):
        write(topic, place=place)
    wait_numbered(topic, 3)
    with opened(server) as screen:
        ask(screen, "join", topic, after=1)
        assert answer(screen) == {"type": "joined", "topic": topic, "number": 1}
        assert [answer(screen)["number"] for _ in range(2)] == [2, 3]


def test_who_sees_a_gap_can_catch_up(server: str, topic: str) -> None:
    write(topic)
    wait_numbered(topic, 1)
    with opened(server) as screen:
        ask(screen, "join", topic)
        answer(screen)
        ask(screen, "catch_up", topic, after=0)
        assert answer(screen)["number"] == 1


def test_a_screen_too_far_behind_is_told_to_read_anew(server: str, topic: str) -> None:
    write(*[topic] * (MOST_REPLAYED + 1))
    wait_numbered(topic, MOST_REPLAYED + 1)
    with opened(server) as screen:
        ask(screen, "join", topic, after=0)
        assert answer(screen) == {"type": "joined", "topic": topic, "number": MOST_REPLAYED + 1}
        assert answer(screen) == {"type": "reset", "topic": topic, "number": MOST_REPLAYED + 1}


def test_a_screen_that_missed_what_is_no_longer_kept_is_told_to_read_anew(
    server: str, topic: str
) -> None:
    write(topic)
    write(topic)
    wait_numbered(topic, 2)
    Change.objects.using("relay").filter(topic=topic, number=1).delete()
    with opened(server) as screen:
        ask(screen, "join", topic, after=0)
        assert [answer(screen)["type"] for _ in range(2)] == ["joined", "reset"]


def test_a_screen_ahead_of_the_topic_is_told_to_read_anew(server: str, topic: str) -> None:
    with opened(server) as screen:
        ask(screen, "join", topic, after=9)
        assert [answer(screen)["number"] for _ in range(2)] == [0, 0]


def test_an_open_screen_is_told_the_number_even_when_nothing_comes(server: str, topic: str) -> None:
    with opened(server) as screen:
        ask(screen, "join", topic)
        answer(screen)
        assert json.loads(screen.recv(3)) == {"type": "number", "topic": topic, "number": 0}


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("", "invalid"),
        ("{", "invalid"),
        ("[]", "invalid"),
        ("null", "invalid"),
        ("[" * 999, "invalid"),
        (b"\x00", "invalid"),
        ('{"topic": "care:a"}', "invalid"),
        ('{"type": "shout", "topic": "care:a"}', "invalid"),
        ('{"type": ["join"], "topic": "care:a"}', "invalid"),
        ('{"type": "join", "topic": "care:a", "after": -1}', "invalid"),
        ('{"type": "join", "topic": "care:a", "after": true}', "invalid"),
        ('{"type": "join", "topic": "care:a", "after": 1.0}', "invalid"),
        ('{"type": "join", "topic": "care:a", "after": 9223372036854775808}', "invalid"),
        ('{"type": "catch_up", "topic": "care:a", "after": null}', "invalid"),
        ('{"type": "catch_up", "topic": "care:a", "after": 1}', "topic_not_joined"),
        ('{"type": "join", "topic": "secrets:a"}', "unknown_topic"),
        ('{"type": "join", "topic": {"a": 1}}', "unknown_topic"),
        ('{"type": "join", "topic": "\\ud800"}', "unknown_topic"),
        (json.dumps({"type": "join", "topic": "care:" + "a" * 1000}), "invalid"),
        ('{"type": "join", "topic": "region:01"}', "not_allowed"),
        ('{"type": "join", "topic": "round:besok-ogon"}', "not_allowed"),
    ],
)
def test_junk_is_refused_by_code_and_the_connection_lives_on(
    server: str, sent: str | bytes, code: str
) -> None:
    with opened(server) as screen:
        screen.send(sent)
        refused = answer(screen)
        assert (refused["type"], refused["code"]) == ("refused", code)
        ask(screen, "join", OGON)
        assert answer(screen)["type"] == "joined"


def test_one_connection_follows_only_so_many_topics(server: str) -> None:
    with opened(server) as screen:
        for place in range(live.MOST_TOPICS + 1):
            ask(screen, "join", f"care:c{place}")
        said = [answer(screen) for _ in range(live.MOST_TOPICS + 1)]
    assert said[-1] == {"type": "refused", "topic": "care:c20", "code": "too_many_topics"}
    assert {one["type"] for one in said[:-1]} == {"joined"}


def test_a_client_that_asks_without_end_is_cut_off(server: str) -> None:
    with opened(server) as screen:
        with suppress(ConnectionClosed):
            for _ in range(2 * live.MOST_MESSAGES + 10):
                screen.send("{")
        while (code := answer(screen)["code"]) == "invalid":
            pass
        assert code == "too_many_messages"
        with pytest.raises(ConnectionClosed):
            answer(screen)
        assert screen.close_code == live.POLICY_VIOLATION


def test_a_page_of_another_site_cannot_connect(server: str) -> None:
    with pytest.raises(InvalidStatus), connect(server, origin="https://example.org", proxy=None):  # type: ignore[arg-type]
        pass


def test_staff_follow_their_own_region_and_no_other(server: str, navigator: User) -> None:
    with opened(server, session_of(navigator)) as screen:
        ask(screen, "join", "region:01")
        assert answer(screen)["type"] == "joined"
        ask(screen, "join", "region:03")
        assert answer(screen) == {"type": "refused", "topic": "region:03", "code": "not_allowed"}
        write("region:03", region="03")
        write("region:01", region="01", booking="x")
        assert answer(screen)["data"] == {"booking": "x"}


def test_a_person_follows_their_own_topic_and_no_other(server: str, navigator: User) -> None:
    with opened(server, session_of(navigator)) as screen:
        ask(screen, "join", topics.person(navigator.id))
        assert answer(screen)["type"] == "joined"
        ask(screen, "join", topics.person(uuid.uuid4()))
        assert answer(screen)["code"] == "not_allowed"


def test_of_another_tenants_change_on_a_shared_topic_only_the_number_is_told(
    server: str, navigator: User
) -> None:
    with opened(server, session_of(navigator)) as screen:
        ask(screen, "join", "round:besok-ogon")
        answer(screen)
        write("round:besok-ogon", region="03", secret=1)
        told = answer(screen)
    assert (told["kind"], told["data"]) == ("withheld", {})


def test_another_tenants_change_is_not_replayed(server: str, navigator: User) -> None:
    write("round:besok-ogon", region="03", secret=1)
    with acting_as(system_actor(tenant_of_region("03"))):
        wait_numbered("round:besok-ogon", 1)
    with opened(server, session_of(navigator)) as screen:
        ask(screen, "join", "round:besok-ogon", after=0)
        assert [answer(screen)["type"] for _ in range(2)] == ["joined", "reset"]


def end_membership(user: User) -> None:
    Membership.objects.using("owner").filter(user=user).update(valid_to=date(2020, 1, 2))


def expire_session(user: User) -> None:
    Session.objects.update(expire_date=NOW - timedelta(days=1))


def log_out(user: User) -> None:
    Session.objects.all().delete()


def lock_out(user: User) -> None:
    User.objects.using("owner").filter(pk=user.pk).update(is_active=False)


@pytest.mark.parametrize("change", [end_membership, expire_session, log_out, lock_out])
def test_who_loses_the_right_is_told_so_and_hears_no_more(
    server: str, navigator: User, change: Any
) -> None:
    with opened(server, session_of(navigator)) as screen:
        ask(screen, "join", "region:01")
        assert answer(screen)["type"] == "joined"
        change(navigator)
        assert answer(screen) == {"type": "refused", "topic": "region:01", "code": "not_allowed"}
        write("region:01", region="01")
        with pytest.raises(TimeoutError):
            answer(screen, timeout=1.5)


def test_who_lost_the_right_cannot_catch_up(server: str, navigator: User) -> None:
    with opened(server, session_of(navigator)) as screen:
        ask(screen, "join", "region:01")
        answer(screen)
        end_membership(navigator)
        ask(screen, "catch_up", "region:01", after=0)
        assert answer(screen)["code"] == "not_allowed"


@pytest.mark.slow
def test_an_idle_screen_is_still_connected_after_twelve_seconds(server: str, topic: str) -> None:
    with opened(server) as screen:
        ask(screen, "join", topic)
        answer(screen)
        with pytest.raises(TimeoutError):
            answer(screen, timeout=12)
        write(topic)
        assert answer(screen)["number"] == 1

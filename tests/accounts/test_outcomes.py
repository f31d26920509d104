"""A request with an Idempotency-Key is carried out once, whatever happens to its answer."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier

import pytest
from django.conf import settings
from django.db import OperationalError, connections

from accounts.actions.outcomes import Answer, digest_of, once
from accounts.actions.trail import record
from accounts.errors import KeyMissing, KeyReused, KeyTooLong, NotAllowed, NotFound, PastRefusal
from accounts.models import Event, Outcome
from accounts.selectors.outcomes import outcome_of
from accounts.tenancy import acting_as
from tests.factories import NOW, a_login, acting

REQUEST = {"place": 1}


@pytest.fixture
def alice(database):
    return acting(a_login("Alice"))


class Work:
    """Writes one event each time it is carried out."""

    def __init__(self, by, refuse=False):
        self.by, self.refuse, self.times = by, refuse, 0

    def __call__(self) -> Answer:
        self.times += 1
        record("test.done", self.by.id, by=self.by, now=NOW)
        if self.refuse:
            raise NotAllowed(because="test")
        return Answer(201, {"id": self.by.id, "at": NOW})


def ask(by, work, key="k1", request=REQUEST, now=NOW):
    with acting_as(by):
        return once(by=by, key=key, request=request, now=now, work=work)


def events() -> int:
    return Event.objects.filter(noun="test").count()


def test_the_same_key_and_request_get_the_stored_answer_and_the_work_is_done_once(alice):
    work = Work(alice)
    first, again = ask(alice, work), ask(alice, work)
    assert (first.status, first.body) == (again.status, again.body)
    assert (first.replayed, again.replayed, work.times, events()) == (False, True, 1, 1)


def test_a_refusal_is_stored_and_takes_back_what_the_work_wrote(alice):
    work = Work(alice, refuse=True)
    first, again = ask(alice, work), ask(alice, work)
    assert first.status == again.status == 403
    assert again.body == {"code": "not_allowed", "because": "test"}
    assert (work.times, events()) == (1, 0)


def test_a_stored_refusal_is_raised_again_with_its_own_code(alice):
    with pytest.raises(PastRefusal) as refused:
        ask(alice, Work(alice, refuse=True)).or_refuse()
    assert (refused.value.code, refused.value.status) == ("not_allowed", 403)
    assert refused.value.message_id == "refusal.not_allowed"


def test_a_key_cannot_be_used_for_another_request(alice):
    ask(alice, Work(alice))
    with pytest.raises(KeyReused):
        ask(alice, Work(alice), request={"place": 2})


def test_a_write_without_a_key_or_with_an_endless_one_is_refused(alice):
    with pytest.raises(KeyMissing):
        ask(alice, Work(alice), key="")
    with pytest.raises(KeyTooLong):
        ask(alice, Work(alice), key="k" * 129)


def test_a_refusal_that_repeats_what_no_database_can_hold_is_stored(alice):
    def work() -> Answer:
        raise NotAllowed(said="a\0b")

    first, again = ask(alice, work), ask(alice, work)
    assert first.body == again.body == {"code": "not_allowed", "said": "a\ufffdb"}
    with pytest.raises(KeyMissing):
        ask(alice, work, key="a\0b")


def test_two_people_may_choose_the_same_key(alice):
    bob = acting(a_login("Bob"))
    assert ask(alice, Work(alice)).body != ask(bob, Work(bob)).body


def test_a_bug_leaves_no_outcome_so_that_a_retry_can_succeed(alice):
    def bug() -> Answer:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ask(alice, bug)
    assert ask(alice, Work(alice)).status == 201


def test_a_key_is_free_again_after_seven_days(alice):
    work = Work(alice)
    ask(alice, work)
    late = NOW + settings.OUTCOME_KEPT
    ask(alice, work, request={"place": 2}, now=late)
    assert work.times == 2


def test_an_outcome_can_be_looked_up_by_its_principal_only(alice):
    ask(alice, Work(alice))
    bob = acting(a_login("Bob"))
    with acting_as(alice):
        assert outcome_of("k1", by=alice, now=NOW)["status"] == 201
    with acting_as(bob), pytest.raises(NotFound):
        outcome_of("k1", by=bob, now=NOW)


def test_the_database_hides_outcomes_from_everyone_else(alice):
    ask(alice, Work(alice))
    with acting_as(acting(a_login("Bob"))):
        assert not Outcome.objects.exists()


def test_concurrent_retries_of_one_key_do_the_work_once(alice):
    work, start = Work(alice), Barrier(8)

    def retry(_: int) -> Answer:
        start.wait()
        try:
            return ask(alice, work)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(retry, range(8)))
    assert (work.times, events()) == (1, 1)
    assert sorted(answer.replayed for answer in answers) == [False] + [True] * 7


def test_without_the_unique_constraint_concurrent_retries_would_do_the_work_more_than_once(
    alice, monkeypatch
):
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_outcome DROP CONSTRAINT one_outcome_per_key")
    try:
        work, start = Work(alice), Barrier(8)

        def retry(_: int) -> None:
            start.wait()
            try:
                ask(alice, work)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda number: _quietly(retry, number), range(8)))
        assert work.times > 1
    finally:
        with connections["owner"].cursor() as cursor:
            cursor.execute("TRUNCATE accounts_outcome")
            cursor.execute(
                "ALTER TABLE accounts_outcome ADD CONSTRAINT one_outcome_per_key"
                " UNIQUE (principal_id, key)"
            )


def _quietly(work, number) -> None:
    """Several rows of one key: a replay finds them all, and two keepers may wait for each other's."""
    with suppress(Outcome.MultipleObjectsReturned, OperationalError):
        work(number)


def test_the_order_of_names_does_not_change_a_request():
    assert digest_of({"a": 1, "b": 2}) == digest_of({"b": 2, "a": 1}) != digest_of({"a": 1})

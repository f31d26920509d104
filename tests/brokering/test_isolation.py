"""Why READ COMMITTED: whoever has waited sees what was committed meanwhile; REPEATABLE READ breaks that."""

from threading import Barrier, Event

import pytest
from django.db import connections, transaction
from django.db.models import F

from accounts.actions.outcomes import Answer, once
from accounts.tenancy import acting_as
from brokering.actions import holds
from contracts.models import CapUse
from providers.models import Claim
from tests.brokering.crowd import (
    ONE_PATIENT,
    WON,
    Pause,
    all_hold,
    at_once,
    people,
    someone_waits,
    without,
)
from tests.brokering.desk import booked, held, occupying, used
from tests.factories import (
    NOW,
    a_claim,
    a_login,
    a_patient,
    a_referral,
    a_slot,
    acting,
    an_agreement,
    at,
)

pytestmark = pytest.mark.usefixtures("database")
COMMITTED, REPEATABLE = "READ COMMITTED", "REPEATABLE READ"
MANY = 5


def isolated(level):
    """From here on, the transactions of this thread's connection are isolated like that."""
    with connections["default"].cursor() as cursor:
        cursor.execute(f"SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL {level}")


def a_lot_for(clinic, places):
    return an_agreement(clinic, cap_places=places, cap_period="year")


def held_while_another_is_counted(clinic, monkeypatch, level):
    """Two hold places of one lot with room for both; the second waits for the first one's count."""
    lot, slots = a_lot_for(clinic, 5), [a_slot(clinic, starts_at=at(day)) for day in (10, 11)]
    booked(a_slot(clinic, starts_at=at(12)), a_referral(a_patient("Bob")), lot)
    pause = Pause(monkeypatch, holds, "reserve_caps", after=True)
    (one, first), (other, second) = people(2)

    def comes_second():
        assert pause.reached.wait(30)
        isolated(level)
        held(slots[1], other, lot, by=second)

    return at_once(
        [
            lambda: held(slots[0], one, lot, by=first),
            comes_second,
            pause.meanwhile(someone_waits),
        ]
    )


def asked_while_the_first_is_at_work(level):
    """The same key twice; the second request waits until the first has been answered."""
    by, reached, going_on = acting(a_login("Alice")), Event(), Event()

    def slow():
        reached.set()
        assert going_on.wait(30)
        return Answer(201, {})

    def ask(work):
        with acting_as(by):
            once(by=by, key="k", request={}, now=NOW, work=work)

    def comes_second():
        assert reached.wait(30)
        isolated(level)
        ask(slow)

    def lets_go():
        someone_waits()
        going_on.set()

    return at_once([lambda: ask(slow), comes_second, lets_go])


def taken_by_two_who_saw_it_free(slot, lot):
    """Both look, and only when both have looked each takes the place."""
    looked = Barrier(2)

    def take():
        with transaction.atomic():
            assert not Claim.objects.filter(slot=slot, state__in=Claim.OCCUPYING).exists()
            looked.wait(30)
            a_claim(slot, lot)

    return at_once([take, take])


def counted_by_two(clinic, count):
    """Both have read what is used of a lot when each counts one more; how many more are counted then."""
    held(a_slot(clinic), a_referral(a_patient("Bob")), a_lot_for(clinic, 5))
    uses, looked = CapUse.objects.using("owner"), Barrier(2)
    before = uses.get().used

    def one_more():
        with transaction.atomic(using="owner"):
            used = uses.get().used
            looked.wait(30)
            count(uses, used)

    assert at_once([one_more, one_more]) == {WON: 2}
    return uses.get().used - before


def test_the_application_works_at_read_committed():
    with connections["default"].cursor() as cursor:
        cursor.execute("SHOW transaction_isolation")
        assert cursor.fetchone() == ("read committed",)


def test_who_waited_for_a_count_counts_on_from_what_it_became(clinic, monkeypatch):
    assert held_while_another_is_counted(clinic, monkeypatch, COMMITTED) == {WON: 3}


def test_under_repeatable_read_a_lot_would_refuse_while_there_is_room(clinic, monkeypatch):
    outcomes = held_while_another_is_counted(clinic, monkeypatch, REPEATABLE)
    assert outcomes == {WON: 2, "OperationalError": 1}


def test_who_waited_for_a_key_finds_its_outcome():
    assert asked_while_the_first_is_at_work(COMMITTED) == {WON: 3}


def test_under_repeatable_read_who_waited_for_a_key_would_be_turned_away_by_the_database():
    assert asked_while_the_first_is_at_work(REPEATABLE) == {WON: 2, "OperationalError": 1}


def test_who_saw_a_place_free_a_moment_ago_is_let_through_by_the_level_and_stopped_by_the_index(
    clinic, lot
):
    assert taken_by_two_who_saw_it_free(a_slot(clinic), lot) == {WON: 1, "IntegrityError": 1}
    with without(*ONE_PATIENT):
        assert taken_by_two_who_saw_it_free(a_slot(clinic), lot) == {WON: 2}


def test_a_count_that_is_read_and_then_written_is_lost_at_this_level(clinic):
    assert counted_by_two(clinic, lambda uses, used: uses.update(used=used + 1)) == 1


def test_a_count_that_is_compared_and_raised_in_one_statement_is_not_lost(clinic):
    def raised(uses, _used):
        uses.filter(used__lt=F("limit")).update(used=F("used") + 1)

    assert counted_by_two(clinic, raised) == 2


@pytest.mark.slow
def test_of_ten_times_as_many_as_a_cap_admits_exactly_that_many_hold_three_times_over(clinic):
    crowd = people(10 * MANY)
    for day in (10, 11, 12):
        lot = a_lot_for(clinic, MANY)
        slots = [a_slot(clinic, starts_at=at(day, 8, minute)) for minute in range(len(crowd))]
        assert all_hold(slots, lot, crowd) == {WON: MANY, "cap_full": 9 * MANY}
        assert used(lot) == MANY == sum(map(occupying, slots))

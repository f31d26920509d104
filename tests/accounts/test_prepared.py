"""Query sets and writes that are built once and kept prepared say what Django's own say."""

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.db.models import F, Value
from django.test.utils import CaptureQueriesContext

from accounts.actions.trail import event
from accounts.database.prepared import Asked, Prepared
from accounts.database.rows import add, change
from accounts.database.statements import ROWS_KEPT, rows_of, tuples_of
from accounts.models import Event, Membership, Outcome
from accounts.roles import Role
from accounts.tenancy import acting_as
from tests.factories import NOW, a_login, a_region, acting, staff

pytestmark = pytest.mark.usefixtures("database")

MEMBERS = Prepared(
    lambda: (
        Membership.objects.select_related("user", "tenant")
        .filter(tenant=Asked("tenant"), role=Role.NAVIGATOR)
        .order_by("id")
    )
)


@pytest.fixture
def tenant():
    return a_region("01").tenant


def members(tenant):
    return {one.user_id for one in MEMBERS.all(tenant=tenant.id)}


def outcomes(by, *keys):
    return [
        Outcome(principal_id=by.id, key=key, digest="d", status=0, text="", created_at=NOW)
        for key in keys
    ]


def test_each_call_answers_its_own_question(tenant):
    elsewhere = a_region("03").tenant
    anna, bo = staff(Role.NAVIGATOR, tenant), staff(Role.NAVIGATOR, elsewhere)
    assert {anna.id} <= members(tenant) - members(elsewhere)
    assert {bo.id} <= members(elsewhere) - members(tenant)


def test_what_is_selected_beside_a_row_is_not_asked_for_again(tenant):
    staff(Role.NAVIGATOR, tenant)
    with CaptureQueriesContext(connection) as asked:
        found = MEMBERS.first(tenant=tenant.id)
        assert (found.user.first_name, found.tenant.id) == ("Dana", tenant.id)
    assert len(asked) == 1


def test_what_is_reckoned_beside_a_row_stands_on_it(tenant):
    rows = Prepared(
        lambda: (
            Membership.objects.select_related("user")
            .filter(tenant=Asked("tenant"))
            .annotate(many=Value(7), of=F("tenant__kind"))
        )
    )
    dana = staff(Role.NAVIGATOR, tenant)
    found = rows.first(tenant=tenant.id)
    assert (found.many, found.of, found.user) == (7, tenant.kind, dana)


def test_nobody_is_none():
    nobody = a_login().id
    assert MEMBERS.first(tenant=nobody) is None
    assert MEMBERS.all(tenant=nobody) == []


@pytest.mark.parametrize("keys", [("a",), ("a", "b", "c")], ids=["one", "several"])
def test_rows_go_in_as_they_are_by_one_statement(keys):
    alice = acting(a_login())
    with acting_as(alice):
        with CaptureQueriesContext(connection) as asked:
            assert add(outcomes(alice, *keys)) == len(keys)
        assert len(asked) == 1
        kept = Outcome.objects.values_list("key", "headers", "created_at")
        assert sorted(kept, key=str) == [(key, {}, NOW) for key in keys]


def test_a_row_that_is_taken_is_refused_or_stays_out():
    alice = acting(a_login())
    with acting_as(alice):
        add(outcomes(alice, "a"))
        assert add(outcomes(alice, "a", "b"), unless_taken=True) == 1
        with pytest.raises(IntegrityError), transaction.atomic():
            add(outcomes(alice, "b"))


def test_a_change_says_how_many_rows_it_found():
    alice = acting(a_login())
    with acting_as(alice):
        add(outcomes(alice, "a"))
        was = {"principal_id": alice.id, "status": 0}
        found = [change(Outcome, was, {"status": 201, "body": {"a": 1}}) for _ in range(2)]
        assert found == [1, 0]
        assert Outcome.objects.get(key="a").body == {"a": 1}


def test_what_tells_of_a_change_goes_in_with_it_and_only_then():
    alice = acting(a_login())
    with acting_as(alice):
        add(outcomes(alice, "a"))
        was = {"principal_id": alice.id, "status": 0}
        told = event("outcome.kept", "a", by=alice, now=NOW, was="open")
        with CaptureQueriesContext(connection) as asked:
            found = [change(Outcome, was, {"status": 201}, telling=told) for _ in range(2)]
        assert (found, len(asked)) == ([1, 0], 2)
    kept = Event.objects.using("owner").filter(actor_id=alice.id)
    assert [(one.verb, one.at, one.data) for one in kept] == [("kept", NOW, {"was": "open"})]


def test_rows_of_other_models_go_in_beside_by_the_same_statement():
    alice = acting(a_login())
    with acting_as(alice):
        told = [event("outcome.kept", key, by=alice, now=NOW) for key in ("a", "b")]
        with CaptureQueriesContext(connection) as asked:
            assert add(outcomes(alice, "a", "b"), beside=told[:1]) == 2
            assert add(outcomes(alice, "c"), beside=told[1:]) == 1
        assert len(asked) == 2
        assert Outcome.objects.count() == 3
    kept = Event.objects.using("owner").filter(actor_id=alice.id)
    assert sorted(kept.values_list("noun_id", flat=True)) == ["a", "b"]


@pytest.mark.parametrize("keys", [("a",), ("a", "b")], ids=["one", "several"])
def test_what_is_too_long_is_refused_and_never_cut_off(keys):
    alice = acting(a_login())
    with acting_as(alice), pytest.raises(DataError), transaction.atomic():
        add(outcomes(alice, *(key * 129 for key in keys)))


def test_a_statement_that_is_sent_again_answers_for_the_values_and_the_connection_of_then():
    same = "SELECT %s::text"
    assert [tuples_of(same, [one]) for one in (1, "a", None)] == [[("1",)], [("a",)], [(None,)]]
    connection.close()
    assert tuples_of(same, [2]) == [("2",)]


def test_what_answered_with_many_rows_is_not_kept():
    many = "SELECT n FROM generate_series(1, %(n)s) AS n"
    assert [len(rows_of(many, {"n": n})) for n in (3, ROWS_KEPT + 1, 3)] == [3, ROWS_KEPT + 1, 3]

"""How old information may be: the function, the statement and the queryset say the same of every row."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from providers.freshness import FEED, PLACE, Standing, Told, advertised
from providers.models import Feed, Slot
from providers.selectors.freshness import Stands, told_of
from providers.selectors.freshness import advertised as advertised_rows
from tests.factories import NOW, a_clinic, a_feed, a_slot

HOUR = timedelta(hours=1)
ages = st.one_of(
    st.sampled_from([timedelta(0), HOUR, 2 * HOUR, 2 * HOUR + timedelta(microseconds=1)]),
    st.timedeltas(timedelta(0), timedelta(days=800)),
)
promises = st.one_of(
    st.sampled_from([HOUR, timedelta(days=30), timedelta(days=400)]),
    st.timedeltas(timedelta(seconds=1), timedelta(days=400)),
)


def test_information_is_fresh_until_the_promise_demoted_until_twice_and_then_withdrawn():
    told = Told(confirmed_at=NOW, promised_age=HOUR)
    after = timedelta(microseconds=1)
    assert told.standing(NOW + HOUR) == Standing.FRESH
    assert told.standing(NOW + HOUR + after) == Standing.DEMOTED
    assert told.standing(NOW + 2 * HOUR) == Standing.DEMOTED
    assert told.standing(NOW + 2 * HOUR + after) == Standing.WITHDRAWN


def test_a_clock_change_makes_no_promise_longer_or_shorter():
    spring = datetime(2027, 3, 28, 0, 30, tzinfo=UTC)
    told = Told(confirmed_at=spring, promised_age=timedelta(days=1))
    assert told.standing(spring + timedelta(hours=24)) == Standing.FRESH
    assert told.standing(spring + timedelta(hours=24, seconds=1)) == Standing.DEMOTED


def test_what_a_feed_brought_is_as_old_as_its_last_whole_reading_by_the_feeds_promise():
    told = Told(
        confirmed_at=NOW - timedelta(days=3),
        promised_age=timedelta(days=7),
        fed_at=NOW - 2 * HOUR,
        feed_promised_age=HOUR,
    )
    assert told.said_at == NOW - 2 * HOUR
    assert told.standing(NOW) == Standing.DEMOTED


@pytest.fixture
def slot(database):
    clinic = a_clinic()
    return a_slot(clinic, feed=a_feed(clinic))


def by_statement(slot):
    """The standing and whether it is advertised as a plain statement finds them, far from UTC."""
    stands = ", ".join(PLACE.stands(one, now="%(now)s") for one in Standing if one != "fresh")
    with connections["default"].cursor() as cursor:
        cursor.execute("SET LOCAL TIME ZONE 'Europe/Stockholm'")
        cursor.execute(
            f"SELECT {stands}, {advertised()} FROM providers_slot s"
            f" JOIN providers_clinic c ON c.id = s.clinic_id {FEED} WHERE s.id = %(slot)s",
            {"now": NOW, "slot": slot.id},
        )
        return cursor.fetchone()


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    age=ages,
    promise=promises,
    fed=st.none() | ages,
    feed_promise=promises,
    by_feed=st.booleans(),
    hidden=st.sampled_from(["", "cap_full"]),
)
def test_function_statement_and_queryset_agree_on_any_row(
    slot, age, promise, fed, feed_promise, by_feed, hidden
):
    succeeded = None if fed is None else NOW - fed
    type(slot.clinic).objects.using("owner").filter(id=slot.clinic_id).update(promised_age=promise)
    Feed.objects.using("owner").filter(id=slot.feed_id).update(
        succeeded_at=succeeded, promised_age=feed_promise
    )
    Slot.objects.using("owner").filter(id=slot.id).update(
        confirmed_at=NOW - age, feed=slot.feed if by_feed else None, hidden_why=hidden
    )
    row = Slot.objects.select_related("clinic", "feed").get(id=slot.id)
    standing = told_of(row).standing(NOW)
    demoted, withdrawn = standing != Standing.FRESH, standing == Standing.WITHDRAWN
    shown = not withdrawn and not hidden
    assert by_statement(row) == (demoted, withdrawn, shown)
    rows = Slot.objects.filter(id=row.id)
    assert rows.filter(Stands(Standing.DEMOTED, NOW)).exists() == demoted
    assert rows.filter(Stands(Standing.WITHDRAWN, NOW)).exists() == withdrawn
    assert rows.filter(advertised_rows(NOW)).exists() == shown

"""A feed whose whole content has come: what it has no more is withdrawn, what somebody has stays."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, connections

from accounts.models import Change, Event
from accounts.selectors.actors import system_actor
from accounts.tenancy import acting_as
from providers.actions.deliveries import Source, apply, judge, stage
from providers.models import CapacityRestriction, Claim, Delivery, Feed, SeriousEvent, Slot
from providers.staging import StagedRow
from tests.factories import (
    EYES,
    NOW,
    a_claim,
    a_clinic,
    a_login,
    a_region,
    a_slot,
    an_agreement,
    at,
)


@pytest.fixture
def clinic(database):
    return a_clinic()


@pytest.fixture
def system(clinic):
    return system_actor(clinic.tenant_id)


@pytest.fixture
def feed(clinic):
    return Feed.objects.using("owner").create(
        provider=clinic.provider,
        tenant=clinic.tenant,
        kind=Feed.Kind.SMART,
        url="https://example.org/$bulk-publish",
        promised_age=timedelta(hours=1),
        added_at=NOW,
    )


def row(clinic, index: int = 0, key: str = "f1", days: int = 20) -> StagedRow:
    starts = at(days, 9)
    return StagedRow(index, clinic.id, EYES, "", starts, starts + timedelta(minutes=30), key)


def polled(system, feed, *rows, now=NOW) -> dict[str, int]:
    source = Source(tenant=feed.tenant_id, channel=Delivery.Channel.FEED, feed=feed.id)
    with acting_as(system):
        delivery = stage(by=system, source=source, rows=rows, now=now)
        return apply(by=system, delivery=delivery, now=now, complete=True)


def judged(system, clinic, *rows) -> dict[str, int]:
    source = Source(tenant=clinic.tenant_id, channel=Delivery.Channel.API)
    with acting_as(system):
        delivery = stage(by=system, source=source, rows=rows, now=NOW)
        return judge(by=system, delivery=delivery, now=NOW)


def from_feed(clinic, feed, **also) -> Slot:
    return a_slot(clinic, feed_id=feed.id, source_key="gone", **also)


def test_what_a_feed_brings_belongs_to_it(clinic, feed, system):
    assert polled(system, feed, row(clinic)) == {"created": 1}
    slot = Slot.objects.get()
    delivery = Delivery.objects.using("owner").get()
    assert (slot.feed_id, slot.delivery_id) == (feed.id, delivery.id)
    assert delivery.received_by_id is None


def test_what_a_feed_has_no_more_is_withdrawn_and_told(clinic, feed, system):
    gone, mine = from_feed(clinic, feed), a_slot(clinic)
    assert polled(system, feed, row(clinic)) == {"created": 1, "withdrawn": 1}
    gone.refresh_from_db()
    mine.refresh_from_db()
    assert (gone.state, mine.state) == ("withdrawn", "open")
    assert Change.objects.filter(topic=f"care:{EYES}", kind="slots_withdrawn").count() == 1
    assert Event.objects.get(noun="delivery").data == {
        "clinic": str(clinic.id),
        "published": 1,
        "withdrawn": 1,
    }


def test_a_place_that_somebody_has_stays_and_is_reported(clinic, feed, system):
    lot = an_agreement(clinic)
    booked, kept = from_feed(clinic, feed), a_slot(clinic, feed_id=feed.id, starts_at=at(11))
    a_claim(booked, lot)
    a_claim(kept, lot, state="held")
    assert polled(system, feed) == {"place_booked": 1, "place_held": 1}
    assert set(Slot.objects.values_list("state", flat=True)) == {"open"}


def test_a_lapsed_hold_keeps_no_place(clinic, feed, system):
    lapsed = {"state": "held", "held_until": NOW - timedelta(hours=1)}
    a_claim(from_feed(clinic, feed), an_agreement(clinic), **lapsed)
    assert polled(system, feed) == {"withdrawn": 1}


def test_what_has_begun_is_left_alone(clinic, feed, system):
    from_feed(clinic, feed, starts_at=NOW - timedelta(minutes=5))
    assert polled(system, feed) == {}


def test_the_same_content_again_touches_no_place(clinic, feed, system):
    polled(system, feed, row(clinic))
    before = Slot.objects.values().get()
    later = NOW + timedelta(hours=1)
    assert polled(system, feed, row(clinic), now=later) == {"unchanged": 1}
    assert Slot.objects.values().get() == before


def test_a_place_that_comes_back_is_opened_again(clinic, feed, system):
    polled(system, feed, row(clinic))
    polled(system, feed)
    assert polled(system, feed, row(clinic)) == {"reopened": 1}
    assert Slot.objects.get().state == "open"


def test_a_part_of_a_feed_withdraws_nothing(clinic, feed, system):
    from_feed(clinic, feed)
    source = Source(tenant=feed.tenant_id, channel=Delivery.Channel.FEED, feed=feed.id)
    with acting_as(system):
        delivery = stage(by=system, source=source, rows=[], now=NOW)
        assert apply(by=system, delivery=delivery, now=NOW) == {}


def test_a_hold_under_way_is_waited_for_and_keeps_its_place(clinic, feed, system):
    slot, lot = from_feed(clinic, feed), an_agreement(clinic)
    told: list[dict[str, int]] = []

    def poll() -> None:
        told.append(polled(system, feed))
        connections.close_all()

    with connections["owner"].cursor() as other:
        other.execute("BEGIN")
        other.execute("SELECT 1 FROM providers_slot WHERE id = %s FOR SHARE", [slot.id])
        poller = threading.Thread(target=poll)
        poller.start()
        poller.join(0.5)
        assert poller.is_alive()
        other.execute(
            "INSERT INTO providers_claim (id, slot_id, lot_id, state, ended_why, created_at, changed_at)"
            " VALUES (gen_random_uuid(), %s, %s, 'confirmed', '', now(), now())",
            [slot.id, lot.id],
        )
        other.execute("COMMIT")
    poller.join()
    assert told == [{"place_booked": 1}]


def a_restriction(clinic, **also) -> None:
    fields = {
        "clinic": clinic,
        "tenant": clinic.tenant,
        "begins_at": at(20),
        "ends_at": at(21),
        "reason": "staffing",
        "decision_reference": "HSN 2026-1",
        "decided_by": a_login("Dana"),
        "decided_at": NOW,
    }
    CapacityRestriction.objects.using("owner").create(**fields | also)


def test_nothing_is_published_into_a_period_closed_by_decision(clinic, system):
    a_restriction(clinic)
    assert judged(system, clinic, row(clinic), row(clinic, 1, "f2", 22)) == {
        "created": 1,
        "restricted_period": 1,
    }


def test_a_decision_that_is_lifted_or_about_another_care_closes_nothing(clinic, system):
    a_restriction(clinic, state="lifted")
    a_restriction(clinic, care_id="besok-hud")
    assert judged(system, clinic, row(clinic)) == {"created": 1}


def test_nothing_is_published_in_a_region_in_a_serious_event(clinic, system):
    event = SeriousEvent.objects.using("owner").create(
        region=a_region("01"),
        tenant=a_region("01").tenant,
        reason="snow",
        decision_reference="RS 2026-1",
        begun_at=NOW,
        begun_by=a_login("Dana"),
    )
    assert judged(system, clinic, row(clinic)) == {"serious_event": 1}
    SeriousEvent.objects.using("owner").filter(id=event.id).update(
        ended_at=NOW, ended_by=event.begun_by
    )
    assert judged(system, clinic, row(clinic)) == {"created": 1}


def test_the_cost_of_many_rows_grows_with_their_number(clinic, feed, system):
    """Statements that compare every row with every other would take minutes here.

    The planner last saw the tables when they were all but empty.
    """
    for _ in range(20):
        a_slot(a_clinic("03"))
    with connections["owner"].cursor() as owner:
        owner.execute("VACUUM ANALYZE providers_stagedslot")
        owner.execute("VACUUM ANALYZE providers_slot")
    rows = [row(clinic, index, f"k{index}") for index in range(20_000)]
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = '30s'")
    assert polled(system, feed, *rows) == {"created": 20_000}
    assert polled(system, feed, *rows[10_000:]) == {"unchanged": 10_000, "withdrawn": 10_000}
    with connection.cursor() as cursor:
        cursor.execute("RESET statement_timeout")
    assert Claim.objects.count() == 0

"""Many places come in by one path: staged as they were read, judged row by row, applied whole."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from accounts.errors import NotAllowed
from accounts.models import Change, Event
from accounts.roles import Role
from accounts.tenancy import acting_as
from providers.actions.deliveries import (
    Source,
    apply,
    discard,
    forget_staged,
    judge,
    stage,
)
from providers.actions.slots import withdraw
from providers.errors import DeliveryClosed, DeliveryForgotten, TooMany
from providers.models import Delivery, Slot, StagedSlot
from providers.staging import StagedRow
from providers.tasks import forget_staged_rows
from tests.factories import EYES, NOW, a_clinic, acting, at, staff

EITHER_FORM = "op-ortopedi"


@pytest.fixture
def clinic(database):
    return a_clinic(cares=[EYES, EITHER_FORM], release_after=timedelta(days=1))


@pytest.fixture
def dana(clinic):
    return acting(staff(Role.CLINIC_STAFF, clinic.tenant))


def row(clinic, index: int = 0, hour: int = 9, days: int = 20, **changes) -> StagedRow:
    starts = at(days, hour)
    plain = StagedRow(index, clinic.id, EYES, "", starts, starts + timedelta(minutes=30))
    return plain._replace(**changes)


def staged(by, clinic, *rows, now=NOW, **also) -> Delivery:
    source = Source(**{"tenant": clinic.tenant_id, "channel": Delivery.Channel.FILE} | also)
    with acting_as(by):
        return stage(by=by, source=source, rows=rows, now=now)


def judged(by, delivery, now=NOW):
    with acting_as(by):
        return judge(by=by, delivery=delivery, now=now)


def applied(by, delivery, now=NOW, **also):
    with acting_as(by):
        return apply(by=by, delivery=delivery, now=now, **also)


def delivered(by, clinic, *rows, now=NOW, **also):
    return applied(by, staged(by, clinic, *rows, now=now), now, **also)


def outcomes(delivery) -> list[str]:
    rows = StagedSlot.objects.filter(delivery_id=delivery.id).order_by("index")
    return list(rows.values_list("outcome", flat=True))


def test_a_dry_run_tells_each_rows_fate_and_publishes_nothing(clinic, dana):
    delivery = staged(dana, clinic, row(clinic), row(clinic, 1, care="besok-hud"))
    assert judged(dana, delivery) == {"created": 1, "care_not_offered": 1}
    assert outcomes(delivery) == ["created", "care_not_offered"]
    assert not Slot.objects.exists()
    assert not Change.objects.exists()


def test_an_applied_delivery_has_published_what_could_be(clinic, dana):
    delivery = staged(dana, clinic, row(clinic), row(clinic, 1, care="besok-hud"))
    applied(dana, delivery)
    slot = Slot.objects.get()
    assert (slot.state, slot.form, slot.delivery_id) == ("open", "open", delivery.id)
    assert (slot.published_at, slot.opens_at) == (NOW, NOW + timedelta(days=1))
    assert StagedSlot.objects.get(index=0).slot_id == slot.id


def test_applying_twice_publishes_once(clinic, dana):
    delivery = staged(dana, clinic, row(clinic))
    assert applied(dana, delivery) == applied(dana, delivery) == {"created": 1}
    assert Slot.objects.count() == 1


def test_the_same_places_in_a_second_delivery_change_nothing_but_their_age(clinic, dana):
    same = row(clinic, source_key="j1")
    delivered(dana, clinic, same)
    later = NOW + timedelta(hours=1)
    assert delivered(dana, clinic, same, now=later) == {"unchanged": 1}
    slot = Slot.objects.get()
    assert (slot.published_at, slot.confirmed_at) == (NOW, later)


def test_a_withdrawn_place_is_opened_again_by_its_first_row(clinic, dana):
    same = row(clinic, source_key="j1")
    delivered(dana, clinic, same)
    slot = Slot.objects.get()
    with acting_as(dana):
        withdraw(by=dana, slots=[slot.id], now=NOW)
    delivery = staged(dana, clinic, same, same._replace(index=1))
    assert applied(dana, delivery) == {"reopened": 1, "unchanged": 1}
    slot.refresh_from_db()
    assert (slot.state, slot.delivery_id) == ("open", delivery.id)


def test_a_source_key_twice_is_one_place_and_never_two_times(clinic, dana):
    one = row(clinic, source_key="j1")
    delivery = staged(dana, clinic, one, one._replace(index=1), row(clinic, 2, 10, source_key="j1"))
    judged(dana, delivery)
    assert outcomes(delivery) == ["created", "unchanged", "source_key_taken"]


def test_what_could_not_be_read_is_told_first_and_refused_alone(clinic, dana):
    unread = StagedRow(1, care="x", problem="line_too_long")
    delivery = staged(dana, clinic, row(clinic), unread, row(clinic, 2, source_key="\0"))
    assert delivery.problems == [
        {"index": 1, "code": "line_too_long"},
        {"index": 2, "code": "invalid"},
    ]
    assert applied(dana, delivery) == {"created": 1, "invalid": 1, "line_too_long": 1}


def test_a_delivery_is_one_event_for_each_clinic_and_one_change_for_each_topic(clinic, dana):
    delivered(dana, clinic, *(row(clinic, index) for index in range(5)))
    event = Event.objects.get(noun="delivery")
    assert (event.verb, event.data) == ("applied", {"clinic": str(clinic.id), "published": 5})
    assert set(Change.objects.values_list("topic", "kind")) == {
        (f"care:{EYES}", "slots_published"),
        (f"clinic:{clinic.id}", "slots_published"),
    }


def test_a_row_for_another_clinic_is_refused_and_for_none_too(clinic, dana):
    other, nowhere = a_clinic(), row(clinic)._replace(index=1, clinic=uuid4())
    delivery = staged(dana, clinic, row(other), nowhere, row(clinic, 2))
    assert applied(dana, delivery) == {"created": 1, "not_allowed": 1, "not_found": 1}
    assert Slot.objects.get().clinic_id == clinic.id


def test_only_who_publishes_for_the_tenant_stages_judges_applies_and_discards(clinic, dana):
    stranger = acting(staff(Role.CLINIC_STAFF, a_clinic().tenant))
    with pytest.raises(NotAllowed):
        staged(stranger, clinic, row(clinic))
    delivery = staged(dana, clinic, row(clinic))
    for way in (judge, apply):
        with pytest.raises(NotAllowed), acting_as(stranger):
            way(by=stranger, delivery=delivery, now=NOW)
    with pytest.raises(NotAllowed), acting_as(stranger):
        discard(by=stranger, delivery=delivery)


def test_more_rows_than_allowed_leave_nothing_behind(clinic, dana, settings):
    settings.DELIVERY_ROWS_MAX = 2
    with pytest.raises(TooMany):
        staged(dana, clinic, *(row(clinic, index) for index in range(3)))
    assert not StagedSlot.objects.exists()
    assert not Delivery.objects.using("owner").exists()


def test_a_source_that_breaks_leaves_nothing_behind(clinic, dana):
    def broken():
        yield row(clinic)
        raise OSError

    source = Source(tenant=clinic.tenant_id, channel=Delivery.Channel.API)
    with pytest.raises(OSError), acting_as(dana):  # noqa: PT011 - nothing more is known of it
        stage(by=dana, source=source, rows=broken(), now=NOW)
    assert not StagedSlot.objects.exists()


def test_a_discarded_delivery_is_never_applied(clinic, dana):
    delivery = staged(dana, clinic, row(clinic))
    with acting_as(dana):
        discard(by=dana, delivery=delivery)
    with pytest.raises(DeliveryClosed):
        applied(dana, delivery)
    assert not StagedSlot.objects.exists()


def test_a_delivery_whose_rows_were_lost_is_not_applied_in_part(clinic, dana):
    delivery = staged(dana, clinic, row(clinic), row(clinic, 1))
    StagedSlot.objects.filter(index=0).delete()
    with pytest.raises(DeliveryForgotten):
        applied(dana, delivery)
    assert not Slot.objects.exists()


def test_rows_are_removed_after_their_day_and_those_of_calls_with_their_key(clinic, dana):
    old = [
        staged(dana, clinic, row(clinic), now=NOW - timedelta(days=2), channel=channel)
        for channel in (Delivery.Channel.FILE, Delivery.Channel.API)
    ]
    new = staged(dana, clinic, row(clinic))
    assert forget_staged(before=NOW - timedelta(days=1), calls_before=NOW - timedelta(days=7)) == 1
    kept = set(StagedSlot.objects.values_list("delivery_id", flat=True))
    assert kept == {old[1].id, new.id}
    states = Counter(Delivery.objects.using("owner").values_list("state", flat=True))
    assert states == {"discarded": 2, "staged": 1}


def test_the_broom_goes_by_the_settings(clinic, dana, settings):
    now = datetime.now(UTC)
    staged(dana, clinic, row(clinic), now=now - settings.STAGED_KEPT - timedelta(minutes=1))
    staged(dana, clinic, row(clinic), now=now - settings.STAGED_KEPT + timedelta(minutes=1))
    assert forget_staged_rows() == 1

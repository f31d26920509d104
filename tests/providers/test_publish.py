"""A clinic publishes its own places, and nobody else's."""

from datetime import timedelta

import pytest
from django.db import ProgrammingError, transaction

from accounts.errors import NotAllowed
from accounts.models import Change, Event
from accounts.roles import Role
from accounts.tenancy import acting_as
from providers.actions.clinics import confirm_capacity
from providers.actions.slots import NewSlot, publish, withdraw
from providers.models import Clinic, Slot
from tests.factories import EYES, NOW, a_clinic, a_slot, acting, at, staff

EITHER_FORM = "op-ortopedi"


@pytest.fixture
def clinic(database):
    return a_clinic(release_after=timedelta(days=1))


@pytest.fixture
def dana(clinic):
    return acting(staff(Role.CLINIC_STAFF, clinic.tenant))


def new(days: int = 20, hour: int = 9, **changes) -> NewSlot:
    starts = at(days, hour)
    plain = {"care": EYES, "starts_at": starts, "ends_at": starts + timedelta(minutes=30)}
    return NewSlot(**plain | changes)


def publish_as(actor, clinic, *times, now=NOW):
    with acting_as(actor):
        return publish(by=actor, clinic=clinic.id, times=times, now=now)


def codes(done) -> list[str]:
    return [one.why.code for one in done.refused]


def test_published_places_are_open_and_each_has_its_event(clinic, dana):
    done = publish_as(dana, clinic, new(), new(hour=10))
    slots = Slot.objects.in_bulk(done.created.values())
    assert {slot.state for slot in slots.values()} == {"open"}
    assert Event.objects.filter(noun="slot", verb="published", actor_id=dana.id).count() == 2


def test_a_place_far_ahead_waits_for_a_round_and_one_of_short_notice_does_not(clinic, dana):
    done = publish_as(dana, clinic, new(days=20), new(days=3))
    slots = [Slot.objects.get(id=done.created[index]) for index in (0, 1)]
    assert [slot.opens_at for slot in slots] == [NOW + timedelta(days=1), NOW]


def test_a_place_opens_at_the_latest_when_it_begins(clinic, dana):
    Clinic.objects.using("owner").filter(id=clinic.id).update(release_after=timedelta(days=60))
    done = publish_as(dana, clinic, new(days=20))
    slot = Slot.objects.get(id=done.created[0])
    assert slot.opens_at == slot.starts_at


def test_publishing_the_same_source_key_again_changes_nothing(clinic, dana):
    one = new(source_key="journal-1")
    first = publish_as(dana, clinic, one)
    again = publish_as(dana, clinic, one, one)
    assert again.created == {}
    assert set(again.unchanged.values()) == set(first.created.values())
    assert Slot.objects.count() == 1


def test_a_place_sent_again_is_as_it_was_and_is_confirmed(clinic, dana):
    one, later = new(source_key="journal-1"), NOW + timedelta(hours=1)
    slot = publish_as(dana, clinic, one).created[0]
    publish_as(dana, clinic, one, now=later)
    row = Slot.objects.get(id=slot)
    assert (row.published_at, row.confirmed_at) == (NOW, later)


def test_a_source_key_twice_in_one_batch_is_one_place(clinic, dana):
    one = new(source_key="journal-1")
    done = publish_as(dana, clinic, one, one)
    assert (len(done.created), len(done.unchanged), Slot.objects.count()) == (1, 1, 1)


def test_publishing_a_withdrawn_place_opens_it_again(clinic, dana):
    one = new(source_key="journal-1")
    slot = publish_as(dana, clinic, one).created[0]
    with acting_as(dana):
        withdraw(by=dana, slots=[slot], now=NOW)
    assert publish_as(dana, clinic, one).created == {0: slot}
    assert Slot.objects.get(id=slot).state == Slot.State.OPEN


def test_a_source_key_cannot_be_moved_to_another_time(clinic, dana):
    publish_as(dana, clinic, new(source_key="journal-1"))
    assert codes(publish_as(dana, clinic, new(days=21, source_key="journal-1"))) == [
        "source_key_taken"
    ]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"care": "besok-hud"}, "care_not_offered"),
        ({"form": "inpatient"}, "form_does_not_fit"),
        ({"mode": "by_post"}, "mode_does_not_fit"),
        ({"starts_at": NOW, "ends_at": NOW + timedelta(minutes=5)}, "time_passed"),
        ({"ends_at": at(20)}, "time_out_of_order"),
    ],
)
def test_a_wrong_place_is_refused_and_the_others_are_published(clinic, dana, wrong, code):
    done = publish_as(dana, clinic, new(), new(**wrong))
    assert (list(done.created), codes(done), done.refused[0].index) == ([0], [code], 1)


def test_a_care_given_in_both_forms_needs_to_be_told_which(database):
    clinic = a_clinic(cares=[EITHER_FORM])
    dana = acting(staff(Role.CLINIC_STAFF, clinic.tenant))
    done = publish_as(
        dana,
        clinic,
        new(care=EITHER_FORM),
        new(care=EITHER_FORM, form="inpatient"),
        new(care=EITHER_FORM, form="sideways"),
    )
    assert codes(done) == ["form_missing", "form_does_not_fit"]
    assert Slot.objects.get(id=done.created[1]).form == "inpatient"


def test_whoever_is_admitted_is_on_site(database):
    clinic = a_clinic(cares=[EITHER_FORM])
    dana = acting(staff(Role.CLINIC_STAFF, clinic.tenant))
    wanted = [new(care=EITHER_FORM, form=form, mode="video") for form in ("open", "inpatient")]
    done = publish_as(dana, clinic, *wanted)
    assert (list(done.created), codes(done)) == ([0], ["mode_does_not_fit"])


def test_a_source_key_cannot_be_moved_from_the_clinic_to_video(clinic, dana):
    publish_as(dana, clinic, new(source_key="journal-1"))
    same, video = (
        new(source_key="journal-1", mode="on_site"),
        new(source_key="journal-1", mode="video"),
    )
    done = publish_as(dana, clinic, same, video)
    assert (list(done.unchanged), codes(done)) == ([0], ["source_key_taken"])
    assert Slot.objects.get().mode == "on_site"


def test_a_batch_is_one_change_per_topic(clinic, dana):
    publish_as(dana, clinic, new(), new(hour=10), new(hour=11))
    told = Change.objects.order_by("topic").values_list("topic", "kind")
    assert list(told) == [
        (f"care:{EYES}", "slots_published"),
        (f"clinic:{clinic.id}", "slots_published"),
    ]


def test_a_batch_in_which_nothing_changed_tells_nobody(clinic, dana):
    publish_as(dana, clinic, new(care="besok-hud"))
    assert not Change.objects.exists()


def test_staff_of_another_clinic_cannot_publish(clinic):
    other = acting(staff(Role.CLINIC_STAFF, a_clinic().tenant))
    with pytest.raises(NotAllowed):
        publish_as(other, clinic, new())


def test_other_roles_of_the_clinics_own_tenant_cannot_publish(clinic):
    auditor = acting(staff(Role.AUDITOR, clinic.tenant))
    with pytest.raises(NotAllowed):
        publish_as(auditor, clinic, new())


def test_the_database_refuses_a_strangers_place_even_without_the_applications_check(clinic):
    stranger = acting(staff(Role.CLINIC_STAFF, a_clinic().tenant))
    mine = a_slot(clinic)
    with pytest.raises(ProgrammingError, match="row-level security"), acting_as(stranger):
        Slot.objects.create(
            clinic=clinic,
            care_id=EYES,
            form="open",
            starts_at=mine.starts_at,
            ends_at=mine.ends_at,
            published_at=NOW,
            opens_at=NOW,
            confirmed_at=NOW,
        )


def test_the_database_does_not_let_a_stranger_change_or_remove_a_place(clinic):
    slot = a_slot(clinic)
    with acting_as(acting(staff(Role.CLINIC_STAFF, a_clinic().tenant))):
        assert Slot.objects.filter(id=slot.id).update(state="withdrawn") == 0
        assert Slot.objects.filter(id=slot.id).delete()[0] == 0


def test_without_an_actor_nothing_can_be_published(clinic):
    slot = a_slot(clinic)
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        Slot.objects.create(
            clinic=clinic,
            care_id=EYES,
            form="open",
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            published_at=NOW,
            opens_at=NOW,
            confirmed_at=NOW,
        )


def test_confirming_renews_the_age_of_the_clinic_and_its_open_places(clinic, dana):
    slot = a_slot(clinic, confirmed_at=NOW - timedelta(days=9))
    gone = a_slot(clinic, state="withdrawn", confirmed_at=NOW - timedelta(days=9))
    later = NOW + timedelta(hours=1)
    with acting_as(dana):
        assert confirm_capacity(by=dana, clinic=clinic.id, now=later) == 1
    clinic.refresh_from_db()
    slot.refresh_from_db()
    gone.refresh_from_db()
    assert clinic.confirmed_at == slot.confirmed_at == later
    assert gone.confirmed_at < NOW


def test_another_clinics_staff_cannot_confirm(clinic):
    other = acting(staff(Role.CLINIC_STAFF, a_clinic().tenant))
    with pytest.raises(NotAllowed), acting_as(other):
        confirm_capacity(by=other, clinic=clinic.id, now=NOW)

"""Who in care reads a patient's row leaves a trace in the same transaction; the patient does not."""

from contextlib import suppress
from uuid import uuid4

import pytest
from django.db import transaction

from accounts.actions.outcomes import once
from accounts.errors import NotFound
from accounts.models import AccessLog
from accounts.selectors.actors import system_actor
from accounts.tenancy import acting_as
from brokering.access import access_booking, access_offer, access_referral
from brokering.actions.holds import hold
from brokering.errors import SlotTaken
from brokering.models import Offer
from tests.brokering.desk import wanted
from tests.factories import NOW

pytestmark = pytest.mark.usefixtures("database")


def reads(side, reader):
    rows = AccessLog.objects.using("owner").filter(patient_id=side.patient.id, reader=reader.id)
    return rows.count()


def read_everything(side, by):
    """Every way to a person's row that the application has."""
    with acting_as(by):
        access_referral(side.need.id, by=by, purpose="test", now=NOW)
        access_booking(side.booking.id, by=by, purpose="test", now=NOW)


def test_a_regions_read_is_logged_with_reader_assignment_time_and_purpose(ours):
    before = reads(ours, ours.navigator)
    read_everything(ours, ours.navigator)
    assert reads(ours, ours.navigator) == before + 2
    newest = AccessLog.objects.using("owner").order_by("-id")[0]
    assert (newest.purpose, newest.at, newest.tenant_id) == ("test", NOW, ours.tenant)
    assert newest.membership_id is not None


def test_a_clinics_read_is_logged_too(ours):
    with acting_as(ours.doctor):
        access_booking(ours.booking.id, by=ours.doctor, purpose="visit", now=NOW)
    assert reads(ours, ours.doctor) == 1


def test_reading_an_offer_is_reading_its_person(ours):
    offer = Offer.objects.using("owner").get(subject=ours.user)
    before = reads(ours, ours.navigator)
    with acting_as(ours.navigator):
        access_offer(offer.id, by=ours.navigator, purpose="test", now=NOW)
    assert reads(ours, ours.navigator) == before + 1


def test_a_patients_own_reads_and_the_systems_are_not_logged(ours):
    system = system_actor(ours.tenant)
    for actor in (ours.actor, system):
        read_everything(ours, actor)
        assert reads(ours, actor) == 0


def test_a_read_whose_write_is_refused_leaves_its_trace_though_all_else_is_taken_back(ours):
    before = reads(ours, ours.navigator)
    request = wanted(ours.slot, ours.need, ours.lot)
    with pytest.raises(SlotTaken), acting_as(ours.navigator):
        hold(by=ours.navigator, request=request, now=NOW)
    assert reads(ours, ours.navigator) == before + 1


def test_a_refusal_that_is_kept_with_its_key_leaves_the_trace_of_what_was_read(ours):
    before = reads(ours, ours.navigator)

    def work():
        access_referral(ours.need.id, by=ours.navigator, purpose="test", now=NOW)
        raise SlotTaken

    with acting_as(ours.navigator):
        once(by=ours.navigator, key="k", request={}, now=NOW, work=work)
    assert reads(ours, ours.navigator) == before + 1


def test_a_read_within_another_actors_work_is_logged_in_the_readers_name(ours):
    before = reads(ours, ours.navigator)
    with acting_as(ours.navigator), acting_as(system_actor(ours.tenant)):
        access_referral(ours.need.id, by=ours.navigator, purpose="test", now=NOW)
    assert reads(ours, ours.navigator) == before + 1


@pytest.mark.parametrize("around", ["system", "bare", "taken back too"])
def test_a_read_in_a_transaction_within_another_leaves_its_trace_when_the_inner_is_taken_back(
    ours, around
):
    before = reads(ours, ours.navigator)
    system = acting_as(system_actor(ours.tenant))
    outer = transaction.atomic() if around == "bare" else system
    with suppress(SlotTaken), outer:
        with suppress(NotFound), acting_as(ours.navigator):
            access_referral(ours.need.id, by=ours.navigator, purpose="test", now=NOW)
            raise NotFound
        if around == "taken back too":
            raise SlotTaken
    assert reads(ours, ours.navigator) == before + 1


def test_a_read_outlives_the_other_actors_transaction_that_it_was_made_in(ours):
    before = reads(ours, ours.navigator)
    with suppress(SlotTaken), acting_as(system_actor(ours.tenant)):
        with acting_as(ours.navigator):
            access_referral(ours.need.id, by=ours.navigator, purpose="test", now=NOW)
        raise SlotTaken
    assert reads(ours, ours.navigator) == before + 1


def test_what_is_not_there_and_what_is_not_yours_look_the_same_and_are_not_logged(ours, theirs):
    for booking in (uuid4(), theirs.booking.id):
        with pytest.raises(NotFound), acting_as(ours.navigator):
            access_booking(booking, by=ours.navigator, purpose="test", now=NOW)
    assert reads(theirs, ours.navigator) == 0


def test_a_patient_sees_who_read_and_nobody_elses_log(ours, theirs):
    read_everything(ours, ours.navigator)
    with acting_as(ours.actor):
        assert set(AccessLog.objects.values_list("patient_id", flat=True)) == {ours.patient.id}
    with acting_as(theirs.navigator):
        seen = set(AccessLog.objects.values_list("patient_id", flat=True))
    assert seen == {theirs.patient.id}

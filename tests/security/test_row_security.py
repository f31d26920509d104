"""With every check of the application taken away, the database still shows and writes nothing foreign."""

import copy
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from uuid import uuid4

import pytest
from django.db import ProgrammingError, connection, connections, transaction
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from accounts.models import AccessLog, Change, Event, Outcome, Tenant
from accounts.roles import Role
from accounts.tenancy import Actor, Assignment, acting_as, write_at_the_end
from brokering.models import ClockEvent, ContactAttempt, Patient, Proposal, Referral
from contracts.models import Agreement, CapUse, Lot, PriceLine, Reservation
from providers.models import Claim, Clinic, Provider, Region, Slot
from tests.factories import NOW, a_claim, a_clinic, a_price, a_slot, acting, staff
from tests.security.world import NEED_MODELS, TRAIL

pytestmark = pytest.mark.usefixtures("database")
PERSONAL = Q(tenant__isnull=False) | Q(subject__isnull=False)
ROW_SECURITY = "row-level security"
CHANGEABLE = [model for model in NEED_MODELS if model not in {ClockEvent, ContactAttempt}]


def stranger() -> Actor:
    """Somebody with a role in a tenant that has nothing to do with anybody here."""
    return Actor(id=uuid4(), assignments=(Assignment(uuid4(), Role.NAVIGATOR),))


def everything(model):
    return model.objects.using("owner").all()


# Reading


def test_a_table_of_the_need_plane_is_empty_without_an_actor_and_for_a_stranger(ours):
    for model in NEED_MODELS:
        assert everything(model).exists()
        assert not model.objects.exists()
        with acting_as(stranger()):
            assert not model.objects.exists()


def test_a_patient_sees_own_rows_and_no_others(ours, theirs):
    for model in NEED_MODELS:
        with acting_as(ours.actor):
            seen = list(model.objects.all())
        assert {row.subject_id for row in seen} == {ours.user.id}
        assert len(seen) == everything(model).filter(subject=ours.user).count()


def test_a_region_sees_the_rows_that_it_is_responsible_for_and_no_others(ours, theirs):
    for model in NEED_MODELS:
        with acting_as(ours.navigator):
            seen = list(model.objects.all())
        assert {row.tenant_id for row in seen} == {ours.tenant}
        assert len(seen) == everything(model).filter(tenant=ours.tenant).count()


def test_a_clinic_sees_what_was_addressed_to_it_and_whom_it_receives(ours, theirs):
    for model in NEED_MODELS:
        with acting_as(ours.doctor):
            seen = list(model.objects.all())
        assert all(row.subject_id == ours.user.id for row in seen)
        if model not in {Patient, Referral}:
            assert all(row.addressed_to_id == ours.clinic.tenant_id for row in seen)


def test_a_clinic_that_received_nobody_sees_nobody(ours, theirs):
    with acting_as(ours.doctor):
        assert [patient.name for patient in Patient.objects.all()] == ["Alice"]
    empty = acting(staff(Role.CLINIC_STAFF, a_clinic("01").tenant))
    with acting_as(empty):
        assert not Patient.objects.exists()


def test_trail_and_outbox_show_what_concerns_a_person_to_those_concerned(ours, theirs):
    for model in TRAIL:
        assert everything(model).filter(PERSONAL).exists()
        assert not model.objects.filter(PERSONAL).exists()
        for actor in (ours.actor, ours.navigator):
            with acting_as(actor):
                seen = set(model.objects.filter(PERSONAL).values_list("tenant", flat=True))
            assert seen == {ours.tenant}


def test_outcomes_of_keys_are_seen_by_their_principal_alone(ours, theirs):
    assert everything(Outcome).count() == 2
    for actor in (ours.navigator, ours.doctor, stranger()):
        with acting_as(actor):
            assert not Outcome.objects.exists()
    with acting_as(ours.actor):
        assert Outcome.objects.get().principal_id == ours.user.id


def test_proposals_are_seen_by_the_tenant_responsible(ours, theirs):
    with acting_as(ours.navigator):
        assert set(Proposal.objects.values_list("tenant_id", flat=True)) == {ours.tenant}
    with acting_as(ours.actor):
        assert not Proposal.objects.exists()


def test_joins_and_counts_leak_nothing(ours, theirs):
    with acting_as(theirs.navigator):
        assert Patient.objects.filter(bookings__claim__slot=ours.slot).count() == 0
        assert Slot.objects.filter(claims__booking__isnull=False, id=ours.slot.id).count() == 0


# Writing


def copy_of(row):
    """The same row once more, under an id of its own."""
    twin = copy.copy(row)
    twin.pk = uuid4() if hasattr(row, "need_key") or hasattr(type(row), "tenant") else None
    for name in ("identity_hash", "need_key"):
        if hasattr(twin, name):
            setattr(twin, name, uuid4().hex if name == "identity_hash" else uuid4())
    twin._state.adding = True
    return twin


def test_nobody_adds_rows_to_a_foreign_tenant(ours, theirs):
    for model in NEED_MODELS:
        twin = copy_of(everything(model).filter(tenant=theirs.tenant).first())
        for actor in (ours.actor, ours.navigator, ours.doctor, stranger()):
            with pytest.raises(ProgrammingError, match=ROW_SECURITY), acting_as(actor):
                twin.save(force_insert=True, using="default")


def test_nobody_adds_rows_without_an_actor(ours):
    for model in NEED_MODELS:
        with pytest.raises(ProgrammingError, match=ROW_SECURITY):
            copy_of(everything(model).first()).save(force_insert=True, using="default")


def test_nobody_changes_foreign_rows(ours, theirs):
    for model in CHANGEABLE:
        for actor in (ours.actor, ours.navigator, ours.doctor):
            with acting_as(actor):
                assert model.objects.filter(tenant=theirs.tenant).update(tenant=ours.tenant) == 0
        assert everything(model).filter(tenant=theirs.tenant).exists()


def test_a_region_cannot_push_its_rows_into_a_foreign_tenant(ours, theirs):
    for model in CHANGEABLE:
        with pytest.raises(ProgrammingError, match=ROW_SECURITY), acting_as(ours.navigator):
            model.objects.update(tenant=theirs.tenant, addressed_to=None, subject=None)


@pytest.mark.parametrize("model", [Event, Change])
def test_events_and_news_cannot_be_written_about_foreign_rows(ours, theirs, model):
    fields = {
        Event: {"actor_id": ours.navigator.id, "at": NOW, "noun": "booking", "verb": "held"},
        Change: {"topic": "region:03", "kind": "booked", "written_at": NOW},
    }[model]
    with pytest.raises(ProgrammingError, match=ROW_SECURITY), acting_as(ours.navigator):
        model.objects.bulk_create([model(**fields, tenant_id=theirs.tenant)])
    with pytest.raises(ProgrammingError, match=ROW_SECURITY), acting_as(ours.navigator):
        model.objects.bulk_create([model(**fields, subject_id=theirs.user.id)])


def test_nobody_signs_an_event_or_a_read_with_another_name(ours, theirs):
    with pytest.raises(ProgrammingError, match=ROW_SECURITY), acting_as(ours.navigator):
        Event.objects.create(actor=theirs.user, at=NOW, noun="booking", verb="held")
    with pytest.raises(ProgrammingError, match=ROW_SECURITY), acting_as(ours.navigator):
        AccessLog.objects.create(
            at=NOW,
            reader=theirs.user,
            tenant_id=ours.tenant,
            patient_id=ours.patient.id,
            purpose="test",
        )


# The capacity plane


def test_the_capacity_plane_is_public(ours):
    for model in (Region, Provider, Clinic, Slot, Claim, Agreement, Lot):
        assert model.objects.exists()


def capacity_rows(side):
    """One row of each table of the capacity plane that a tenant keeps."""
    price = a_price(side.lot)
    return [side.clinic.provider, side.clinic, side.slot, side.lot.agreement, side.lot, price]


def test_capacity_and_agreements_are_written_by_their_own_tenant_only(ours, theirs):
    rows = capacity_rows(theirs)
    for actor in (ours.doctor, ours.navigator, ours.actor, stranger()):
        with acting_as(actor):
            for row in rows:
                first = row._meta.pk.name
                assert type(row).objects.filter(pk=row.pk).update(**{first: row.pk}) == 0
                if not isinstance(row, Agreement):
                    assert type(row).objects.filter(pk=row.pk)._raw_delete("default") == 0


def test_nobody_removes_an_agreement(ours):
    with pytest.raises(ProgrammingError, match="permission denied"), acting_as(ours.navigator):
        Agreement.objects.filter(id=ours.lot.agreement_id)._raw_delete("default")


def test_nobody_publishes_for_a_foreign_clinic(ours, theirs):
    for actor in (ours.doctor, ours.navigator, stranger()):
        with pytest.raises(ProgrammingError, match=ROW_SECURITY), acting_as(actor):
            copy_of(theirs.slot).save(force_insert=True, using="default")


def test_nobody_adds_an_agreement_for_a_foreign_region(ours, theirs):
    for row in (theirs.lot.agreement, theirs.lot, a_price(theirs.lot)):
        twin = copy.copy(row)
        twin.pk = None if isinstance(row, PriceLine) else uuid4()
        twin._state.adding = True
        with pytest.raises(ProgrammingError, match=ROW_SECURITY), acting_as(ours.navigator):
            twin.save(force_insert=True, using="default")


def test_a_claim_is_ended_only_by_those_who_may_see_its_booking(ours, theirs):
    mine = Claim.objects.filter(id=theirs.booking.claim_id)
    for actor in (ours.actor, ours.navigator, ours.doctor, stranger()):
        with acting_as(actor):
            assert mine.update(state="ended", ended_why="cancelled") == 0
    with acting_as(theirs.doctor):
        assert mine.update(state="ended", ended_why="cancelled") == 1


def test_a_claim_and_a_count_are_taken_by_an_actor_only(ours):
    slot = a_slot(ours.clinic)
    with pytest.raises(ProgrammingError, match=ROW_SECURITY):
        a_claim_as_the_application(slot, ours.lot)
    with pytest.raises(ProgrammingError, match=ROW_SECURITY):
        CapUse.objects.create(counter=ours.lot.id, period=NOW.date(), limit=1)
    with pytest.raises(ProgrammingError, match=ROW_SECURITY):
        Reservation.objects.create(claim_id=uuid4(), use_id=1)


def a_claim_as_the_application(slot, lot):
    made = copy.copy(a_claim(slot, lot))
    Claim.objects.using("owner").filter(id=made.id).delete()
    made.save(force_insert=True, using="default")


def test_tenants_regions_and_topics_are_not_written_by_the_application(ours):
    for model in (Tenant, Region):
        with pytest.raises(ProgrammingError, match="permission denied"), acting_as(ours.navigator):
            model.objects.update(name="Mine")


# The settings


def test_the_actor_is_forgotten_with_the_transaction(ours):
    with acting_as(ours.actor):
        assert Patient.objects.exists()
    assert settings_now() in {("", ""), (None, None)}
    assert not Patient.objects.exists()


def test_the_actor_is_forgotten_when_the_transaction_fails(ours):
    with pytest.raises(ZeroDivisionError), acting_as(ours.actor):
        raise ZeroDivisionError
    assert not Patient.objects.exists()
    with transaction.atomic():
        assert not Patient.objects.exists()


def test_an_actor_within_an_actor_gives_way_to_the_first(ours, theirs):
    with acting_as(ours.actor):
        with acting_as(theirs.actor):
            assert Patient.objects.get().name == "Bob"
        assert Patient.objects.get().name == "Alice"
        with pytest.raises(ZeroDivisionError), acting_as(theirs.actor):
            raise ZeroDivisionError
        assert Patient.objects.get().name == "Alice"


def test_a_connection_that_serves_one_after_the_other_mixes_nobody_up(ours, theirs):
    pid = connections["default"].connection.info.backend_pid
    for side in (ours, theirs, ours):
        with acting_as(side.actor):
            assert Patient.objects.get().name == side.patient.name
    assert connections["default"].connection.info.backend_pid == pid


def test_an_actor_within_the_same_actor_is_not_told_to_the_database_again(ours):
    with acting_as(ours.actor):
        with CaptureQueriesContext(connection) as asked, acting_as(ours.actor):
            assert Patient.objects.get().name == "Alice"
        assert not any("set_config" in str(one["sql"]) for one in asked)
        with pytest.raises(ZeroDivisionError), acting_as(ours.actor):
            raise ZeroDivisionError
        assert Patient.objects.get().name == "Alice"


def test_whoever_comes_back_within_another_is_told_again(ours, theirs):
    with acting_as(ours.actor), acting_as(theirs.actor):
        with acting_as(ours.actor):
            assert Patient.objects.get().name == "Alice"
        assert Patient.objects.get().name == "Bob"


def test_what_is_done_when_all_is_committed_is_told_who_acts(ours):
    """The transaction is over and its settings with it, although its actor has not left yet."""
    seen = []

    def look():
        with transaction.atomic(), acting_as(ours.actor):
            seen.extend(Patient.objects.values_list("name", flat=True))

    with acting_as(ours.actor):
        transaction.on_commit(look)
    assert seen == ["Alice"]


def test_a_thread_that_inherits_the_actor_has_a_connection_that_knows_nobody(ours):
    def look():
        try:
            with transaction.atomic(), acting_as(ours.actor):
                return list(Patient.objects.values_list("name", flat=True))
        finally:
            connections.close_all()

    with acting_as(ours.actor), ThreadPoolExecutor(1) as pool:
        assert pool.submit(copy_context().run, look).result() == ["Alice"]


def test_what_is_written_at_the_end_for_another_is_written_by_them(ours, theirs):
    seen = []

    def write():
        with acting_as(theirs.actor):
            seen.append(Patient.objects.get().name)
        with acting_as(ours.actor):
            seen.append(Patient.objects.get().name)
        seen.append(Patient.objects.get().name)

    with acting_as(ours.actor):
        write_at_the_end(theirs.actor, write)
    assert seen == ["Bob", "Alice", "Bob"]


def settings_now():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('app.actor', true), current_setting('app.tenants', true)"
        )
        return cursor.fetchone()

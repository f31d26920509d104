"""What is open always has an owner who acts for the region: who leaves is followed by somebody else."""

from datetime import datetime, time, timedelta

import pytest

from accounts.models import SYSTEM_USER_ID, Event, Membership
from accounts.roles import Role
from accounts.selectors.actors import system_actor
from accounts.tenancy import acting_as
from brokering.actions.contact_tasks import open_contact_task
from brokering.actions.owners import hand_over
from brokering.actions.reroutes import open_case
from brokering.models import ContactTask, RerouteCase
from brokering.selectors.invariants import broken
from brokering.selectors.places import SWEDEN
from tests.brokering.desk import fresh
from tests.factories import NOW, OWNER, TODAY, a_region, staff

pytestmark = pytest.mark.usefixtures("database")
YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
def tenant(alice):
    return alice.tenant


@pytest.fixture
def bertil(tenant):
    return staff(Role.NAVIGATOR, tenant, "Bertil")


@pytest.fixture
def task(alice, bertil):
    with acting_as(by := system_actor(alice.tenant_id)):
        return open_contact_task(alice, why="no_answer", by=by, now=NOW)


@pytest.fixture
def case(alice, bertil):
    with acting_as(by := system_actor(alice.tenant_id)):
        return open_case(by=by, referral=alice, trigger="test", owner=bertil.id, now=NOW)


def leaves(user, on=YESTERDAY):
    Membership.objects.using(OWNER).filter(user=user).update(valid_to=on)


def watched(tenant, now=NOW):
    with acting_as(by := system_actor(tenant.id)):
        return hand_over(by=by, tenant=tenant.id, now=now)


def owners(*rows):
    return {fresh(row).owner_id for row in rows}


def unowned(now=NOW):
    return [one.invariant.name for one in broken(now=now) if one.invariant.name == "open_has_owner"]


def test_who_leaves_is_followed_in_everything_open(tenant, bertil, task, case):
    dana = staff(Role.NAVIGATOR, tenant)
    leaves(bertil)
    assert unowned() == ["open_has_owner"]
    assert watched(tenant) == 2
    assert owners(task, case) == {dana.id}
    assert unowned() == []


def test_who_left_yesterday_owns_nothing_from_midnight_on_as_sweden_has_it(tenant, bertil, task):
    staff(Role.NAVIGATOR, tenant)
    leaves(bertil)
    assert unowned(datetime.combine(TODAY, time(0, 30), SWEDEN)) == ["open_has_owner"]
    assert unowned(datetime.combine(YESTERDAY, time(23, 30), SWEDEN)) == []


def test_it_stands_in_the_trail_who_has_it_now(tenant, bertil, task):
    dana = staff(Role.NAVIGATOR, tenant)
    leaves(bertil)
    watched(tenant)
    event = Event.objects.using(OWNER).get(verb="handed_over")
    assert (event.noun, event.data["owner"]) == ("contacttask", str(dana.id))


def test_who_stays_keeps_what_is_theirs(tenant, bertil, task, case):
    staff(Role.NAVIGATOR, tenant)
    leaves(bertil, on=TODAY)
    assert watched(tenant) == 0
    assert owners(task, case) == {bertil.id}


def test_whoever_cannot_log_in_any_longer_has_left_too(tenant, bertil, task):
    dana = staff(Role.NAVIGATOR, tenant)
    type(bertil).objects.using(OWNER).filter(id=bertil.id).update(is_active=False)
    leaves(bertil)
    assert watched(tenant) == 1
    assert owners(task) == {dana.id}


def test_without_anybody_it_waits_for_the_first_who_comes(tenant, bertil, task):
    leaves(bertil)
    assert watched(tenant) == 0
    assert owners(task) == {bertil.id}
    dana = staff(Role.REGION_ADMINISTRATOR, tenant)
    assert watched(tenant) == 1
    assert owners(task) == {dana.id}


def test_what_the_system_keeps_goes_to_the_first_who_comes(alice, tenant):
    with acting_as(by := system_actor(alice.tenant_id)):
        task = open_contact_task(alice, why="no_answer", by=by, now=NOW)
    assert task.owner_id == SYSTEM_USER_ID
    dana = staff(Role.NAVIGATOR, tenant)
    watched(tenant)
    assert owners(task) == {dana.id}


def test_what_is_done_stays_with_who_did_it(tenant, bertil, task, case):
    staff(Role.NAVIGATOR, tenant)
    ContactTask.objects.using(OWNER).update(state="done")
    RerouteCase.objects.using(OWNER).update(state="closed")
    leaves(bertil)
    assert watched(tenant) == 0


def test_another_regions_navigator_owns_nothing_here(tenant, bertil, task):
    there = a_region("03")
    eve = staff(Role.NAVIGATOR, there.tenant, "Eve")
    staff(Role.NAVIGATOR, tenant)
    ContactTask.objects.using(OWNER).update(owner=eve.id)
    assert watched(tenant) == 1
    assert eve.id not in owners(task)

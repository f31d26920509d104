"""Permissions: who is let in, who is asked to log in, who is refused."""

from uuid import uuid4

import pytest

from accounts.access import access_actor, access_permission
from accounts.errors import LoginRequired, NotAllowed
from accounts.roles import PERMISSIONS, Permission, Role
from accounts.tenancy import Actor, Assignment


def someone(*roles: Role) -> Actor:
    return Actor(id=uuid4(), personal=frozenset(roles))


def test_nobody_is_asked_to_log_in():
    with pytest.raises(LoginRequired):
        access_actor(None)
    with pytest.raises(LoginRequired):
        access_permission(None, Permission.PUBLISH)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("permission", Permission)
def test_a_role_may_what_the_table_says_and_nothing_else(role, permission):
    actor = someone(role)
    if permission in PERMISSIONS[role]:
        assert access_permission(actor, permission) is actor
    else:
        with pytest.raises(NotAllowed):
            access_permission(actor, permission)


def test_two_roles_may_what_either_may():
    both = someone(Role.PATIENT, Role.CLINIC_STAFF)
    assert access_permission(both, Permission.PUBLISH) is both
    assert access_permission(both, Permission.BOOK_FOR_SELF) is both


def test_a_role_in_one_tenant_gives_nothing_in_another() -> None:
    here, there = uuid4(), uuid4()
    actor = Actor(
        id=uuid4(),
        assignments=(Assignment(here, Role.CLINIC_STAFF, 1), Assignment(there, Role.NAVIGATOR, 2)),
    )
    assert actor.may_in(here, Permission.PUBLISH)
    assert not actor.may_in(there, Permission.PUBLISH)
    assert actor.tenants_where(Permission.REROUTE) == {there}
    assert actor.membership_in(there) == 2

"""The demo logins: invented people, each with a story that says what the login is good for."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import Membership, User
from accounts.roles import Role


@dataclass(frozen=True)
class DemoLogin:
    """One demo login: what it is good for, its role, and for whom it works."""

    username: str
    story: str
    role: Role
    where: str


def demo_logins() -> list[tuple[str, list[DemoLogin]]]:
    """All demo logins by their first role, patients first, each group by username."""
    users = User.objects.filter(synthetic=True, is_active=True).exclude(demo_story="")
    memberships = _memberships(users)
    logins = [_login(user, memberships.get(user.id, [])) for user in users.order_by("username")]
    groups = [(role.value, [one for one in logins if one.role == role]) for role in Role]
    return [(role, members) for role, members in groups if members]


def _login(user: User, memberships: list[Membership]) -> DemoLogin:
    first = Role(memberships[0].role) if memberships else Role.PATIENT
    return DemoLogin(
        username=user.username,
        story=user.demo_story,
        role=Role.PATIENT if user.is_patient else first,
        where=memberships[0].tenant.name if memberships else "",
    )


def _memberships(users: QuerySet[User]) -> dict[UUID, list[Membership]]:
    found: dict[UUID, list[Membership]] = {}
    for one in Membership.objects.filter(user__in=users).select_related("tenant").order_by("id"):
        found.setdefault(one.user_id, []).append(one)
    return found

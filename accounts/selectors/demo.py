"""The demo logins: invented people, each with a story that says what the login is good for."""

from dataclasses import dataclass

from accounts.models import Membership, User
from accounts.roles import Role


@dataclass(frozen=True)
class DemoLogin:
    """One demo login, with the roles that it acts in."""

    username: str
    story: str
    roles: tuple[Role, ...]
    where: str


def demo_logins() -> list[DemoLogin]:
    """All demo logins, patients first, then by role and username."""
    users = User.objects.filter(synthetic=True, is_active=True).exclude(demo_story="")
    memberships = _memberships(users)
    logins = [
        DemoLogin(
            username=user.username,
            story=user.demo_story,
            roles=_roles(user, memberships.get(user.id, [])),
            where=next((one.tenant.name for one in memberships.get(user.id, [])), ""),
        )
        for user in users
    ]
    return sorted(
        logins, key=lambda login: ([list(Role).index(r) for r in login.roles], login.username)
    )


def _memberships(users: object) -> dict[object, list[Membership]]:
    found: dict[object, list[Membership]] = {}
    for one in Membership.objects.filter(user__in=users).select_related("tenant").order_by("id"):
        found.setdefault(one.user_id, []).append(one)
    return found


def _roles(user: User, memberships: list[Membership]) -> tuple[Role, ...]:
    own = (Role.PATIENT,) if user.is_patient else ()
    return own + tuple(dict.fromkeys(Role(one.role) for one in memberships))

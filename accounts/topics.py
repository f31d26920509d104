"""The kinds of topic that screens may follow, their names, and who may join them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from accounts.errors import Refusal
from accounts.roles import Role

STAFF = frozenset(Role) - {Role.PATIENT, Role.SYSTEM}
"""Roles that come with a membership in a tenant."""


class UnknownTopic(Refusal):
    """There is no such topic to follow."""

    code = "unknown_topic"
    status = 404


class Kind(StrEnum):
    """What a topic is about; the comment says who may follow it."""

    CARE = "care"  # everyone: free places of a care in the whole country
    CLINIC = "clinic"  # everyone: a clinic's places and what it says of itself
    REGION = "region"  # staff of that region's tenant: its waiting referrals
    UNIT = "unit"  # staff of that tenant: what became of the remisses that it issued
    PERSON = "person"  # that person alone
    ROUND = "round"  # staff: the matching rounds of a care


PUBLIC = frozenset({Kind.CARE, Kind.CLINIC})

_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_CARE_CODE = r"[a-z0-9]+(?:-[a-z0-9]+)*"
_KEYS = {
    Kind.CARE: _CARE_CODE,
    Kind.CLINIC: _UUID,
    Kind.REGION: r"[0-2][0-9]",
    Kind.UNIT: _UUID,
    Kind.PERSON: _UUID,
    Kind.ROUND: _CARE_CODE,
}
LONGEST_NAME = 80
"""Characters; the outbox column is that wide."""


@dataclass(frozen=True)
class TopicName:
    """A topic of a known kind; `str()` gives its name, as in the outbox and on the wire."""

    kind: Kind
    key: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.key}"

    @property
    def is_public(self) -> bool:
        """Whether everyone may follow it, logged in or not."""
        return self.kind in PUBLIC


def parse(name: object) -> TopicName:
    """Read a name as it came over the wire; raises UnknownTopic for anything that is not one."""
    if not isinstance(name, str) or len(name) > LONGEST_NAME:
        raise UnknownTopic
    kind, _, key = name.partition(":")
    if kind not in set(Kind) or not re.fullmatch(_KEYS[Kind(kind)], key, re.ASCII):
        raise UnknownTopic
    return TopicName(Kind(kind), key)


def care(code: str) -> str:
    """Name of the topic of a care's free places."""
    return str(parse(f"{Kind.CARE}:{code}"))


def clinic(id: UUID) -> str:
    """Name of the topic of a clinic."""
    return str(parse(f"{Kind.CLINIC}:{id}"))


def region(code: str) -> str:
    """Name of the topic of a region's waiting referrals."""
    return str(parse(f"{Kind.REGION}:{code}"))


def unit(tenant: UUID) -> str:
    """Name of the topic of the remisses that a tenant issued."""
    return str(parse(f"{Kind.UNIT}:{tenant}"))


def person(id: UUID) -> str:
    """Name of the topic of one login."""
    return str(parse(f"{Kind.PERSON}:{id}"))


def round_of(code: str) -> str:
    """Name of the topic of a care's matching rounds."""
    return str(parse(f"{Kind.ROUND}:{code}"))


@dataclass(frozen=True)
class Follower:
    """Who asks to follow: `user` is None for somebody who has not logged in."""

    user: UUID | None = None
    roles: frozenset[Role] = frozenset()
    tenants: frozenset[UUID] = frozenset()

    @property
    def is_staff(self) -> bool:
        """Whether any role comes from a membership."""
        return bool(self.roles & STAFF)


TenantOfRegion = Callable[[str], UUID | None]
"""The tenant of a region code; None when there is no such region."""


def may_follow(topic: TopicName, who: Follower, tenant_of_region: TenantOfRegion) -> bool:
    """Whether somebody may join a topic and replay it, as things are now."""
    if topic.kind is Kind.PERSON:
        return str(who.user) == topic.key
    if topic.kind is Kind.UNIT:
        return who.is_staff and UUID(topic.key) in who.tenants
    if topic.kind is Kind.REGION:
        return who.is_staff and tenant_of_region(topic.key) in who.tenants
    return topic.is_public or who.is_staff


@dataclass(frozen=True)
class Owners:
    """To whom a change belongs; all empty means everyone. Ids as text, as they travel."""

    tenant: str | None = None
    addressed_to: str | None = None
    subject: str | None = None


def may_see(owners: Owners, who: Follower) -> bool:
    """The row policy of the need plane once more, for what travels past the database."""
    if owners.tenant is None and owners.subject is None:
        return True
    tenants = {str(tenant) for tenant in who.tenants}
    return (
        owners.tenant in tenants
        or owners.addressed_to in tenants
        or (owners.subject is not None and owners.subject == str(who.user))
    )

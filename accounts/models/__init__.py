"""Tenants, users, memberships, events, the access log, the outbox and idempotent outcomes."""

from accounts.models.outbox import Change, Topic
from accounts.models.outcomes import Outcome
from accounts.models.tenants import Tenant
from accounts.models.trail import AccessLog, Event
from accounts.models.users import SYSTEM_USER_ID, Membership, User

__all__ = [
    "SYSTEM_USER_ID",
    "AccessLog",
    "Change",
    "Event",
    "Membership",
    "Outcome",
    "Tenant",
    "Topic",
    "User",
]

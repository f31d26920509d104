"""What came of a request that carried an Idempotency-Key."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings

from accounts.errors import OutcomeUnknown
from accounts.models import Outcome
from accounts.tenancy import Actor


def outcome_of(key: str, *, by: Actor, now: datetime) -> Mapping[str, Any]:
    """The stored outcome of the principal's own key; OutcomeUnknown when there is none, or no longer."""
    kept = Outcome.objects.filter(
        principal_id=by.id, key=key, created_at__gt=now - settings.OUTCOME_KEPT
    )
    found = kept.values("key", "status", "body", "text", "headers", "created_at").first()
    if found is None:
        raise OutcomeUnknown
    return found

"""What is told of a national round."""

from typing import Any
from uuid import UUID

from brokering.models import NationalRound
from brokering.selectors.need_profiles import MATCHER


def told_of(national: UUID) -> dict[str, Any]:
    """The record of a round over many cares, as it stands."""
    row = NationalRound.objects.using(MATCHER).get(id=national)
    return {
        "id": row.id,
        "engine": row.engine,
        "state": row.state,
        "cares": len(row.cares),
        "parameters": row.parameters,
        "fingerprint": row.fingerprint,
        "started_at": row.started_at,
        "finished_at": row.finished_at,
        "summary": row.summary,
    }

"""Why a round would give a need its place, or none: the round is run again on what is known now."""

from datetime import datetime

from brokering.matching.explain import Explanations, NeedExplanation
from brokering.matching.round import run
from brokering.selectors.snapshots import round_input


def explain(care: str, need_key: str, *, now: datetime) -> NeedExplanation | None:
    """The reasons for one need; None when it is not in the round (offered, booked, or left out)."""
    given = round_input(care, now=now)
    if need_key not in given.tenants:
        return None
    return Explanations(given.snapshot, run(given.snapshot)).need(need_key)

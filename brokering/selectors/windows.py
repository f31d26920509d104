"""Until when a place is kept for the regions of its agreement."""

from collections.abc import Iterable
from datetime import datetime

from brokering.selectors.places import swedish_day
from brokering.verdict import Verdict
from contracts.models import ReleasePolicy
from contracts.selectors.release import window_among, windows_at
from providers.models import Slot
from providers.selectors.decisions import event_in


def kept_until(
    slot: Slot,
    verdict: Verdict,
    *,
    home_region: str | None,
    now: datetime,
    windows: Iterable[ReleasePolicy] | None = None,
) -> datetime | None:
    """When somebody from another region may hold the place; None where nothing keeps them from it.

    Windows bind inpatient care and reroutes alone, and none of them while a serious event goes on in the
    clinic's region.
    """
    terms = verdict.terms
    if terms is None or not verdict.is_binding or home_region in terms.buyers:
        return None
    windows = windows_at([slot.clinic_id]) if windows is None else windows
    published = swedish_day(slot.published_at)
    window = window_among(windows, clinic=slot.clinic_id, care=slot.care_id, on=published)
    until = min(slot.published_at + window, slot.starts_at)
    if until <= now or event_in(slot.clinic.municipality.region_id) is not None:
        return None
    return until

"""Until when a place is kept for the regions of its agreement."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from brokering.selectors.free_places import FreePlace
from brokering.selectors.places import swedish_day
from brokering.verdict import Verdict
from contracts.models import ReleasePolicy
from contracts.selectors.release import window_among, windows_at
from contracts.terms import Terms
from providers.models import Slot


def kept_until(
    slot: Slot | FreePlace,
    verdict: Verdict,
    *,
    home_region: str | None,
    now: datetime,
    windows: Iterable[ReleasePolicy] | None = None,
) -> datetime | None:
    """When somebody from another region may hold the place; None where nothing keeps them from it.

    Windows bind inpatient care and reroutes alone, and none of them while a serious event goes on in the
    clinic's region. `windows` are those of `windows_at`, asked for here where none are given.
    """
    terms, place = verdict.terms, verdict.place
    if terms is None or not is_kept_from(terms, home_region, binding=verdict.is_binding):
        return None
    windows = windows_at([place.clinic]) if windows is None else windows
    return window_end(slot, windows, clinic=place.clinic, care=place.care.code, now=now)


def unkept(
    slots: list[Slot], verdict: Verdict, *, home_region: str | None, now: datetime
) -> tuple[list[Slot], datetime | None]:
    """Those of some like places that the person may hold; where there is none, when the first opens."""
    windows = windows_at([verdict.place.clinic]) if verdict.is_binding else []
    ends = [
        kept_until(slot, verdict, home_region=home_region, now=now, windows=windows)
        for slot in slots
    ]
    free = [slot for slot, end in zip(slots, ends, strict=True) if end is None]
    return free, None if free else min(end for end in ends if end is not None)


def is_kept_from(terms: Terms, home_region: str | None, *, binding: bool) -> bool:
    """Whether a place that is kept under these terms is kept from a region's patients.

    `binding`: whether what is said of other regions' patients binds on the route and form of the visit.
    """
    return binding and home_region not in terms.buyers


def window_end(
    slot: Slot | FreePlace,
    windows: Iterable[ReleasePolicy],
    *,
    clinic: UUID,
    care: str,
    now: datetime,
) -> datetime | None:
    """When the clinic's window for the place ends; None where it has none or it is over."""
    published = swedish_day(slot.published_at)
    window = window_among(windows, clinic=clinic, care=care, on=published)
    until = min(slot.published_at + window, slot.starts_at)
    return until if until > now else None

"""What keeping places for one's own regions costs: places that stood empty while somebody elsewhere waited.

Counted for the last 13 weeks. A place that nobody got is lost to the window if somebody from another
region, who may use the agreement and accepts care elsewhere, had begun to wait before it opened to them and
still waits; each person counts for one place. Who has got care since is not seen, so the number is a least.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connections
from django.db.models import Exists, OuterRef

from brokering.selectors.need_profiles import MATCHER
from brokering.selectors.places import swedish_day
from contracts.models import ReleasePolicy
from contracts.selectors.terms import terms_of_care
from contracts.terms import OpenForOthers, Terms
from providers.models import Claim, Clinic, Slot

BACK = timedelta(weeks=13)
FEWEST = 10
"""With fewer places than this nothing is said; fewer people than this could point at someone."""
TAKEN = (Claim.Why.FULFILLED, Claim.Why.MISSED)


@dataclass(frozen=True)
class Lost:
    """Places that began in the time, those that nobody had, and how many of them somebody waited for.

    `lost` is None where it is unknown: too few places to say anything, or too few people to show.
    """

    places: int
    unused: int
    lost: int | None


def lost_to(policy: ReleasePolicy, clinic: Clinic, *, now: datetime) -> Lost:
    """What a window of a clinic cost in the last 13 weeks."""
    began = Slot.objects.filter(
        clinic=clinic, form=Slot.Form.INPATIENT, starts_at__gte=now - BACK, starts_at__lt=now
    )
    began = began.filter(care=policy.care_id) if policy.care_id else began
    had = Claim.objects.filter(slot=OuterRef("pk")).exclude(
        state=Claim.State.ENDED, ended_why__in=set(Claim.Why) - set(TAKEN)
    )
    places = began.count()
    unused = list(began.filter(~Exists(had)).order_by("published_at", "id"))
    if places < FEWEST:
        return Lost(places, len(unused), None)
    lost = sum(
        _could_have([slot for slot in unused if slot.care_id == care], care, policy, clinic, now)
        for care in {slot.care_id for slot in unused}
    )
    return Lost(places, len(unused), None if 0 < lost < FEWEST else lost)


def _could_have(
    unused: list[Slot], care: str, policy: ReleasePolicy, clinic: Clinic, now: datetime
) -> int:
    """The largest number of places that people then waiting could have shared, one each."""
    today = swedish_day(now)
    terms = terms_of_care(care, first=today, last=today, clinics=[clinic.id]).get(clinic.id, [])
    opened = sorted(slot.published_at + policy.own_regions_first for slot in unused)
    return most_pairs(opened, _waiting_since(care, terms))


def most_pairs(opened: Iterable[datetime], since: Iterable[datetime]) -> int:
    """How many places can each have one person who waited when it opened; both in order of time."""
    waiting, number = sorted(since), 0
    for moment in sorted(opened):
        if number < len(waiting) and waiting[number] <= moment:
            number += 1
    return number


def _waiting_since(care: str, terms: Iterable[Terms]) -> list[datetime]:
    """Since when people of other regions that may use the agreements wait; read without any person."""
    offers = list(terms)
    own = frozenset().union(*(one.buyers for one in offers)) if offers else frozenset()
    open_to_all = any(one.open_for_others is OpenForOthers.YES for one in offers)
    allowed = frozenset().union(*(one.usable_by for one in offers)) if offers else frozenset()
    with connections[MATCHER].cursor() as cursor:
        cursor.execute(
            "SELECT home_region_id, created_at FROM need_profile"
            " WHERE care_id = %s AND accepts_other_regions AND home_region_id IS NOT NULL",
            [care],
        )
        rows = cursor.fetchall()
    return [at for region, at in rows if region not in own and (open_to_all or region in allowed)]

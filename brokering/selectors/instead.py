"""What a person could have instead of a place that they have lost: the nearest others, for the same need."""

from datetime import datetime
from uuid import UUID

from brokering.models import Referral
from brokering.selectors.free_places import place_known
from brokering.selectors.places import swedish_day
from brokering.selectors.search import Hit, alternatives
from brokering.selectors.seekers import seeker_of


def instead_of(slot: UUID, need: Referral, *, now: datetime) -> list[Hit]:
    """The places nearest to one that is lost; none where the place is not known any longer."""
    known = place_known(slot, now=now)
    if known is None:
        return []
    seeker = seeker_of(need, on=swedish_day(now))
    return alternatives(known.place, seeker, care=known.care, now=now)

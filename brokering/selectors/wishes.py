"""Whether a place lies within what a person has stated, asked of one need and one slot."""

from brokering.matching.reception import SUITS, Wished, unsuited
from brokering.models import Referral
from brokering.selectors.places import place_of, reception_of
from providers.geography import distance_km
from providers.models import Slot


def wished_of(referral: Referral) -> Wished:
    """What a need's person needs of the reception."""
    return Wished(
        referral.wished_mode, referral.wished_language, frozenset(referral.wished_premises)
    )


def outside_wishes(referral: Referral, slot: Slot) -> str:
    """The first limit that a slot (with clinic, municipality and care fetched) lies outside, or SUITS.

    A code of `matching.codes`, in the order in which a round looks at them.
    """
    return (
        unsuited(wished_of(referral), reception_of(slot))
        or outside_period(referral, slot)
        or _too_far(referral, slot)
    )


def outside_period(referral: Referral, slot: Slot) -> str:
    """As `outside_wishes`, of the days alone."""
    first, last = place_of(slot).ends_of_time
    early = referral.earliest_on is not None and first < referral.earliest_on
    late = referral.latest_on is not None and last > referral.latest_on
    return "outside_wished_period" if early or late else SUITS


def _too_far(referral: Referral, slot: Slot) -> str:
    home, most = referral.patient.municipality, referral.max_distance_km
    if most is None:
        return SUITS
    if home is None:
        return "distance_unknown"
    there = (slot.clinic.latitude, slot.clinic.longitude)
    far = distance_km((home.latitude, home.longitude), there)
    # Hundreds of metres, as a round counts them.
    return "too_far" if round(far * 10) > most * 10 else SUITS

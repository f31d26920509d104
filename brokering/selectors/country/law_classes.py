"""What the law may ask of needs that it cannot tell apart, in its own words."""

from datetime import date
from functools import lru_cache
from typing import NamedTuple

from brokering.law.facts import PatientFacts, ReferralFacts, Route
from brokering.law.table import SeekerClass
from brokering.selectors.country.days import GUARANTEES
from brokering.selectors.country.lot_types import ROUTES
from brokering.selectors.country.needs import ISSUERS, RESPONSIBILITIES, UNSAID
from brokering.selectors.seekers import guarantee_of

KEPT = 1 << 16
"""Classes whose words are kept: the country has some ten thousand."""


class Asked(NamedTuple):
    """A class of needs, as the columns have it."""

    home: str
    """Code of the region."""
    responsibility: int
    guarantee: int
    age: int
    """UNSAID where no rule asks for it."""
    issuer: int
    """UNSAID also where no remiss is issued yet."""
    enclosed: int
    """What the remiss encloses as bits of the vocabulary; UNSAID where none is issued yet."""
    approval: bool
    """Whether the need is approved by the home region on some day, and whether it is today."""
    approved: bool
    rerouted: bool
    elsewhere: bool


@lru_cache(maxsize=KEPT)
def seekers_of(
    of: Asked, extras: tuple[str, ...], today: date
) -> tuple[tuple[int, SeekerClass], ...]:
    """Each route that a class of needs may be sent on, by its place in the order."""
    is_open = {
        Route.OWN_REGION: True,
        Route.GUARANTEE_REROUTE: of.rerouted and of.guarantee > 0,
        Route.FREE_CHOICE: of.elsewhere,
        Route.INPATIENT_CHOICE: of.elsewhere and of.approval,
    }
    born = None if of.age == UNSAID else date(today.year - of.age, 1, 1)
    patient = PatientFacts(of.home, RESPONSIBILITIES[of.responsibility], born)
    remiss, guarantee = _remiss(of, extras, today), guarantee_of(GUARANTEES[of.guarantee])
    return tuple(
        (
            number,
            SeekerClass(
                route=route,
                patient=patient,
                referral=remiss,
                need_approved_by_home=of.approved,
                guarantee=guarantee,
            ),
        )
        for number, route in enumerate(ROUTES)
        if is_open[route]
    )


def _remiss(of: Asked, extras: tuple[str, ...], today: date) -> ReferralFacts | None:
    """A remiss that is not issued yet counts as none; where it was issued counts for reasons only."""
    if of.enclosed == UNSAID:
        return None
    enclosed = frozenset(word for bit, word in enumerate(extras) if of.enclosed >> bit & 1)
    issuer = ISSUERS[of.issuer].value if of.issuer >= 0 else ""
    return ReferralFacts(today, issuer, "", enclosed)

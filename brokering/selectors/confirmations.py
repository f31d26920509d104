"""Who is to be asked whether the care is still needed, before anything is given out to them."""

from datetime import date

from django.conf import settings

from brokering.models import Referral
from brokering.selectors.clocks import dates_of
from brokering.states import ReferralState


def is_to_be_asked(*, since: date, confirmed_on: date | None, on: date) -> bool:
    """Whether a need has stood too long without anybody's word that it still is one.

    Over two years, or the installation's own limit, since it began or was last confirmed (SOU 2021:59,
    proposed: strike it or offer a time).
    """
    last = since if confirmed_on is None else max(confirmed_on, since)
    return on - last > settings.NEED_CONFIRMED_WITHIN


def is_asked_first(need: Referral, *, on: date) -> bool:
    """Whether the person waits, and is asked before anything is given out to them."""
    since = dates_of(need).first
    return need.state == ReferralState.WAITING and is_to_be_asked(
        since=since, confirmed_on=need.confirmed_on, on=on
    )

"""What a time means for a need that is given together with another."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.templatetags.wording import refusal_sentence
from brokering.access import in_region_of
from brokering.errors import GivenTogether
from brokering.models import Referral
from brokering.selectors.chains import pair_of
from brokering.selectors.follow_ons import FollowOn, Sought, follow_ons
from brokering.selectors.own_needs import OwnCase
from providers.models import Slot

FOLLOW_ONS = 6
"""So many places that may follow are shown to choose among."""


@dataclass(frozen=True, kw_only=True)
class Follows:
    """What a place means for a need that is given together with another."""

    first: Referral
    second: Referral
    leads: bool
    """Whether the place is for the first of them; what follows is chosen on its page."""
    found: list[FollowOn]


def together(
    request: HttpRequest, slot_id: UUID, case: OwnCase | None, now: datetime
) -> Follows | None:
    """The places that may follow this one; None for a need that is given by itself."""
    if case is None or case.referral is None:
        return None
    need = case.referral
    with in_region_of(need, by=request.actor):  # type: ignore[attr-defined]
        pair = pair_of(need, now=now)
        if pair is None:
            return None
        leads = pair[0].id == need.id
        slot = Slot.objects.get(id=slot_id)
        found = follow_ons(slot, pair[1], now=now, sought=Sought(most=FOLLOW_ONS)) if leads else []
        return Follows(first=pair[0], second=pair[1], leads=leads, found=found)


def lead_to_first(request: HttpRequest, follows: Follows) -> HttpResponse | None:
    """To the times of the visit, where a time of what follows was chosen; None where it is the visit's."""
    if follows.leads:
        return None
    messages.info(request, refusal_sentence(GivenTogether()))
    return redirect(f"{reverse('search')}?care={follows.first.care_id}")

"""What a person wishes of the care they wait for: limits for what is proposed, and facts for the clinic.

A wish is no answer to an offer: it pauses no guarantee (6 kap. 2 § HSF asks three conditions for that).
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from accounts.actions.trail import record
from accounts.errors import NotAllowed
from accounts.news import tell
from accounts.roles import Permission
from accounts.tenancy import Actor
from brokering.access import access_referral, belongs
from brokering.actions.holds import news_of_received
from brokering.actions.moves import locked_need
from brokering.errors import InvalidValue, WrongState
from brokering.models import Referral
from brokering.selectors.places import swedish_day
from brokering.states import ReferralState
from providers.codes import LANGUAGES, PREMISES
from providers.models import Slot

FARTHEST = 2500
"""Kilometres; longer than the country."""


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """All that a person has said; what is left out is no limit.

    `interpreter` and `has_companion` are for the clinic to know and see to: they keep nobody from a place.
    """

    max_distance_km: int | None = None
    earliest_on: date | None = None
    latest_on: date | None = None
    accepts_other_regions: bool = True
    wished_mode: str = ""
    wished_language: str = ""
    wished_premises: frozenset[str] = frozenset()
    interpreter: str = ""
    has_companion: bool = False


def state_wishes(*, by: Actor, referral_id: UUID, wishes: Wishes, now: datetime) -> Referral:
    """The patient says it, or has told a vårdlots; it stands instead of what was said before.

    What has been offered already stays offered. Raises NotFound, NotAllowed, WrongState for a need that is
    closed, InvalidValue.
    """
    access_referral(referral_id, by=by, purpose="wishes", now=now)
    with transaction.atomic():
        need = locked_need(referral_id)
        if need.subject_id != by.id and not by.may_in(need.tenant_id, Permission.REROUTE):
            raise NotAllowed
        if need.state == ReferralState.CLOSED:
            raise WrongState(state=need.state)
        _check(need, wishes, swedish_day(now))
        said = vars(wishes) | {"wished_premises": sorted(wishes.wished_premises)}
        changed = sorted(name for name, value in said.items() if getattr(need, name) != value)
        if changed:
            Referral.objects.filter(id=need.id).update(**said)
            # Which, never what: a trail of this kind tells no more of a person than it must.
            mine = belongs(need)
            record("referral.wishes_stated", need.id, by=by, now=now, belongs=mine, changed=changed)
            tell(*news_of_received(need, "wishes"), now=now)
        need.refresh_from_db()
        return need


def _check(need: Referral, wishes: Wishes, today: date) -> None:
    first, last, far = wishes.earliest_on, wishes.latest_on, wishes.max_distance_km
    wrong = {
        "max_distance_km": far is not None and not 0 < far <= FARTHEST,
        "latest_on": last is not None and (last < today or first is not None and last < first),
        "wished_mode": wishes.wished_mode not in {"", *Slot.Mode.values},
        "wished_language": wishes.wished_language not in {"", *LANGUAGES},
        "wished_premises": not wishes.wished_premises <= set(PREMISES),
        "interpreter": wishes.interpreter not in {"", *LANGUAGES},
    }
    if field := next((name for name, is_wrong in wrong.items() if is_wrong), None):
        raise InvalidValue(field=field, because="cannot be")
    if far is not None and need.patient.municipality_id is None:
        raise InvalidValue(
            field="max_distance_km", because="no distance is computed for this person"
        )

"""Who has waited long is asked whether the care is still needed: yes keeps the place, no ends the wait."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.actions.trail import record
from accounts.errors import NotAllowed
from accounts.news import tell
from accounts.roles import Permission
from accounts.tenancy import Actor
from brokering.access import access_referral, belongs
from brokering.actions.holds import news_of_received
from brokering.actions.leaving import leave_the_queue
from brokering.actions.locking import lock_both
from brokering.actions.moves import locked_need
from brokering.errors import WrongState
from brokering.models import Referral
from brokering.selectors.places import swedish_day
from brokering.states import ReferralState

NOT_NEEDED = "not_needed"
"""Why a need left the queue: the person said that the care is not needed any longer."""


def answer_whether_needed(*, by: Actor, referral_id: UUID, is_needed: bool, now: datetime) -> None:
    """The patient's answer, given in person or to the home region: the need is confirmed today, or ends.

    Said again it changes nothing more. Raises NotFound, NotAllowed for anyone but the patient and the home
    region's navigators, WrongState while an offer or a booking stands, or where the wait has ended.
    """
    with transaction.atomic():
        access_referral(referral_id, by=by, purpose="confirm", now=now)
        # To leave gives back what is held, of two times that are given together both.
        need = locked_need(referral_id) if is_needed else lock_both(referral_id)
        if need.subject_id != by.id and not by.may_in(need.tenant_id, Permission.REROUTE):
            raise NotAllowed
        if need.state != ReferralState.WAITING:
            raise WrongState(state=need.state)
        if not is_needed:
            leave_the_queue(need, by=by, now=now, reason=NOT_NEEDED)
            return
        Referral.objects.filter(id=need.id).update(confirmed_on=swedish_day(now))
        record("referral.confirmed", need.id, by=by, now=now, belongs=belongs(need))
        tell(*news_of_received(need, "need_confirmed"), now=now)

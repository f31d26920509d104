"""What a clinic says of the needs that wait there: that it cannot meet the date, or that it can after all."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.actions.trail import record
from accounts.news import tell
from accounts.tenancy import Actor
from brokering.access import access_received, belongs
from brokering.actions.clock import add_clock_event
from brokering.actions.holds import news_of_received
from brokering.actions.moves import locked_need
from brokering.actions.reroutes import Foreseen, foreseen
from brokering.errors import WrongState
from brokering.notes import Note
from brokering.selectors.places import swedish_day
from brokering.selectors.worklist import cannot_be_met
from brokering.states import ReferralState


def say_whether_date_is_met(*, by: Actor, referral_id: UUID, can: bool, now: datetime) -> Foreseen:
    """The clinic says that it cannot meet the date, or takes that back; the region acts at once.

    Saying it again changes nothing. A case that was opened stays open: the region decides when it is done.
    Raises NotFound or NotAllowed for other clinics' needs, WrongState where nobody waits any longer.
    """
    with transaction.atomic():
        access_received(referral_id, by=by, now=now)
        referral = locked_need(referral_id)
        if referral.state not in {ReferralState.WAITING, ReferralState.OFFERED}:
            raise WrongState(state=referral.state)
        if can == (referral.id not in cannot_be_met([referral])):
            return Foreseen(referral, None)
        note = Note.CLINIC_CAN if can else Note.CLINIC_CANNOT
        add_clock_event(referral, note, on=swedish_day(now), now=now)
        record(f"referral.{note}", referral.id, by=by, now=now, belongs=belongs(referral))
        tell(*news_of_received(referral, note), now=now)
        return foreseen(referral=referral, now=now)

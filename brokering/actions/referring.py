"""The doctor who issued a remiss books for its patient, who sees it at once and may change it."""

from dataclasses import replace
from datetime import datetime

from accounts.errors import NotAllowed
from accounts.tenancy import Actor
from brokering.access import in_region_of, is_for_patient
from brokering.actions.referrals import Wish, hold_own, hold_wish
from brokering.errors import WrongState
from brokering.models import Booking, Patient, RebookingTask, Referral
from brokering.states import ReferralState, TaskState


def hold_wished(
    *, by: Actor, patient: Patient, need: Referral | None, wish: Wish, now: datetime
) -> Booking:
    """Hold a place for oneself, or for the patient of a remiss that one's own unit issued.

    Raises what `hold_own` and `hold_for_patient` raise.
    """
    if need is not None and is_for_patient(by, need):
        return hold_for_patient(by=by, need=need, wish=wish, now=now)
    return hold_own(by=by, patient=patient, need=need, wish=wish, now=now)


def hold_for_patient(*, by: Actor, need: Referral, wish: Wish, now: datetime) -> Booking:
    """Hold a place for the patient of a remiss that the actor's own unit issued.

    What is lost by choosing nobody can read in the patient's place: a place that costs the guarantee raises
    ConsequenceNotSeen. Raises WrongState for a need that has an offer or a time, or that the region finds
    another place for, NotAllowed for anybody else, and what `hold` raises; then nothing is written.
    """
    if not is_for_patient(by, need) or wish.asks:
        raise NotAllowed
    with in_region_of(need, by=by):
        tasks = RebookingTask.objects.filter(booking__referral=need, state=TaskState.OPEN)
        if need.state != ReferralState.WAITING or tasks.exists():
            raise WrongState(state=need.state)
        unread = replace(wish, consequence_version="")
        return hold_wish(by=by, need=need, wish=unread, now=now)

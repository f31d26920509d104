"""The clinic reports whether the patient came; the report can be corrected on the day it was made.

Where it stays silent, the home region says what it knows and how.
"""

from datetime import datetime, timedelta

from django.db import transaction

from accounts import topics
from accounts.actions.trail import record
from accounts.errors import Invalid, NotAllowed
from accounts.news import News, tell
from accounts.roles import Permission
from accounts.tenancy import Actor
from brokering.access import belongs, parties
from brokering.actions.bookings import need_news
from brokering.actions.clock import add_clock_event
from brokering.actions.moves import locked_need, move
from brokering.actions.rebookings import close_tasks
from brokering.actions.reroutes import close_when_cared_for, foreseen
from brokering.errors import (
    ClinicReportsFirst,
    CorrectionTooLate,
    VisitNotBegun,
    WrongState,
)
from brokering.models import Booking, Referral
from brokering.notes import Evidence, Note
from brokering.selectors.places import swedish_day
from brokering.states import BookingState, Party, ReferralState
from providers.models import Claim
from providers.reliability import SILENT_AFTER_DAYS

REPORTED = {BookingState.FULFILLED, BookingState.MISSED}
WHY = {
    BookingState.FULFILLED: Claim.Why.FULFILLED,
    BookingState.MISSED: Claim.Why.MISSED,
}


def report_visit(
    *, by: Actor, booking: Booking, came: bool, now: datetime, evidence: Evidence | None = None
) -> None:
    """Say that the visit took place, or that the patient did not come.

    A visit that took place ends the need and its clock on the day of the visit. Who did not come waits
    again, and that changes nothing in the clock by itself (6 kap. 2 § HSF names no such exception).
    The home region's navigators may say it of a visit of which the clinic has said nothing for
    SILENT_AFTER_DAYS, with what they know it by: it stands in the trail, and the clinic is told.
    Raises NotAllowed for anyone else, ClinicReportsFirst before that, Invalid without `evidence`,
    VisitNotBegun, CorrectionTooLate after the day of the first report, WrongState when that was said already
    or when the need has gone on since.
    """
    with transaction.atomic():
        is_clinic = Party.CLINIC in parties(by, booking)
        if not is_clinic and not by.may_in(booking.tenant_id, Permission.REROUTE):
            raise NotAllowed
        referral = locked_need(booking.referral_id)
        booking.refresh_from_db(fields=["state", "changed_at"])
        _check_time(booking, now)
        if not is_clinic:
            _for_the_clinic(booking, evidence, by=by, now=now)
        was, said = booking.state, BookingState.FULFILLED if came else BookingState.MISSED
        move(booking, said, by=by, now=now, **({} if was in REPORTED else {"changed_at": now}))
        Claim.objects.filter(id=booking.claim_id).update(
            state=Claim.State.ENDED, ended_why=WHY[said], changed_at=now
        )
        if came:
            _cared_for(referral, booking, by=by, now=now, corrects=was in REPORTED)
        else:
            _waits_again(referral, booking, by=by, now=now, corrects=was in REPORTED)
        clinic = topics.clinic(booking.claim.slot.clinic_id)
        data = {"slot": str(booking.claim.slot_id)}
        tell(
            *need_news(booking, said),
            News(topic=clinic, kind="visit_reported", data=data),
            now=now,
        )


def _for_the_clinic(
    booking: Booking, evidence: Evidence | None, *, by: Actor, now: datetime
) -> None:
    """The region says it instead: only after a long silence, and how it knows is written down."""
    may_from = booking.claim.slot.starts_at + timedelta(days=SILENT_AFTER_DAYS)
    if may_from > now:
        raise ClinicReportsFirst(may_from=may_from.isoformat())
    if evidence is None:
        raise Invalid(field="evidence")
    whose = belongs(booking)
    record("booking.clinic_silent", booking.id, by=by, now=now, belongs=whose, evidence=evidence)


def _check_time(booking: Booking, now: datetime) -> None:
    """Both the first report and its correction have their time."""
    if booking.claim.slot.starts_at > now:
        raise VisitNotBegun(starts_at=booking.claim.slot.starts_at.isoformat())
    if booking.state in REPORTED and swedish_day(booking.changed_at) != swedish_day(now):
        raise CorrectionTooLate


def _cared_for(
    referral: Referral, booking: Booking, *, by: Actor, now: datetime, corrects: bool
) -> None:
    """The need is met. One that got an offer or another place since the first report has gone on."""
    if corrects and referral.state != ReferralState.WAITING:
        raise WrongState(state=referral.state)
    move(referral, ReferralState.CLOSED, by=by, now=now)
    add_clock_event(referral, "fulfilled", on=swedish_day(booking.claim.slot.starts_at), now=now)
    close_when_cared_for(referral=referral, now=now)
    close_tasks([booking], by=by, now=now)


def _waits_again(
    referral: Referral, booking: Booking, *, by: Actor, now: datetime, corrects: bool
) -> None:
    move(referral, ReferralState.WAITING, by=by, now=now)
    if corrects:
        day = swedish_day(booking.claim.slot.starts_at)
        add_clock_event(referral, Note.NOT_FULFILLED, on=day, now=now)
    foreseen(referral=referral, now=now)

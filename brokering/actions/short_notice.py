"""A patient's consent to be asked about a freed place at short notice: given, changed, ended."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.actions.trail import record
from accounts.errors import NotAllowed, NotFound
from accounts.news import tell
from accounts.roles import Permission
from accounts.tenancy import Actor
from brokering.access import access_referral, belongs
from brokering.actions.holds import news_of_need
from brokering.actions.moves import locked_need
from brokering.errors import GivenTogether, InvalidValue, SlotPast, WrongState
from brokering.matching.readiness import checklist
from brokering.models import Booking, Referral, ShortNotice
from brokering.states import BookingState, ReferralState

NOTICE_MOST = 7 * 24
"""Hours; whoever must know longer beforehand is served by ordinary offers."""


@dataclass(frozen=True, kw_only=True)
class Manage:
    """What somebody can manage at short notice; no distance: anywhere."""

    notice_hours: int
    max_distance_km: int | None
    ready: frozenset[str]
    late_evenings: bool = False


def consent(*, by: Actor, referral_id: UUID, said: Manage, now: datetime) -> ShortNotice:
    """The patient consents, or has told a vårdlots so; what was said before ends with it.

    Raises NotFound, NotAllowed, WrongState for a need that is closed, InvalidValue.
    """
    with transaction.atomic():
        need = _need(referral_id, by=by, now=now)
        if need.state == ReferralState.CLOSED:
            raise WrongState(state=need.state)
        return _given(need, said, by=by, now=now)


def want_earlier(*, by: Actor, booking: Booking, said: Manage, now: datetime) -> ShortNotice:
    """The patient keeps their time and would come earlier, to the same clinic for the same care.

    The wish stands as long as that booking does. Raises NotFound, NotAllowed, WrongState for a time that is
    not booked, SlotPast, GivenTogether for one of two times: nobody is asked about one. InvalidValue.
    """
    with transaction.atomic():
        need = _need(booking.referral_id, by=by, now=now)
        rows = Booking.objects.select_related("claim__slot")
        booked = rows.get(id=booking.id)
        if booked.state != BookingState.BOOKED:
            raise WrongState(state=booked.state)
        if booked.claim.slot.starts_at <= now:
            raise SlotPast
        if booked.chain is not None:
            raise GivenTogether(referral=str(need.id))
        return _given(need, said, by=by, now=now, booking=booked)


def end_consent(*, by: Actor, referral_id: UUID, now: datetime) -> None:
    """The patient, or a vårdlots for them, takes the consent back; nobody asks from now on.

    Whoever has been asked already may still answer. Raises NotFound where there is no consent, NotAllowed.
    """
    with transaction.atomic():
        need = _need(referral_id, by=by, now=now)
        rows = _ended(need, now)
        if not rows:
            raise NotFound
        record("shortnotice.ended", rows[0].id, by=by, now=now, belongs=belongs(rows[0]))
        _tell(need, rows[0], "short_notice_ended", now)


def _given(
    need: Referral, said: Manage, *, by: Actor, now: datetime, booking: Booking | None = None
) -> ShortNotice:
    _check(said)
    _ended(need, now)
    row = ShortNotice.objects.create(
        tenant_id=need.tenant_id,
        subject_id=need.subject_id,
        referral=need,
        booking=booking,
        notice_hours=said.notice_hours,
        max_distance_km=said.max_distance_km,
        ready=sorted(said.ready),
        late_evenings=said.late_evenings,
        consented_at=now,
        synthetic=need.synthetic,
    )
    record("shortnotice.given", row.id, by=by, now=now, belongs=belongs(row))
    _tell(need, row, "short_notice_given", now)
    return row


def _need(referral_id: UUID, *, by: Actor, now: datetime) -> Referral:
    access_referral(referral_id, by=by, purpose="short_notice", now=now)
    need = locked_need(referral_id)
    if need.subject_id != by.id and not by.may_in(need.tenant_id, Permission.REROUTE):
        raise NotAllowed
    return need


def _check(said: Manage) -> None:
    if not 0 < said.notice_hours <= NOTICE_MOST:
        raise InvalidValue(field="notice_hours", because=f"must lie between 1 and {NOTICE_MOST}")
    if said.max_distance_km is not None and not 0 < said.max_distance_km <= 2500:
        raise InvalidValue(field="max_distance_km", because="must lie between 1 and 2500")
    if unknown := said.ready - set(checklist()):
        raise InvalidValue(field="ready", because=f"unknown: {', '.join(sorted(unknown))}")


def _ended(need: Referral, now: datetime) -> list[ShortNotice]:
    rows = ShortNotice.objects.filter(referral=need, ended_at__isnull=True)
    found = list(rows)
    rows.update(ended_at=now)
    return found


def _tell(need: Referral, row: ShortNotice, kind: str, now: datetime) -> None:
    tell(*news_of_need(row, need.home_region_id, kind, referral=str(need.id)), now=now)

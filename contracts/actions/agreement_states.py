"""Takes an agreement through its life: award, standstill, signatures, activation, options, end."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from accounts.actions.trail import record
from accounts.news import tell
from accounts.tenancy import Actor
from contracts.access import access_own_lot, access_to_edit
from contracts.actions.agreements import agreement_news
from contracts.errors import (
    AwardNotSent,
    BeyondMaximum,
    NobodySigns,
    NoOptionLeft,
    NothingAgreed,
    NotThatDay,
    OptionTooLate,
    RunsUntilFurtherNotice,
    SignatureGiven,
    StandstillRuns,
    WrongAgreementState,
)
from contracts.lifecycle import (
    AgreementState,
    Kind,
    Taker,
    first_day_to_sign,
    kind_of,
    may_move,
    months_later,
    next_states,
)
from contracts.models import Agreement, OptionStep
from providers.patterns import SWEDEN

STEPS = frozenset({AgreementState.ADVERTISED, AgreementState.EVALUATING, AgreementState.AWARDED})
"""What is reached by saying so; the other states follow from a deed of their own."""


class Side(StrEnum):
    """Who signs."""

    PARTY = "party"
    SELLER = "seller"


@transaction.atomic
def advance_agreement(*, by: Actor, agreement: UUID, to: AgreementState, now: datetime) -> None:
    """Take an agreement to the next step before the award is sent out: advertised, evaluating, awarded.

    Raises NotAllowed or WrongAgreementState (with the ways that there are).
    """
    row = access_to_edit(agreement, by=by)
    if to not in STEPS:
        raise _no_way(row, to)
    _move(row, to, by=by, now=now)


@transaction.atomic
def notify_award(
    *, by: Actor, lot: UUID, on: date, electronically: bool = True, now: datetime
) -> None:
    """Note that the award of a lot was sent out on a day: its standstill, and no other lot's, begins (again).

    The first takes the agreement to its standstill (LOU). Raises NotAllowed, WrongAgreementState,
    NothingAgreed (the seller did not qualify for the lot), SignatureGiven or NotThatDay.
    """
    row = access_own_lot(lot, by=by)
    agreement = row.agreement
    if _kind(agreement) != Kind.PROCURED or agreement.state not in {"awarded", "standstill"}:
        raise _no_way(agreement, AgreementState.STANDSTILL)
    if not row.qualified:
        raise NothingAgreed(lot=row.name)
    if agreement.signed_by_party_on or agreement.signed_by_seller_on:
        raise SignatureGiven
    today = _today(now)
    if on > today or (row.award_notified_on is not None and on < row.award_notified_on):
        raise NotThatDay(earliest=str(row.award_notified_on or ""), latest=today.isoformat())
    row.award_notified_on, row.notified_electronically = on, electronically
    row.save(update_fields=["award_notified_on", "notified_electronically"])
    record("agreement.award_sent", agreement.id, by=by, now=now, lot=str(row.id), on=on.isoformat())
    if agreement.state == AgreementState.AWARDED:
        _move(agreement, AgreementState.STANDSTILL, by=by, now=now)


@transaction.atomic
def sign_agreement(*, by: Actor, agreement: UUID, side: Side, on: date, now: datetime) -> None:
    """Note that one side has signed on a day; once both have, the agreement is signed.

    Raises NotAllowed, WrongAgreementState, NobodySigns (no party is named), NothingAgreed (no lot),
    SignatureGiven, NotThatDay (a day to come), and under LOU AwardNotSent or StandstillRuns for the lots
    (with the first day that is possible).
    """
    row = access_to_edit(agreement, by=by)
    if not may_move(AgreementState(row.state), AgreementState.SIGNED, _kind(row), Taker.REGION):
        raise _no_way(row, AgreementState.SIGNED)
    if row.party_id is None:
        raise NobodySigns
    field = f"signed_by_{side}_on"
    if getattr(row, field) is not None:
        raise SignatureGiven
    if on > _today(now):
        raise NotThatDay(latest=_today(now).isoformat())
    _refuse_unfit_lots(row)
    if _kind(row) == Kind.PROCURED:
        _refuse_standstill(row, on)
    setattr(row, field, on)
    row.save(update_fields=[field])
    record(f"agreement.signed_by_{side}", row.id, by=by, now=now, on=on.isoformat())
    if row.signed_by_party_on and row.signed_by_seller_on:
        _move(row, AgreementState.SIGNED, by=by, now=now)


@transaction.atomic
def activate_agreement(*, by: Actor, agreement: UUID, now: datetime) -> None:
    """Let a signed agreement, or own production, carry visits from its first day on.

    Raises NotAllowed, WrongAgreementState or NothingAgreed (no lot with a care).
    """
    row = access_to_edit(agreement, by=by)
    _refuse_unfit_lots(row)
    _move(row, AgreementState.ACTIVE, by=by, now=now)


@transaction.atomic
def extend_agreement(
    *, by: Actor, agreement: UUID, decided_on: date, reference: str, now: datetime
) -> date:
    """Use the next option: the last day moves by its months; the new last day.

    Raises NotAllowed, WrongAgreementState (it must be active and in force), RunsUntilFurtherNotice,
    NoOptionLeft, OptionTooLate, BeyondMaximum or NotThatDay (decided on a day to come).
    """
    row = access_to_edit(agreement, by=by)
    today = _today(now)
    if row.state != AgreementState.ACTIVE or (row.valid_to is not None and row.valid_to < today):
        raise WrongAgreementState(state=row.state)
    if row.valid_to is None:
        raise RunsUntilFurtherNotice
    option = OptionStep.objects.filter(agreement=row, used_on=None).order_by("number").first()
    if option is None or row.ended_at is not None:
        raise NoOptionLeft
    if decided_on > today:
        raise NotThatDay(latest=today.isoformat())
    if decided_on > min(option.decide_by or row.valid_to, row.valid_to):
        raise OptionTooLate(decide_by=str(option.decide_by or row.valid_to))
    last = months_later(row.valid_to, option.months)
    if row.valid_to_at_most is not None and last > row.valid_to_at_most:
        raise BeyondMaximum(at_most=row.valid_to_at_most.isoformat())
    option.used_on, option.decision_reference = decided_on, reference
    option.save(update_fields=["used_on", "decision_reference"])
    Agreement.objects.filter(id=row.id).update(valid_to=last)
    told: dict[str, Any] = {"option": option.number, "valid_to": last.isoformat()}
    record("agreement.extended", row.id, by=by, now=now, **told)
    tell(*agreement_news(row, "agreement_changed"), now=now)
    return last


@transaction.atomic
def end_agreement(*, by: Actor, agreement: UUID, last_day: date, now: datetime) -> None:
    """Give an active agreement its last day, today at the earliest; break off one that is not active.

    The day is never later than the one agreed. A version that another one follows is not ended by itself:
    the one that follows would begin all the same. Raises NotAllowed, WrongAgreementState or NotThatDay.
    """
    row = access_to_edit(agreement, by=by)
    if Agreement.objects.filter(replaces=row).exists():
        raise WrongAgreementState(state=row.state)
    if row.state != AgreementState.ACTIVE:
        _move(row, AgreementState.ENDED, by=by, now=now, ended_at=now, ended_by_id=by.id)
        return
    today = _today(now)
    earliest = max(today, row.valid_from)
    if last_day < earliest or (row.valid_to is not None and last_day > row.valid_to):
        raise NotThatDay(earliest=earliest.isoformat(), latest=str(row.valid_to or ""))
    Agreement.objects.filter(id=row.id).update(valid_to=last_day, ended_at=now, ended_by_id=by.id)
    record("agreement.ending", row.id, by=by, now=now, valid_to=last_day.isoformat())
    tell(*agreement_news(row, "agreement_changed"), now=now)


def close_ended(*, by: Actor, now: datetime) -> int:
    """Take active agreements whose last day has passed to their end; how many. Run by the clock.

    Nothing depends on it: terms end with the day, whatever the state says.
    """
    over = Q(state=AgreementState.ACTIVE, valid_to__lt=_today(now), tenant_id__in=by.tenants)
    with transaction.atomic():
        rows = list(Agreement.objects.filter(over).select_for_update(of=("self",)))
        for row in rows:
            _move(row, AgreementState.ENDED, by=by, now=now, taker=Taker.SYSTEM)
    return len(rows)


def _move(
    row: Agreement,
    to: AgreementState,
    *,
    by: Actor,
    now: datetime,
    taker: Taker = Taker.REGION,
    **also: Any,
) -> None:
    was = AgreementState(row.state)
    if not may_move(was, to, _kind(row), taker):
        raise _no_way(row, to)
    if not Agreement.objects.filter(id=row.id, state=was).update(state=to, **also):
        raise _no_way(row, to)
    row.state = to
    record(f"agreement.{to}", row.id, by=by, now=now, was=was)
    tell(*agreement_news(row, "agreement_changed"), now=now)


def _no_way(row: Agreement, to: AgreementState) -> WrongAgreementState:
    ways = next_states(AgreementState(row.state), _kind(row))
    return WrongAgreementState(state=row.state, wanted=to, ways=list(ways))


def _kind(row: Agreement) -> Kind:
    return kind_of(row.regime, row.cooperation)


def _refuse_unfit_lots(row: Agreement) -> None:
    if not row.lots.filter(qualified=True, cares__isnull=False).exists():
        raise NothingAgreed


def _refuse_standstill(row: Agreement, on: date) -> None:
    """Every lot for which the seller qualified has been awarded, and no standstill runs on the day."""
    firsts: dict[str, date] = {}
    for lot in row.lots.filter(qualified=True):
        sent = lot.award_notified_on
        first = sent and first_day_to_sign(sent, electronic=lot.notified_electronically)
        if first is None:
            raise AwardNotSent(lot=lot.name)
        firsts[lot.name] = first
    running = {name: first for name, first in firsts.items() if on < first}
    if running:
        latest = max(running.values())
        raise StandstillRuns(lots=sorted(running), earliest=latest.isoformat())


def _today(now: datetime) -> date:
    return now.astimezone(SWEDEN).date()

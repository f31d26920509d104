"""Word when a place appears: asked for, told once, then at rest until the person asks again."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts import topics
from accounts.actions.trail import record
from accounts.errors import Invalid, NotFound, Refusal
from accounts.news import News, tell
from accounts.selectors.actors import system_actor
from accounts.tenancy import Actor, acting_as
from brokering.access import belongs
from brokering.actions.messages import About, queue_message
from brokering.actions.moves import move
from brokering.errors import WrongState
from brokering.messaging.kinds import MessageKind
from brokering.models import Patient, Referral, Watch
from brokering.selectors.own_needs import own_patient
from brokering.selectors.places import swedish_day
from brokering.selectors.queries import Query
from brokering.selectors.upkeep import region_tenants
from brokering.selectors.watches import (
    OVERLAP,
    Appeared,
    answers,
    appeared,
    case_of,
    open_watches,
)
from brokering.states import WatchState

Read = Callable[[Mapping[str, list[str]]], Query]


class TooManyWatches(Refusal):
    """You watch as many searches as one may watch at once; end one of them first."""

    code = "too_many_watches"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A search as its address says it, and for which need of one's own, if any."""

    care: str
    query: Mapping[str, list[str]]
    referral: UUID | None = None


def open_watch(*, by: Actor, wanted: Wanted, now: datetime) -> Watch:
    """Ask for word; the same search twice is one watch, and it counts from now.

    Raises NotFound for somebody who is no patient or for somebody else's need, TooManyWatches.
    """
    with transaction.atomic():
        patient = _locked(by)
        if wanted.referral and not _is_own(wanted.referral, by):
            raise NotFound
        mine = Watch.objects.filter(subject=by.id).exclude(state=WatchState.ENDED)
        same = mine.filter(query=dict(wanted.query), care=wanted.care, referral=wanted.referral)
        known = same.first()
        if known is not None:
            return _reopened(known, by, now)
        if mine.count() >= settings.WATCHES_MOST:
            raise TooManyWatches(most=settings.WATCHES_MOST)
        watch = Watch.objects.create(
            tenant_id=patient.tenant_id,
            subject_id=by.id,
            referral_id=wanted.referral,
            care_id=wanted.care,
            query=dict(wanted.query),
            created_at=now,
            looked_at=now,
            ends_on=swedish_day(now) + settings.WATCH_LENGTH,
        )
        record("watch.opened", watch.id, by=by, now=now, belongs=belongs(watch))
        return watch


def reopen_watch(*, by: Actor, watch_id: UUID, now: datetime) -> Watch:
    """Ask for word again after having been told. Raises NotFound, WrongState."""
    with transaction.atomic():
        _locked(by)
        return _reopened(_mine(watch_id, by), by, now)


def end_watch(*, by: Actor, watch_id: UUID, now: datetime) -> None:
    """Want no more word. Raises NotFound, WrongState."""
    with transaction.atomic():
        watch = _mine(watch_id, by)
        if watch.state == WatchState.TOLD:
            _reopened(watch, by, now)
        move(watch, WatchState.ENDED, by=by, now=now)


def tell_watch(*, by: Actor, watch: Watch, now: datetime) -> None:
    """Say that a place has appeared, once; what and where stands on the page alone. Raises WrongState."""
    with transaction.atomic():
        move(watch, WatchState.TOLD, by=by, now=now, told_at=now, looked_at=now)
        assert watch.subject_id is not None
        topic = topics.person(watch.subject_id)
        tell(
            News(topic=topic, kind="place_appeared", data={}, belongs=belongs(watch)),
            now=now,
        )
        patient = Patient.objects.get(subject=watch.subject_id, tenant=watch.tenant_id)
        mark = f"{watch.id}.{int(now.timestamp())}"
        about = About(patient=patient, referral=watch.referral, mark=mark)
        queue_message(MessageKind.PLACE_APPEARED, about, now=now)


def tell_new(*, care: str, read: Read, now: datetime) -> int:
    """Tell those whose search (by `read` from what was kept) shows something new of a care; how many.

    Each in a transaction of their own; how far has been looked is remembered, and what has been watched for
    as long as promised ends.
    """
    told, system = 0, system_actor(*region_tenants())
    with acting_as(system):
        watches = open_watches(care)
        since = min((one.looked_at for one in watches), default=now) - OVERLAP
        new = appeared(care, since=since, now=now)
    for watch in watches:
        # The person ended it, or another look was quicker.
        with suppress(WrongState), acting_as(system):
            if _is_answered(watch, new, read, now):
                tell_watch(by=system, watch=watch, now=now)
                told += 1
    with acting_as(system):
        ids = [watch.id for watch in watches]
        Watch.objects.filter(id__in=ids, state=WatchState.OPEN).update(looked_at=now)
        _end_old(care, system, now)
    return told


def _is_answered(watch: Watch, new: list[Appeared], read: Read, now: datetime) -> bool:
    seen = max(watch.looked_at - OVERLAP, watch.told_at or watch.created_at)
    fresh = [one for one in new if one.at > seen]
    if not fresh:
        return False
    try:
        query = read(watch.query)
    except Invalid:
        # A code that it names is no longer known: it ends when its time is over.
        return False
    return answers(query, case_of(watch, on=swedish_day(now)), fresh, now=now)


def _end_old(care: str, system: Actor, now: datetime) -> None:
    for watch in open_watches(care):
        if watch.ends_on < swedish_day(now):
            move(watch, WatchState.ENDED, by=system, now=now)


def _reopened(watch: Watch, by: Actor, now: datetime) -> Watch:
    lasts = swedish_day(now) + settings.WATCH_LENGTH
    if watch.state == WatchState.TOLD:
        move(watch, WatchState.OPEN, by=by, now=now, looked_at=now, ends_on=lasts)
    return watch


def _mine(watch_id: UUID, by: Actor) -> Watch:
    watch = Watch.objects.filter(id=watch_id, subject=by.id).first()
    if watch is None:
        raise NotFound
    return watch


def _is_own(referral: UUID, by: Actor) -> bool:
    return Referral.objects.filter(id=referral, subject=by.id).exists()


def _locked(by: Actor) -> Patient:
    """The actor as a patient; whatever one person asks for is counted one after the other."""
    patient = own_patient(by)
    if patient is None:
        raise NotFound
    return Patient.objects.select_for_update(no_key=True).get(id=patient.id)

"""Publishes and withdraws places. A clinic's row is locked first, then its slots: one publisher at a time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts import topics
from accounts.actions.trail import record_each
from accounts.errors import NotFound, Refusal
from accounts.news import News, tell
from accounts.tenancy import Actor
from providers.access import require_own
from providers.errors import (
    CareNotOffered,
    FormDoesNotFit,
    FormMissing,
    ModeDoesNotFit,
    PlaceBooked,
    PlaceHeld,
    SourceKeyTaken,
    TimeOutOfOrder,
    TimePassed,
)
from providers.models import Care, Claim, Clinic, Slot
from providers.selectors.decisions import decisions_at


@dataclass(frozen=True, kw_only=True)
class NewSlot:
    """One place to publish. `form` may be empty where the care has only one; times are aware moments.
    An empty `mode` is on site.

    With a `source_key`, publishing again changes nothing, and a withdrawn place is opened again. `opens_at`
    is for one that comes back as it was: when it opened to everyone; otherwise the rule says when.
    """

    care: str
    starts_at: datetime
    ends_at: datetime
    form: str = ""
    mode: str = ""
    source_key: str = ""
    opens_at: datetime | None = None


@dataclass(frozen=True)
class Refused:
    """One item of a batch that was refused: its index in the request, and why."""

    index: int
    why: Refusal


@dataclass(frozen=True)
class Published:
    """What came of publishing: ids by index of the request; `created` counts reopened places too."""

    created: dict[int, UUID] = field(default_factory=dict)
    unchanged: dict[int, UUID] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)


@dataclass(frozen=True)
class Withdrawn:
    """What came of withdrawing: the ids, and by index of the request those that were refused."""

    withdrawn: list[UUID] = field(default_factory=list)
    unchanged: list[UUID] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)


def publish(*, by: Actor, clinic: UUID, times: Sequence[NewSlot], now: datetime) -> Published:
    """Publish places of one clinic; what is wrong with a single one refuses that one only.

    Raises NotFound or NotAllowed for the clinic. Items are refused as CareNotOffered, FormMissing,
    FormDoesNotFit, ModeDoesNotFit, TimeOutOfOrder, TimePassed, RestrictedPeriod, SeriousEventGoesOn or
    SourceKeyTaken.
    """
    with transaction.atomic():
        own = locked_clinic(clinic, by)
        published, slots = _sorted_out(own, times, now)
        fresh = [slot for slot in slots if slot._state.adding]
        Slot.objects.bulk_create(fresh)
        _reopen([slot for slot in slots if not slot._state.adding])
        # To send a place again is to say that it is still there.
        again = Slot.objects.filter(id__in=published.unchanged.values(), confirmed_at__lt=now)
        again.update(confirmed_at=now)
        announce("published", slots, own, by=by, now=now)
    return published


def withdraw(*, by: Actor, slots: Sequence[UUID], now: datetime) -> Withdrawn:
    """Withdraw places; one that a patient holds or has booked is refused, the others go.

    Raises NotAllowed if any belongs to another tenant's clinic. Items are refused as NotFound, PlaceHeld
    or PlaceBooked. The lock waits for a hold under way; whichever commits first, the other one sees it.
    """
    with transaction.atomic():
        clinics = _clinics_of(slots, by)
        found = {
            slot.id: slot
            for slot in Slot.objects.select_for_update().filter(id__in=slots).order_by("id")
        }
        outcome = _sorted_withdrawal(slots, found, now)
        gone = [found[one] for one in outcome.withdrawn]
        Slot.objects.filter(id__in=outcome.withdrawn).update(
            state=Slot.State.WITHDRAWN, confirmed_at=now
        )
        # What waited for a decision does not come back when that is lifted: the clinic has taken it away.
        Slot.objects.filter(id__in=outcome.unchanged).update(restriction=None, event=None)
        for clinic in clinics:
            of_clinic = [slot for slot in gone if slot.clinic_id == clinic.id]
            announce("withdrawn", of_clinic, clinic, by=by, now=now)
    return outcome


def locked_clinic(clinic_id: UUID, by: Actor) -> Clinic:
    clinic = Clinic.objects.filter(id=clinic_id).first()
    if clinic is None:
        raise NotFound
    require_own(clinic, by=by)
    return Clinic.objects.select_for_update(no_key=True).get(id=clinic_id)


def _clinics_of(slots: Sequence[UUID], by: Actor) -> list[Clinic]:
    clinics = list(Clinic.objects.filter(slots__in=slots).distinct())
    for clinic in clinics:
        require_own(clinic, by=by)
    ids = [clinic.id for clinic in clinics]
    return list(Clinic.objects.select_for_update(no_key=True).filter(id__in=ids).order_by("id"))


def _sorted_out(
    clinic: Clinic, times: Sequence[NewSlot], now: datetime
) -> tuple[Published, list[Slot]]:
    cares = {care.code: care for care in clinic.cares.all()}
    keys = {one.source_key for one in times if one.source_key}
    known = {slot.source_key: slot for slot in clinic.slots.filter(source_key__in=keys)}
    decisions = decisions_at(clinic)
    outcome, slots = Published(), []
    for index, new in enumerate(times):
        try:
            slot = _fresh(clinic, new, form_of(new, cares), now)
            decisions.check(slot.care_id, slot.starts_at, slot.ends_at)
            known_slot = _same(known.get(new.source_key), slot)
        except Refusal as refusal:
            outcome.refused.append(Refused(index, refusal))
            continue
        if known_slot is not None and known_slot.state == Slot.State.OPEN:
            outcome.unchanged[index] = known_slot.id
            continue
        ready = _reopened(known_slot, slot) if known_slot is not None else slot
        outcome.created[index] = ready.id
        slots.append(ready)
        if new.source_key:
            known[new.source_key] = ready
    return outcome, slots


def form_of(new: NewSlot, cares: dict[str, Care]) -> str:
    care = cares.get(new.care)
    if care is None:
        raise CareNotOffered(care=new.care)
    if care.form == Care.Form.INPATIENT_OR_DAY:
        if not new.form:
            raise FormMissing(care=new.care)
        possible = set(Slot.Form.values)
    else:
        possible = {care.form}
    if new.form not in {"", *possible}:
        raise FormDoesNotFit(care=new.care, form=new.form)
    return new.form or care.form


def _mode_of(new: NewSlot, form: str) -> str:
    mode = new.mode or Slot.Mode.ON_SITE.value
    inpatient_away = form == Slot.Form.INPATIENT and mode != Slot.Mode.ON_SITE
    if mode not in Slot.Mode.values or inpatient_away:
        raise ModeDoesNotFit(mode=mode)
    return mode


def _fresh(clinic: Clinic, new: NewSlot, form: str, now: datetime) -> Slot:
    mode = _mode_of(new, form)
    if new.ends_at <= new.starts_at:
        raise TimeOutOfOrder
    if new.starts_at <= now:
        raise TimePassed(starts_at=new.starts_at.isoformat())
    return Slot(
        clinic=clinic,
        care_id=new.care,
        form=form,
        mode=mode,
        starts_at=new.starts_at,
        ends_at=new.ends_at,
        published_at=now,
        opens_at=max(now, new.opens_at or opens_at(clinic, new.starts_at, now)),
        confirmed_at=now,
        source_key=new.source_key,
        synthetic=clinic.synthetic,
    )


def opens_at(clinic: Clinic, starts_at: datetime, now: datetime) -> datetime:
    """When a place published now opens to everyone: after the release interval, short notice at once."""
    if starts_at - now < settings.SHORT_NOTICE:
        return now
    return min(now + clinic.release_after, starts_at)


def _same(known: Slot | None, slot: Slot) -> Slot | None:
    """The known slot of this source key; raises SourceKeyTaken if it is another time."""
    if known is None:
        return None
    facts = ("care_id", "form", "mode", "starts_at", "ends_at")
    if any(getattr(known, fact) != getattr(slot, fact) for fact in facts):
        raise SourceKeyTaken(source_key=known.source_key)
    return known


def _reopened(known: Slot, slot: Slot) -> Slot:
    known.state = Slot.State.OPEN
    known.published_at, known.opens_at = slot.published_at, slot.opens_at
    known.confirmed_at = slot.confirmed_at
    known.restriction, known.event, known.hidden_why = None, None, ""
    return known


def _reopen(slots: list[Slot]) -> None:
    facts = ("state", "published_at", "opens_at", "confirmed_at", "restriction", "event")
    Slot.objects.bulk_update(slots, [*facts, "hidden_why"])


def _sorted_withdrawal(slots: Sequence[UUID], found: dict[UUID, Slot], now: datetime) -> Withdrawn:
    taken = taken_among(found, now)
    missing = {one: NotFound(slot=str(one)) for one in slots if one not in found}
    stay: dict[UUID, Refusal] = missing | taken
    free = [found[one] for one in dict.fromkeys(slots) if one not in stay]
    return Withdrawn(
        withdrawn=[slot.id for slot in free if slot.state == Slot.State.OPEN],
        unchanged=[slot.id for slot in free if slot.state != Slot.State.OPEN],
        refused=[Refused(index, stay[one]) for index, one in enumerate(slots) if one in stay],
    )


def taken_among(slots: Iterable[UUID], now: datetime) -> dict[UUID, Refusal]:
    """Why each occupied slot stays. Asked after the lock, so a claim that won the race is seen."""
    taken: dict[UUID, Refusal] = {}
    for claim in Claim.objects.filter(slot_id__in=list(slots), state__in=Claim.OCCUPYING):
        if claim.state == Claim.State.CONFIRMED:
            taken[claim.slot_id] = PlaceBooked(slot=str(claim.slot_id))
        elif claim.held_until is not None and claim.held_until > now:
            taken[claim.slot_id] = PlaceHeld(slot=str(claim.slot_id))
    return taken


def announce(verb: str, slots: Sequence[Slot], clinic: Clinic, *, by: Actor, now: datetime) -> None:
    """Note what changed; one change per topic, however many places. Publishing confirms the clinic."""
    Clinic.objects.filter(id=clinic.id).update(confirmed_at=now)
    if not slots:
        return
    record_each(f"slot.{verb}", [slot.id for slot in slots], by=by, now=now, clinic=str(clinic.id))
    cares = sorted({slot.care_id for slot in slots})
    told = [topics.clinic(clinic.id), *(topics.care(care) for care in cares)]
    data = {"clinic": str(clinic.id), "count": len(slots)}
    tell(*(News(topic=one, kind=f"slots_{verb}", data=data) for one in told), now=now)

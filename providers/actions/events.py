"""Switches a region's serious event on and off; while it lasts nobody publishes planned places there."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts import topics
from accounts.actions.trail import record, record_each
from accounts.errors import Invalid, NotAllowed, NotFound
from accounts.news import News, tell
from accounts.roles import Permission
from accounts.selectors.actors import system_actor
from accounts.tenancy import Actor, acting_as
from providers.actions.waiting import let_out
from providers.errors import EventGoesOnAlready, EventOver
from providers.models import Clinic, Region, SeriousEvent, Slot


def begin_event(
    *, by: Actor, region: str, reason: str, decision_reference: str, now: datetime
) -> SeriousEvent:
    """Declare a serious event in a region. The rows of its clinics are locked first, as by publishing.

    Raises NotFound, NotAllowed, Invalid without a reason and a decision, EventGoesOnAlready.
    """
    if not reason.strip() or not decision_reference.strip():
        raise Invalid(field="decision_reference" if reason.strip() else "reason")
    with transaction.atomic():
        place = Region.objects.filter(code=region).first()
        if place is None:
            raise NotFound
        _may(place.tenant_id, by)
        _lock_clinics(place)
        try:
            with transaction.atomic():
                event = SeriousEvent.objects.create(
                    region=place,
                    tenant_id=place.tenant_id,
                    reason=reason,
                    decision_reference=decision_reference,
                    begun_at=now,
                    begun_by_id=by.id,
                )
        except IntegrityError as error:
            if "one_serious_event_at_a_time" not in str(error):
                raise
            raise EventGoesOnAlready(region=region) from error
        record("seriousevent.begun", event.id, by=by, now=now, region=region)
        _tell(place, "event_begun", now)
        return event


def end_event(*, by: Actor, event_id: UUID, now: datetime) -> None:
    """End a serious event; the places that became free meanwhile are free from now on.

    Each is as old as its clinic's own last word of it. The clinics' rows are locked before the event's.
    Raises NotFound, NotAllowed, EventOver.
    """
    with transaction.atomic():
        event = SeriousEvent.objects.select_related("region").filter(id=event_id).first()
        if event is None:
            raise NotFound
        _may(event.tenant_id, by)
        clinics = _lock_clinics(event.region)
        going = SeriousEvent.objects.filter(id=event.id, ended_at__isnull=True)
        if not going.update(ended_at=now, ended_by_id=by.id):
            raise EventOver
        record("seriousevent.ended", event.id, by=by, now=now, region=event.region_id)
        for clinic in clinics:
            _open_again(event, clinic, now)
        _tell(event.region, "event_ended", now)


def _may(tenant: UUID, by: Actor) -> None:
    if not by.may_in(tenant, Permission.DECLARE_EVENT):
        raise NotAllowed(permission=Permission.DECLARE_EVENT.value)


def _lock_clinics(region: Region) -> list[Clinic]:
    """Whoever is publishing there finishes first; whoever comes after finds the event."""
    clinics = Clinic.objects.filter(municipality__region=region).select_related("municipality")
    with acting_as(system_actor(*clinics.values_list("tenant_id", flat=True).distinct())):
        return list(clinics.select_for_update(no_key=True, of=("self",)).order_by("id"))


def _open_again(event: SeriousEvent, clinic: Clinic, now: datetime) -> None:
    with acting_as(system_actor(clinic.tenant_id)) as system:
        back = let_out(Slot.objects.filter(event=event), clinic, now=now)
        ids = [slot.id for slot in back]
        record_each("slot.reopened", ids, by=system, now=now, event=str(event.id))
    data = {"clinic": str(clinic.id), "count": len(back)}
    told = [topics.care(care) for care in sorted({slot.care_id for slot in back})]
    tell(*(News(topic=one, kind="slots_published", data=data) for one in told), now=now)


def _tell(region: Region, kind: str, now: datetime) -> None:
    clinics = Clinic.objects.filter(municipality__region=region).values_list("id", flat=True)
    data = {"region": region.code}
    told = [topics.region(region.code), *(topics.clinic(clinic) for clinic in clinics)]
    tell(*(News(topic=one, kind=kind, data=data) for one in told), now=now)

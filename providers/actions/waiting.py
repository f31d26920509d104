"""Places that become free while a decision stands: they wait with it, and come out when it is over.

A time that is cancelled, one that the clinic says is free, and one that a lifted decision gives back are
treated alike: what is closed by decision waits for that, else for the serious event, else it is free.
"""

from datetime import datetime

from django.db.models import QuerySet

from accounts.selectors.actors import system_actor
from accounts.tenancy import acting_as
from providers.actions.slots import opens_at
from providers.models import CapacityRestriction, Clinic, SeriousEvent, Slot
from providers.selectors.decisions import KeepsBack, decisions_at, stands


def kept_back(slot: Slot) -> KeepsBack | None:
    """What a place that becomes free waits for; None where nothing keeps it from the market.

    The decision's row is locked, so that whoever ends it afterwards finds the place among those that wait.
    """
    while because := _keeps_back(slot):
        with acting_as(system_actor(because.tenant_id)):
            if stands(because).select_for_update(no_key=True).exists():
                return because
    return None


def waits_for(because: KeepsBack | None) -> dict[str, KeepsBack | None]:
    """The columns of a place that waits for this decision, or for none."""
    return {
        "restriction": because if isinstance(because, CapacityRestriction) else None,
        "event": because if isinstance(because, SeriousEvent) else None,
    }


def let_out(waiting: QuerySet[Slot], clinic: Clinic, *, now: datetime) -> list[Slot]:
    """Open those of a clinic's waiting places that lie ahead; what something else keeps back waits for that.

    Called under the lock on the clinic's row, once what they waited for is over. Answers what is open.
    """
    decisions = decisions_at(clinic)
    rows = waiting.filter(clinic=clinic, state=Slot.State.WITHDRAWN, starts_at__gt=now)
    slots = list(rows.select_for_update(no_key=True).order_by("id"))
    back = []
    for slot in slots:
        because = decisions.keeps_back(slot.care_id, slot.starts_at, slot.ends_at)
        for name, value in waits_for(because).items():
            setattr(slot, name, value)
        if because is None:
            slot.state = Slot.State.OPEN
            slot.opens_at = max(slot.published_at, _opens(slot, clinic, now))
            back.append(slot)
    Slot.objects.bulk_update(slots, ["state", "opens_at", "restriction", "event"], batch_size=1000)
    return back


def _keeps_back(slot: Slot) -> KeepsBack | None:
    return decisions_at(slot.clinic).keeps_back(slot.care_id, slot.starts_at, slot.ends_at)


def _opens(slot: Slot, clinic: Clinic, now: datetime) -> datetime:
    """No later than it was to open, and at once at short notice."""
    return min(slot.opens_at, opens_at(clinic, slot.starts_at, now))

"""A file with times comes in: staged and judged, and nothing published until somebody asks for it."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.tenancy import Actor
from providers.access import require_publisher
from providers.actions.deliveries import Source, judge, stage
from providers.errors import DeliveryClosed
from providers.models import Clinic, Delivery
from providers.staging import StagedRow


def take_in_file(
    *, by: Actor, clinic: Clinic, name: str, rows: Iterable[StagedRow], now: datetime
) -> Delivery:
    """Stage and judge the rows of a file as they are read; all of it or nothing.

    Raises NotAllowed, TooMany, or what the rows themselves raise.
    """
    source = Source(
        tenant=clinic.tenant_id,
        channel=Delivery.Channel.FILE,
        name="".join(letter for letter in name if letter.isprintable()),
    )
    with transaction.atomic():
        delivery = stage(by=by, source=source, rows=rows, now=now)
        judge(by=by, delivery=delivery, now=now)
    return delivery


def ask_for_worker(*, by: Actor, delivery: UUID, now: datetime) -> None:
    """Note that a worker shall apply a delivery; raises NotAllowed, NotFound or DeliveryClosed."""
    with transaction.atomic():
        own = Delivery.objects.select_for_update().get(id=delivery)
        require_publisher(own.tenant_id, by=by)
        if own.state == Delivery.State.DISCARDED:
            raise DeliveryClosed
        Delivery.objects.filter(id=own.id).update(asked_at=now, problem="")


def note_problem(*, delivery: UUID, code: str) -> None:
    """Note why a worker could not apply a delivery; it can be asked for again."""
    Delivery.objects.filter(id=delivery).update(asked_at=None, problem=code)

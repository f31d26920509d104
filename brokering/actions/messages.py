"""Lays down what a patient shall be told: one waiting row, sent later by a worker, never twice."""

from dataclasses import dataclass
from datetime import datetime

from accounts.actions.trail import record
from accounts.database.prepared import Asked, Prepared
from accounts.database.statements import tuples_of
from accounts.selectors.actors import system_actor
from accounts.tenancy import Actor, acting_as
from brokering.access import belongs
from brokering.actions.contact_tasks import open_contact_task
from brokering.messaging.channels import LETTER, set_up
from brokering.messaging.hours import quiet_for
from brokering.messaging.kinds import MUST_REACH, ContactWhy, MessageKind
from brokering.models import Booking, Channel, ContactPoint, Message, Offer, Patient, Referral

POINTS = Prepared(
    lambda: ContactPoint.objects.filter(patient=Asked("patient"), ended_at__isnull=True).order_by(
        "rank", "created_at", "id"
    )
)

LAID_DOWN = "SELECT FROM brokering_message WHERE key = ANY(%(keys)s) LIMIT 1"


@dataclass(frozen=True, kw_only=True)
class About:
    """Whom a message is for and what it is about; `mark` tells two of a kind about the same thing apart.

    `is_late_evening_fine`: they have agreed to be told of this later in the evening than others.
    """

    patient: Patient
    referral: Referral | None = None
    booking: Booking | None = None
    offer: Offer | None = None
    mark: str = ""
    is_late_evening_fine: bool = False

    @property
    def need(self) -> Referral | None:
        """The need that it all concerns."""
        if self.referral is None and self.booking is not None:
            return self.booking.referral
        return self.referral


def queue_message(kind: MessageKind, about: About, *, now: datetime) -> Message | None:
    """Lay down a message through the patient's first channel, in the running transaction.

    The same kind about the same thing and mark a second time changes nothing and gives the first message.
    None where the patient has no way to be reached; what must reach them is then a vårdlots's task. The
    system writes it in the home region's name, whoever acts.
    """
    with acting_as(system_actor(about.patient.tenant_id), savepoint=False) as system:
        point = next(iter(reachable(about.patient)), None)
        if point is None and kind not in MUST_REACH:
            return None
        earlier = _earlier(_base(kind, about))
        if earlier:
            return earlier[0]
        if point is not None:
            return _laid_down(kind, about, point, by=system, now=now)
        if about.need is not None:
            open_contact_task(
                about.need, why=ContactWhy.NO_CONTACT_POINT, by=system, now=now, about=about.offer
            )
        return None


def queue_letter(kind: MessageKind, about: About, *, now: datetime) -> Message:
    """Lay down a letter whatever the patient has chosen: the last step of asking."""
    with acting_as(system_actor(about.patient.tenant_id)) as system:
        point = ContactPoint(channel=Channel.LETTER, language=_language(about.patient))
        return _laid_down(kind, about, point, by=system, now=now)


def next_channel(failed: Message, *, by: Actor, now: datetime) -> Message | None:
    """After a failure: the next channel that has not been tried, or a task for a vårdlots."""
    about = about_of(failed)
    kind = MessageKind(failed.kind)
    tried = {one.channel for one in _earlier(_base(kind, about))}
    point = next((one for one in reachable(failed.patient) if one.channel not in tried), None)
    if point is not None:
        return _laid_down(kind, about, point, by=by, now=now)
    if about.need is not None:
        open_contact_task(about.need, why=ContactWhy.NOT_DELIVERED, by=by, now=now, about=failed)
    return None


def about_of(message: Message) -> About:
    """What a message was about."""
    return About(
        patient=message.patient,
        referral=message.referral,
        booking=message.booking,
        offer=message.offer,
        mark=message.key.split(":")[2],
    )


def reachable(patient: Patient) -> list[ContactPoint]:
    """The patient's contact points on channels that exist here, the first to try first."""
    here = set_up()
    return [one for one in POINTS.all(patient=patient.id) if one.channel in here]


def _laid_down(
    kind: MessageKind, about: About, point: ContactPoint, *, by: Actor, now: datetime
) -> Message:
    row = about.offer or about.booking or about.referral or about.patient
    quiet = quiet_for(late_evenings=about.is_late_evening_fine)
    message, new = Message.objects.get_or_create(
        key=f"{_base(kind, about)}:{point.channel}",
        defaults={
            "tenant_id": about.patient.tenant_id,
            "subject_id": row.subject_id,
            "kind": kind,
            "channel": point.channel,
            "language": point.language,
            "patient": about.patient,
            "referral": about.need,
            "booking": about.booking,
            "offer": about.offer,
            "not_before": now if point.channel == LETTER else quiet.earliest(now),
            "created_at": now,
        },
    )
    if new:
        told = {"kind": str(kind), "channel": str(point.channel)}
        record("message.queued", message.id, by=by, now=now, belongs=belongs(message), **told)
    return message


def _base(kind: MessageKind, about: About) -> str:
    """Kind, the most particular thing that it is about, mark. A mark holds no colon."""
    row = about.offer or about.booking or about.referral or about.patient
    return f"{kind}:{row.id}:{about.mark.replace(':', '.')}"


def _earlier(base: str) -> list[Message]:
    keys = [f"{base}:{channel}" for channel in Channel.values]
    if not tuples_of(LAID_DOWN, {"keys": keys}):
        return []
    return list(Message.objects.filter(key__in=keys).order_by("created_at", "id"))


def _language(patient: Patient) -> str:
    points = ContactPoint.objects.filter(patient=patient, ended_at__isnull=True)
    first = points.order_by("rank", "created_at", "id").first()
    return first.language if first else "sv"

"""Fetches a person's rows with a permission check; the row policies stand below it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.db import transaction

from accounts.actions.trail import log_access
from accounts.database.prepared import Asked, Prepared
from accounts.errors import NotAllowed, NotFound
from accounts.identity import keyed_hash
from accounts.roles import Permission, Role
from accounts.tenancy import Actor, Assignment, Belongs, acting_as
from brokering.errors import AlreadyAnswered, PatientUnknown
from brokering.models import (
    Approval,
    Booking,
    Channel,
    ContactTask,
    Invitation,
    Message,
    Offer,
    Patient,
    RebookingTask,
    Referral,
)
from brokering.models.need_row import NeedRow
from brokering.states import Party
from providers.models import Clinic

Row = TypeVar("Row", Referral, Booking, Offer, Invitation)

REFERRAL = Prepared(
    lambda: Referral.objects.select_related("patient", "care", "home_region").filter(id=Asked("id"))
)
BOOKING = Prepared(
    lambda: Booking.objects.select_related(
        "claim__slot__clinic__municipality", "claim__slot__clinic__provider", "care", "patient"
    ).filter(id=Asked("id"))
)


def parties(actor: Actor, row: NeedRow) -> frozenset[Party]:
    """In which capacities the actor stands to a row; empty when in none."""
    found = {
        Party.PATIENT: row.subject_id == actor.id,
        Party.REGION: actor.may_in(row.tenant_id, Permission.SEE_WAITING),
        Party.CLINIC: actor.may_in(row.addressed_to_id, Permission.SEE_ADDRESSED),
        Party.SYSTEM: actor.may_in(row.tenant_id, Permission.RUN_ROUND),
        Party.REFERRER: actor.may_in(issuer_of(row), Permission.BOOK_FOR_PATIENT),
    }
    return frozenset(party for party, holds in found.items() if holds)


def issuer_of(row: NeedRow) -> UUID | None:
    """The unit that issued the remiss behind a need or a booking; None for any other row."""
    return row.issued_by_id if isinstance(row, (Referral, Booking)) else None


def is_for_patient(actor: Actor, row: NeedRow) -> bool:
    """Whether the actor stands to the row as the one who issued the remiss, and as nobody else."""
    return parties(actor, row) == {Party.REFERRER}


@contextmanager
def in_region_of(row: NeedRow, *, by: Actor) -> Iterator[None]:
    """A transaction that sees the rows of a need, which are the home region's, for who issued its remiss.

    Whoever stands to the row otherwise sees what they see. Raises NotAllowed for a booking that somebody
    else holds: who issued a remiss sees it, and gives up or confirms none but their own.
    """
    if not is_for_patient(by, row):
        with transaction.atomic():
            yield
        return
    if isinstance(row, Booking) and row.booked_by_id != by.id:
        raise NotAllowed
    region = Assignment(row.tenant_id, Role.REFERRING_CLINICIAN)
    with acting_as(replace(by, assignments=(*by.assignments, region))):
        yield


def belongs(row: NeedRow) -> Belongs:
    """To whom a row belongs, for the event and the news about it."""
    return Belongs(row.tenant_id, row.addressed_to_id, row.subject_id)


def access_referral(referral_id: UUID, *, by: Actor, purpose: str, now: datetime) -> Referral:
    """A referral with its patient; staff reads are logged. Raises NotFound or NotAllowed."""
    referral = _mine(REFERRAL.first(id=referral_id), by)
    log_access(referral.patient, by=by, purpose=purpose, now=now)
    return referral


def access_issued(referral_id: UUID, *, by: Actor, now: datetime) -> Referral:
    """A need for which the actor may book as who issued its remiss; logged. Raises NotFound or NotAllowed."""
    referral = access_referral(referral_id, by=by, purpose="book_for_patient", now=now)
    if Party.REFERRER not in parties(by, referral):
        raise NotAllowed
    return referral


def access_booking(booking_id: UUID, *, by: Actor, purpose: str, now: datetime) -> Booking:
    """A booking with its claim, slot, clinic and patient; staff reads are logged."""
    booking = _mine(BOOKING.first(id=booking_id), by)
    log_access(booking.patient, by=by, purpose=purpose, now=now)
    return booking


def access_offer(offer_id: UUID, *, by: Actor, purpose: str, now: datetime) -> Offer:
    """An offer with its booking and referral; staff reads are logged."""
    rows = Offer.objects.select_related("booking__claim__slot__clinic", "referral__patient")
    offer = _mine(rows.filter(id=offer_id).first(), by)
    log_access(offer.referral.patient, by=by, purpose=purpose, now=now)
    return offer


def access_invitation(invitation_id: UUID, *, by: Actor, now: datetime) -> Invitation:
    """A part in a batch, with its referral, place and clinic; staff reads are logged."""
    rows = Invitation.objects.select_related(
        "batch__slot__clinic__municipality", "referral__patient"
    )
    invitation = _mine(rows.filter(id=invitation_id).first(), by)
    log_access(invitation.referral.patient, by=by, purpose="offer", now=now)
    return invitation


def access_patient(number: str, *, by: Actor, now: datetime) -> Patient:
    """The person with a personal identity number, in a region where the actor writes remisses; logged.

    Raises PatientUnknown, also for somebody else's patient: whether a person is known there is not told.
    """
    patients = Patient.objects.filter(
        identity_hash=keyed_hash(number), tenant__in=by.tenants_where(Permission.REFER)
    )
    patient = patients.first()
    if patient is None:
        raise PatientUnknown
    log_access(patient, by=by, purpose="refer", now=now)
    return patient


def access_receiving_clinic(clinic_id: UUID, *, by: Actor) -> Clinic:
    """The clinic whose patients the actor receives. Raises NotFound or NotAllowed."""
    clinic = Clinic.objects.select_related("municipality__region").filter(id=clinic_id).first()
    if clinic is None:
        raise NotFound
    if not by.may_in(clinic.tenant_id, Permission.SEE_ADDRESSED):
        raise NotAllowed
    return clinic


def access_closing(clinic_id: UUID, *, by: Actor) -> Clinic:
    """The clinic, for which the actor may decide that it is closed. Raises NotFound or NotAllowed."""
    clinic = Clinic.objects.select_related("municipality__region").filter(id=clinic_id).first()
    if clinic is None:
        raise NotFound
    if not by.may_in(clinic.tenant_id, Permission.DECIDE_CAPACITY):
        raise NotAllowed
    return clinic


def access_task(task_id: UUID, *, by: Actor, now: datetime) -> RebookingTask:
    """A task to rebook in a region where the actor arranges care; logged. Raises NotFound or NotAllowed."""
    rows = RebookingTask.objects.select_related(
        "booking__claim__slot__clinic__municipality", "booking__care", "restriction", "event"
    )
    task = rows.filter(id=task_id).first()
    if task is None:
        raise NotFound
    if not by.may_in(task.tenant_id, Permission.REROUTE):
        raise NotAllowed
    log_access(task.booking.patient, by=by, purpose="rebooking", now=now)
    return task


def access_approval(approval_id: UUID, *, by: Actor, now: datetime) -> Approval:
    """A question that the actor answers, for a region or a clinic; logged. Raises NotFound or NotAllowed.

    Raises AlreadyAnswered where a clinic, which has answered or is asked no longer, sees nothing more of it.
    """
    rows = Approval.objects.select_related(
        "booking__claim__slot__clinic__municipality__region",
        "booking__care",
        "booking__patient",
        "booking__referral",
        "owner",
    )
    approval = rows.filter(id=approval_id).first()
    if approval is None:
        ended = Approval.objects.filter(id=approval_id).first()
        if ended is None or not may_answer(by, ended):
            raise NotFound
        raise already_answered(ended)
    if not may_answer(by, approval):
        raise NotAllowed
    log_access(approval.booking.patient, by=by, purpose="approval", now=now)
    return approval


def already_answered(approval: Approval) -> AlreadyAnswered:
    """The refusal that says how a question was answered, or ended; by whom is not told."""
    told = {"state": approval.state, "answer": approval.state, "reason": approval.reason}
    return AlreadyAnswered(**told, answered_at=approval.answered_at)


def may_answer(by: Actor, approval: Approval) -> bool:
    """Whether the actor answers for the one who is asked: a region's vårdlots, or the clinic's staff."""
    if approval.asked == Approval.Asked.CLINIC:
        return by.may_in(approval.addressed_to_id, Permission.SEE_ADDRESSED)
    return by.may_in(approval.tenant_id, Permission.REROUTE)


def access_contact_task(task_id: UUID, *, by: Actor, now: datetime) -> ContactTask:
    """A task to reach somebody, in a region where the actor arranges care; logged."""
    rows = ContactTask.objects.select_related("referral__patient", "referral__care", "message")
    task = rows.filter(id=task_id).first()
    if task is None:
        raise NotFound
    if not by.may_in(task.tenant_id, Permission.REROUTE):
        raise NotAllowed
    log_access(task.referral.patient, by=by, purpose="contact", now=now)
    return task


def access_letter(message_id: UUID, *, by: Actor, now: datetime) -> Message:
    """A message to be posted, in a region where the actor arranges care; logged. Raises as above."""
    rows = Message.objects.filter(channel=Channel.LETTER)
    message = rows.select_related("patient__home_region").filter(id=message_id).first()
    if message is None:
        raise NotFound
    if not by.may_in(message.tenant_id, Permission.REROUTE):
        raise NotAllowed
    log_access(message.patient, by=by, purpose="contact", now=now)
    return message


def access_received(referral_id: UUID, *, by: Actor, now: datetime) -> Referral:
    """A need that is addressed to a clinic of the actor's; logged. Raises NotFound or NotAllowed."""
    referral = access_referral(referral_id, by=by, purpose="received", now=now)
    if Party.CLINIC not in parties(by, referral):
        raise NotAllowed
    return referral


def _mine(row: Row | None, by: Actor) -> Row:
    """The row, if there is one and the actor stands to it in some capacity."""
    if row is None:
        raise NotFound
    if not parties(by, row):
        raise NotAllowed
    return row

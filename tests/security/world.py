"""Two people of two regions with a row in every table of the need plane, made through the actions."""

from dataclasses import dataclass
from datetime import timedelta

from accounts.actions.outcomes import Answer, once
from accounts.models import AccessLog, Change, Event, Outcome, User
from accounts.roles import Role
from accounts.selectors.actors import system_actor
from accounts.tenancy import Actor, acting_as
from brokering.actions.reroutes import open_case
from brokering.models import (
    Approval,
    Batch,
    Booking,
    ClockEvent,
    ContactAttempt,
    ContactPoint,
    ContactTask,
    Invitation,
    Message,
    Offer,
    Patient,
    PaymentCommitment,
    Proposal,
    RebookingTask,
    Referral,
    RerouteCase,
    ShortNotice,
    Watch,
)
from brokering.models.need_row import NeedRow
from brokering.tasks import matched
from contracts.models import Lot
from providers.models import CapacityRestriction, Clinic, Slot
from tests.brokering.desk import booked, cancelled, offered
from tests.factories import (
    EYES,
    NOW,
    a_clinic,
    a_commitment,
    a_patient,
    a_referral,
    a_region,
    a_slot,
    acting,
    an_agreement,
    staff,
)

NEED_MODELS = tuple(NeedRow.__subclasses__())
"""Found by reflection: a new kind of row in the need plane is tested from its first day."""
TRAIL = (Event, AccessLog, Change)
LATER = NOW + timedelta(minutes=1)


@dataclass(frozen=True)
class Side:
    """One person, the region responsible, the clinic that receives, and who works there."""

    patient: Patient
    need: Referral
    clinic: Clinic
    lot: Lot
    slot: Slot
    booking: Booking
    user: User
    navigator: Actor
    doctor: Actor

    @property
    def actor(self) -> Actor:
        """The patient acting."""
        return acting(self.user)

    @property
    def tenant(self):
        """The responsible region's tenant."""
        return self.patient.tenant_id


def a_side(region: str, name: str) -> Side:
    """A person who has waited, been offered, declined into another booking, and has an open case."""
    clinic = a_clinic(region)
    patient = a_patient(name, region=region)
    need, lot = a_referral(patient), an_agreement(clinic)
    navigator = acting(staff(Role.NAVIGATOR, a_region(region).tenant))
    doctor = acting(staff(Role.CLINIC_STAFF, clinic.tenant))
    a_commitment(need, by=User.objects.get(id=navigator.id))
    a_slot(clinic)
    matched(EYES, now=NOW)
    with acting_as(navigator):
        row = Referral.objects.get(id=need.id)
        open_case(by=navigator, referral=row, trigger="navigator", owner=navigator.id, now=NOW)
    offered(a_slot(clinic), need, lot, by=system_actor(patient.tenant_id))
    cancelled(booked(a_slot(clinic), need, lot, by=navigator), by=navigator)
    slot = a_slot(clinic)
    booking = booked(slot, need, lot, now=LATER)
    a_rebooking(booking, decided_by=doctor, owner=navigator)
    what_reaches(booking, navigator)
    by = acting(patient.subject)
    with acting_as(by):
        once(by=by, key="k", request={}, now=NOW, work=lambda: Answer(200, {}))
    return Side(patient, need, clinic, lot, slot, booking, patient.subject, navigator, doctor)


def a_rebooking(booking: Booking, *, decided_by: Actor, owner: Actor) -> None:
    """A task to find another place for a booking whose clinic closes."""
    slot = booking.claim.slot
    with acting_as(decided_by):
        decision = CapacityRestriction.objects.create(
            clinic_id=slot.clinic_id,
            tenant_id=slot.clinic.tenant_id,
            begins_at=slot.starts_at,
            ends_at=slot.ends_at,
            reason="staff_missing",
            decision_reference="Påhittat 1",
            decided_by_id=decided_by.id,
            decided_at=LATER,
        )
        RebookingTask.objects.create(
            tenant_id=booking.tenant_id,
            addressed_to_id=slot.clinic.tenant_id,
            subject_id=booking.subject_id,
            booking_id=booking.id,
            restriction_id=decision.id,
            owner_id=owner.id,
            opened_at=LATER,
            next_on=LATER.date(),
        )


def what_reaches(booking: Booking, navigator: Actor) -> None:
    """A row in every table that tells how a patient is reached and what the patient asked for."""
    about = {"referral_id": booking.referral_id}
    whose = {
        "tenant_id": booking.tenant_id,
        "addressed_to_id": booking.addressed_to_id,
        "subject_id": booking.subject_id,
    }
    told = {"patient_id": booking.patient_id, "channel": "email"}
    batch = Batch.objects.create(slot_id=booking.claim.slot_id, sent_at=NOW, answer_by=LATER)
    with acting_as(navigator):
        Approval.objects.create(
            booking_id=booking.id, asked="clinic", asked_at=NOW, answer_by=LATER, **whose
        )
        ContactPoint.objects.create(
            address_encrypted=b"x", address_key_version="1", created_at=NOW, **told, **whose
        )
        Message.objects.create(
            key=str(booking.id), kind="offer", not_before=NOW, created_at=NOW, **told, **whose
        )
        ContactAttempt.objects.create(
            way="phone", at=NOW, noted_by_id=navigator.id, **about, **whose
        )
        ContactTask.objects.create(
            owner_id=navigator.id, opened_at=NOW, next_on=NOW.date(), **about, **whose
        )
        ShortNotice.objects.create(notice_hours=24, consented_at=NOW, **about, **whose)
        Watch.objects.create(
            care_id=booking.care_id,
            query={},
            looked_at=NOW,
            created_at=NOW,
            ends_on=NOW.date(),
            **whose,
        )
        Invitation.objects.create(
            batch=batch, lot_id=booking.claim.lot_id, route=booking.route, **about, **whose
        )


__all__ = [
    "NEED_MODELS",
    "TRAIL",
    "ClockEvent",
    "Offer",
    "Outcome",
    "PaymentCommitment",
    "Proposal",
    "RerouteCase",
    "Side",
    "a_side",
]

"""Registers a remiss and the decision to treat; where the date is at risk the region acts at once."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from accounts.actions.trail import record
from accounts.errors import NotAllowed
from accounts.news import tell
from accounts.tenancy import Actor
from brokering.access import access_patient, access_received, belongs
from brokering.actions.clock import add_clock_event
from brokering.actions.holds import news_of_received
from brokering.actions.moves import locked_need
from brokering.actions.reroutes import Foreseen, foreseen
from brokering.errors import AlreadyDecided, InvalidValue, NotATreatment, UnknownCare
from brokering.law.facts import CareKind, Guarantee
from brokering.models import Patient, Referral
from brokering.notes import Note
from brokering.selectors.places import swedish_day
from brokering.selectors.seekers import guarantee_of
from brokering.states import ReferralState
from providers.errors import CareNotOffered
from providers.models import Care, Clinic, Region


@dataclass(frozen=True, kw_only=True)
class Need:
    """What a clinician says of a need: its class (1 is highest) and, where there is one, a target date."""

    priority: int
    target_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Follows:
    """A treatment that is to be reserved with the visit: at the same clinic, after it, or not at all."""

    care: str
    days: int | None = None
    """Whole days that must lie between; None where only the order is known."""


@dataclass(frozen=True, kw_only=True)
class Remiss:
    """A remiss as it is written. `number` is the personal identity number: it is looked up and not kept."""

    number: str
    care: str
    clinic: UUID
    issued_on: date
    issuer: str
    need: Need
    extras: frozenset[str] = field(default_factory=frozenset)
    decided_on: date | None = None
    follows: Follows | None = None


@dataclass(frozen=True, kw_only=True)
class TreatmentDecision:
    """A clinic's decision (behandlingsbeslut) to give a treatment from the catalogue."""

    care: str
    decided_on: date
    need: Need


def register_remiss(*, by: Actor, remiss: Remiss, now: datetime) -> Foreseen:
    """Write a remiss to a clinic for a person of one's own region.

    Where a treatment is to follow, two needs wait, given together.
    Raises PatientUnknown, UnknownCare, CareNotOffered, InvalidValue (a day that cannot be) and
    NotATreatment (a decision for a care without the treatment guarantee); then nothing is written.
    """
    with transaction.atomic():
        patient = access_patient(remiss.number, by=by, now=now)
        clinic, care = _offered(remiss.clinic, remiss.care)
        _check_days(remiss, care, today=swedish_day(now))
        referral = _added(
            patient,
            clinic,
            care,
            now=now,
            issued_on=remiss.issued_on,
            issuer=remiss.issuer,
            issued_by_id=patient.tenant_id,
            issuer_region_id=Region.objects.get(tenant=patient.tenant_id).code,
            extras=sorted(remiss.extras),
            decided_on=remiss.decided_on,
            priority=remiss.need.priority,
            medical_target_on=remiss.need.target_on,
        )
        record("referral.registered", referral.id, by=by, now=now, belongs=belongs(referral))
        if remiss.follows is not None:
            _add_follower(referral, clinic, remiss, by=by, now=now)
        if remiss.decided_on:
            add_clock_event(referral, Note.DECIDED, on=remiss.decided_on, now=now)
        tell(*news_of_received(referral, "need_added"), now=now)
        return foreseen(referral=referral, now=now)


def _add_follower(
    first: Referral, clinic: Clinic, remiss: Remiss, *, by: Actor, now: datetime
) -> None:
    """The need that waits for what follows; its guarantee begins when the treatment is decided."""
    assert remiss.follows is not None
    _, care = _offered(clinic.id, remiss.follows.care)
    _check_treatment(care)
    if first.care.kind == CareKind.TREATMENT:
        raise InvalidValue(field="follows", because="must follow a visit or an investigation")
    follower = _added(
        first.patient,
        clinic,
        care,
        now=now,
        issued_on=first.issued_on,
        issuer=first.issuer,
        issued_by_id=first.issued_by_id,
        issuer_region_id=first.issuer_region_id,
        extras=first.extras,
        priority=first.priority,
        follows=first,
        follows_after=remiss.follows.days,
    )
    told = {"follows": str(first.id)}
    record("referral.registered", follower.id, by=by, now=now, belongs=belongs(follower), **told)
    tell(*news_of_received(follower, "need_added"), now=now)


def register_decision(
    *, by: Actor, referral_id: UUID, decision: TreatmentDecision, now: datetime
) -> Foreseen:
    """The clinic decides to treat: the treatment guarantee starts that day (6 kap. 1 § HSF).

    A need that waits for this very treatment gets its start; for any other treatment a new need begins at
    the same clinic, on the same remiss. Returns the need that now waits for the treatment.
    Raises NotFound or NotAllowed for other clinics' needs, UnknownCare, CareNotOffered, NotATreatment,
    InvalidValue and AlreadyDecided.
    """
    with transaction.atomic():
        access_received(referral_id, by=by, now=now)
        received = locked_need(referral_id)
        if received.registered_at_id is None:
            raise NotAllowed
        clinic, care = _offered(received.registered_at_id, decision.care)
        _check_decision(received, care, decision, today=swedish_day(now))
        if care.code == received.care_id:
            referral = _decided(received, decision)
        else:
            referral = _begun(received, clinic, care, decision, now=now)
        record("referral.decided", referral.id, by=by, now=now, belongs=belongs(referral))
        add_clock_event(referral, Note.DECIDED, on=decision.decided_on, now=now)
        tell(*news_of_received(referral, "need_decided"), now=now)
        return foreseen(referral=referral, now=now)


def _offered(clinic_id: UUID, code: str) -> tuple[Clinic, Care]:
    care = Care.objects.filter(code=code).first()
    if care is None:
        raise UnknownCare(care=code)
    clinic = Clinic.objects.filter(id=clinic_id, cares=care).first()
    if clinic is None:
        raise CareNotOffered(care=code)
    return clinic, care


def _check_days(remiss: Remiss, care: Care, *, today: date) -> None:
    if remiss.issued_on > today:
        raise InvalidValue(field="issued_on", because="must not lie ahead")
    if remiss.decided_on is None:
        return
    _check_treatment(care)
    if not remiss.issued_on <= remiss.decided_on <= today:
        raise InvalidValue(field="decided_on", because="must lie between the remiss and today")


def _check_decision(
    received: Referral, care: Care, decision: TreatmentDecision, *, today: date
) -> None:
    _check_treatment(care)
    began = received.issued_on or received.contact_on or date.min
    if not began <= decision.decided_on <= today:
        raise InvalidValue(field="decided_on", because="must lie between the remiss and today")


def _check_treatment(care: Care) -> None:
    if guarantee_of(care.guarantee) != Guarantee.BEHANDLING:
        raise NotATreatment(care=care.code)


def _decided(received: Referral, decision: TreatmentDecision) -> Referral:
    undecided = Referral.objects.filter(id=received.id, decided_on=None).exclude(
        state=ReferralState.CLOSED
    )
    changed = undecided.update(
        decided_on=decision.decided_on,
        priority=decision.need.priority,
        medical_target_on=decision.need.target_on,
    )
    if not changed:
        raise AlreadyDecided(referral=str(received.id))
    return Referral.objects.get(id=received.id)


def _begun(
    received: Referral, clinic: Clinic, care: Care, decision: TreatmentDecision, *, now: datetime
) -> Referral:
    same = Referral.objects.filter(patient=received.patient_id, care=care, registered_at=clinic)
    open_one = same.exclude(state=ReferralState.CLOSED).first()
    if open_one is not None and open_one.follows_id == received.id:
        return _decided(open_one, decision)
    if open_one is not None:
        raise AlreadyDecided(referral=str(open_one.id))
    return _added(
        received.patient,
        clinic,
        care,
        now=now,
        issued_on=received.issued_on,
        issuer=received.issuer,
        issuer_region_id=received.issuer_region_id,
        extras=received.extras,
        contact_on=received.contact_on,
        decided_on=decision.decided_on,
        priority=decision.need.priority,
        medical_target_on=decision.need.target_on,
    )


def _added(patient: Patient, clinic: Clinic, care: Care, *, now: datetime, **said: Any) -> Referral:
    """A need that waits at a clinic, addressed to it from its first moment."""
    return Referral.objects.create(
        tenant_id=patient.tenant_id,
        addressed_to_id=clinic.tenant_id,
        subject_id=patient.subject_id,
        patient=patient,
        care=care,
        home_region_id=patient.home_region_id,
        registered_at=clinic,
        guarantee=guarantee_of(care.guarantee) or Referral.Guarantee.NONE,
        confirmed_on=swedish_day(now),
        need_key=uuid4(),
        created_at=now,
        synthetic=patient.synthetic,
        **said,
    )

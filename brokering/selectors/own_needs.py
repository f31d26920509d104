"""What a patient has of their own: the person, the needs that wait, and the facts behind a search."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from accounts.models import Membership
from accounts.roles import Role
from accounts.tenancy import Actor
from brokering.law.facts import Responsibility
from brokering.models import Patient, Referral
from brokering.selectors.seekers import guarantee_of, paying_seeker_of
from brokering.states import ReferralState
from brokering.verdict import Seeker
from contracts.terms import Person
from providers.models import Care


@dataclass(frozen=True)
class OwnCase:
    """A patient who looks for one care: with a need that is already known, or without."""

    patient: Patient
    referral: Referral | None
    seeker: Seeker
    for_patient: bool = False
    """Whether somebody else books: the doctor who issued the remiss."""


def own_patient(actor: Actor) -> Patient | None:
    """The actor as a patient; None for staff without a row of their own."""
    return Patient.objects.filter(subject_id=actor.id).first()


def own_needs(actor: Actor) -> list[Referral]:
    """The actor's own needs that are not closed, the one that has waited longest first."""
    needs = Referral.objects.filter(subject_id=actor.id).exclude(state=ReferralState.CLOSED)
    return list(
        needs.select_related("patient", "care", "home_region", "registered_at").order_by(
            "created_at", "id"
        )
    )


def own_case(
    actor: Actor | None, care: Care, *, on: date, chosen: UUID | None = None
) -> OwnCase | None:
    """The actor's real facts for a care; None when the actor is nobody or no patient.

    Of several needs for one care the chosen one counts, otherwise the one that has waited longest.
    """
    patient = own_patient(actor) if actor else None
    if actor is None or patient is None:
        return None
    needs = [need for need in own_needs(actor) if need.care_id == care.code]
    need = next((one for one in needs if one.id == chosen), needs[0] if needs else None)
    if need is None:
        return OwnCase(patient, None, _without_remiss(patient, care, on))
    return OwnCase(patient, need, paying_seeker_of(need, on=on))


def case_owner(home_region: UUID, *, on: date) -> UUID | None:
    """A navigator of the tenant, to own a case that a patient opens; None where there is none."""
    members = Membership.objects.filter(
        tenant_id=home_region, role=Role.NAVIGATOR, valid_from__lte=on
    ).exclude(valid_to__lt=on)
    return members.order_by("id").values_list("user_id", flat=True).first()


def _without_remiss(patient: Patient, care: Care, on: date) -> Seeker:
    born = patient.birth_date
    return Seeker(
        home_region=patient.home_region_id,
        responsibility=Responsibility(patient.responsibility),
        birth_date=born,
        guarantee=guarantee_of(care.guarantee),
        person=Person(
            age=on.year - born.year - ((on.month, on.day) < (born.month, born.day)),
        ),
    )

"""Who takes part: an eye clinic in Västra Götaland, a patient and a vårdlots from Västerbotten."""

from dataclasses import dataclass

from django.contrib.auth.hashers import make_password

from accounts.models import User
from accounts.roles import Role
from brokering.models import Referral
from providers.models import Clinic
from tests.factories import (
    OWNER,
    a_clinic,
    a_patient,
    a_referral,
    a_region,
    an_agreement,
    staff,
)

PASSWORD = "a password for tests alone"
CARE, HOME, ELSEWHERE = "besok-ogon", "24", "14"
CLINIC = "Påhittade ögonmottagningen"


@dataclass(frozen=True)
class World:
    """One clinic without any free times, one waiting need, and three people who can log in."""

    clinic: Clinic
    referral: Referral
    dana: User
    """Works at the clinic."""
    alice: User
    """Waits for a first visit to an eye clinic, with a remiss."""
    bertil: User
    """Is a vårdlots of the patient's home region."""


def invented() -> World:
    """Write the world; needs the `database` fixture, which takes it away again."""
    clinic = a_clinic(ELSEWHERE, [CARE], name=CLINIC)
    an_agreement(clinic)
    patient = a_patient("Alice", region=HOME)
    assert patient.subject is not None
    return World(
        clinic=clinic,
        referral=a_referral(patient, CARE),
        dana=able_to_log_in(staff(Role.CLINIC_STAFF, clinic.tenant, "Dana")),
        alice=able_to_log_in(patient.subject),
        bertil=able_to_log_in(staff(Role.NAVIGATOR, a_region(HOME).tenant, "Bertil")),
    )


def able_to_log_in(user: User) -> User:
    """The login with the password of the tests."""
    User.objects.using(OWNER).filter(id=user.id).update(password=make_password(PASSWORD))
    return user

"""The facts of a booking that the law asks for; they hold no identity."""

from dataclasses import dataclass, field
from datetime import date

from brokering.law.words import Word
from contracts.terms import Regime


class Route(Word):
    """On which ground the patient comes to the clinic; chosen before the booking, never changed."""

    OWN_REGION = "own_region"
    FREE_CHOICE = "free_choice"
    GUARANTEE_REROUTE = "guarantee_reroute"
    INPATIENT_CHOICE = "inpatient_choice"


class Responsibility(Word):
    """What the home region's responsibility for the person rests on (8 kap. 1-2 §§ HSL)."""

    RESIDENT = "resident"
    PROTECTED_REGISTRATION = "protected_registration"
    EU_883 = "eu_883"
    STUDENT_ABROAD = "student_abroad"
    NONE = "none"


class CareForm(Word):
    """Open, or inpatient: the patient is admitted (2 kap. 4-5 §§ HSL); day surgery is open."""

    OPEN = "open"
    INPATIENT = "inpatient"


class CareLevel(Word):
    """Primary or specialised care."""

    PRIMARY = "primary"
    SPECIALISED = "specialised"


class CareKind(Word):
    """What is done at the visit."""

    FIRST_VISIT = "first_visit"
    TREATMENT = "treatment"
    INVESTIGATION = "investigation"
    RETURN_VISIT = "return_visit"
    MEDICAL_SERVICE = "medical_service"
    AID = "aid"


class HospitalLevel(Word):
    """Länssjukvård, regionsjukvård or national highly specialised care."""

    LOCAL = "local"
    REGIONAL = "regional"
    NATIONAL = "national"


class Guarantee(Word):
    """The two guarantees that 9 kap. 2 § HSL covers."""

    BESOK = "besok"
    BEHANDLING = "behandling"


class Issuer(Word):
    """Who issued a remiss, as the rules name them; another text is accepted and meets no list."""

    ALLMANLAKARE = "allmanlakare"
    SPECIALISTLAKARE = "specialistlakare"
    ELEVHALSA = "elevhalsa"
    PSYKOLOG = "psykolog"
    ANNAN = "annan"


@dataclass(frozen=True)
class PatientFacts:
    """Who is responsible for the person; `home_region` is never derived from a street address."""

    home_region: str | None
    responsibility: Responsibility = Responsibility.RESIDENT
    birth_date: date | None = None

    def age(self, on: date) -> int | None:
        """Completed years on that day; someone born on 29 February completes one on 1 March."""
        born = self.birth_date
        if born is None:
            return None
        return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


@dataclass(frozen=True)
class CareFacts:
    """The care that is sought; `area` is the catalogue's, None where the code is not in it."""

    code: str
    form: CareForm
    level: CareLevel
    kind: CareKind
    area: str | None = None
    hospital_level: HospitalLevel | None = None
    immediate: bool = False


@dataclass(frozen=True)
class ClinicFacts:
    """The clinic in this booking; `care_region` is the region whose agreement carries the visit."""

    care_region: str
    regime: Regime
    site: str | None = None
    publicly_funded: bool = True


@dataclass(frozen=True)
class ReferralFacts:
    """A remiss: when, by whom, in which region, with which assessments enclosed."""

    issued_on: date
    issuer: str
    issuer_region: str
    extras: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Facts:
    """Everything that a decision reads besides the referral rules."""

    on: date
    route: Route
    patient: PatientFacts
    care: CareFacts
    clinic: ClinicFacts
    referral: ReferralFacts | None = None
    need_approved_by_home: bool = False
    guarantee: Guarantee | None = None

    @property
    def is_home(self) -> bool:
        """Whether the clinic works for the patient's own region in this booking."""
        return self.clinic.care_region == self.patient.home_region

    @property
    def outside_marketplace(self) -> bool:
        """Care that no region pays for: not publicly funded, or without a regional agreement."""
        return not self.clinic.publicly_funded or self.clinic.regime == Regime.PRIVATE

"""The demo logins, in one place: who they are and what each is good for."""

from collections.abc import Sequence
from dataclasses import dataclass

from accounts.roles import Role
from providers.reference import RegionRow

PASSWORD = "vardbryggan"
PRIVATE_STAFF = "mottagning-privat"
NOWHERE = "example.invalid"
"""A domain that never exists (RFC 6761): nothing can be sent there."""


@dataclass(frozen=True, kw_only=True)
class Login:
    """A fixed login; `region` is the länskod that it works for or lives in."""

    username: str
    name: str
    region: str
    role: Role
    story: str


@dataclass(frozen=True, kw_only=True)
class PatientStory:
    """A patient's login and the wait that it takes over from the population.

    `days` lies in the same band as the cell that the person is taken from, so that no count changes.
    """

    login: Login
    care: str
    band: int
    days: int
    sex: str
    has_remiss: bool = True
    priority: int = 3
    language: str = "sv"
    """Of the messages that the person gets."""

    @property
    def mail(self) -> str:
        """Where the person gets messages."""
        return f"{self.login.username}@{NOWHERE}"


def _patient(username: str, name: str, region: str, story: str) -> Login:
    return Login(username=username, name=name, region=region, role=Role.PATIENT, story=story)


PATIENT_STORIES = (
    PatientStory(
        login=_patient(
            "patient-24",
            "Maja Provberg",
            "24",
            "Väntar på ögonsjukvård i Västerbotten, har remiss: får boka i hela landet.",
        ),
        care="besok-ogon",
        band=0,
        days=47,
        sex="K",
    ),
    PatientStory(
        login=_patient(
            "patient-01",
            "Karl Exempelström",
            "01",
            "Vill till en hudmottagning. Region Stockholm kräver remiss, och det finns ingen.",
        ),
        care="besok-hud",
        band=0,
        days=20,
        sex="M",
        has_remiss=False,
        language="en",
    ),
    PatientStory(
        login=_patient(
            "patient-12",
            "Ingrid Testlund",
            "12",
            "Väntar på ortopedisk operation i Skåne, och vårdgarantins dag har passerat.",
        ),
        care="op-ortopedi",
        band=1,
        days=130,
        sex="K",
        priority=2,
    ),
    PatientStory(
        login=_patient(
            "patient-19",
            "Olle Fiktivsson",
            "19",
            "Väntar på öronsjukvård i Västmanland, vars remissregler inte är kända.",
        ),
        care="besok-onh",
        band=0,
        days=60,
        sex="M",
        language="sv-ll",
    ),
)
STAFF_REGIONS = ("01", "24")
STAFF_ROLES = (
    (
        "mottagning",
        "Mottagning",
        Role.CLINIC_STAFF,
        "Publicerar tider för regionens egna mottagningar.",
    ),
    ("remittent", "Remittent", Role.REFERRING_CLINICIAN, "Skriver remisser."),
    (
        "region",
        "Regionadministratör",
        Role.REGION_ADMINISTRATOR,
        "Ändrar regionens remissregler och avtal.",
    ),
    ("granskare", "Granskare", Role.AUDITOR, "Läser vem som läst."),
)


def staff_logins(regions: Sequence[RegionRow]) -> tuple[Login, ...]:
    """A vårdlots in every region, and one of each other role in two of them."""
    navigators = (
        Login(
            username=f"vardlots-{region.code}",
            name=f"Vårdlots {region.name}",
            region=region.code,
            role=Role.NAVIGATOR,
            story=f"Hjälper dem som väntar i {region.name}.",
        )
        for region in regions
    )
    others = (
        Login(username=f"{key}-{code}", name=f"{title} {code}", region=code, role=role, story=story)
        for code in STAFF_REGIONS
        for key, title, role, story in STAFF_ROLES
    )
    return (*navigators, *others)


def private_staff(region: str, clinic: str) -> Login:
    """Staff of one private clinic."""
    return Login(
        username=PRIVATE_STAFF,
        name="Privat mottagning",
        region=region,
        role=Role.CLINIC_STAFF,
        story=f"Publicerar tider för {clinic}.",
    )

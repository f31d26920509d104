"""Kinds of code and identifier: frozen, validated at birth."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar


class BadCode(ValueError):
    """The text is not a code of this kind."""


@dataclass(frozen=True, order=True)
class Code:
    """A text that matches its kind's pattern; raises BadCode otherwise."""

    value: str
    pattern: ClassVar[re.Pattern[str]] = re.compile(r".+")

    def __post_init__(self) -> None:
        if not self.pattern.fullmatch(self.value):
            raise BadCode(f"{self.value!r} is not a {type(self).__name__}")

    def __str__(self) -> str:
        return self.value


class HsaId(Code):
    """HSA-id: SE, the organisation number, a hyphen, a local part (at most 31 characters)."""

    pattern = re.compile(r"SE\d{10}-[A-Z0-9]{1,18}", re.ASCII)


class OrganisationNumber(Code):
    """Organisationsnummer: ten digits, third at least 2, Luhn check digit."""

    pattern = re.compile(r"\d{2}[2-9]\d{7}", re.ASCII)

    def __post_init__(self) -> None:
        super().__post_init__()
        if luhn(self.value[:9]) != int(self.value[9]):
            raise BadCode(f"{self.value!r} has a wrong check digit")


class ForeignOrganisationNumber(Code):
    """Number of a legal person in another country: eight or nine digits, as in Denmark and Norway.

    Which country it is from is not said, so no check digit is judged.
    """

    pattern = re.compile(r"\d{8,9}", re.ASCII)


def legal_person(text: str) -> OrganisationNumber | ForeignOrganisationNumber:
    """A Swedish organisation number or a foreign one; raises BadCode for what is neither."""
    if ForeignOrganisationNumber.pattern.fullmatch(text):
        return ForeignOrganisationNumber(text)
    return OrganisationNumber(text)


def luhn(digits: str) -> int:
    """Check digit of the Luhn algorithm for the digits before it."""
    doubled = [int(digit) * (2 - index % 2) for index, digit in enumerate(digits)]
    return -sum(value // 10 + value % 10 for value in doubled) % 10


LANGUAGES = ("en", "ar", "so", "fi", "fit", "rom", "se", "yi", "swl")
"""ISO 639 codes of the languages in which a clinic may say that it receives patients, besides Swedish."""
PREMISES = ("step_free", "accessible_toilet", "hearing_loop", "companion")
"""What a clinic may say that its premises have."""


class RestrictionReason(StrEnum):
    """Why a clinic gives nothing for a time."""

    STAFFING = "staffing"
    PREMISES = "premises"
    EQUIPMENT = "equipment"
    INFECTION = "infection"
    HOLIDAY = "holiday"
    OTHER = "other"

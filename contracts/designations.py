"""Care that is given at designated clinics only, as one clinic's terms see it. Pure values."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Standing(StrEnum):
    """What stands against a clinic, where something does."""

    CLEAR = ""
    UNKNOWN = "unknown"
    """Given at designated clinics only, and nothing says which they are."""
    ELSEWHERE = "elsewhere"
    """Others are designated, this clinic is not."""


@dataclass(frozen=True)
class Designation:
    """One clinic is designated for the care; `here` says whether it is the one that is asked about.

    `region`: for whose patients, None for everyone's. `national`: by the country's own decision, which binds
    everybody; a region's own structure binds as agreements do, inpatient care and reroutes.
    """

    region: str | None
    national: bool
    here: bool
    valid_from: date
    valid_to: date | None

    def binds(self, home_region: str | None, *, binding: bool, on: date) -> bool:
        """Whether it says anything of a visit that day by somebody from a region."""
        concerns = self.region in (None, home_region) and (self.national or binding)
        return concerns and self.in_force(on)

    def in_force(self, on: date) -> bool:
        """Whether it holds on that Swedish civil day; the last day belongs to it."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


@dataclass(frozen=True)
class Designated:
    """Every designation for a care, and whether the catalogue says that it is national."""

    national: bool = False
    clinics: tuple[Designation, ...] = ()

    def standing(self, home_region: str | None, *, binding: bool, on: date) -> Standing:
        """What stands against the clinic on a day. Each who decides designates alone: all must agree."""
        found = [one for one in self.clinics if one.binds(home_region, binding=binding, on=on)]
        if self.national and not any(one.national for one in found):
            return Standing.UNKNOWN
        deciders = {(one.region, one.national) for one in found}
        here = {(one.region, one.national) for one in found if one.here}
        return Standing.CLEAR if here == deciders else Standing.ELSEWHERE

    def turns(self) -> set[int]:
        """Days, as proleptic ordinals, from which something may be answered otherwise."""
        firsts = {one.valid_from.toordinal() for one in self.clinics}
        return firsts | {one.valid_to.toordinal() + 1 for one in self.clinics if one.valid_to}

    def known_on(self, on: date) -> tuple[Designation, ...]:
        """Those in force on a day: days that share them share every answer."""
        return tuple(one for one in self.clinics if one.in_force(on))

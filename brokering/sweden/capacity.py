"""Synthetic providers, clinics, agreements and lots as frozen values."""

import uuid
from dataclasses import dataclass
from datetime import date

from brokering.sweden.units import Unit
from providers.reference import CareRow, MunicipalityRow


@dataclass(frozen=True, kw_only=True)
class Provider:
    """A care provider and its tenant (a region's own provider shares the region's tenant)."""

    id: uuid.UUID
    name: str
    organisation_number: str
    tenant_id: uuid.UUID
    is_region: bool


@dataclass(frozen=True, kw_only=True)
class Clinic:
    """A clinic in a real municipality; `number` counts them all from 1."""

    id: uuid.UUID
    number: int
    name: str
    hsa_id: str
    provider: Provider
    unit: Unit
    town: MunicipalityRow
    latitude: float
    longitude: float
    cares: tuple[CareRow, ...]

    @property
    def region(self) -> str:
        """Länskod of the region that it lies in."""
        return self.town.region

    @property
    def is_own(self) -> bool:
        """Whether the region runs it itself."""
        return self.provider.is_region


@dataclass(frozen=True, kw_only=True)
class Lot:
    """One part of an agreement."""

    id: uuid.UUID
    name: str
    cares: tuple[CareRow, ...]
    age_min: int | None = None
    age_max: int | None = None
    bmi_max: int | None = None
    asa_max: int | None = None
    excluded_needs: tuple[str, ...] = ()
    accepts_referrer_assessment: bool = False
    follow_on_reserved: bool = False
    cap: tuple[int, str] | None = None
    """Places in a month, quarter or year."""


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """An agreement on one clinic's care."""

    id: uuid.UUID
    name: str
    clinic: Clinic
    regime: str
    state: str
    buyers: tuple[str, ...]
    usable_by: tuple[str, ...]
    open_for_others: str
    valid_from: date
    valid_to: date | None
    lots: tuple[Lot, ...]

    def carries(self, on: date) -> bool:
        """Whether it is active and in force on the day."""
        return (
            self.state == "active"
            and self.valid_from <= on
            and (self.valid_to is None or on <= self.valid_to)
        )


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """All of it."""

    providers: tuple[Provider, ...]
    clinics: tuple[Clinic, ...]
    agreements: tuple[Agreement, ...]

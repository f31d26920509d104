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
class Party:
    """A kommunalförbund that signs for its members by a decision that is cited."""

    id: uuid.UUID
    name: str
    organisation_number: str
    transfer_reference: str
    members: tuple[str, ...]


@dataclass(frozen=True)
class Cap:
    """Places in a month, quarter or year, or of the whole agreement; `region` None counts everyone's."""

    places: int
    period: str
    region: str | None = None


@dataclass(frozen=True, kw_only=True)
class Lot:
    """One part of an agreement."""

    id: uuid.UUID
    lineage: uuid.UUID
    """The same for every version of the lot."""
    name: str
    cares: tuple[CareRow, ...]
    qualified: bool = True
    award_notified_on: date | None = None
    age_min: int | None = None
    age_max: int | None = None
    bmi_max: int | None = None
    asa_max: int | None = None
    excluded_needs: tuple[str, ...] = ()
    accepts_referrer_assessment: bool = False
    follow_ons: tuple[tuple[str, str], ...] = ()
    """Investigation and the treatment that is reserved for those who have had it."""
    caps: tuple[Cap, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Option:
    """One option to extend an agreement by whole months; `used_on` with the decision that did."""

    months: int
    decide_by: date | None = None
    used_on: date | None = None
    decision_reference: str = ""


@dataclass(frozen=True)
class Source:
    """What an invented document says of one of the agreement's terms."""

    field: str
    title: str
    says: str


@dataclass(frozen=True)
class Adoption:
    """A region's decision to be bound by a joint agreement."""

    region: str
    on: date
    reference: str


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """An agreement on one clinic's care; the first buyer's region keeps it."""

    id: uuid.UUID
    number: int
    """Counts the private clinics from 1; 0 where a region sells its own care."""
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
    cooperation: str = "alone"
    federation: Party | None = None
    """Who signs for the buyers; None for the first buyer itself."""
    reference: str = ""
    valid_to_at_most: date | None = None
    signed_on: date | None = None
    """When both sides signed."""
    confidentiality: tuple[tuple[str, str], ...] = ()
    options: tuple[Option, ...] = ()
    sources: tuple[Source, ...] = ()
    adoptions: tuple[Adoption, ...] = ()
    replaces: uuid.UUID | None = None
    price_model: str = ""
    """Empty where the model follows from the regime."""
    cheaper_by: int = 0
    """Kronor below the invented amounts: what an earlier version cost."""

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
    parties: tuple[Party, ...]

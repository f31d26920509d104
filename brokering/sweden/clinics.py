"""Sets out the clinics: every region's own units in its towns, private ones beside them."""

from collections.abc import Iterator, Mapping
from random import Random
from uuid import UUID

from brokering.sweden.capacity import Clinic, Provider
from brokering.sweden.fit import apportion
from brokering.sweden.identifiers import hsa_id, organisation_number, stable_id
from brokering.sweden.sources import Sources
from brokering.sweden.units import (
    OWN_UNITS,
    PRIVATE_UNITS,
    UNIVERSITY_REGION,
    UNIVERSITY_UNIT,
    Unit,
)
from providers.reference import MunicipalityRow

OWN_SHARE = 0.72
"""Share of the clinics that regions run themselves: a choice, not a statistic."""
JITTER_DEGREES = 0.03
"""Clinics stand near the centre of their municipality (about 3 km), never at a real address."""


class Setting:
    """Gives every clinic its number, ids and place, one after the other."""

    def __init__(self, sources: Sources, seed: int, region_tenants: Mapping[str, UUID]) -> None:
        self.sources, self.seed, self.region_tenants = sources, seed, region_tenants
        self._random = Random(f"{seed}:clinics")
        self._clinics = 0
        self._names: dict[str, int] = {}

    def region_provider(self, position: int, region: str) -> Provider:
        """The region as provider of its own clinics."""
        return Provider(
            id=stable_id(self.seed, "region provider", region),
            name=f"{self.sources.region[region].name} (påhittad egen regi)",
            organisation_number=organisation_number(position),
            tenant_id=self.region_tenants[region],
            is_region=True,
        )

    def private_provider(self, number: int, unit: Unit, town: MunicipalityRow) -> Provider:
        """A company of its own for each private clinic."""
        return Provider(
            id=stable_id(self.seed, "provider", number),
            name=f"Påhittade {unit.name} i {town.name} AB {number}",
            organisation_number=organisation_number(1000 + number),
            tenant_id=stable_id(self.seed, "tenant", number),
            is_region=False,
        )

    def clinic(self, unit: Unit, provider: Provider, town: MunicipalityRow) -> Clinic:
        """The next clinic."""
        self._clinics += 1
        latitude, longitude = self.sources.centres[town.code]
        return Clinic(
            id=stable_id(self.seed, "clinic", self._clinics),
            number=self._clinics,
            name=self._name(unit, town),
            hsa_id=hsa_id(provider.organisation_number, self._clinics),
            provider=provider,
            unit=unit,
            town=town,
            latitude=round(latitude + self._random.uniform(-1, 1) * JITTER_DEGREES, 5),
            longitude=round(longitude + self._random.uniform(-1, 1) * JITTER_DEGREES, 5),
            cares=unit.cares(self.sources.cares),
        )

    def _name(self, unit: Unit, town: MunicipalityRow) -> str:
        name = f"Påhittade {unit.name}, {town.name}"
        self._names[name] = self._names.get(name, 0) + 1
        return name if self._names[name] == 1 else f"{name} {self._names[name]}"


def clinics(setting: Setting, total: int) -> tuple[Clinic, ...]:
    """About `total` clinics: at least one of each own unit in every region."""
    own = max(round(total * OWN_SHARE), len(setting.sources.regions) * len(OWN_UNITS))
    return (*_own(setting, own), *_private(setting, max(total - own, 3 * len(PRIVATE_UNITS))))


def _own(setting: Setting, total: int) -> Iterator[Clinic]:
    regions = setting.sources.regions
    spare = total // len(OWN_UNITS) - len(regions)
    copies = 1 + apportion([row.population for row in regions], max(spare, 0))
    for position, (region, count) in enumerate(zip(regions, copies, strict=True), start=1):
        provider = setting.region_provider(position, region.code)
        towns = setting.sources.towns(region.code)
        for copy in range(int(count)):
            for unit in OWN_UNITS:
                yield setting.clinic(unit, provider, towns[copy % len(towns)])
        if region.code in UNIVERSITY_REGION.values():
            yield setting.clinic(UNIVERSITY_UNIT, provider, towns[0])


def _private(setting: Setting, total: int) -> Iterator[Clinic]:
    """At least one in every region; kinds follow each other, so that every kind appears."""
    regions = setting.sources.regions
    counts = 1 + apportion([row.population for row in regions], total - len(regions))
    number = 0
    for region, count in zip(regions, counts, strict=True):
        towns = setting.sources.towns(region.code)
        for copy in range(int(count)):
            number += 1
            unit = PRIVATE_UNITS[(number - 1) % len(PRIVATE_UNITS)]
            town = towns[copy % len(towns)]
            provider = setting.private_provider(number, unit, town)
            yield setting.clinic(unit, provider, town)

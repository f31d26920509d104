"""Providers, clinics and what they offer as rows."""

from collections.abc import Iterator

from brokering.sweden.batch import Batch, Row
from brokering.sweden.slots import RELEASE
from brokering.sweden.world import PROMISED_AGE, World

CLINIC = (
    "id",
    "hsa_id",
    "name",
    "provider_id",
    "tenant_id",
    "municipality_id",
    "street",
    "latitude",
    "longitude",
    "release_after",
    "promised_age",
    "confirmed_at",
    "languages",
    "accessibility",
    "synthetic",
)
LANGUAGES: tuple[list[str], ...] = (["en"], [], ["en", "ar"], [], ["en", "fi"], [], ["so"])
ACCESSIBILITY: tuple[list[str], ...] = (
    ["step_free", "accessible_toilet"],
    ["step_free"],
    [],
    ["step_free", "hearing_loop"],
)
"""What clinics say beside their times, one after the other: a choice, not a statistic."""


def clinic_batches(world: World) -> Iterator[Batch]:
    """Providers, clinics and what they offer."""
    yield Batch(
        "providers_provider",
        ("id", "name", "organisation_number", "tenant_id", "synthetic"),
        [
            (p.id, p.name, p.organisation_number, p.tenant_id, True)
            for p in world.capacity.providers
        ],
    )
    yield Batch("providers_clinic", CLINIC, list(_clinic_rows(world)))
    yield Batch(
        "providers_clinic_cares",
        ("clinic_id", "care_id"),
        [(clinic.id, care.code) for clinic in world.capacity.clinics for care in clinic.cares],
    )


def _clinic_rows(world: World) -> Iterator[Row]:
    for clinic in world.capacity.clinics:
        yield (
            clinic.id,
            clinic.hsa_id,
            clinic.name,
            clinic.provider.id,
            clinic.provider.tenant_id,
            clinic.town.code,
            f"Påhittsgatan {clinic.number}",
            clinic.latitude,
            clinic.longitude,
            RELEASE,
            PROMISED_AGE,
            world.confirmed[clinic.id],
            LANGUAGES[clinic.number % len(LANGUAGES)],
            ACCESSIBILITY[clinic.number % len(ACCESSIBILITY)],
            True,
        )

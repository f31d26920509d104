"""Providers, clinics, agreements, lots and price lines as rows."""

from collections.abc import Iterator

from brokering.sweden.batch import Batch, Row
from brokering.sweden.prices import price_lines
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
    "synthetic",
)


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
            True,
        )


AGREEMENT = (
    "id",
    "name",
    "regime",
    "state",
    "seller_id",
    "tenant_id",
    "open_for_others",
    "valid_from",
    "valid_to",
    "source_document",
    "synthetic",
)
LOT = (
    "id",
    "lineage",
    "agreement_id",
    "name",
    "clinic_id",
    "age_min",
    "age_max",
    "bmi_max",
    "asa_max",
    "excluded_needs",
    "accepts_referrer_assessment",
    "follow_on_reserved",
)
CAP = ("lineage", "lot_id", "region_id", "places", "period")
PRICE = (
    "lot_id",
    "care_id",
    "model",
    "amount",
    "list_name",
    "list_version",
    "valid_from",
    "valid_to",
    "synthetic",
)


def agreement_batches(world: World) -> Iterator[Batch]:
    """Agreements, who may use them, their lots and prices."""
    written = world.capacity.agreements
    lots = [(agreement, lot) for agreement in written for lot in agreement.lots]
    yield Batch("contracts_agreement", AGREEMENT, list(_agreement_rows(world)))
    yield Batch(
        "contracts_agreement_buyers",
        ("agreement_id", "region_id"),
        [(agreement.id, region) for agreement in written for region in agreement.buyers],
    )
    yield Batch(
        "contracts_agreement_usable_by",
        ("agreement_id", "region_id"),
        [(agreement.id, region) for agreement in written for region in agreement.usable_by],
    )
    yield Batch("contracts_lot", LOT, list(_lot_rows(world)))
    yield Batch(
        "contracts_lot_cares",
        ("lot_id", "care_id"),
        [(lot.id, care.code) for _, lot in lots for care in lot.cares],
    )
    yield Batch(
        "contracts_cap", CAP, [(lot.id, lot.id, None, *lot.cap) for _, lot in lots if lot.cap]
    )
    yield Batch(
        "contracts_priceline",
        PRICE,
        [
            (*line.row(), agreement.valid_from, None, True)
            for agreement, lot in lots
            for line in price_lines(agreement, lot)
        ],
    )


def _agreement_rows(world: World) -> Iterator[Row]:
    for agreement in world.capacity.agreements:
        yield (
            agreement.id,
            agreement.name,
            agreement.regime,
            agreement.state,
            agreement.clinic.provider.id,
            world.region_tenants[agreement.clinic.region],
            agreement.open_for_others,
            agreement.valid_from,
            agreement.valid_to,
            "Påhittat: inget dokument finns",
            True,
        )


def _lot_rows(world: World) -> Iterator[Row]:
    for agreement in world.capacity.agreements:
        for lot in agreement.lots:
            yield (
                lot.id,
                lot.id,
                agreement.id,
                lot.name,
                agreement.clinic.id,
                lot.age_min,
                lot.age_max,
                lot.bmi_max,
                lot.asa_max,
                list(lot.excluded_needs),
                lot.accepts_referrer_assessment,
                lot.follow_on_reserved,
            )

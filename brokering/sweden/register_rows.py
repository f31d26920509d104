"""The agreement register as rows: parties, agreements, who may use them, lots, prices, sources."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from brokering.sweden.batch import Batch, Row
from brokering.sweden.capacity import Agreement, Cap, Lot
from brokering.sweden.identifiers import stable_id
from brokering.sweden.prices import price_lines
from brokering.sweden.slots import start_of_day
from brokering.sweden.world import World
from contracts.reference import party_of_region

NO_DOCUMENT = "Påhittat: inget dokument finns"


def register_batches(world: World, writer: UUID) -> Iterator[Batch]:
    """The whole register; `writer` is who the rows are recorded by."""
    now = start_of_day(world.today)
    yield from _parties(world)
    yield _batch("contracts_agreement", [_agreement(world, a, writer, now) for a in _all(world)])
    yield from _who_uses(world)
    yield _batch("contracts_adoption", list(_adoptions(world, writer, now)))
    yield _batch("contracts_optionstep", list(_options(world)))
    yield from _lots(world)
    yield _batch("contracts_sourcedocument", list(_sources(world)))


def _all(world: World) -> tuple[Agreement, ...]:
    return world.capacity.agreements


def _parts(world: World) -> Iterator[tuple[Agreement, Lot]]:
    return ((agreement, lot) for agreement in _all(world) for lot in agreement.lots)


def _batch(table: str, rows: list[dict[str, Any]]) -> Batch:
    """Rows with the same keys, which are the columns."""
    columns = tuple(rows[0]) if rows else ()
    return Batch(table, columns, [tuple(row.values()) for row in rows])


def _parties(world: World) -> Iterator[Batch]:
    found = world.capacity.parties
    yield _batch(
        "contracts_party",
        [
            {
                "id": party.id,
                "kind": "municipal_federation",
                "name": party.name,
                "organisation_number": party.organisation_number,
                "transfer_reference": party.transfer_reference,
                "tenant_id": world.region_tenants[party.members[0]],
                "synthetic": True,
            }
            for party in found
        ],
    )
    yield Batch(
        "contracts_party_members",
        ("party_id", "region_id"),
        [(party.id, region) for party in found for region in party.members],
    )


def _agreement(world: World, one: Agreement, writer: UUID, now: datetime) -> dict[str, Any]:
    keeper = one.buyers[0]
    replaced = (
        any(other.replaces == one.id for other in _all(world)) if one.state == "ended" else False
    )
    return {
        "id": one.id,
        "name": one.name,
        "regime": one.regime,
        "cooperation": one.cooperation,
        "state": one.state,
        "reference": one.reference,
        "party_id": one.federation.id if one.federation else party_of_region(keeper),
        "seller_id": one.clinic.provider.id,
        "tenant_id": world.region_tenants[keeper],
        "open_for_others": one.open_for_others,
        "valid_from": one.valid_from,
        "valid_to": one.valid_to,
        "valid_to_at_most": one.valid_to_at_most,
        "signed_by_party_on": one.signed_on,
        "signed_by_seller_on": one.signed_on,
        "confidentiality": json.dumps(dict(one.confidentiality)),
        "source_document": NO_DOCUMENT,
        "replaces_id": one.replaces,
        "recorded_at": now,
        "recorded_by_id": writer,
        "ended_at": now if replaced else None,
        "ended_by_id": writer if replaced else None,
        "synthetic": True,
    }


def _who_uses(world: World) -> Iterator[Batch]:
    columns = ("agreement_id", "region_id")
    yield Batch(
        "contracts_agreement_buyers",
        columns,
        [(one.id, region) for one in _all(world) for region in one.buyers],
    )
    yield Batch(
        "contracts_agreement_usable_by",
        columns,
        [(one.id, region) for one in _all(world) for region in one.usable_by],
    )


def _adoptions(world: World, writer: UUID, now: datetime) -> Iterator[dict[str, Any]]:
    for agreement in _all(world):
        for adoption in agreement.adoptions:
            yield {
                "agreement_id": agreement.id,
                "region_id": adoption.region,
                "tenant_id": world.region_tenants[adoption.region],
                "adopted_on": adoption.on,
                "decision_reference": adoption.reference,
                "recorded_at": now,
                "recorded_by_id": writer,
            }


def _options(world: World) -> Iterator[dict[str, Any]]:
    for agreement in _all(world):
        for number, option in enumerate(agreement.options, start=1):
            yield {
                "agreement_id": agreement.id,
                "number": number,
                "months": option.months,
                "decide_by": option.decide_by,
                "used_on": option.used_on,
                "decision_reference": option.decision_reference,
            }


def _sources(world: World) -> Iterator[dict[str, Any]]:
    for agreement in _all(world):
        for source in agreement.sources:
            yield {
                "agreement_id": agreement.id,
                "field": source.field,
                "title": source.title,
                "url": "",
                "sha256": "",
                "says": source.says,
                "retrieved_on": world.today,
            }


def _lots(world: World) -> Iterator[Batch]:
    yield _batch("contracts_lot", [_lot(agreement, lot) for agreement, lot in _parts(world)])
    yield Batch(
        "contracts_lot_cares",
        ("lot_id", "care_id"),
        [(lot.id, care.code) for _, lot in _parts(world) for care in lot.cares],
    )
    yield Batch(
        "contracts_cap",
        ("lineage", "lot_id", "region_id", "places", "period"),
        [_cap(world, lot, cap) for _, lot in _parts(world) for cap in lot.caps],
    )
    yield Batch(
        "contracts_followon",
        ("lot_id", "investigation_id", "treatment_id"),
        [(lot.id, *pair) for _, lot in _parts(world) for pair in lot.follow_ons],
    )
    yield _batch("contracts_priceline", list(_prices(world)))


def _lot(agreement: Agreement, lot: Lot) -> dict[str, Any]:
    return {
        "id": lot.id,
        "lineage": lot.lineage,
        "agreement_id": agreement.id,
        "name": lot.name,
        "clinic_id": agreement.clinic.id,
        "qualified": lot.qualified,
        "award_notified_on": lot.award_notified_on,
        "age_min": lot.age_min,
        "age_max": lot.age_max,
        "bmi_max": lot.bmi_max,
        "asa_max": lot.asa_max,
        "excluded_needs": list(lot.excluded_needs),
        "accepts_referrer_assessment": lot.accepts_referrer_assessment,
        "follow_on_reserved": bool(lot.follow_ons),
    }


def _cap(world: World, lot: Lot, cap: Cap) -> Row:
    lineage = stable_id(world.seed, "cap", f"{lot.lineage}:{cap.region}:{cap.period}")
    return lineage, lot.id, cap.region, cap.places, cap.period


def _prices(world: World) -> Iterator[dict[str, Any]]:
    for agreement, lot in _parts(world):
        for line in price_lines(agreement, lot):
            yield {
                "lot_id": line.lot,
                "care_id": line.care,
                "model": line.model,
                "amount": line.amount,
                "subscription": line.subscription,
                "unit": line.unit,
                "list_name": line.list_name,
                "list_version": line.list_version,
                "valid_from": line.valid_from,
                "valid_to": line.valid_to,
                "synthetic": True,
            }

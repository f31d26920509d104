"""A synthetic Sweden as rows of the database's tables, in an order that satisfies every foreign key."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from hashlib import sha256
from itertools import islice
from typing import Any

from accounts.identity import Sealed
from brokering.sweden.identifiers import stable_id
from brokering.sweden.needs import Need, referral_id
from brokering.sweden.prices import price_lines
from brokering.sweden.slots import COLUMNS as SLOT_COLUMNS
from brokering.sweden.slots import RELEASE, slots, start_of_day
from brokering.sweden.world import PROMISED_AGE, World

CHUNK = 10_000
"""People written at a time, so that memory does not grow with the scale."""

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Batch:
    """Rows for one table."""

    table: str
    columns: tuple[str, ...]
    rows: Iterable[Row]


@dataclass(frozen=True)
class Secrets:
    """What only the outside can do: seal and hash identity numbers, and the demo logins' password."""

    seal: Callable[[str, bytes], Sealed]
    keyed_hash: Callable[[str], str]
    password: str


def batches(world: World, secrets: Secrets) -> Iterator[Batch]:
    """Every row of the world."""
    yield from _accounts(world, secrets)
    yield from _clinics(world)
    yield from _agreements(world)
    needs = world.needs()
    while chunk := tuple(islice(needs, CHUNK)):
        yield from _needs(world, secrets, chunk)
    yield Batch(
        "providers_slot", SLOT_COLUMNS, slots(world.quota, world.confirmed, world.today, world.seed)
    )


def size(world: World) -> int:
    """About how many rows there are, for a progress bar."""
    return 2 * len(world.people) + world.scale.slots


def _accounts(world: World, secrets: Secrets) -> Iterator[Batch]:
    private = (provider for provider in world.capacity.providers if not provider.is_region)
    yield Batch(
        "accounts_tenant",
        ("id", "kind", "name", "synthetic"),
        [(provider.tenant_id, "provider", provider.name, True) for provider in private],
    )
    yield Batch("accounts_user", USER, list(_users(world, secrets)))
    yield Batch(
        "accounts_membership",
        ("user_id", "tenant_id", "role", "valid_from", "valid_to"),
        [
            (world.user_id(login), tenant, login.role.value, date(world.today.year - 1, 1, 1), None)
            for login, tenant in world.logins
            if tenant is not None
        ],
    )


USER = (
    "id",
    "username",
    "password",
    "first_name",
    "last_name",
    "email",
    "is_superuser",
    "is_staff",
    "is_active",
    "date_joined",
    "is_patient",
    "synthetic",
    "demo_story",
)


def _users(world: World, secrets: Secrets) -> Iterator[Row]:
    joined = start_of_day(world.today)
    for login, tenant in world.logins:
        first, _, last = login.name.partition(" ")
        yield (
            world.user_id(login),
            login.username,
            secrets.password,
            first,
            last,
            "",
            False,
            False,
            True,
            joined,
            tenant is None,
            True,
            login.story,
        )


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


def _clinics(world: World) -> Iterator[Batch]:
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
    "cap_places",
    "cap_period",
)
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


def _agreements(world: World) -> Iterator[Batch]:
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
                lot.cap_places,
                lot.cap_period,
            )


OWNERSHIP = ("id", "tenant_id", "addressed_to_id", "subject_id")
PATIENT = (
    *OWNERSHIP,
    "name",
    "identity_encrypted",
    "identity_key_version",
    "identity_hash",
    "birth_date",
    "home_region_id",
    "responsibility",
    "municipality_id",
    "protected_identity",
    "synthetic",
)
REFERRAL = (
    *OWNERSHIP,
    "patient_id",
    "care_id",
    "home_region_id",
    "registered_at_id",
    "state",
    "guarantee",
    "issued_on",
    "issuer",
    "issuer_region_id",
    "extras",
    "contact_on",
    "decided_on",
    "need_approved_on",
    "priority",
    "medical_target_on",
    "confirmed_on",
    "watch_until",
    "bmi",
    "asa",
    "excluding_needs",
    "max_distance_km",
    "earliest_on",
    "latest_on",
    "accepts_other_regions",
    "need_key",
    "created_at",
    "synthetic",
)
CLOCK_EVENT = (
    *OWNERSHIP,
    "referral_id",
    "type",
    "on",
    "care_on",
    "offer_on",
    "reason",
    "recorded_at",
)


def _needs(world: World, secrets: Secrets, needs: tuple[Need, ...]) -> Iterator[Batch]:
    yield Batch("brokering_patient", PATIENT, [_patient(world, secrets, need) for need in needs])
    yield Batch("brokering_referral", REFERRAL, [_referral(world, need) for need in needs])
    yield Batch(
        "brokering_clockevent", CLOCK_EVENT, [row for need in needs for row in _clock(world, need)]
    )


def _patient_id(world: World, need: Need) -> Any:
    return stable_id(world.seed, "patient", need.number)


def _belongs(world: World, need: Need) -> Row:
    """Responsible tenant, tenant of the clinic where the person waits, the patient's login."""
    clinic = need.clinic.provider.tenant_id if need.clinic else None
    return world.region_tenants[need.region], clinic, need.user_id


def _patient(world: World, secrets: Secrets, need: Need) -> Row:
    sealed = secrets.seal(need.identity, _nonce(world, need))
    return (
        _patient_id(world, need),
        *_belongs(world, need),
        need.name,
        sealed.data,
        sealed.version,
        secrets.keyed_hash(need.identity),
        need.birth_date,
        need.region,
        need.responsibility,
        need.municipality,
        need.protected,
        True,
    )


def _nonce(world: World, need: Need) -> bytes:
    """Twelve bytes that follow from the seed, so that the same seed writes the same rows."""
    return sha256(f"{world.seed}:identity:{need.number}".encode()).digest()[:12]


def _referral(world: World, need: Need) -> Row:
    return (
        referral_id(world.seed, need),
        *_belongs(world, need),
        _patient_id(world, need),
        need.care.code,
        need.region,
        need.clinic.id if need.clinic else None,
        "waiting",
        need.care.guarantee or "none",
        need.issued_on,
        need.issuer,
        need.region if need.issued_on else None,
        [],
        need.contact_on,
        need.decided_on,
        None,
        need.priority,
        need.medical_target_on,
        need.confirmed_on,
        need.watch_until,
        need.bmi,
        need.asa,
        list(need.excluding_needs),
        need.max_distance_km,
        need.earliest_on,
        need.latest_on,
        need.accepts_other_regions,
        stable_id(world.seed, "need", need.number),
        _noon(need.started_on),
        True,
    )


def _clock(world: World, need: Need) -> Iterator[Row]:
    for position, fact in enumerate(need.facts):
        yield (
            stable_id(world.seed, "fact", f"{need.number}:{position}"),
            *_belongs(world, need),
            referral_id(world.seed, need),
            fact.type,
            fact.on,
            fact.care_on,
            None,
            "",
            _noon(fact.on),
        )


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(11), UTC)

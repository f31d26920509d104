"""Patients, where they are reached, referrals and clock events as rows."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from hashlib import sha256
from uuid import UUID

from brokering.sweden.batch import Batch, Row, Secrets
from brokering.sweden.identifiers import stable_id
from brokering.sweden.logins import NOWHERE
from brokering.sweden.needs import Need, referral_id
from brokering.sweden.world import World

ISSUED_EVERY = 40
"""One remiss in so many was written by the region's own unit that has a login here: a choice of ours."""
WAYS_EVERY, SILENT, BY_LETTER = 20, 7, 13
"""Of twenty, one has said nothing, one wants letters and the others e-mail: a choice of ours."""
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
CONTACT_POINT = (
    *OWNERSHIP,
    "patient_id",
    "channel",
    "address_encrypted",
    "address_key_version",
    "rank",
    "language",
    "created_at",
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
    "issued_by_id",
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


def need_batches(world: World, secrets: Secrets, needs: tuple[Need, ...]) -> Iterator[Batch]:
    """The rows of some needs."""
    yield Batch("brokering_patient", PATIENT, [_patient(world, secrets, need) for need in needs])
    yield Batch("brokering_contactpoint", CONTACT_POINT, list(_points(world, secrets, needs)))
    yield Batch("brokering_referral", REFERRAL, [_referral(world, need) for need in needs])
    yield Batch(
        "brokering_clockevent", CLOCK_EVENT, [row for need in needs for row in _clock(world, need)]
    )


def _patient_id(world: World, need: Need) -> UUID:
    return stable_id(world.seed, "patient", need.number)


def _belongs(world: World, need: Need) -> Row:
    """Responsible tenant, tenant of the clinic where the person waits, the patient's login."""
    clinic = need.clinic.provider.tenant_id if need.clinic else None
    return world.region_tenants[need.region], clinic, need.user_id


def _patient(world: World, secrets: Secrets, need: Need) -> Row:
    sealed = secrets.seal(need.identity, _nonce(world, "identity", need))
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


def _points(world: World, secrets: Secrets, needs: tuple[Need, ...]) -> Iterator[Row]:
    """How those are reached who have said so, one way each."""
    for need in needs:
        way = _way(world, need)
        if way is None:
            continue
        channel, address, language = way
        sealed = secrets.seal(address, _nonce(world, "mail", need))
        responsible, _, login = _belongs(world, need)
        yield (
            stable_id(world.seed, "mail", need.number),
            responsible,
            None,
            login,
            _patient_id(world, need),
            channel,
            sealed.data,
            sealed.version,
            1,
            language,
            _noon(need.started_on),
            True,
        )


def _way(world: World, need: Need) -> tuple[str, str, str] | None:
    """Channel, address and language; None for who has said nothing and must be called."""
    story = world.stories.get(need.number)
    if story:
        return "email", story.mail, story.language
    turn = need.number % WAYS_EVERY
    if not world.scale.all_reached or turn == SILENT:
        return None
    if turn == BY_LETTER:
        return "letter", "", "sv"
    return "email", f"person-{need.number}@{NOWHERE}", "sv"


def _nonce(world: World, what: str, need: Need) -> bytes:
    """Twelve bytes that follow from the seed, so that the same seed writes the same rows."""
    return sha256(f"{world.seed}:{what}:{need.number}".encode()).digest()[:12]


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
        _issued_by(world, need),
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


def _issued_by(world: World, need: Need) -> UUID | None:
    """The region's own unit for the remisses that its demo remittent has written; the rest came otherwise."""
    is_theirs = need.user_id is not None or need.number % ISSUED_EVERY == 0
    return world.region_tenants[need.region] if need.issued_on and is_theirs else None


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

"""A few invented people and places, committed by the owning role so that every role can meet them.

Rows come back as the application would have read them: whatever they fetch later is fetched under the row
policies. Four people return in the tests: Alice and Bob wait for care, Charlie is nobody's business, and
Dana works in care.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any, TypeVar
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.db.models import Model

from accounts.identity import encrypt, keyed_hash
from accounts.models import Membership, Tenant, User
from accounts.roles import Role
from accounts.selectors.actors import actor_of
from accounts.tenancy import Actor
from brokering.models import Patient, PaymentCommitment, Referral
from contracts.models import Agreement, Cap, Lot, PriceLine
from providers.models import (
    CapacityStatement,
    Care,
    Claim,
    Clinic,
    Feed,
    Municipality,
    Provider,
    Region,
    Slot,
)
from providers.patterns import monday_of
from providers.week_places import week_span

OWNER = "owner"
SWEDEN = ZoneInfo("Europe/Stockholm")
NOW = datetime.now(UTC).replace(microsecond=0)
"""The database ends holds by its own clock, so the tests live in the present."""
TODAY = NOW.astimezone(SWEDEN).date()
FOREVER_AGO = date(2020, 1, 1)
EYES = "besok-ogon"
_numbers = count(1)

Row = TypeVar("Row", bound=Model)


def at(days: int, hour: int = 9, minute: int = 0) -> datetime:
    """A time of day in Sweden some days from today."""
    return datetime(TODAY.year, TODAY.month, TODAY.day, hour, minute, tzinfo=SWEDEN) + timedelta(
        days=days
    )


def ago(days: int) -> date:
    """A Swedish civil day before today."""
    return TODAY - timedelta(days=days)


def a_region(code: str = "01") -> Region:
    """One of the 21 real regions of the reference data."""
    return Region.objects.select_related("tenant").get(code=code)


def a_care(code: str = EYES) -> Care:
    """A care of the real catalogue."""
    return Care.objects.get(code=code)


def a_clinic(
    region: str = "01",
    cares: Sequence[str] = (EYES,),
    *,
    municipality: str | None = None,
    name: str = "",
    confirmed_at: datetime = NOW,
    **also: Any,
) -> Clinic:
    """A clinic with a provider and a tenant of its own, in the middle of a municipality."""
    number = next(_numbers)
    name = name or f"Påhittade mottagningen {number}"
    where = _municipality(region, municipality)
    tenant = _saved(Tenant(kind=Tenant.Kind.PROVIDER, name=f"{name} AB", synthetic=True))
    provider = _saved(
        Provider(
            name=f"{name} AB",
            organisation_number=f"{5560000000 + number}",
            tenant=tenant,
            synthetic=True,
        )
    )
    fields = {
        "hsa_id": f"SE5560000000-T{number:05d}",
        "name": name,
        "provider": provider,
        "tenant": tenant,
        "municipality": where,
        "street": "Provgatan 1",
        "latitude": where.latitude,
        "longitude": where.longitude,
        "release_after": timedelta(0),
        "promised_age": timedelta(days=7),
        "confirmed_at": confirmed_at,
        "synthetic": True,
    }
    clinic = _saved(Clinic(**fields | also))
    _join(Clinic.cares.through, clinic=clinic, care=[a_care(code) for code in cares])
    return clinic


def an_agreement(
    clinic: Clinic,
    *,
    regime: str = "own",
    buyers: Sequence[str] = (),
    usable_by: Sequence[str] = (),
    open_for_others: str = "yes",
    state: str = "active",
    valid_from: date = FOREVER_AGO,
    valid_to: date | None = None,
    cap_places: int | None = None,
    cap_period: str = "year",
    **lot: Any,
) -> Lot:
    """An agreement with one lot for all cares of the clinic; its own region buys unless told otherwise."""
    regions = [a_region(code) for code in buyers or [clinic.municipality.region_id]]
    agreement = _saved(
        Agreement(
            name=f"Påhittat avtal {next(_numbers)}",
            regime=regime,
            state=state,
            seller=clinic.provider,
            tenant=regions[0].tenant,
            open_for_others=open_for_others,
            valid_from=valid_from,
            valid_to=valid_to,
            synthetic=True,
        )
    )
    _join(Agreement.buyers.through, agreement=agreement, region=regions)
    allowed = [a_region(code) for code in usable_by]
    _join(Agreement.usable_by.through, agreement=agreement, region=allowed)
    fields = {"name": "Del 1", "accepts_referrer_assessment": True} | lot
    made = _saved(Lot(agreement=agreement, clinic=clinic, **fields))
    _join(Lot.cares.through, lot=made, care=list(clinic.cares.all()))
    if cap_places is not None:
        a_cap(made, cap_places, cap_period)
    return made


def a_cap(lot: Lot, places: int, period: str = "year", **also: Any) -> Cap:
    """A volume cap of a lot, for everyone unless a region is named."""
    return _saved(Cap(lot=lot, places=places, period=period, **also))


def a_price(lot: Lot, *, care: str = EYES, model: str = "per_unit", **also: Any) -> PriceLine:
    """A price line of a lot."""
    fields = {"valid_from": FOREVER_AGO, "synthetic": True} | also
    return _saved(PriceLine(lot=lot, care_id=care, model=model, **fields))


def a_slot(
    clinic: Clinic,
    care: str = EYES,
    *,
    starts_at: datetime | None = None,
    form: str = "open",
    **also: Any,
) -> Slot:
    """A published and released place, nine in the morning in ten days unless told otherwise."""
    starts_at = starts_at or at(10)
    published = NOW - timedelta(days=2)
    fields = {
        "ends_at": starts_at + timedelta(minutes=30),
        "published_at": published,
        "opens_at": published,
        "confirmed_at": NOW,
        "synthetic": True,
    }
    return _saved(
        Slot(clinic=clinic, care_id=care, form=form, starts_at=starts_at, **fields | also)
    )


def a_feed(clinic: Clinic, **also: Any) -> Feed:
    """A feed of the clinic's provider that was read whole just now and promises an hour."""
    fields = {
        "kind": Feed.Kind.SMART,
        "url": f"https://feed.example/{next(_numbers)}/$bulk-publish",
        "promised_age": timedelta(hours=1),
        "added_at": NOW,
        "succeeded_at": NOW,
        "synthetic": True,
    } | also
    return _saved(Feed(provider=clinic.provider, tenant=clinic.tenant, **fields))


def places_in_week(
    clinic: Clinic, care: str = EYES, *, places: int = 3, weeks: int = 2, **also: Any
) -> list[Slot]:
    """Places of a care in a week some weeks from now, whose times the clinic has not named yet."""
    week = monday_of(TODAY) + timedelta(weeks=weeks)
    statement = _saved(
        CapacityStatement(
            clinic=clinic,
            care_id=care,
            form=also.get("form", "open"),
            week=week,
            places=places,
            published_at=NOW,
            changed_at=NOW,
            synthetic=True,
        )
    )
    begins, ends = week_span(week)
    fields = {"starts_at": begins, "ends_at": ends, "statement": statement} | also
    return [a_slot(clinic, care, **fields) for _ in range(places)]


def a_claim(slot: Slot, lot: Lot, *, state: str = "confirmed", **also: Any) -> Claim:
    """Somebody's occupancy of a place; a held one runs for ten minutes unless told otherwise."""
    fields: dict[str, Any] = {"created_at": NOW, "changed_at": NOW}
    if state == Claim.State.HELD:
        fields["held_until"] = datetime.now(UTC) + timedelta(minutes=10)
    return _saved(Claim(slot=slot, lot_id=lot.id, state=state, **fields | also))


def a_patient(
    name: str = "Alice",
    *,
    region: str | None = "01",
    municipality: str | None = None,
    born: date = date(1980, 5, 17),
    with_login: bool = True,
    **also: Any,
) -> Patient:
    """Somebody whom a region is responsible for, with a login of their own."""
    number = f"påhittad-{next(_numbers):06d}"
    user = a_login(name, is_patient=True) if with_login else None
    sealed = encrypt(number, number.encode()[:12])
    where = None if also.get("protected_identity") else _municipality(region or "01", municipality)
    fields = {"tenant": a_region(region or "01").tenant, "synthetic": True} | also
    return _saved(
        Patient(
            subject=user,
            name=name,
            identity_encrypted=sealed.data,
            identity_key_version=sealed.version,
            identity_hash=keyed_hash(number),
            birth_date=born,
            home_region_id=region,
            municipality=where,
            **fields,
        )
    )


def a_referral(patient: Patient, care: str = EYES, **also: Any) -> Referral:
    """A waiting need with a remiss issued twenty days ago by a general practitioner at home."""
    guarantee = a_care(care).guarantee
    fields = {
        "guarantee": guarantee if guarantee in {"besok", "behandling"} else "none",
        "home_region_id": patient.home_region_id,
        "issued_on": ago(20),
        "issuer": "allmanlakare",
        "issuer_region_id": patient.home_region_id,
        "decided_on": ago(20) if guarantee == "behandling" else None,
        "priority": 3,
        "confirmed_on": ago(20),
        "need_key": uuid4(),
        "created_at": NOW - timedelta(days=20),
        "synthetic": True,
    }
    return _saved(
        Referral(
            tenant_id=patient.tenant_id,
            subject_id=patient.subject_id,
            patient=patient,
            care_id=care,
            **fields | also,
        )
    )


def a_commitment(referral: Referral, *, by: User, **also: Any) -> PaymentCommitment:
    """The home region's promise to pay for one visit during the coming half year."""
    fields = {"granted_on": TODAY, "valid_to": TODAY + timedelta(days=180)} | also
    return _saved(
        PaymentCommitment(
            tenant_id=referral.tenant_id,
            subject_id=referral.subject_id,
            referral=referral,
            granted_by=by,
            **fields,
        )
    )


def a_login(name: str = "Alice", **also: Any) -> User:
    """A login that only tests can use: it has no password."""
    user = User(
        username=f"{name.lower()}-{next(_numbers)}", first_name=name, synthetic=True, **also
    )
    user.set_unusable_password()
    return _saved(user)


def staff(role: Role, tenant: Tenant, name: str = "Dana") -> User:
    """Somebody who works for a tenant since long ago."""
    user = a_login(name)
    _saved(Membership(user=user, tenant=tenant, role=role, valid_from=FOREVER_AGO))
    return user


def acting(user: User | None) -> Actor:
    """The actor behind a login, with the rights of today."""
    assert user is not None
    actor = actor_of(user, on=TODAY)
    assert actor is not None
    return actor


def _municipality(region: str, code: str | None) -> Municipality:
    found = Municipality.objects.filter(region_id=region).order_by("code")
    return found.get(code=code) if code else found[0]


def _saved(row: Row) -> Row:
    row.save(using=OWNER)
    row._state.db = "default"
    return row


def _join(through: type[Model], **sides: Any) -> None:
    """Rows of a many-to-many table: one side is a row, the other a list of rows."""
    many = next(name for name, value in sides.items() if isinstance(value, list))
    others: Iterable[Model] = sides.pop(many)
    rows = [through(**sides, **{many: other}) for other in others]
    through._default_manager.using(OWNER).bulk_create(rows)

"""Loads the shipped reference data: regions, municipalities, cares and the published statistics.

Runs on the owner's connection, because the application role may only read these tables. Running it again
changes nothing; nothing is ever removed.
"""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Model

from accounts.models import Event, Tenant
from accounts.tenancy import Actor
from providers.models import Care, Municipality, PublishedWait, Region
from providers.reference import (
    RegionRow,
    UnreadableReference,
    read_cares,
    read_municipalities,
    read_polygons,
    read_published_waits,
    read_regions,
)

OWNER = "owner"
TENANTS = uuid.UUID("6f0c7d0e-3a53-5c0a-9d5e-0b6a4c1d2e3f")
"""Namespace of the ids of the regions' tenants: the same region has the same tenant id everywhere."""
POPULATION_ON = date(2023, 12, 31)
WAIT_KEY = ("measure", "over_days", "region_id", "care_id", "measured_on")


@dataclass(frozen=True, kw_only=True)
class Tally:
    """What loading one table did; `same` rows were there already, equal in every column."""

    table: str
    created: int
    changed: int
    same: int


def region_tenant_id(code: str) -> uuid.UUID:
    """Id of the tenant of a region (länskod)."""
    return uuid.uuid5(TENANTS, code)


def load_reference(*, by: Actor, now: datetime) -> tuple[Tally, ...]:
    """Load regions (with their tenants), municipalities, cares and published waits in one transaction.

    Raises UnreadableReference, and then nothing has been loaded.
    """
    regions = read_regions()
    with transaction.atomic(using=OWNER):
        tallies = (
            settle(Tenant, _tenants(regions), key=("id",)),
            settle(Region, _regions(regions), key=("code",)),
            settle(Municipality, _municipalities(), key=("code",)),
            settle(Care, _cares(), key=("code",)),
            settle(PublishedWait, _waits(), key=WAIT_KEY),
        )
        note("reference.loaded", tallies, by=by, now=now)
    return tallies


def settle(
    model: type[Model], rows: Iterable[Model], *, key: Sequence[str], overwrite: bool = True
) -> Tally:
    """Create the rows whose `key` is not there yet and, with `overwrite`, update those that differ.

    Tables of reference data are small: all of one is read first.
    """
    table = model._default_manager.using(OWNER)
    fields = [field.attname for field in model._meta.concrete_fields if not field.auto_created]
    there = {_values(row, key): row for row in table.all()}
    missing: list[Model] = []
    differing: list[Model] = []
    same = 0
    for row in rows:
        old = there.get(_values(row, key))
        if old is None:
            missing.append(row)
        elif overwrite and _values(old, fields) != _values(row, fields):
            row.pk = old.pk
            differing.append(row)
        else:
            same += 1
    table.bulk_create(missing)
    if differing:
        table.bulk_update(differing, [name for name in fields if name != model._meta.pk.attname])
    return Tally(
        table=model._meta.db_table, created=len(missing), changed=len(differing), same=same
    )


def note(did: str, tallies: Sequence[Tally], *, by: Actor, now: datetime) -> None:
    """Add the event of a load that changed something."""
    moved = {t.table: [t.created, t.changed] for t in tallies if t.created or t.changed}
    if moved:
        noun, verb = did.split(".")
        Event.objects.using(OWNER).create(
            at=now, actor_id=by.id, noun=noun, noun_id="shipped", verb=verb, data=moved
        )


def _values(row: Model, names: Sequence[str]) -> tuple[Any, ...]:
    """Values by attribute; lists as tuples, so that they can be a key."""
    values = (getattr(row, name) for name in names)
    return tuple(tuple(value) if isinstance(value, list) else value for value in values)


def _tenants(regions: Sequence[RegionRow]) -> Iterator[Tenant]:
    for row in regions:
        yield Tenant(id=region_tenant_id(row.code), kind=Tenant.Kind.REGION, name=row.name)


def _regions(regions: Sequence[RegionRow]) -> Iterator[Region]:
    for row in regions:
        yield Region(
            code=row.code,
            name=row.name,
            county=row.county,
            iso_code=row.iso_code,
            population=row.population,
            population_on=POPULATION_ON,
            cooperation_area=row.collaboration_region,
            organisation_number=row.org_number,
            organisation_number_source=row.org_number_source,
            tenant_id=region_tenant_id(row.code),
        )


def _municipalities() -> Iterator[Municipality]:
    centres = {polygon.code: polygon.centroid() for polygon in read_polygons("municipality")}
    for row in read_municipalities():
        if row.code not in centres:
            raise UnreadableReference(
                file="kommun.geojson",
                line="-",
                column="kommun_kod",
                problem=f"{row.code} has no outline",
            )
        latitude, longitude = centres[row.code]
        yield Municipality(
            code=row.code,
            name=row.name,
            region_id=row.region,
            cooperation_area=row.collaboration_region,
            latitude=latitude,
            longitude=longitude,
            source=row.source,
        )


def _cares() -> Iterator[Care]:
    for row in read_cares():
        yield Care(
            code=row.code,
            name_sv=row.name_sv,
            name_en=row.name_en,
            kind=row.kind,
            level=row.level,
            form=row.form,
            area=row.area,
            guarantee=row.guarantee or "none",
            medical_service=row.medical_service,
            hospital_level=row.hospital_level or "",
            source=row.source,
        )


def _waits() -> Iterator[PublishedWait]:
    """One row per cell; the national total stands in two tables of the source and is kept once."""
    seen: set[tuple[str, int]] = set()
    for row in read_published_waits():
        if row.region is None and row.care is None:
            if (row.measure, row.over_days) in seen:
                continue
            seen.add((row.measure, row.over_days))
        yield PublishedWait(
            measure=row.measure,
            over_days=row.over_days,
            region_id=row.region,
            care_id=row.care,
            count=row.n,
            share_of_all_percent=row.share_of_all_pct,
            share_within_percent=row.share_within_pct,
            population=row.population,
            measured_on=row.as_of,
            source=f"SOU 2021:59 bilaga 2, line {row.source_line}",
        )

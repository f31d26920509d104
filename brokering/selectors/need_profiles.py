"""The de-identified need profile, read as the matching role: what a round may know of a person."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connections

from brokering.law.clock import ClockEvent
from brokering.matching.reception import Wished
from brokering.matching.snapshot import EVERY_DAY
from brokering.selectors.clocks import Dates, counted

MATCHER = "matcher"
"""Alias of the connection that may read the need profile, and no person."""
COLUMNS = (
    "need_key, tenant_id, care_id, priority, home_region_id, responsibility, guarantee, issued_on,"
    " contact_on, decided_on, issuer, issuer_region_id, extras, need_approved_on, medical_target_on,"
    " confirmed_on, watch_until, bmi, asa, excluding_needs, max_distance_km, earliest_on, latest_on,"
    " accepts_other_regions, age, latitude, longitude, clock_events, reroute_open, refused_days,"
    " wished_mode, wished_language, wished_premises, given_together"
)

BRIEF = COLUMNS.replace(
    "clock_events",
    """CASE WHEN EXISTS (SELECT FROM need_trail t
                 WHERE t.need_key = need_profile.need_key AND t.type <> 'informed')
       THEN clock_events ELSE '[]' END AS clock_events""",
).replace("refused_days", "'[]'::jsonb AS refused_days")
"""For what turns tell: to be told of the guarantee alone moves no day, and no place is asked about."""

AS_THEY_ARE = (
    *("need_key", "care_id", "priority", "responsibility", "issuer", "need_approved_on"),
    *("medical_target_on", "confirmed_on", "watch_until", "bmi", "asa", "max_distance_km"),
    *("earliest_on", "latest_on", "accepts_other_regions", "age", "reroute_open"),
    "given_together",
)


@dataclass(frozen=True, kw_only=True)
class Profile:
    """One waiting need without identity; age in completed years, place no finer than a municipality."""

    need_key: UUID
    tenant: UUID
    care: str
    priority: int | None
    home_region: str | None
    responsibility: str
    dates: Dates
    issuer: str
    issuer_region: str
    extras: frozenset[str]
    need_approved_on: date | None
    medical_target_on: date | None
    confirmed_on: date | None
    watch_until: date | None
    bmi: int | None
    asa: int | None
    excluding_needs: frozenset[str]
    max_distance_km: int | None
    earliest_on: date | None
    latest_on: date | None
    accepts_other_regions: bool
    age: int
    point: tuple[float, float] | None
    events: tuple[ClockEvent, ...]
    reroute_open: bool
    given_together: bool
    """Whether two needs are given together, of which this is one: no round gives either a place."""
    refused_days: frozenset[tuple[str, date]]
    """Clinics and days that the person has turned down; EVERY_DAY where the clinic has said no."""
    wished: Wished


def profiles_of_care(care: str, *, among: Iterable[UUID] | None = None) -> list[Profile]:
    """Every waiting need of a care, or those `among` some, in the order of their opaque keys."""
    keys = None if among is None else list(among)
    which = "care_id = %s" if keys is None else "care_id = %s AND need_key = ANY(%s)"
    return _read(COLUMNS, which, [care] if keys is None else [care, keys])


def brief_profiles(care: str, among: Iterable[UUID]) -> list[Profile]:
    """Some waiting needs without what they have turned down, and without trails that move no day."""
    return _read(BRIEF, "care_id = %s AND need_key = ANY(%s)", [care, list(among)])


def _read(columns: str, which: str, known: list[Any]) -> list[Profile]:
    with connections[MATCHER].cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM need_profile WHERE {which} ORDER BY need_key", known)
        names = [column.name for column in cursor.description or ()]
        return [profile_of(dict(zip(names, row, strict=True))) for row in cursor.fetchall()]


def declined_of(care: str, slot: UUID, *, among: Iterable[UUID]) -> list[UUID]:
    """Those needs among some of a care to which the clinic of a place has said no."""
    with connections[MATCHER].cursor() as cursor:
        cursor.execute(
            "SELECT need_key FROM need_refusal WHERE care_id = %s AND day = %s"
            " AND need_key = ANY(%s)"
            " AND clinic_id = (SELECT clinic_id FROM providers_slot WHERE id = %s)",
            [care, EVERY_DAY, list(among), slot],
        )
        return [key for (key,) in cursor.fetchall()]


def profile_of(row: Mapping[str, Any]) -> Profile:
    """A row with the COLUMNS of the view."""
    point = None
    if row["latitude"] is not None:
        point = (row["latitude"], row["longitude"])
    dates = Dates(
        guarantee=row["guarantee"],
        region=row["home_region_id"] or "",
        issued_on=row["issued_on"],
        contact_on=row["contact_on"],
        decided_on=row["decided_on"],
    )
    values = {
        name if name == "need_key" else name.removesuffix("_id"): row[name] for name in AS_THEY_ARE
    }
    return Profile(
        tenant=row["tenant_id"],
        home_region=row["home_region_id"],
        issuer_region=row["issuer_region_id"] or "",
        dates=dates,
        extras=frozenset(row["extras"]),
        excluding_needs=frozenset(row["excluding_needs"]),
        wished=Wished(
            row["wished_mode"], row["wished_language"], frozenset(row["wished_premises"])
        ),
        point=point,
        events=counted(_entry(told) for told in _json(row["clock_events"])),
        refused_days=frozenset(
            (clinic, date.fromisoformat(day)) for clinic, day in _json(row["refused_days"])
        ),
        **values,
    )


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


@dataclass(frozen=True)
class _Told:
    """A fact of the trail as the profile tells it."""

    type: str
    on: date
    care_on: date | None
    offer_on: date | None
    reason: str


def _entry(data: dict[str, Any]) -> _Told:
    return _Told(
        type=data["type"],
        on=date.fromisoformat(data["on"]),
        care_on=_day(data["care_on"]),
        offer_on=_day(data["offer"]),
        reason=data["reason"],
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)

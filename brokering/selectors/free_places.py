"""Free places of the whole country: open, ahead, and taken by nobody."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from accounts.database.statements import rows_of
from brokering.selectors.places import SWEDEN
from providers.freshness import FEED, PLACE, Standing, advertised
from providers.week_places import SPANS_WEEK, possible_days


def not_taken(slot: str) -> str:
    """Nobody has the slot called so; a hold whose time is past takes nothing, tidied away or not."""
    return f"""
    NOT EXISTS (SELECT 1 FROM providers_claim k WHERE k.slot_id = {slot}.id
                AND (k.state = 'confirmed' OR k.state = 'held' AND k.held_until > %(now)s))
    """


NOT_TAKEN = not_taken("s")
WAY = """
    CROSS JOIN LATERAL (SELECT CASE WHEN begin.lat IS NOT NULL THEN round(12742.0176 * asin(sqrt(least(1,
        sin(radians(c.latitude - begin.lat) / 2) ^ 2
        + cos(radians(c.latitude)) * cos(radians(begin.lat))
        * sin(radians(c.longitude - begin.lon) / 2) ^ 2))))::int END AS km) AS way
"""
"""Kilometres by the haversine formula on a sphere of the Earth's mean radius; null without a start."""
FROM = f"""
    FROM providers_slot s
    JOIN providers_clinic c ON c.id = s.clinic_id
    {FEED}
    JOIN providers_municipality m ON m.code = c.municipality_id
    LEFT JOIN providers_municipality o ON o.code = %(near)s
    CROSS JOIN LATERAL (SELECT coalesce(%(lat)s, o.latitude) AS lat, coalesce(%(lon)s, o.longitude) AS lon
    ) AS begin
    {WAY}
"""
AHEAD = """
    s.care_id = %(care)s AND s.state = 'open'
    AND s.starts_at > %(now)s AND s.starts_at >= %(begins)s AND s.starts_at < %(ends)s
"""
FREE = f"""
    {advertised()} AND {NOT_TAKEN} AND (NOT {SPANS_WEEK.format("s")} OR s.ends_at <= %(ends)s)
"""
"""What may be shown as free. A week's place is found when the whole week lies within the days asked for."""
ABOUT_PLACES = {
    "form": "s.form = %(form)s",
    "mode": "s.mode = %(mode)s",
    "opened": "s.opens_at <= %(now)s",
    "weekdays": f"NOT {SPANS_WEEK.format('s')} AND extract(isodow FROM"
    f" s.starts_at AT TIME ZONE '{SWEDEN.key}')::int = ANY(%(weekdays)s::int[])",
}
"""Conditions on the place. On which weekday a place in a week will fall nobody knows: it is on none."""
ABOUT_CLINICS = {
    "within_km": "way.km <= %(within)s",
    "region": "c.municipality_id IN (SELECT m.code FROM providers_municipality m"
    " WHERE m.region_id = %(region)s)",
    "clinic": "c.id = %(clinic)s",
    "language": "%(language)s = ANY(c.languages)",
    "accessibility": "c.accessibility @> %(accessibility)s::varchar[]",
}
"""Conditions on the clinic. All only where they are asked for, so that the planner sees what is asked."""
SUITED = """
    suited AS MATERIALIZED (SELECT u.clinic, u.form, u.days::tstzmultirange AS days
        FROM unnest(%(suited_clinics)s::uuid[], %(suited_forms)s::text[], %(suited_days)s::text[])
            AS u(clinic, form, days))
"""
AT_SUITED = "JOIN suited u ON u.clinic = {0}.clinic_id AND u.form = {0}.form"
ON_SUITED_DAY = f"({SPANS_WEEK.format('s')} OR {{}}.days @> s.starts_at)"
"""Where law and terms answer as is asked. Of a place in a week the day is not known: the hit is judged."""
ALIKE = f"""
    FROM providers_slot w WHERE w.statement_id = s.statement_id AND w.state = 'open'
        AND w.hidden_why = '' AND {SPANS_WEEK.format("w")} AND {not_taken("w")}
"""
"""Free places of the same week: one says no more than another."""
FOLDED = f"""
    AND (NOT {SPANS_WEEK.format("s")}
         OR NOT EXISTS (SELECT 1 {ALIKE} AND (w.opens_at, w.id) < (s.opens_at, s.id)))
"""
"""Of a week's places a list shows the one that opens first, with how many they are."""
PLACES = f"CASE WHEN {SPANS_WEEK.format('s')} THEN (SELECT count(*) {ALIKE}) ELSE 1 END"
STALE = PLACE.stands(Standing.DEMOTED, now="%(fresh_at)s")
COLUMNS = f"""
    SELECT s.id AS slot, s.starts_at, s.ends_at, s.published_at, s.opens_at, s.form, s.mode,
           {PLACE.said_at} AS confirmed_at, {STALE} AS stale, {PLACE.promise} AS promised_age,
           {SPANS_WEEK.format("s")} AS any_time, {PLACES} AS places,
           c.id AS clinic, c.name AS clinic_name, p.name AS provider_name, m.name AS municipality,
           m.region_id AS region, r.name AS region_name, c.latitude, c.longitude, c.languages,
           c.accessibility, way.km
"""
NAMES = """
    JOIN providers_provider p ON p.id = c.provider_id
    JOIN providers_region r ON r.code = m.region_id
"""
ONE_DAY = timedelta(days=1)
FAR_AHEAD = date(9999, 12, 30)
"""The last day whose following midnight the calendar still has."""


@dataclass(frozen=True, kw_only=True)
class Suited:
    """A clinic and form of care where a search would find what it asks law and terms for."""

    clinic: UUID
    form: str
    days: str
    """When, as a multirange of PostgreSQL."""


@dataclass(frozen=True, kw_only=True)
class Filter:
    """Which free places: Swedish civil days inclusive, kilometres from a municipality's centre."""

    care: str
    first: date | None = None
    last: date | None = None
    near: str | None = None
    within_km: int | None = None
    form: str = ""
    region: str = ""
    """Region in whose area the clinic stands; empty for the whole country."""
    clinic: UUID | None = None
    point: tuple[float, float] | None = None
    """Latitude and longitude to measure from instead of the municipality's centre."""
    mode: str = ""
    weekdays: tuple[int, ...] = ()
    """ISO numbers, 1 for Monday; empty for every day."""
    language: str = ""
    """ISO 639 code of a language in which the clinic says that it receives patients."""
    accessibility: tuple[str, ...] = ()
    """What the clinic must say of its premises, all of it."""
    opened: bool = False
    """Only those that have opened to everybody."""
    suited: tuple[Suited, ...] | None = None
    """The clinics and days to which law and terms confine the search; None where they do not."""

    def asked(self, conditions: Mapping[str, str]) -> list[str]:
        """Those of the conditions that the filter sets."""
        return [
            sql
            for name, sql in conditions.items()
            if getattr(self, name) not in (None, "", (), False)
        ]


@dataclass(frozen=True, kw_only=True)
class FreePlace:
    """One free place with what a list says of it; `km` is None where nobody said from where."""

    slot: UUID
    starts_at: datetime
    ends_at: datetime
    published_at: datetime
    opens_at: datetime
    form: str
    mode: str
    confirmed_at: datetime
    """When its publisher, or the feed that it came from, last spoke for it."""
    stale: bool
    promised_age: timedelta
    any_time: bool
    """Whether it stands for a whole week, in which the clinic will name the time."""
    places: int
    """How many places the hit stands for: more than one only for a week's."""
    clinic: UUID
    clinic_name: str
    provider_name: str
    municipality: str
    region: str
    region_name: str
    latitude: float
    longitude: float
    languages: list[str]
    """Spoken besides Swedish, as far as the clinic has said: ISO 639."""
    accessibility: list[str]
    km: int | None

    @property
    def days(self) -> tuple[date, date]:
        """The first and last Swedish day on which the visit may fall."""
        return possible_days(self.any_time, self.starts_at, self.ends_at)


@dataclass(frozen=True, kw_only=True)
class KnownPlace:
    """A place, its care, and whether it is free, taken, withdrawn, past, outdated or hidden."""

    place: FreePlace
    care: str
    standing: str


@dataclass(frozen=True, kw_only=True)
class ClinicPlaces:
    """How many free places a clinic has, and the first of them."""

    clinic: UUID
    clinic_name: str
    municipality: str
    region: str
    latitude: float
    longitude: float
    count: int
    first_at: datetime
    form: str


def place_known(slot: UUID, *, now: datetime) -> KnownPlace | None:
    """One place whatever has become of it; None when there never was one."""
    return next(iter(_known("s.id = %(slot)s", {"slot": slot}, now)), None)


def places_known(clinic: UUID, *, first: date, last: date, now: datetime) -> list[KnownPlace]:
    """A clinic's places that begin on these Swedish days, whatever has become of them, by time."""
    asked = {"clinic": clinic, "first": _midnight(first), "after": _midnight(last + ONE_DAY)}
    inside = "s.clinic_id = %(clinic)s AND s.starts_at >= %(first)s AND s.starts_at < %(after)s"
    return _known(f"{inside} ORDER BY s.starts_at, s.id", asked, now)


def _known(which: str, asked: dict[str, Any], now: datetime) -> list[KnownPlace]:
    sql = f"""
        {COLUMNS}, s.care_id AS care, CASE WHEN s.state <> 'open' THEN 'withdrawn'
            WHEN s.starts_at <= %(now)s THEN 'past' WHEN NOT {NOT_TAKEN} THEN 'taken'
            WHEN s.hidden_why <> '' THEN 'hidden' WHEN NOT {advertised()} THEN 'outdated'
            ELSE 'free' END AS standing
        {FROM}{NAMES} WHERE {which}
    """
    values = values_of(Filter(care=""), now) | {"fresh_at": now} | asked
    return [
        KnownPlace(care=row.pop("care"), standing=row.pop("standing"), place=FreePlace(**row))
        for row in rows_of(sql, values)
    ]


def places_by_clinic(wanted: Filter, *, now: datetime) -> list[ClinicPlaces]:
    """Every clinic with a free place, for the map."""
    asked = [AHEAD, FREE, *wanted.asked(ABOUT_PLACES), *wanted.asked(ABOUT_CLINICS)]
    confined, at_suited = "", ""
    if wanted.suited is not None:
        confined, at_suited = f"WITH {SUITED}", AT_SUITED.format("s")
        asked.append(ON_SUITED_DAY.format("u"))
    sql = f"""
        {confined}
        SELECT c.id AS clinic, c.name AS clinic_name, m.name AS municipality, m.region_id AS region,
               c.latitude, c.longitude, sum(s.count)::bigint AS count, min(s.first_at) AS first_at,
               (array_agg(s.form ORDER BY s.first_at, s.form))[1] AS form
        FROM (SELECT s.clinic_id, s.form, count(*) AS count, min(s.starts_at) AS first_at
              {FROM} {at_suited} WHERE {" AND ".join(asked)} GROUP BY s.clinic_id, s.form) AS s
        JOIN providers_clinic c ON c.id = s.clinic_id
        JOIN providers_municipality m ON m.code = c.municipality_id
        GROUP BY c.id, m.code ORDER BY first_at, c.id
    """
    return [ClinicPlaces(**row) for row in rows_of(sql, values_of(wanted, now))]


def places_by_region(*, now: datetime) -> dict[str, int]:
    """How many places are free in each region's area, all care together."""
    sql = f"""
        SELECT m.region_id AS region, count(*) AS count FROM providers_slot s
        JOIN providers_clinic c ON c.id = s.clinic_id
        JOIN providers_municipality m ON m.code = c.municipality_id
        {FEED}
        WHERE s.state = 'open' AND s.starts_at > %(now)s AND {advertised()} AND {NOT_TAKEN}
        GROUP BY m.region_id
    """
    return {row["region"]: row["count"] for row in rows_of(sql, {"now": now})}


def silent_clinics(wanted: Filter, *, now: datetime) -> int:
    """How many clinics give the care and have said nothing of free places, or too long ago: unknown.

    In the whole country or the region asked for. A clinic whose word is fresh and that has nothing free is
    not among them: it has said so.
    """
    sql = f"""
        SELECT count(*) AS count FROM providers_clinic c
        JOIN providers_clinic_cares o ON o.clinic_id = c.id AND o.care_id = %(care)s
        JOIN providers_municipality m ON m.code = c.municipality_id
        WHERE (%(region)s = '' OR m.region_id = %(region)s)
          AND (%(clinic)s::uuid IS NULL OR c.id = %(clinic)s)
          AND NOT EXISTS (SELECT 1 FROM providers_slot s {FEED}
              WHERE s.clinic_id = c.id AND s.care_id = o.care_id AND s.state = 'open'
                AND s.starts_at > %(now)s
                AND NOT {PLACE.stands(Standing.WITHDRAWN, now="%(now)s")})
          AND NOT EXISTS (SELECT 1 FROM providers_feed f
              WHERE f.clinic_id = c.id AND %(now)s - f.succeeded_at <= 2 * f.promised_age)
          AND (%(now)s - c.confirmed_at > 2 * c.promised_age
               OR NOT EXISTS (SELECT 1 FROM providers_slot s WHERE s.clinic_id = c.id)
                  AND NOT EXISTS (SELECT 1 FROM accounts_event e WHERE e.noun = 'clinic'
                                  AND e.noun_id = c.id::text AND e.verb = 'confirmed'))
    """
    return int(rows_of(sql, values_of(wanted, now))[0]["count"])


def values_of(wanted: Filter, now: datetime) -> dict[str, Any]:
    """What a statement on free places is given."""
    lat, lon = wanted.point or (None, None)
    return {
        "care": wanted.care,
        "now": now,
        "begins": _midnight(wanted.first or date(1970, 1, 2)),
        "ends": _midnight(min(wanted.last or FAR_AHEAD, FAR_AHEAD) + ONE_DAY),
        "near": wanted.near,
        "lat": lat,
        "lon": lon,
        "within": wanted.within_km,
        "form": wanted.form,
        "mode": wanted.mode,
        "weekdays": list(wanted.weekdays),
        "language": wanted.language,
        "accessibility": list(wanted.accessibility),
        "region": wanted.region,
        "clinic": wanted.clinic,
        "suited_clinics": [one.clinic for one in wanted.suited or ()],
        "suited_forms": [one.form for one in wanted.suited or ()],
        "suited_days": [one.days for one in wanted.suited or ()],
    }


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SWEDEN)

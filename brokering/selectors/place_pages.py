"""One page of the list of free places, found by walking an index in the order of the list.

Only the rows of the page are touched and those that must be passed over; names, distance and counts are asked
for the page alone. What is older than promised is walked by itself, when the fresh places are at their end.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.selectors.statements import rows_of
from brokering.selectors.free_places import (
    FOLDED,
    NOT_TAKEN,
    PLACES,
    STALE,
    WAY,
    Filter,
    FreePlace,
    values_of,
)
from providers.freshness import FEED, PLACE, advertised
from providers.week_places import SPANS_WEEK

BEGIN = """
    begin AS MATERIALIZED (SELECT coalesce(%(lat)s, o.latitude) AS lat, coalesce(%(lon)s, o.longitude) AS lon
        FROM (VALUES (1)) AS one LEFT JOIN providers_municipality o ON o.code = %(near)s)
"""
FREE = f"""
    s.care_id = %(care)s AND s.state = 'open' AND {advertised()} AND {NOT_TAKEN} {FOLDED}
    AND (NOT {SPANS_WEEK.format("s")} OR s.ends_at <= %(ends)s)
    AND s.starts_at > %(now)s AND s.starts_at >= %(begins)s AND s.starts_at < %(ends)s
"""
CLINICS = {
    "within_km": "way.km <= %(within)s",
    "region": "c.municipality_id IN (SELECT m.code FROM providers_municipality m"
    " WHERE m.region_id = %(region)s)",
    "clinic": "c.id = %(clinic)s",
}
"""Conditions on the clinic, each only where it is asked for, so that the planner sees what is asked."""
TOLD = f"""
    s.id, s.starts_at, s.ends_at, s.published_at, s.opens_at, s.form, s.statement_id, s.clinic_id,
    {PLACE.said_at} AS said_at, {PLACE.promise} AS promise
"""
SHOWN = f"""
    SELECT s.id AS slot, s.starts_at, s.ends_at, s.published_at, s.opens_at, s.form,
           s.said_at AS confirmed_at, %(stale)s AS stale, s.promise AS promised_age,
           {SPANS_WEEK.format("s")} AS any_time, {PLACES} AS places,
           c.id AS clinic, c.name AS clinic_name, p.name AS provider_name, m.name AS municipality,
           m.region_id AS region, r.name AS region_name, c.latitude, c.longitude, way.km
    FROM page s JOIN providers_clinic c ON c.id = s.clinic_id
    JOIN providers_provider p ON p.id = c.provider_id
    JOIN providers_municipality m ON m.code = c.municipality_id
    JOIN providers_region r ON r.code = m.region_id
    CROSS JOIN begin {WAY}
"""


@dataclass(frozen=True, kw_only=True)
class Position:
    """The last place of a page, in the order of the list."""

    stale: bool
    km: int | None
    starts_at: datetime
    slot: UUID


@dataclass(frozen=True, kw_only=True)
class Cut:
    """Which part of the list: by `date` or `distance`, how many, after what; `fresh_at` fixes what is old."""

    order: str
    limit: int
    fresh_at: datetime
    after: Position | None = None


def free_places(wanted: Filter, cut: Cut, *, now: datetime) -> list[FreePlace]:
    """The places of one cut of the list: what is older than promised comes last, whatever is asked for.

    Never by regime, region or price.
    """
    begun = cut.after is not None and cut.after.stale
    found: list[FreePlace] = []
    for stale in (True,) if begun else (False, True):
        after = cut.after if cut.after and cut.after.stale == stale else None
        known = values_of(wanted, now) | _after(after) | {"fresh_at": cut.fresh_at, "stale": stale}
        known["limit"] = cut.limit - len(found)
        if known["limit"]:
            sql = _page(wanted, cut.order, stale=stale, further=after is not None)
            found += [FreePlace(**row) for row in rows_of(sql, known)]
    return found


def _page(wanted: Filter, order: str, *, stale: bool, further: bool) -> str:
    asked = [sql for name, sql in CLINICS.items() if getattr(wanted, name) not in (None, "")]
    free = FREE + (" AND s.form = %(form)s" if wanted.form else "")
    free += f" AND {STALE}" if stale else f" AND NOT {STALE}"
    walk = _by_distance if order == "distance" else _by_date
    sort = "way.km, s.starts_at, s.id" if order == "distance" else "s.starts_at, s.id"
    page = walk(free, asked, further=further)
    return f"WITH {BEGIN}, page AS MATERIALIZED ({page}) {SHOWN} ORDER BY {sort}"


def _by_date(free: str, asked: list[str], *, further: bool) -> str:
    """The places of the care, earliest first."""
    after = ["(s.starts_at, s.id) > (%(after_at)s, %(after_id)s)"] if further else []
    measured = f"CROSS JOIN begin {WAY}" if any("way." in one for one in asked) else ""
    return f"""
        SELECT {TOLD} FROM providers_slot s JOIN providers_clinic c ON c.id = s.clinic_id {FEED} {measured}
        WHERE {" AND ".join([free, *asked, *after])} ORDER BY s.starts_at, s.id LIMIT %(limit)s
    """


def _by_distance(free: str, asked: list[str], *, further: bool) -> str:
    """The clinics, nearest first, and the earliest places of each; clinics farther away are left alone."""
    nearer = ["way.km >= %(after_km)s"] if further else []
    after = "(c.km, s.starts_at, s.id) > (%(after_km)s, %(after_at)s, %(after_id)s)"
    return f"""
        SELECT s.* FROM (
            SELECT c.id, c.promised_age, way.km FROM providers_clinic c CROSS JOIN begin {WAY}
            WHERE {" AND ".join(["true", *asked, *nearer])} ORDER BY way.km OFFSET 0) AS c
        CROSS JOIN LATERAL (
            SELECT {TOLD} FROM providers_slot s {FEED}
            WHERE s.clinic_id = c.id AND {free} {"AND " + after if further else ""}
            ORDER BY s.starts_at, s.id LIMIT %(limit)s) AS s
        ORDER BY c.km, s.starts_at, s.id LIMIT %(limit)s
    """


def _after(after: Position | None) -> dict[str, Any]:
    if after is None:
        return {}
    return {
        "after_km": after.km,
        "after_at": after.starts_at,
        "after_id": after.slot,
    }

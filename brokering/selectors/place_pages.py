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
    ABOUT_CLINICS,
    ABOUT_PLACES,
    AHEAD,
    FOLDED,
    FREE,
    PLACES,
    STALE,
    WAY,
    Filter,
    FreePlace,
    values_of,
)
from providers.freshness import FEED, PLACE
from providers.week_places import SPANS_WEEK

BEGIN = """
    begin AS MATERIALIZED (SELECT coalesce(%(lat)s, o.latitude) AS lat, coalesce(%(lon)s, o.longitude) AS lon
        FROM (VALUES (1)) AS one LEFT JOIN providers_municipality o ON o.code = %(near)s)
"""
STEP = "way.km / 50"
KIND = "s.clinic_id, s.form, s.mode"
OF_CARE = f"SELECT {KIND} FROM providers_slot s WHERE s.care_id = %(care)s AND s.state = 'open'"
KINDS = f"""
    kinds AS (
        ({OF_CARE} ORDER BY {KIND} LIMIT 1) UNION ALL
        SELECT s.* FROM kinds k CROSS JOIN LATERAL (
            {OF_CARE} AND ({KIND}) > (k.clinic_id, k.form, k.mode) ORDER BY {KIND} LIMIT 1) AS s)
"""
"""Who has places of the care, in which form and mode: the index is asked once for each of them."""
LOOKED = 500
"""By date so many places are looked through; where these do not fill the page, the clinics are walked."""
TOLD = f"""
    s.id, s.starts_at, s.ends_at, s.published_at, s.opens_at, s.form, s.mode, s.statement_id, s.clinic_id,
    {PLACE.said_at} AS said_at, {PLACE.promise} AS promise
"""
SHOWN = f"""
    SELECT s.id AS slot, s.starts_at, s.ends_at, s.published_at, s.opens_at, s.form, s.mode,
           s.said_at AS confirmed_at, %(stale)s AS stale, s.promise AS promised_age,
           {SPANS_WEEK.format("s")} AS any_time, {PLACES} AS places,
           c.id AS clinic, c.name AS clinic_name, p.name AS provider_name, m.name AS municipality,
           m.region_id AS region, r.name AS region_name, c.latitude, c.longitude, c.languages,
           c.accessibility, way.km
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


def places_near(
    wanted: Filter, *, starts_at: datetime, limit: int, now: datetime
) -> list[FreePlace]:
    """Released places closest to a point in steps of 50 km, and then to a moment."""
    free = " AND ".join((FREE + FOLDED, "s.opens_at <= %(now)s", *wanted.asked(ABOUT_PLACES)))
    sides = (("s.starts_at >= %(wanted)s", ""), ("s.starts_at < %(wanted)s", "DESC"))
    places = " UNION ALL ".join(
        f"({_of_clinic(f'{free} AND {side}', '', order)})" for side, order in sides
    )
    sort = "abs(extract(epoch FROM s.starts_at - %(wanted)s)), s.id"
    sql = f"""
        WITH RECURSIVE {BEGIN}, {KINDS}, page AS MATERIALIZED (
            SELECT s.* FROM {_clinics(wanted, wanted.asked(ABOUT_CLINICS), f"ORDER BY {STEP}")}
            CROSS JOIN LATERAL ({places}) AS s ORDER BY c.step, {sort} LIMIT %(limit)s)
        {SHOWN} ORDER BY {STEP}, {sort}
    """
    known = values_of(wanted, now) | {"stale": False, "wanted": starts_at, "limit": limit}
    return [FreePlace(**row) for row in rows_of(sql, known)]


def _page(wanted: Filter, order: str, *, stale: bool, further: bool) -> str:
    asked = wanted.asked(ABOUT_CLINICS)
    free = " AND ".join(
        (FREE + FOLDED, STALE if stale else f"NOT {STALE}", *wanted.asked(ABOUT_PLACES))
    )
    if order == "distance":
        page, sort = _by_distance(wanted, free, asked, further=further), "way.km, s.starts_at, s.id"
    else:
        page, sort = _by_date(wanted, free, asked, further=further), "s.starts_at, s.id"
    return f"WITH RECURSIVE {BEGIN}, {KINDS}, {page} {SHOWN} ORDER BY {sort}"


def _by_date(wanted: Filter, free: str, asked: list[str], *, further: bool) -> str:
    """The places of the care, earliest first; where few of them are meant, the earliest of each clinic."""
    after = "AND (s.starts_at, s.id) > (%(after_at)s, %(after_id)s)" if further else ""
    measured = f"CROSS JOIN begin {WAY}" if any("way." in one for one in asked) else ""
    return f"""
        early AS MATERIALIZED (
            SELECT {TOLD} FROM (SELECT s.* FROM providers_slot s WHERE {AHEAD} {after}
                                ORDER BY s.starts_at, s.id LIMIT {LOOKED}) AS s
            JOIN providers_clinic c ON c.id = s.clinic_id {FEED} {measured}
            WHERE {" AND ".join([free, *asked])} ORDER BY s.starts_at, s.id LIMIT %(limit)s),
        looked AS MATERIALIZED (SELECT count(*) >= %(limit)s AS is_full FROM early),
        page AS MATERIALIZED (
            SELECT * FROM early WHERE (SELECT is_full FROM looked) UNION ALL
            SELECT * FROM (SELECT s.* FROM {_clinics(wanted, asked)}
                {_places(free, after)} ORDER BY s.starts_at, s.id LIMIT %(limit)s) AS walked
            WHERE NOT (SELECT is_full FROM looked))
    """


def _by_distance(wanted: Filter, free: str, asked: list[str], *, further: bool) -> str:
    """The clinics, nearest first, and the earliest places of each; clinics farther away are left alone."""
    nearer = ["way.km >= %(after_km)s"] if further else []
    after = "AND (c.km, s.starts_at, s.id) > (%(after_km)s, %(after_at)s, %(after_id)s)"
    return f"""
        page AS MATERIALIZED (SELECT s.* FROM {_clinics(wanted, asked + nearer, "ORDER BY way.km")}
            {_places(free, after if further else "")}
            ORDER BY c.km, s.starts_at, s.id LIMIT %(limit)s)
    """


def _clinics(wanted: Filter, asked: list[str], order: str = "") -> str:
    """The clinics that are meant, once for each kind of place that they have."""
    kinds = {name: f"k.{name} = %({name})s" for name in ("form", "mode")}
    meant = ["true", *asked, *wanted.asked(kinds)]
    return f"""
        (SELECT c.id, c.promised_age, k.form, k.mode, way.km, {STEP} AS step
         FROM kinds k JOIN providers_clinic c ON c.id = k.clinic_id CROSS JOIN begin {WAY}
         WHERE {" AND ".join(meant)} {order} OFFSET 0) AS c
    """


def _places(free: str, after: str) -> str:
    """The earliest places of each clinic and kind."""
    return f"CROSS JOIN LATERAL ({_of_clinic(free, after)}) AS s"


def _of_clinic(free: str, after: str, order: str = "") -> str:
    return f"""
        SELECT {TOLD} FROM providers_slot s {FEED}
        WHERE s.clinic_id = c.id AND s.form = c.form AND s.mode = c.mode
            AND {AHEAD} AND {free} {after}
        ORDER BY s.starts_at {order}, s.id LIMIT %(limit)s
    """


def _after(after: Position | None) -> dict[str, Any]:
    if after is None:
        return {}
    return {
        "after_km": after.km,
        "after_at": after.starts_at,
        "after_id": after.slot,
    }

"""One page of the list of free places, found by walking an index in the order of the list.

Only the rows of the page are touched and those that must be passed over; names, distance and counts are asked
for the page alone. What is older than promised is walked by itself, when the fresh places are at their end.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from accounts.database.statements import rows_of
from brokering.selectors.free_places import (
    ABOUT_CLINICS,
    ABOUT_PLACES,
    AHEAD,
    AT_SUITED,
    FOLDED,
    FREE,
    ON_SUITED_DAY,
    PLACES,
    STALE,
    SUITED,
    WAY,
    Filter,
    FreePlace,
    values_of,
)
from brokering.selectors.places import SWEDEN
from providers.freshness import FEED, PLACE
from providers.models import Slot
from providers.week_places import SPANS_WEEK

BEGIN = """
    begin AS MATERIALIZED (SELECT coalesce(%(lat)s, o.latitude) AS lat, coalesce(%(lon)s, o.longitude) AS lon
        FROM (VALUES (1)) AS one LEFT JOIN providers_municipality o ON o.code = %(near)s)
"""
LATER = "make_interval(secs => %(seconds_a_km)s::float8 * {})"
"""How much later a place counts as for its distance, where time and distance are weighed together."""
DAYS = f"""
    days AS MATERIALIZED (
        SELECT d.begins, d.ends
        FROM (SELECT s.starts_at AS at FROM providers_slot s WHERE s.care_id = %(care)s AND s.state = 'open'
              ORDER BY s.starts_at DESC LIMIT 1) AS latest
        CROSS JOIN LATERAL generate_series(
            date_trunc('day', greatest(%(now)s, %(begins)s) AT TIME ZONE '{SWEDEN.key}'),
            least(latest.at, %(ends)s) AT TIME ZONE '{SWEDEN.key}', interval '1 day') AS n(day)
        CROSS JOIN LATERAL (SELECT n.day AT TIME ZONE '{SWEDEN.key}' AS begins,
            (n.day + interval '1 day') AT TIME ZONE '{SWEDEN.key}' AS ends) AS d
        WHERE extract(isodow FROM n.day)::int = ANY(%(weekdays)s::int[])
            AND EXISTS (SELECT 1 FROM providers_slot s WHERE s.care_id = %(care)s AND s.state = 'open'
                        AND s.starts_at >= d.begins AND s.starts_at < d.ends))
"""
"""The days of the week that are asked for and on which anybody has a place: each is a piece of the index."""
KIND = "s.clinic_id, s.form, s.mode"
OF_CARE = f"SELECT {KIND} FROM providers_slot s WHERE s.care_id = %(care)s AND s.state = 'open'"
KINDS = f"""
    kinds AS (
        ({OF_CARE} ORDER BY {KIND} LIMIT 1) UNION ALL
        SELECT s.* FROM kinds k CROSS JOIN LATERAL (
            {OF_CARE} AND ({KIND}) > (k.clinic_id, k.form, k.mode) ORDER BY {KIND} LIMIT 1) AS s)
"""
"""Who has places of the care, in which form and mode: the index is asked once for each of them."""
FIRST_STEP = 50
"""Kilometres."""
KINDS_NEARBY = """
    kinds AS (
        SELECT c.id AS clinic_id, f.form, m.mode FROM begin
        JOIN providers_clinic c ON abs(c.latitude - begin.lat) <= 0.5
            AND abs(c.longitude - begin.lon) * cos(radians(begin.lat)) <= 0.5
        CROSS JOIN unnest(%(forms)s::text[]) AS f(form) CROSS JOIN unnest(%(modes)s::text[]) AS m(mode))
"""
"""Whoever could have places within the first step: half a degree of latitude is 55 kilometres."""
STEP = f"way.km / {FIRST_STEP}"
A_DAY = 86_400
"""Seconds."""
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

SORTS = {
    "date": "s.starts_at, s.id",
    "distance": "way.km, s.starts_at, s.id",
    "both": f"s.starts_at + {LATER.format('way.km')}, s.starts_at, s.id",
}


@dataclass(frozen=True, kw_only=True)
class Position:
    """The last place of a page, in the order of the list."""

    stale: bool
    km: int | None
    starts_at: datetime
    slot: UUID


@dataclass(frozen=True, kw_only=True)
class Cut:
    """Which part of the list: by `date`, `distance` or `both`, how many, after what.

    `fresh_at` fixes what is old. By `both` each place counts as later than it is by a day for every
    `KM_AS_A_DAY` kilometres: nothing but when and how far.
    """

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
        known |= {"limit": cut.limit - len(found), "seconds_a_km": A_DAY / settings.KM_AS_A_DAY}
        if known["limit"]:
            sql = _page(wanted, cut.order, stale=stale, further=after is not None)
            found += [FreePlace(**row) for row in rows_of(sql, known)]
    return found


def places_near(
    wanted: Filter, *, starts_at: datetime, limit: int, now: datetime, nearby: bool = False
) -> list[FreePlace]:
    """Released places closest to a point in steps of 50 km, and then to a moment.

    `nearby`: only those of the first step, found without looking at the clinics of the whole country.
    """
    free = " AND ".join((FREE + FOLDED, "s.opens_at <= %(now)s", *wanted.asked(ABOUT_PLACES)))
    sides = (("s.starts_at >= %(wanted)s", ""), ("s.starts_at < %(wanted)s", "DESC"))
    places = " UNION ALL ".join(
        f"({_of_clinic(f'{free} AND {side}', '', order)})" for side, order in sides
    )
    asked = [*wanted.asked(ABOUT_CLINICS), *(["way.km < %(step)s"] if nearby else ())]
    sort = "abs(extract(epoch FROM s.starts_at - %(wanted)s)), s.id"
    sql = f"""
        WITH RECURSIVE {BEGIN}, {KINDS_NEARBY if nearby else KINDS}, page AS MATERIALIZED (
            SELECT s.* FROM {_clinics(wanted, asked, f"ORDER BY {STEP}")}
            CROSS JOIN LATERAL ({places}) AS s ORDER BY c.step, {sort} LIMIT %(limit)s)
        {SHOWN} ORDER BY {STEP}, {sort}
    """
    known = values_of(wanted, now) | {"stale": False, "wanted": starts_at, "limit": limit}
    known |= {"step": FIRST_STEP, "forms": Slot.Form.values, "modes": Slot.Mode.values}
    return [FreePlace(**row) for row in rows_of(sql, known)]


def _page(wanted: Filter, order: str, *, stale: bool, further: bool) -> str:
    asked = wanted.asked(ABOUT_CLINICS)
    free = " AND ".join(
        (FREE + FOLDED, STALE if stale else f"NOT {STALE}", *wanted.asked(ABOUT_PLACES))
    )
    by = {"distance": _by_distance, "both": _by_both}.get(order, _by_date)
    page = by(wanted, free, asked, further=further)
    return f"WITH RECURSIVE {_known(wanted)}, {page} {SHOWN} ORDER BY {SORTS[order]}"


def _known(wanted: Filter) -> str:
    """What every page begins with."""
    parts = [BEGIN, KINDS]
    if wanted.weekdays:
        parts.append(DAYS)
    if wanted.suited is not None:
        parts.append(SUITED)
    return ", ".join(parts)


def _by_date(wanted: Filter, free: str, asked: list[str], *, further: bool) -> str:
    """The places of the care, earliest first; where few of them are meant, the earliest of each clinic."""
    after = "AND (s.starts_at, s.id) > (%(after_at)s, %(after_id)s)" if further else ""
    confined = [] if wanted.suited is None else [ON_SUITED_DAY.format("u")]
    measured = f"CROSS JOIN begin {WAY}" if any("way." in one for one in asked) else ""
    return f"""
        early AS MATERIALIZED (
            SELECT {TOLD} FROM (SELECT s.* FROM providers_slot s WHERE {AHEAD} {after}
                                ORDER BY s.starts_at, s.id LIMIT {LOOKED}) AS s
            JOIN providers_clinic c ON c.id = s.clinic_id {FEED} {measured}
            {AT_SUITED.format("s") if confined else ""}
            WHERE {" AND ".join([free, *asked, *confined])} ORDER BY s.starts_at, s.id LIMIT %(limit)s),
        looked AS MATERIALIZED (SELECT count(*) >= %(limit)s AS is_full FROM early),
        page AS MATERIALIZED (
            SELECT * FROM early WHERE (SELECT is_full FROM looked) UNION ALL
            SELECT * FROM (SELECT s.* FROM {_clinics(wanted, asked)}
                {_places(wanted, free, after)} ORDER BY s.starts_at, s.id LIMIT %(limit)s) AS walked
            WHERE NOT (SELECT is_full FROM looked))
    """


def _by_distance(wanted: Filter, free: str, asked: list[str], *, further: bool) -> str:
    """The clinics, nearest first, and the earliest places of each; clinics farther away are left alone."""
    nearer = ["way.km >= %(after_km)s"] if further else []
    after = "AND (c.km, s.starts_at, s.id) > (%(after_km)s, %(after_at)s, %(after_id)s)"
    return f"""
        page AS MATERIALIZED (SELECT s.* FROM {_clinics(wanted, asked + nearer, "ORDER BY way.km")}
            {_places(wanted, free, after if further else "")}
            ORDER BY c.km, s.starts_at, s.id LIMIT %(limit)s)
    """


def _by_both(wanted: Filter, free: str, asked: list[str], *, further: bool) -> str:
    """A page's worth of the nearest clinics' places tells how late a place may count as at the most.

    Only those that count as no later are looked at.
    """
    counts_as = f"s.starts_at + {LATER.format('c.km')}"
    reached = f"%(after_at)s + {LATER.format('%(after_km)s')}"
    after = f"""AND s.starts_at >= {reached} - {LATER.format("c.km")}
        AND ({counts_as}, s.starts_at, s.id) > ({reached}, %(after_at)s, %(after_id)s)"""
    begun = after if further else ""
    in_time = f"AND s.starts_at <= bound.latest - {LATER.format('c.km')}"
    return f"""
        nearest AS MATERIALIZED (SELECT s.*, {counts_as} AS counts_as
            FROM {_clinics(wanted, asked, "ORDER BY way.km")} {_places(wanted, free, begun)}
            ORDER BY c.km, s.starts_at, s.id LIMIT %(limit)s),
        bound AS MATERIALIZED (
            SELECT max(counts_as) AS latest, count(*) >= %(limit)s AS is_full FROM nearest),
        page AS MATERIALIZED (
            SELECT * FROM nearest WHERE NOT (SELECT is_full FROM bound) UNION ALL
            SELECT * FROM (SELECT s.*, {counts_as} AS counts_as
                FROM bound CROSS JOIN {_clinics(wanted, asked)}
                {_places(wanted, free, f"{begun} {in_time}")}
                ORDER BY {counts_as}, s.starts_at, s.id LIMIT %(limit)s) AS counted
            WHERE (SELECT is_full FROM bound))
    """


def _clinics(wanted: Filter, asked: list[str], order: str = "") -> str:
    """The clinics that are meant, once for each kind of place that they have."""
    kinds = {name: f"k.{name} = %({name})s" for name in ("form", "mode")}
    meant = ["true", *asked, *wanted.asked(kinds)]
    days, at_suited = "", ""
    if wanted.suited is not None:
        days, at_suited = ", u.days", AT_SUITED.format("k")
    return f"""
        (SELECT c.id, c.promised_age, k.form, k.mode, way.km, {STEP} AS step{days}
         FROM kinds k JOIN providers_clinic c ON c.id = k.clinic_id {at_suited} CROSS JOIN begin {WAY}
         WHERE {" AND ".join(meant)} {order} OFFSET 0) AS c
    """


def _places(wanted: Filter, free: str, after: str) -> str:
    """The earliest places of each clinic and kind."""
    if wanted.suited is not None:
        free = f"{free} AND {ON_SUITED_DAY.format('c')}"
    places = _of_clinic(free, after, days=bool(wanted.weekdays))
    return f"CROSS JOIN LATERAL ({places}) AS s"


def _of_clinic(free: str, after: str, order: str = "", *, days: bool = False) -> str:
    here = f"s.clinic_id = c.id AND s.form = c.form AND s.mode = c.mode AND {AHEAD}"
    slots = "providers_slot s"
    if days:
        slots = f"""days CROSS JOIN LATERAL (SELECT s.* FROM providers_slot s WHERE {here}
            AND s.starts_at >= days.begins AND s.starts_at < days.ends OFFSET 0) AS s"""
    return f"""
        SELECT {TOLD} FROM {slots} {FEED}
        WHERE {here} AND {free} {after}
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

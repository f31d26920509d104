"""Free places of a care as columns, and as offers: places that no need can tell apart, with a count."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np
import psycopg
from django.conf import settings

from brokering.selectors.country.columns import (
    MOMENT,
    TRUTH,
    UUID,
    WHOLE,
    WORD,
    Column,
    Wanted,
    columns,
    halves,
    positions,
)
from brokering.selectors.country.days import START, swedish_days
from brokering.selectors.need_profiles import MATCHER
from brokering.selectors.places import midnight, swedish_day
from contracts.models import ReleasePolicy
from contracts.selectors.release import window_among
from providers.freshness import FEED, advertised
from providers.models import Clinic
from providers.week_places import SPANS_WEEK

FORMS = ("open", "inpatient")
MICROSECOND = timedelta(microseconds=1)
CLINIC = (
    *("id", "name", "municipality__region_id", "latitude", "longitude"),
    *("languages", "accessibility"),
)
SLOTS = {
    "id": Wanted("s.id", UUID),
    "starts": Wanted("s.starts_at", MOMENT),
    "clinic": Wanted("c.number", WHOLE),
    "inpatient": Wanted("s.form = 'inpatient'", TRUTH),
    "video": Wanted("s.mode = 'video'", TRUTH),
    "week": Wanted(SPANS_WEEK.format("s"), TRUTH),
    "last": Wanted("s.ends_at - interval '1 second'", MOMENT, where=SPANS_WEEK.format("s")),
    "published": Wanted("s.published_at", MOMENT, where="c.windowed"),
}
"""What is asked of few places only is sent for those alone."""
CLINIC_NOW = """
    SELECT {}, promised_age, %(now)s - 2 * promised_age AS fresh_from,
           id = ANY(%(windowed)s::uuid[]) AS windowed
    FROM providers_clinic
"""
ALL = CLINIC_NOW.format("id, row_number() OVER (ORDER BY id) - 1 AS number")
NUMBERED = """
    unnest(%(clinics)s::uuid[], %(numbers)s::int[], %(until)s::timestamptz[]) AS near(id, number, until)
"""
FEW = f"{CLINIC_NOW.format('id, number, until')} JOIN {NUMBERED} USING (id)"
CLINICS = "JOIN ({}) c ON c.id = s.clinic_id"
"""Clinics by number, as `all_clinics` has them."""
ADVERTISED = f"""
    s.hidden_why = '' AND (s.feed_id IS NULL AND s.confirmed_at >= c.fresh_from OR {advertised()})
"""
"""`advertised`, told of most places by one comparison."""
BEGINS = (
    "s.state = 'open' AND s.care_id = %(care)s AND s.starts_at > %(first)s AND s.starts_at <= {}"
)
CLAIMED = "(k.state = 'confirmed' OR (k.state = 'held' AND k.held_until > %(now)s))"
ASKED = "b.ended_at IS NULL AND b.answer_by > %(now)s"
FREE = f"""
    NOT EXISTS (SELECT 1 FROM providers_claim k WHERE k.slot_id = s.id AND {CLAIMED})
      AND NOT EXISTS (SELECT 1 FROM brokering_batch b WHERE b.slot_id = s.id AND {ASKED})
"""
WHOLE_CARE = f"""
    FROM providers_slot s {CLINICS.format(ALL)} {FEED} WHERE {BEGINS.format("%(last)s")} AND {ADVERTISED}
"""
NEAR = f"""
    FROM ({FEW}) c CROSS JOIN LATERAL (
        SELECT * FROM providers_slot s WHERE s.clinic_id = c.id AND {BEGINS.format("c.until")} OFFSET 0) s
    {FEED} WHERE {ADVERTISED} AND {FREE}
"""
"""Each clinic is looked up by itself, as far as its own last day: otherwise the server reads all days."""
FIRST_OPEN = """
    SELECT s.starts_at FROM providers_slot s
    WHERE s.state = 'open' AND s.hidden_why = '' AND s.care_id = %(care)s AND s.starts_at >= %(since)s
    ORDER BY s.starts_at LIMIT 1
"""
NAMED = f"FROM providers_slot s {CLINICS.format(ALL)} WHERE s.id = ANY(%(slots)s)"
TAKEN = f"""
    FROM (
        SELECT k.slot_id AS id FROM providers_claim k WHERE {CLAIMED}
        UNION SELECT b.slot_id FROM brokering_batch b WHERE {ASKED}) taken
    JOIN providers_slot s USING (id)
    WHERE s.state = 'open' AND s.care_id = ANY(%(cares)s)
      AND s.starts_at > %(first)s AND s.starts_at <= %(last)s
"""
"""The places of some cares that are not FREE: of a whole country, few beside those that are."""


@dataclass(frozen=True, eq=False)
class At:
    """A care at a moment, and the places that somebody has or is asked about."""

    care: str
    now: datetime
    taken: Column


@dataclass(frozen=True, eq=False)
class Clinics:
    """Clinics by number, in the order of their keys."""

    key: Column
    ids: tuple[uuid.UUID, ...]
    names: tuple[str, ...]
    regions: tuple[str, ...]
    latitude: Column
    longitude: Column
    languages: tuple[frozenset[str], ...]
    premises: tuple[frozenset[str], ...]

    @cached_property
    def numbers(self) -> dict[uuid.UUID, int]:
        """By key."""
        return {one: number for number, one in enumerate(self.ids)}

    def among(self, some: Iterable[uuid.UUID]) -> "Clinics":
        """Some of them, by numbers of their own in the same order."""
        chosen = sorted(self.numbers[one] for one in some if one in self.numbers)
        return Clinics(
            key=self.key[chosen],
            ids=tuple(self.ids[number] for number in chosen),
            names=tuple(self.names[number] for number in chosen),
            regions=tuple(self.regions[number] for number in chosen),
            latitude=self.latitude[chosen],
            longitude=self.longitude[chosen],
            languages=tuple(self.languages[number] for number in chosen),
            premises=tuple(self.premises[number] for number in chosen),
        )


@dataclass(frozen=True, eq=False)
class Places:
    """The free places of a care, and the offers that they make: earliest last day first, then by clinic.

    `slot` holds the keys of all places, offer after offer and in their own order within each; those of
    offer `j` stand at `slot[first[j]:first[j + 1]]`.
    """

    slot: Column
    first: Column
    clinic: Column
    inpatient: Column
    begins: Column
    day: Column
    kept: Column
    video: Column

    def __len__(self) -> int:
        return len(self.day)

    def among(self, chosen: Column) -> "Places":
        """Some of the offers (a truth for each), with their places, in the same order."""
        counts = np.diff(self.first)
        slots = np.repeat(chosen, counts)
        return Places(
            slot=self.slot[slots],
            first=np.concatenate(([0], np.cumsum(counts[chosen]))),
            clinic=self.clinic[chosen],
            inpatient=self.inpatient[chosen],
            begins=self.begins[chosen],
            day=self.day[chosen],
            kept=self.kept[chosen],
            video=self.video[chosen],
        )


def all_clinics() -> Clinics:
    """Every clinic."""
    rows = list(Clinic.objects.using(MATCHER).order_by("id").values_list(*CLINIC))
    ids, names, regions, latitude, longitude, languages, premises = (
        zip(*rows, strict=True) if rows else ((),) * len(CLINIC)
    )
    return Clinics(
        key=np.frombuffer(b"".join(one.bytes for one in ids), "V16"),
        ids=ids,
        names=names,
        regions=regions,
        latitude=np.radians(np.array(latitude, np.float64)),
        longitude=np.radians(np.array(longitude, np.float64)),
        languages=tuple(map(frozenset, languages)),
        premises=tuple(map(frozenset, premises)),
    )


def taken_of(cursor: psycopg.Cursor[Any], cares: Sequence[str], *, now: datetime) -> Column:
    """The open places of some cares that somebody has, or is being asked about."""
    known = {"cares": list(cares)} | known_at("", now)
    return columns(cursor, {"id": Wanted("s.id", UUID)}, TAKEN, known)["id"]


def places_of(
    cursor: psycopg.Cursor[Any], at: At, clinics: Clinics, windows: Iterable[ReleasePolicy]
) -> Places:
    """What a round may give out of a care now: nobody has it, and nobody is being asked about it."""
    window = _Window(at.care, list(windows), at.now)
    found = _read(cursor, WHOLE_CARE, known_at(at.care, at.now), clinics, window)
    free = positions(found["id"], at.taken) < 0
    return _offers({name: column[free] for name, column in found.items()}, clinics, window)


@dataclass(frozen=True, eq=False)
class Spot:
    """A part of a care's places: those of some clinics (by number) from a day to each clinic's last."""

    care: str
    now: datetime
    clinics: Column
    first: int
    until: Column


def places_at(
    cursor: psycopg.Cursor[Any], spot: Spot, clinics: Clinics, windows: Iterable[ReleasePolicy]
) -> Places:
    """The same of a part."""
    known = known_at(spot.care, spot.now)
    ends = {
        day: min(known["last"], midnight(date.fromordinal(day + 1)) - MICROSECOND)
        for day in set(spot.until.tolist())
    }
    known["clinics"] = [clinics.ids[number] for number in spot.clinics]
    known["numbers"] = spot.clinics.tolist()
    known["until"] = [ends[day] for day in spot.until.tolist()]
    known["first"] = max(known["first"], midnight(date.fromordinal(spot.first)) - MICROSECOND)
    window = _Window(spot.care, list(windows), spot.now)
    return _offers(_read(cursor, NEAR, known, clinics, window), clinics, window)


def first_day_open(cursor: psycopg.Cursor[Any], care: str, *, since: date) -> date | None:
    """The first day from some day on when any place of a care begins that somebody may have."""
    cursor.execute(FIRST_OPEN, {"care": care, "since": midnight(since)}, prepare=True)
    found = cursor.fetchone()
    return found and swedish_day(found[0])


def places_named(
    cursor: psycopg.Cursor[Any],
    slots: Iterable[uuid.UUID],
    clinics: Clinics,
    windows: Iterable[ReleasePolicy],
    *,
    of: tuple[str, datetime],
) -> Places:
    """These places of a care, whoever has them, with the windows of a moment (`of`: care and moment)."""
    window = _Window(of[0], list(windows), of[1])
    found = _read(cursor, NAMED, {"slots": list(slots), "now": of[1]}, clinics, window)
    return _offers(found, clinics, window)


def _read(
    cursor: psycopg.Cursor[Any],
    source: str,
    known: Mapping[str, Any],
    clinics: Clinics,
    window: "_Window",
) -> dict[str, Column]:
    """Places as they lie, each column for all of them; `published` is 0 where no window is about it."""
    windowed = sorted({policy.clinic_id for policy in window.policies})
    found = columns(cursor, SLOTS, source, {**known, "windowed": windowed})
    told_of_few = found["last"], found["published"]
    found["last"], found["published"] = found["starts"].copy(), np.zeros_like(found["starts"])
    has_window = np.zeros(len(clinics.ids), bool)
    has_window[[clinics.numbers[one] for one in windowed if one in clinics.numbers]] = True
    found["windowed"] = has_window[found["clinic"]]
    found["last"][found["week"]], found["published"][found["windowed"]] = told_of_few
    return found


def _offers(found: dict[str, Column], clinics: Clinics, window: "_Window") -> Places:
    """Places as offers: those that no need can tell apart are one."""
    clinic = found["clinic"].astype(np.int64)
    begins, day = swedish_days(found["starts"]), swedish_days(found["last"])
    kept = _kept(found, clinics, window)
    first_day = int(begins.min()) if len(begins) else 0
    # One number for all that tells offers apart.
    traits = day.astype(np.int64) - first_day
    length = day - begins
    for part, size in (
        (clinic, len(clinics.ids)),
        (found["inpatient"], 2),
        (kept, 2),
        (found["video"], 2),
        (length, int(length.max(initial=0)) + 1),
    ):
        traits = traits * size + part
    high, low = halves(found["id"])
    order = _by_trait(traits, high, low)
    starts = np.flatnonzero(np.diff(traits[order], prepend=-1))
    one = order[starts]
    # Offers of a clinic on one day stand by their first places.
    turn = np.lexsort((low[one], high[one], clinic[one], day[one]))
    return _laid_out(
        found["id"][order], starts, turn, _Traits(clinic, found, begins, day, kept, one)
    )


def _by_trait(traits: Column, high: Column, low: Column) -> Column:
    """Places by what they have in common, then by their keys."""
    room = WORD - int(traits.max(initial=0)).bit_length()
    short = (traits.astype(np.uint64) << np.uint64(room)) | (high >> np.uint64(WORD - room))
    order = np.argsort(short)
    ascending = short[order]
    if (ascending[1:] == ascending[:-1]).any():
        # The beginnings of the keys do not tell all places apart.
        return np.lexsort((low, high, traits))
    return order


def known_at(care: str, now: datetime) -> dict[str, Any]:
    """What the statement is asked with."""
    first, last = now + settings.MATCH_NOTICE, now + settings.MATCH_HORIZON
    return {"care": care, "now": now, "first": first, "last": last}


@dataclass(frozen=True, eq=False)
class _Traits:
    """Of every place what its offer has, and one place of each offer."""

    clinic: Column
    found: Mapping[str, Column]
    begins: Column
    day: Column
    kept: Column
    one: Column


def _laid_out(slots: Column, starts: Column, turn: Column, of: _Traits) -> Places:
    """Places and offers in the order of `turn`."""
    ends = np.concatenate((starts[1:], [len(slots)])) if len(starts) else starts
    counts = (ends - starts)[turn]
    first = np.concatenate(([0], np.cumsum(counts)))
    within = np.arange(len(slots)) - np.repeat(first[:-1], counts)
    one = of.one[turn]
    return Places(
        slot=slots[np.repeat(starts[turn], counts) + within],
        first=first,
        clinic=of.clinic[one],
        inpatient=of.found["inpatient"][one],
        begins=of.begins[one],
        day=of.day[one],
        kept=of.kept[one],
        video=of.found["video"][one],
    )


@dataclass(frozen=True)
class _Window:
    """What clinics have said of a care, and when it is asked."""

    care: str
    policies: list[ReleasePolicy]
    now: datetime


def _kept(found: Mapping[str, Column], clinics: Clinics, window: _Window) -> Column:
    """Whether each place is still kept for the regions of its agreement, as `window_end` says."""
    kept = np.zeros(len(found["starts"]), bool)
    some = np.flatnonzero(found["windowed"])
    for number in np.unique(found["clinic"][some]):
        one, rows = clinics.ids[number], some[found["clinic"][some] == number]
        published = swedish_days(found["published"][rows])
        for day in np.unique(published):
            on = date.fromordinal(int(day))
            long = window_among(window.policies, clinic=one, care=window.care, on=on)
            those = rows[published == day]
            ends = found["published"][those] + long // MICROSECOND
            until = np.minimum(ends, found["starts"][those])
            kept[those] = until > (window.now - START) // MICROSECOND
    return kept

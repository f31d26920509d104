"""Free places of a care as columns, and as offers: places that no need can tell apart, with a count."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import psycopg
from django.conf import settings

from brokering.selectors.country.columns import (
    MOMENT,
    TRUTH,
    UUID,
    Column,
    Kind,
    columns,
    halves,
    positions,
)
from brokering.selectors.country.days import START, swedish_days
from brokering.selectors.need_profiles import MATCHER
from contracts.models import ReleasePolicy
from contracts.selectors.release import window_among, windows_at
from providers.freshness import FEED, advertised
from providers.models import Clinic
from providers.week_places import SPANS_WEEK

FORMS = ("open", "inpatient")
MICROSECOND = timedelta(microseconds=1)
LAST_MOMENT = (
    f"CASE WHEN {SPANS_WEEK.format('s')} THEN s.ends_at - interval '1 second' ELSE s.starts_at END"
)
CLINIC = (
    *("id", "name", "municipality__region_id", "latitude", "longitude"),
    *("languages", "accessibility"),
)
SLOTS: dict[str, tuple[str, Kind]] = {
    "id": ("s.id", UUID),
    "clinic": ("s.clinic_id", UUID),
    "inpatient": ("s.form = 'inpatient'", TRUTH),
    "video": ("s.mode = 'video'", TRUTH),
    "starts": ("s.starts_at", MOMENT),
    "last": (LAST_MOMENT, MOMENT),
    "published": ("s.published_at", MOMENT),
}
SOURCE = f"""
    FROM providers_slot s JOIN providers_clinic c ON c.id = s.clinic_id {FEED}
    WHERE s.state = 'open' AND s.care_id = %(care)s AND {advertised()}
      AND s.starts_at > %(first)s AND s.starts_at <= %(last)s
      AND NOT EXISTS (
          SELECT 1 FROM providers_claim k WHERE k.slot_id = s.id
          AND (k.state = 'confirmed' OR (k.state = 'held' AND k.held_until > %(now)s)))
      AND NOT EXISTS (
          SELECT 1 FROM brokering_batch b
          WHERE b.slot_id = s.id AND b.ended_at IS NULL AND b.answer_by > %(now)s)
"""
NEAR = f"{SOURCE} AND s.clinic_id = ANY(%(clinics)s)"
NAMED = "FROM providers_slot s WHERE s.id = ANY(%(slots)s)"


@dataclass(frozen=True, eq=False)
class Clinics:
    """Every clinic by number, in the order of their keys."""

    key: Column
    ids: tuple[uuid.UUID, ...]
    names: tuple[str, ...]
    regions: tuple[str, ...]
    latitude: Column
    longitude: Column
    languages: tuple[frozenset[str], ...]
    premises: tuple[frozenset[str], ...]


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
    """Read within the transaction of `one_moment`."""
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


def places_of(
    cursor: psycopg.Cursor[Any],
    care: str,
    clinics: Clinics,
    windows: Iterable[ReleasePolicy],
    *,
    now: datetime,
) -> Places:
    """What a round may give out of a care now: nobody has it, and nobody is being asked about it."""
    found = columns(cursor, SLOTS, SOURCE, known_at(care, now))
    return _offers(found, clinics, _Window(care, list(windows), now))


def places_at(
    cursor: psycopg.Cursor[Any],
    care: str,
    clinics: Clinics,
    among: Column,
    *,
    now: datetime,
) -> Places:
    """The same of some clinics (by number) alone."""
    ids = [clinics.ids[number] for number in among]
    found = columns(cursor, SLOTS, NEAR, known_at(care, now) | {"clinics": ids})
    return _offers(found, clinics, _Window(care, list(windows_at(ids)), now))


def places_named(
    cursor: psycopg.Cursor[Any],
    slots: Iterable[uuid.UUID],
    clinics: Clinics,
    windows: Iterable[ReleasePolicy],
    *,
    of: tuple[str, datetime],
) -> Places:
    """These places of a care, whoever has them, with the windows of a moment (`of`: care and moment)."""
    found = columns(cursor, SLOTS, NAMED, {"slots": list(slots)})
    return _offers(found, clinics, _Window(of[0], list(windows), of[1]))


def _offers(found: dict[str, Column], clinics: Clinics, window: "_Window") -> Places:
    """Places as offers: those that no need can tell apart are one."""
    found["clinic_number"] = clinic = positions_of_clinics(found["clinic"], clinics)
    begins, day = swedish_days(found["starts"]), swedish_days(found["last"])
    kept = _kept(found, clinics.ids, window)
    first_day = int(begins.min()) if len(begins) else 0
    # One number for all that tells offers apart, in the order in which they stand.
    traits = day.astype(np.int64) - first_day
    for part, size in (
        (clinic, len(clinics.ids)),
        (found["inpatient"], 2),
        (kept, 2),
        (found["video"], 2),
        (begins - first_day, 1 << 12),
    ):
        traits = traits * size + part
    high, low = halves(found["id"])
    order = np.lexsort((low, high, traits))
    starts = np.flatnonzero(np.diff(traits[order], prepend=-1))
    one = order[starts]
    # Offers of a clinic on one day stand by their first places.
    turn = np.lexsort((low[one], high[one], clinic[one], day[one]))
    return _laid_out(
        found["id"][order], starts, turn, _Traits(clinic, found, begins, day, kept, one)
    )


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


def positions_of_clinics(keys: Column, clinics: Clinics) -> Column:
    """The number of each clinic; every place has one."""
    high, _ = halves(clinics.key)
    wanted, _ = halves(keys)
    if len(np.unique(high)) < len(high):
        return positions(keys, clinics.key)
    # The clinics stand by their keys, and the first halves tell them apart.
    return np.searchsorted(high, wanted).astype(np.int64)


@dataclass(frozen=True)
class _Window:
    """What clinics have said of a care, and when it is asked."""

    care: str
    policies: list[ReleasePolicy]
    now: datetime


def _kept(found: Mapping[str, Column], ids: tuple[uuid.UUID, ...], window: _Window) -> Column:
    """Whether each place is still kept for the regions of its agreement, as `window_end` says."""
    kept = np.zeros(len(found["starts"]), bool)
    for one in sorted({policy.clinic_id for policy in window.policies}):
        rows = np.flatnonzero(found["clinic_number"] == ids.index(one))
        published = swedish_days(found["published"][rows])
        for day in np.unique(published):
            on = date.fromordinal(int(day))
            long = window_among(window.policies, clinic=one, care=window.care, on=on)
            those = rows[published == day]
            ends = found["published"][those] + long // MICROSECOND
            until = np.minimum(ends, found["starts"][those])
            kept[those] = until > (window.now - START) // MICROSECOND
    return kept

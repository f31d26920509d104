"""Who waits for some cares, as columns: the de-identified need profile, read as the matching role."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg
from django.conf import settings

from brokering.law.clock import ClockEvent
from brokering.law.clock_facts import ClockEventType
from brokering.law.facts import Issuer, Responsibility
from brokering.matching.problem import NO_DUE_DAY
from brokering.selectors.clocks import counted
from brokering.selectors.country.columns import (
    DAY,
    LARGE,
    NO_DAY,
    REAL,
    SMALL,
    TRUTH,
    UUID,
    WHOLE,
    Column,
    Wanted,
    columns,
    halves,
    positions,
)
from brokering.selectors.country.days import due_days, lacks_start, ordinals
from brokering.selectors.places import swedish_day

ISSUERS = tuple(Issuer)
RESPONSIBILITIES = tuple(Responsibility)
MODES = ("on_site", "video")
ELSEWHERE_BIT = 62
"""Of premises that no clinic says it has."""
UNHEARD_OF = f"((NOT wished_premises <@ %(premises)s::varchar[])::int::bigint << {ELSEWHERE_BIT})"
UNSAID = -1
"""A fact that nobody has stated, where facts are not below 0."""
LEFT_OUT = (
    *("", "no_priority", "no_region", "on_watch_list", "no_first_day", "not_confirmed"),
    "given_together",
)
"""Why a need is left to a person, by number; the first that holds."""
NOWHERE = 999.0
"""Degrees of a home without a place."""

DATES = {
    "issued": "issued_on",
    "contact": "contact_on",
    "decided": "decided_on",
    "approved": "need_approved_on",
    "target": "medical_target_on",
    "confirmed": "confirmed_on",
    "watched": "watch_until",
    "earliest": "earliest_on",
    "latest": "latest_on",
}
ELSE = 1_000
"""The number of a word that nothing there answers to; 0 is none."""


def _numbered(column: str, words: str) -> str:
    """A word by its place among some, from 1."""
    found = f"array_position(%({words})s::text[], {column}::text)"
    return f"CASE {column} WHEN '' THEN 0 ELSE coalesce({found}, {ELSE}) END"


FACTS: dict[str, Wanted] = {
    "key": Wanted("need_key", UUID),
    "tenant": Wanted("tenant_id", UUID),
    "care": Wanted("array_position(%(cares)s::text[], care_id::text) - 1", SMALL),
    "priority": Wanted("coalesce(priority, 0)", SMALL),
    "home": Wanted(
        "coalesce(array_position(%(regions)s::text[], home_region_id::text), 0) - 1", SMALL
    ),
    "responsibility": Wanted(
        "array_position(%(grounds)s::text[], responsibility::text) - 1", SMALL
    ),
    "guarantee": Wanted(
        "CASE guarantee WHEN 'besok' THEN 1 WHEN 'behandling' THEN 2 ELSE 0 END", SMALL
    ),
    "issuer": Wanted("coalesce(array_position(%(issuers)s::text[], issuer::text), 0) - 1", SMALL),
    "bmi": Wanted("coalesce(bmi, -1)", SMALL),
    "asa": Wanted("coalesce(asa, -1)", SMALL),
    "km": Wanted("coalesce(max_distance_km, -1)", SMALL),
    "elsewhere": Wanted("accepts_other_regions", TRUTH),
    "together": Wanted("given_together", TRUTH),
    "age": Wanted("age", WHOLE),
    "mode": Wanted(_numbered("wished_mode", "modes"), SMALL),
    "language": Wanted(_numbered("wished_language", "languages"), SMALL),
    "latitude": Wanted(f"coalesce(latitude, {NOWHERE})", REAL),
    "longitude": Wanted(f"coalesce(longitude, {NOWHERE})", REAL),
    **{name: Wanted(sql, DAY) for name, sql in DATES.items()},
}
ONE, EVERYBODY = "need_key = %(only)s", "true"
"""In place of `{who}`: what is asked of one need is a statement of its own, planned once for any one."""
SOURCE = "FROM need_profile WHERE care_id = ANY(%(cares)s) AND {who}"
TOLD_MORE = f"""
    SELECT need_key FROM need_trail
    WHERE care_id = ANY(%(cares)s) AND type <> '{ClockEventType.INFORMED}' AND {{who}}
"""
"""To be told of the guarantee alone changes no day: such trails are not read."""
WORKED_OUT = f"""
    FROM brokering_turn
    WHERE care_id = ANY(%(cares)s) AND stands_until >= %(today)s AND need_key IN ({TOLD_MORE})
"""
"""Last days that follow from trails and hold; whatever moves one says so in its turn."""
TRAILS = f"""
    SELECT need_key, type, "on", care_on, offer_on, reason FROM need_trail
    WHERE need_key IN (
        SELECT need_key FROM ({TOLD_MORE}) told WHERE NOT EXISTS (
            SELECT FROM brokering_turn t WHERE t.need_key = told.need_key
            AND care_id = ANY(%(cares)s) AND stands_until >= %(today)s))
    ORDER BY need_key, "on", recorded_at
"""
REROUTED = "FROM need_reroute WHERE care_id = ANY(%(cares)s) AND {who}"
REFUSED = "FROM need_refusal WHERE care_id = ANY(%(cares)s) AND {who}"
REFUSALS = {
    "key": Wanted("need_key", UUID),
    "clinic": Wanted("clinic_id", UUID),
    "day": Wanted("day", DAY),
}


@dataclass(frozen=True)
class Vocabulary:
    """The words that a column's numbers stand for, beside those that the law fixes."""

    cares: tuple[str, ...]
    regions: tuple[str, ...]
    extras: tuple[str, ...]
    """What some rule asks to be enclosed with a remiss."""
    excluding: tuple[str, ...]
    """Needs that some terms exclude."""
    languages: tuple[str, ...]
    """In which some clinic receives patients, beside Swedish."""
    premises: tuple[str, ...]
    """What some clinic says that its premises have."""


@dataclass(frozen=True, eq=False)
class Needs:
    """Needs as columns, in the order of their cares and then of `ranking.turn`; no row is a person's name.

    Dates are proleptic ordinals, NO_DAY where there is none; `extras` and `excluding` are sets as bits of
    the vocabulary; `since` is the first day of waiting, `due` the last day in time.
    """

    of: Mapping[str, Column]
    words: Vocabulary
    refused: Mapping[int, tuple[tuple[bytes, int], ...]]
    """By row, the clinics and days that the person has turned down."""
    left_out: Mapping[str, Mapping[str, int]]
    """By care, how many wait but are left to a person, by reason."""

    def of_care(self, care: str) -> slice:
        """The rows of a care."""
        number = self.words.cares.index(care)
        first = np.searchsorted(self.of["care"], number, "left")
        last = np.searchsorted(self.of["care"], number, "right")
        return slice(int(first), int(last))


@dataclass(frozen=True)
class Only:
    """One need as if nobody else waited; `by_itself`: also as if it were not given together with another."""

    key: uuid.UUID
    by_itself: bool = False


def needs_of(
    cursor: psycopg.Cursor[Any], words: Vocabulary, *, now: datetime, only: Only | None = None
) -> Needs:
    """Everyone who waits for the cares and may be matched by a machine, and how many may not and why."""
    today = swedish_day(now)
    known = known_of(words) | {"only": only and only.key, "today": today}
    reader = _Reader(cursor, known, only is not None)
    found = reader.columns({**FACTS, **_sets(words)}, SOURCE)
    found.update({name: ordinals(found[name]) for name in DATES})
    found["since"] = _since(found)
    if only and only.by_itself:
        found["together"] = np.zeros_like(found["together"])
    why = _why_left_out(found, today)
    # Nobody who is kept is given together with another need.
    del found["together"]
    left_out = _counted(found["care"], why, words)
    kept = {name: column[why == 0] for name, column in found.items()}
    order = _turns(kept)
    kept = {name: column[order] for name, column in kept.items()}
    kept["rerouted"] = _rerouted(reader, kept["key"])
    worked_out = _worked_out(reader, kept["key"])
    kept["due"] = due_days(kept, _trails(reader, kept["key"]), worked_out, on=today)
    refused = _refusals(reader, kept["key"])
    return Needs(of=kept, words=words, refused=refused, left_out=left_out)


def known_of(words: Vocabulary) -> dict[str, Any]:
    """What the statements are asked with."""
    return {
        "cares": list(words.cares),
        "regions": list(words.regions),
        "extras": list(words.extras),
        "excluding": list(words.excluding),
        "modes": list(MODES),
        "languages": list(words.languages),
        "premises": list(words.premises),
        "grounds": [one.value for one in RESPONSIBILITIES],
        "issuers": [one.value for one in ISSUERS],
    }


def _sets(words: Vocabulary) -> dict[str, Wanted]:
    return {
        "extras": Wanted(_bits("extras", words.extras), LARGE),
        "excluding": Wanted(_bits("excluding_needs", words.excluding), LARGE),
        "premises": Wanted(_bits("wished_premises", words.premises, UNHEARD_OF), LARGE),
    }


def _bits(column: str, words: Sequence[str], *further: str) -> str:
    """A set of words as a number; words that nobody asks about leave no bit."""
    name = {"excluding_needs": "excluding", "wished_premises": "premises"}.get(column, column)
    bit = f"(({column} @> ARRAY[(%({name})s::text[])[{{}}]]::varchar[])::int::bigint << {{}})"
    some = " | ".join((*(bit.format(n + 1, n) for n in range(len(words))), *further))
    # Most sets are empty, and that is seen at once.
    return f"CASE WHEN {column} = '{{}}' THEN 0 ELSE {some} END" if some else "0"


def _since(found: Mapping[str, Column]) -> Column:
    """`Dates.first`: since when the person waits, whatever the guarantee says."""
    then = np.where(found["issued"] == NO_DAY, found["contact"], found["issued"])
    return np.where(found["decided"] == NO_DAY, then, found["decided"])


def _why_left_out(found: Mapping[str, Column], today: date) -> Column:
    """The number of the first reason, 0 for those who are matched."""
    on = today.toordinal()
    asked_about = np.maximum(found["confirmed"], found["since"])
    long_ago = on - asked_about.astype(np.int64) > settings.NEED_CONFIRMED_WITHIN.days
    holds = (
        found["priority"] == 0,
        found["home"] < 0,
        found["watched"] > on,
        lacks_start(found),
        long_ago,
        found["together"],
    )
    return np.select(holds, range(1, len(LEFT_OUT)), 0)


def _counted(care: Column, why: Column, words: Vocabulary) -> dict[str, dict[str, int]]:
    pairs = np.bincount(care.astype(np.int64) * len(LEFT_OUT) + why)
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for pair in np.flatnonzero(pairs):
        number, reason = divmod(int(pair), len(LEFT_OUT))
        if reason:
            found[words.cares[number]][LEFT_OUT[reason]] = int(pairs[pair])
    return dict(found)


def _turns(found: Mapping[str, Column]) -> Column:
    """Cares one after the other, each in the order of `ranking.turn`."""
    high, low = halves(found["key"])
    first = (found["care"].astype(np.int64) * 8 + found["priority"]) << 32
    return np.lexsort((low, high, first + found["since"]))


@dataclass(frozen=True)
class _Reader:
    """Asks of everybody, planned anew each time; or of one need, as the server keeps it prepared."""

    cursor: psycopg.Cursor[Any]
    known: Mapping[str, Any]
    is_one: bool

    def columns(self, wanted: Mapping[str, Wanted], source: str) -> dict[str, Column]:
        """As `columns.columns`."""
        return columns(self.cursor, wanted, self._about(source), self.known, prepare=self.is_one)

    def rows(self, statement: str) -> Iterable[tuple[Any, ...]]:
        """Row by row."""
        return self.cursor.execute(self._about(statement), self.known, prepare=self.is_one)

    def _about(self, sql: str) -> str:
        return sql.format(who=ONE if self.is_one else EVERYBODY)


@dataclass(frozen=True)
class _Told:
    """A row of need_trail."""

    type: str
    on: date
    care_on: date | None
    offer_on: date | None
    reason: str


def _trails(reader: _Reader, keys: Column) -> dict[int, tuple[ClockEvent, ...]]:
    """By row, what the law reads of trails that say more than that the person was informed."""
    trails: dict[bytes, list[_Told]] = defaultdict(list)
    for key, *told in reader.rows(TRAILS):
        trails[key.bytes].append(_Told(*told))
    at = positions(_packed(list(trails)), keys)
    return {
        int(row): counted(trail) for row, trail in zip(at, trails.values(), strict=True) if row >= 0
    }


def _worked_out(reader: _Reader, keys: Column) -> dict[int, int]:
    """By row, the last day that has been worked out of a trail, NO_DUE_DAY without one."""
    wanted = {"key": Wanted("need_key", UUID), "due": Wanted("due", DAY)}
    found = reader.columns(wanted, WORKED_OUT)
    at, due = positions(found["key"], keys), ordinals(found["due"])
    due = np.where(due == NO_DAY, NO_DUE_DAY, due)
    return dict(zip(at[at >= 0].tolist(), due[at >= 0].tolist(), strict=True))


def _rerouted(reader: _Reader, keys: Column) -> Column:
    """Whether a reroute is open."""
    found = reader.columns({"key": Wanted("need_key", UUID)}, REROUTED)
    at, rerouted = positions(found["key"], keys), np.zeros(len(keys), bool)
    rerouted[at[at >= 0]] = True
    return rerouted


def _refusals(reader: _Reader, keys: Column) -> dict[int, tuple[tuple[bytes, int], ...]]:
    found = reader.columns(REFUSALS, REFUSED)
    at = positions(found["key"], keys)
    refused: dict[int, list[tuple[bytes, int]]] = defaultdict(list)
    for row, clinic, day in zip(at, found["clinic"], ordinals(found["day"]), strict=True):
        if row >= 0:
            refused[int(row)].append((bytes(clinic), int(day)))
    return {row: tuple(days) for row, days in refused.items()}


def _packed(keys: list[bytes]) -> npt.NDArray[np.void]:
    return np.frombuffer(b"".join(keys), "V16")

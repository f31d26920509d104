"""Whom a given place went past, and why: asked of everyone who waits for some cares, at one moment.

Whoever has got a place or left the queue since is not read any more; whoever came or changed since is told
apart by the stamp of their turn. So is whoever came or changed after the round that chose had begun to read,
or after others were asked about the place: nobody had seen that.
"""

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

import numpy as np
from django.conf import settings
from django.db import connections

from brokering.errors import RoundInputOutdated
from brokering.matching.bypasses import NO_CLASS, Handing, Passed, reasons
from brokering.matching.engines import Engine
from brokering.matching.problem import Bools, pairs_may
from brokering.matching.seen import Seen
from brokering.models import Proposal, Round, RoundStore
from brokering.selectors.country.columns import Column, positions
from brokering.selectors.country.packing import unpacked
from brokering.selectors.country.plans import ONLY
from brokering.selectors.country.problems import Given, Shard, opened
from brokering.selectors.country.seen import SEEN
from brokering.selectors.need_profiles import MATCHER
from contracts.models import Reservation

NOTED = """
    SELECT note, stamp, claim, slot, care, need_key, tenant, priority, since, route, given_at, starts_at,
           round, is_chosen, is_moved, asked
    FROM (SELECT p.*, row_number() OVER (PARTITION BY care ORDER BY note) AS nth FROM place_given p) p
    ORDER BY nth, note LIMIT %s
"""
CHANGED = """
    SELECT t.need_key, t.stamp, n.created_at FROM brokering_turn t JOIN need_profile n USING (need_key)
    WHERE t.care_id = %s AND t.stamp >= %s
"""


@dataclass(frozen=True, kw_only=True)
class GivenNow:
    """A place that was given: to which need (an opaque key and its rank), and how."""

    note: int
    stamp: int
    claim: uuid.UUID
    slot: uuid.UUID
    care: str
    need_key: uuid.UUID
    tenant: uuid.UUID
    priority: int | None
    since: date
    route: str
    given_at: datetime
    starts_at: datetime
    round: uuid.UUID | None
    is_chosen: bool
    is_moved: bool
    asked: str = ""
    """What was seen when some were asked at once about the place (`matching.seen`); empty where none were."""


@dataclass(frozen=True, kw_only=True)
class WentPast:
    """One reason why a place went past some: counts, the regions and the tenants that answer for them."""

    given: GivenNow
    code: str
    waited_days: int
    passed: int
    higher: int
    in_time: int
    highest: int
    regions: Mapping[str, int]
    tenants: tuple[uuid.UUID, ...]


def given_places(most: int) -> list[GivenNow]:
    """Places that the ledger has not looked at, the first given first."""
    with connections[MATCHER].cursor() as cursor:
        cursor.execute(NOTED, [most])
        names = [column.name for column in cursor.description or ()]
        return [GivenNow(**dict(zip(names, row, strict=True))) for row in cursor.fetchall()]


def went_past(given: Sequence[GivenNow], *, now: datetime) -> list[WentPast]:
    """Every bypass of these places, care by care."""
    by_care: dict[str, list[GivenNow]] = defaultdict(list)
    for one in given:
        by_care[one.care].append(one)
    with opened(sorted(by_care), now=now) as shard:
        here = {care: _everyone(shard, care, those) for care, those in sorted(by_care.items())}
    rounds = {key: _Round(key) for key in {one.round for one in given} if key}
    return [
        found
        for care, everyone in here.items()
        for one in by_care[care]
        for found in everyone.passed_by(one, rounds.get(one.round) if one.round else None)
    ]


def _everyone(shard: Shard, care: str, given: Sequence[GivenNow]) -> "_Everyone":
    back = _given_back([one.claim for one in given])
    read = shard.input_at(care, [one.slot for one in given], back)
    own = [one.need_key for one in given]
    return _Everyone(read.given(), read.home_regions, own, _changed(care, given))


class _Everyone:
    """All who wait for a care, and the given places; `own`: the needs that got them."""

    def __init__(
        self,
        given: Given,
        regions: Sequence[str],
        own: Sequence[uuid.UUID],
        changed: Mapping[uuid.UUID, tuple[int, datetime]],
    ) -> None:
        self.given = given
        self._regions, self._region = np.unique(regions, return_inverse=True)
        self._tenants, self._tenant = np.unique(given.tenants, return_inverse=True)
        self._own = dict(zip(own, positions(_keys(own), given.needs).tolist(), strict=True))
        # Of each row the last change of the need and when it came; 0 where neither is recent.
        self._stamp = np.zeros(len(given.needs), np.int64)
        self._came = np.zeros(len(given.needs), np.float64)
        where = positions(_keys(changed), given.needs)
        for at, (stamp, came) in zip(where, changed.values(), strict=True):
            if at >= 0:
                self._stamp[at], self._came[at] = stamp, came.timestamp()

    def passed_by(self, one: GivenNow, of: "_Round | None") -> Iterator[WentPast]:
        """The bypasses of one place, a reason each."""
        problem = self.given.problem
        waited = max((self.given.on - one.since).days, 0)
        own = one.priority or NO_CLASS
        before = (problem.priority < own) | (
            (problem.priority == own) & (problem.waited_days > waited)
        )
        if self._own[one.need_key] >= 0:
            before[self._own[one.need_key]] = False
        offer = offer_of(self.given, one.slot)
        rows = np.flatnonzero(before)
        if offer is None or not len(rows):
            return
        late = self._stamp[rows] >= one.stamp
        rows = rows[~late | (self._came[rows] <= one.given_at.timestamp())]
        rows = rows[pairs_may(problem, rows, np.full(len(rows), offer))]
        if not len(rows):
            return
        keys = self.given.needs[rows]
        who = Passed(
            same_class=problem.priority[rows] == own,
            changed=self._changed(rows, one, of),
            planned=of.planned(keys) if of else np.zeros(len(rows), bool),
            unseen=of.unseen(keys, one.slot) if of else np.zeros(len(rows), bool),
        )
        for code, people in reasons(_handing(one, of), who).items():
            yield self._told(one, code, rows[people], (waited, offer))

    def _changed(self, rows: Column, one: GivenNow, of: "_Round | None") -> Bools:
        """Whose need changed after the place was given, or after whoever chose had begun to look."""
        stamps = self._stamp[rows]
        found = stamps >= one.stamp
        for seen in (of.seen if of else "", one.asked):
            if seen:
                found |= ~Seen.of(seen).holds(stamps)
        return found

    def _told(self, one: GivenNow, code: str, rows: Column, known: tuple[int, int]) -> WentPast:
        problem, (waited, offer) = self.given.problem, known
        keys = self._tenants[np.unique(self._tenant[rows])]
        tenants = {uuid.UUID(bytes=bytes(key)) for key in keys}
        regions = np.bincount(self._region[rows], minlength=len(self._regions)).tolist()
        return WentPast(
            given=one,
            code=code,
            waited_days=waited,
            passed=len(rows),
            higher=int((problem.priority[rows] < (one.priority or NO_CLASS)).sum()),
            in_time=int((problem.day[offer] <= problem.due[rows]).sum()),
            highest=int(problem.priority[rows].min()),
            regions={str(a): n for a, n in zip(self._regions, regions, strict=True) if n},
            tenants=tuple(sorted(tenants | {one.tenant})),
        )


class _Round:
    """What a round knew, as far as it is still kept."""

    def __init__(self, key: uuid.UUID) -> None:
        self._row = Round.objects.using(MATCHER).get(id=key)

    @cached_property
    def _given(self) -> Given | None:
        if ONLY in self._row.settings:
            # Whoever was not read for some places alone was not unseen: they stand behind who got them.
            return None
        store = RoundStore.objects.using(MATCHER).filter(round=self._row).first()
        try:
            return unpacked(bytes(store.body)) if store else None
        except RoundInputOutdated:
            return None

    @cached_property
    def _planned(self) -> Column:
        rows = Proposal.objects.using(MATCHER).filter(round=self._row)
        return _keys(rows.values_list("need_key", flat=True))

    @property
    def seen(self) -> str:
        """What it had seen when it began to read (`matching.seen`); empty where it does not say."""
        return str(self._row.settings.get(SEEN, ""))

    @property
    def is_capped(self) -> bool:
        """Whether a cap cut its plan."""
        return bool(self._row.summary.get("caps_reached"))

    @property
    def is_proven(self) -> bool:
        """Whether nobody with a lower need can have a place for want of a better plan."""
        # Some places alone are given out in the order of need, one after the other.
        usual = Engine.GREEDY if ONLY in self._row.settings else Engine.EXACT
        engine = self._row.settings.get("engine", usual)
        proven = self._row.summary.get("proven")
        whole = proven is None or any(code.startswith("treated_4") for code in proven)
        return engine == Engine.GREEDY or (engine == Engine.EXACT and whole)

    def planned(self, keys: Column) -> Column:
        """Who of these had a place of their own in it."""
        return positions(keys, self._planned) >= 0

    def unseen(self, keys: Column, slot: uuid.UUID) -> Column:
        """Who of these was not in it, or could not use the place then; nobody where it is not kept."""
        given = self._given
        if given is None:
            return np.zeros(len(keys), bool)
        rows, offer = positions(keys, given.needs), offer_of(given, slot)
        unseen = rows < 0
        if offer is not None and not unseen.all():
            may = pairs_may(given.problem, rows[~unseen], np.full((~unseen).sum(), offer))
            unseen[np.flatnonzero(~unseen)[~may]] = True
        return unseen


def offer_of(given: Given, slot: uuid.UUID) -> int | None:
    """The offer that a place is of; None where no agreement carries it."""
    place = int(positions(_keys([slot]), given.slot)[0])
    return None if place < 0 else int(np.searchsorted(given.first, place, side="right") - 1)


def _handing(one: GivenNow, of: _Round | None) -> Handing:
    return Handing(
        route=one.route,
        is_moved=one.is_moved,
        is_chosen=one.is_chosen,
        is_soon=one.starts_at <= one.given_at + settings.MATCH_NOTICE,
        has_round=of is not None,
        is_capped=of is not None and of.is_capped,
        is_proven=of is None or of.is_proven,
    )


def _changed(care: str, given: Sequence[GivenNow]) -> dict[uuid.UUID, tuple[int, datetime]]:
    """Of those whose need came or changed lately: the stamp of the last change, and when the need came.

    Lately: since whoever chose any of these places had begun to look.
    """
    least = min(one.stamp for one in given)
    keys = {one.round for one in given if one.round}
    rows = Round.objects.using(MATCHER).filter(id__in=keys).values_list("settings", flat=True)
    texts = {row.get(SEEN, "") for row in rows} | {one.asked for one in given}
    least = min([least, *(Seen.of(text).first for text in texts if text)])
    with connections[MATCHER].cursor() as cursor:
        cursor.execute(CHANGED, [care, least])
        return {key: (changed, created) for key, changed, created in cursor.fetchall()}


def _given_back(claims: Sequence[uuid.UUID]) -> Counter[tuple[uuid.UUID, date]]:
    """What these claims use of caps: before they were made it was free."""
    rows = Reservation.objects.filter(claim__in=claims)
    return Counter(rows.values_list("use__counter", "use__period"))


def _keys(keys: Iterable[uuid.UUID]) -> Any:
    return np.frombuffer(b"".join(key.bytes for key in keys), "V16")

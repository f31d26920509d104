"""What holds of a round over the country as it was written: counted afterwards, slowly, in other ways.

The stored input and the written proposals are read again; no engine and no answer of one is looked at. Pairs
are judged one by one by the snapshot's way of reading law and terms, some of each care, drawn by chance.
"""

import random
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import UUID

import numpy as np
from django.conf import settings

from brokering.law.facts import Route
from brokering.matching.candidates import POSSIBLE, Candidates
from brokering.matching.problem import NO_DUE_DAY, NO_LIMIT, NOBODY, UNKNOWN, Problem
from brokering.matching.ranking import order, value
from brokering.matching.snapshot import Settings
from brokering.models import NationalRound, Proposal, Referral, Round, RoundStore
from brokering.selectors.country.columns import Column, positions
from brokering.selectors.country.packing import unpacked
from brokering.selectors.country.problems import Given
from brokering.selectors.snapshots import Narrowed, round_input
from brokering.verdict import is_binding
from contracts.models import CapUse
from contracts.selectors.terms import terms_of_lots
from providers.models import Slot

JUDGED = 5
"""Pairs of each care that are judged one by one."""
SEED = 1


@dataclass(frozen=True, eq=False)
class _Written:
    """A care's round: who got which place, and what it was solved from."""

    row: Round

    @cached_property
    def pairs(self) -> list[tuple[UUID, UUID, UUID, str]]:
        """Need, slot, lot and route of every proposal."""
        rows = Proposal.objects.using("owner").filter(round=self.row).order_by("need_key")
        return list(rows.values_list("need_key", "slot_id", "lot_id", "route"))

    @cached_property
    def at(self) -> Column:
        """The offer of each row of the problem."""
        needs = positions(_keys([need for need, *_ in self.pairs]), self.given.needs)
        slots = positions(_keys([slot for _, slot, *_ in self.pairs]), self.given.slot)
        assert (needs >= 0).all(), "somebody was given a place who did not wait"
        assert (slots >= 0).all(), "a place was given that was not free"
        assert len(set(needs.tolist())) == len(set(slots.tolist())) == len(needs)
        at = np.full(len(self.given.needs), NOBODY, np.int64)
        at[needs] = np.searchsorted(self.given.first, slots, side="right") - 1
        return at

    @cached_property
    def given(self) -> Given:
        """The problem, as it was stored."""
        body = RoundStore.objects.using("owner").values_list("body", flat=True).get(round=self.row)
        return unpacked(bytes(body))


def held_of(national: NationalRound) -> dict[str, object]:
    """What is counted of a round: nothing of it but `higher_need_late` of the auction may be above 0."""
    counted: Counter[str] = Counter()
    vector: Counter[str] = Counter()
    for row in Round.objects.using("owner").filter(national=national).order_by("care_id"):
        written = _Written(row)
        late, wasted = _passed_by(written)
        counted["higher_need_late"] += late
        counted["wasted_places"] += wasted
        counted["caps_exceeded"] += _over_caps(written)
        judged, blocked = _blocked(written, national.started_at)
        counted["pairs_judged"] += judged
        counted["pairs_unlawful"] += blocked
        lines = order(Settings(within_class=written.given.within_class))
        vector.update(value(written.given.problem, lines, written.at))
    told = {name: int(many) for name, many in counted.items()}
    return {**told, "vector": {name: int(many) for name, many in vector.items()}}


def _passed_by(written: _Written) -> tuple[int, int]:
    """Needs that are late or without a place while a lower need is in time where they could be; and needs
    without a place beside a free one that they could use.
    """
    problem, at = written.given.problem, written.at
    day = problem.day.astype(np.int64)
    taken = np.bincount(at[at != NOBODY], minlength=len(day))
    due = np.where(problem.due == NO_DUE_DAY, np.iinfo(np.int64).max, problem.due.astype(np.int64))
    lowest = np.zeros(len(day), np.int64)
    placed = np.flatnonzero(at != NOBODY)
    in_time = placed[day[at[placed]] <= due[placed]]
    np.maximum.at(lowest, at[in_time], problem.priority[in_time])
    is_late = np.ones(len(at), bool)
    is_late[in_time] = False
    late = wasted = 0
    for row in np.flatnonzero(is_late):
        may = _may(problem, row)
        late += bool((may & (day <= due[row]) & (lowest > problem.priority[row])).any())
        wasted += at[row] == NOBODY and bool((may & (taken < problem.count)).any())
    return late, wasted


def _may(problem: Problem, row: int) -> Column:
    """Which offers one person could have, read straight from the problem."""
    may = problem.way[problem.need_class[row]][problem.kind] >= 0
    may &= (problem.begins >= problem.earliest[row]) & (problem.day <= problem.latest[row])
    if problem.reach[row] != NO_LIMIT:
        far = np.full(len(may), UNKNOWN)
        if problem.home[row] != UNKNOWN:
            far = problem.hectometres[problem.home[row]][problem.site]
        may &= (far != UNKNOWN) & (far <= problem.reach[row])
    may[problem.barred[problem.barred_from[row] : problem.barred_from[row + 1]]] = False
    return may


def _over_caps(written: _Written) -> int:
    """Caps and quotas that the proposals would draw more on than is left."""
    terms = terms_of_lots({lot for *_, lot, _ in written.pairs}, written.row.care_id)
    capped = [pair for pair in written.pairs if terms[pair[2]].caps]
    if not capped:
        return 0
    slots = Slot.objects.in_bulk([slot for _, slot, _, _ in capped])
    homes = _homes(written, [need for need, *_ in capped])
    drawn: Counter[tuple[UUID, object]] = Counter()
    most: dict[tuple[UUID, object], int] = {}
    for need, slot, lot, route in capped:
        place = slots[slot]
        on = written.given.problem.day[written.at[homes[need][0]]]
        day = datetime.fromordinal(int(on)).date()
        binding = is_binding(Route(route), place.form)
        for cap in terms[lot].caps_on(day, home_region=homes[need][1], binding=binding):
            key = (cap.counter, cap.first_day(day))
            drawn[key] += 1
            most[key] = cap.places
    used = {
        (use.counter, use.period): use.used
        for use in CapUse.objects.filter(counter__in={counter for counter, _ in drawn})
    }
    return sum(many > most[key] - used.get(key, 0) for key, many in drawn.items())


def _homes(written: _Written, needs: list[UUID]) -> dict[UUID, tuple[int, str]]:
    """Row and home region of some needs."""
    found = positions(_keys(needs), written.given.needs)
    rows = Referral.objects.using("owner").filter(need_key__in=needs)
    regions = dict(rows.values_list("need_key", "home_region_id"))
    return {need: (row, regions[need]) for need, row in zip(needs, found.tolist(), strict=True)}


def _blocked(written: _Written, now: datetime) -> tuple[int, int]:
    """Some pairs judged by the snapshot: how many, and how many of them it would not have allowed."""
    some = random.Random(SEED).sample(written.pairs, min(JUDGED, len(written.pairs)))
    if not some:
        return 0, 0
    narrowed = Narrowed(needs=frozenset(need for need, *_ in some), notice=settings.MATCH_NOTICE)
    read = round_input(
        written.row.care_id, now=now, slots=[slot for _, slot, *_ in some], narrowed=narrowed
    )
    candidates = Candidates(read.snapshot)
    offer_of = {slot: j for j, one in enumerate(candidates.offers) for slot in one.slots}
    needs = {need.key: need for need in read.snapshot.needs}
    blocked = 0
    for key, slot, *_ in some:
        need, offer = needs.get(str(key)), offer_of.get(str(slot))
        if need is None or offer is None or candidates.reasons(need)[offer] != POSSIBLE:
            blocked += 1
    return len(some), blocked


def _keys(keys: list[UUID]) -> Column:
    return np.frombuffer(b"".join(key.bytes for key in keys), "V16")

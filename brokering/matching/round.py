"""One round: a snapshot in, proposals out, the same every time."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from brokering.matching import exact
from brokering.matching.arrays import problem_of
from brokering.matching.candidates import POSSIBLE, Candidates, Way
from brokering.matching.capped import certificate
from brokering.matching.exact.relaxed import Free
from brokering.matching.offers import deal
from brokering.matching.problem import NOBODY, Certificate, Plan, Problem
from brokering.matching.ranking import order, turn, value
from brokering.matching.snapshot import PRIORITIES, Need, Settings, Snapshot

Closed = dict[str, frozenset[str]]
Engine = Callable[[Problem, Settings], Plan]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A place for a need, the lot and route to take, and what it means to the person.

    `distance_km` is None where it may not or cannot be computed; `lateness_days` is 0 in time.
    """

    need: str
    slot_id: str
    lot: str
    route: str
    priority: int
    in_time: bool
    lateness_days: int
    kept: bool
    tier: int
    distance_km: float | None


@dataclass(frozen=True, slots=True)
class ClassSummary:
    """What the round means to one need class, in people."""

    waiting: int
    treated: int
    in_time: int


@dataclass(frozen=True, slots=True)
class Summary:
    """The round in figures. Days late are summed over people; so are kilometres."""

    classes: dict[int, ClassSummary]
    lateness_days_treated: int
    lateness_days_untreated: int
    km: float
    places: int
    kept: int


@dataclass(frozen=True, slots=True)
class Result:
    """What a round proposes, and enough to replay and check it.

    `unmatched` says for each need without a place how many places each first reason takes away;
    `no_capacity` counts places that were possible and went to others. `objective` is what the
    plan pays on each line of the order, lower is better; `certificate` says on which lines it is proven
    that no plan is better, also where `caps_reached` names volume caps that cut the plan; `closed` to whom.
    """

    digest: str
    proposals: tuple[Proposal, ...]
    unmatched: Mapping[str, Mapping[str, int]]
    summary: Summary
    objective: Mapping[str, int]
    caps_reached: tuple[str, ...]
    certificate: Certificate
    closed: Closed


def run(snapshot: Snapshot, engine: Engine = exact.solve) -> Result:
    """The best plan for the snapshot. Same snapshot, same answer, whatever the order of its rows."""
    plan, closed, uncapped = _solved(snapshot, engine)
    return plan.result(closed, uncapped)


def chosen(snapshot: Snapshot, engine: Engine) -> tuple[Proposal, ...]:
    """What `run` proposes, and nothing of what it tells about it."""
    plan, _, _ = _solved(snapshot, engine)
    return plan.proposals()


def _solved(snapshot: Snapshot, engine: Engine) -> "tuple[_Plan, Closed, _Plan]":
    """The plan within the caps, what they closed to whom, and the plan without them."""
    closed: Closed = {}
    plan = uncapped = _Plan(snapshot, closed, engine)
    while over := plan.over_caps():
        closed = _close(closed, over)
        plan = _Plan(snapshot, closed, engine)
    return plan, closed, uncapped


class _Plan:
    """A snapshot solved once, with some caps closed to some needs."""

    def __init__(self, snapshot: Snapshot, closed: Closed, engine: Engine) -> None:
        self.snapshot = snapshot
        self.needs = tuple(sorted(snapshot.needs, key=turn))
        self.candidates = Candidates(snapshot, closed)
        self.problem = problem_of(self.candidates, self.needs)
        plan = engine(self.problem, snapshot.settings)
        self.answer, self.certificate = plan.at, plan.certificate

    def over_caps(self) -> dict[str, list[str]]:
        """Per full cap the needs that must do without, where each in turn takes what is left."""
        left = {cap.key: max(cap.left, 0) for cap in self.snapshot.caps}
        over: dict[str, list[str]] = defaultdict(list)
        for i, need in self._placed():
            caps = self._way(i).caps
            full = next((cap for cap in caps if not left[cap]), None)
            if full is not None:
                over[full].append(need.key)
                continue
            for cap in caps:
                left[cap] -= 1
        return dict(over)

    def proposals(self) -> tuple[Proposal, ...]:
        """Who gets which place."""
        slots = self._deal()
        return tuple(self._proposal(i, slots[need.key]) for i, need in self._placed())

    def result(self, closed: Closed, uncapped: "_Plan") -> Result:
        """The plan as proposals and figures, and how far it may be from the best."""
        proposals = self.proposals()
        unmatched = {
            need.key: reasons_against(self.candidates, need)
            for i, need in enumerate(self.needs)
            if self.answer[i] == NOBODY
        }
        caps = sorted({cap for caps in closed.values() for cap in caps})
        # A proposal that a cap takes away is a proposal lost.
        asked = replace(self.problem, previous=uncapped.problem.previous)
        paid = value(asked, order(self.snapshot.settings), self.answer)
        return Result(
            digest=self.snapshot.digest(),
            proposals=proposals,
            unmatched=unmatched,
            summary=self._summary(proposals),
            objective=paid,
            caps_reached=tuple(caps),
            certificate=self._within_caps(paid, caps, uncapped) if closed else self.certificate,
            closed=closed,
        )

    def _within_caps(
        self, paid: Mapping[str, int], caps: Sequence[str], uncapped: "_Plan"
    ) -> Certificate:
        """What is proven of the plan, which these caps have cut."""
        snapshot, chosen = self.snapshot, self.snapshot.settings
        without = {cap: {need.key: frozenset({cap}) for need in self.needs} for cap in caps}
        closed = {cap: Candidates(snapshot, each) for cap, each in without.items()}
        free = Free(
            uncapped.problem,
            Plan(uncapped.answer, uncapped.certificate),
            {cap: problem_of(each, self.needs) for cap, each in closed.items()},
        )
        left = {cap.key: max(cap.left, 0) for cap in snapshot.caps if cap.key in caps}
        return certificate([free], paid, left, chosen)

    def _placed(self) -> Iterable[tuple[int, Need]]:
        return ((i, need) for i, need in enumerate(self.needs) if self.answer[i] != NOBODY)

    def _way(self, row: int) -> Way:
        kind = self.problem.kind[self.answer[row]]
        return self.candidates.ways[int(self.problem.way[self.problem.need_class[row], kind])]

    def _deal(self) -> dict[str, str]:
        takers: dict[int, list[str]] = defaultdict(list)
        for i, need in self._placed():
            takers[int(self.answer[i])].append(need.key)
        dealt: dict[str, str] = {}
        for offer, keys in takers.items():
            dealt |= deal(self.candidates.offers[offer], keys, self.snapshot.previous)
        return dealt

    def _proposal(self, row: int, slot: str) -> Proposal:
        need, offer, way = self.needs[row], int(self.answer[row]), self._way(row)
        located = need.home is not None and self.candidates.offers[offer].point is not None
        late = max(int(self.problem.day[offer]) - int(self.problem.due[row]), 0)
        return Proposal(
            need=need.key,
            slot_id=slot,
            lot=way.lot,
            route=way.route,
            priority=need.priority,
            in_time=late == 0,
            lateness_days=late,
            kept=self.snapshot.previous.get(need.key) == slot,
            tier=way.tier,
            distance_km=self._hectometres(row, offer) / 10 if located else None,
        )

    def _hectometres(self, row: int, offer: int) -> int:
        return int(self.problem.hectometres[self.problem.home[row], self.problem.site[offer]])

    def _summary(self, proposals: tuple[Proposal, ...]) -> Summary:
        left = self.answer == NOBODY
        overdue = np.maximum(self.problem.horizon - self.problem.due.astype(np.int64), 0)
        return Summary(
            classes={p: _class_summary(p, self.needs, proposals) for p in PRIORITIES},
            lateness_days_treated=sum(x.lateness_days for x in proposals),
            lateness_days_untreated=int(overdue[left].sum()),
            km=round(sum(x.distance_km or 0.0 for x in proposals), 1),
            places=len(self.snapshot.places),
            kept=sum(x.kept for x in proposals),
        )


def reasons_against(candidates: Candidates, need: Need) -> dict[str, int]:
    """How many places each first reason takes away from the need; the rest are `no_capacity`."""
    counts: Counter[str] = Counter()
    for offer, reason in zip(candidates.offers, candidates.reasons(need), strict=True):
        counts["no_capacity" if reason == POSSIBLE else reason] += len(offer.slots)
    if not counts:
        return {"no_places": 0}
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _class_summary(
    priority: int, needs: tuple[Need, ...], proposals: tuple[Proposal, ...]
) -> ClassSummary:
    mine = [proposal for proposal in proposals if proposal.priority == priority]
    return ClassSummary(
        waiting=sum(need.priority == priority for need in needs),
        treated=len(mine),
        in_time=sum(proposal.in_time for proposal in mine),
    )


def _close(closed: Closed, over: Mapping[str, list[str]]) -> Closed:
    """Close each full cap to the needs that it had no room for."""
    wider = dict(closed)
    for cap, keys in over.items():
        for key in keys:
            wider[key] = wider.get(key, frozenset()) | {cap}
    return wider

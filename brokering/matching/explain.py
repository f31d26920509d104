"""Why this place, why nobody, why this person: codes and counts, never who anyone is.

Recomputed from the snapshot and the round's result. The sentences for the codes are the
translations of `match.<code>`; reasons in law keep the id that the decision gave them, with all that it
rests on beside it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from brokering.matching.candidates import POSSIBLE, Candidates
from brokering.matching.offers import Offer
from brokering.matching.round import Proposal, Result, reasons_against
from brokering.matching.snapshot import Need, Snapshot

FREE = "free"


@dataclass(frozen=True, slots=True)
class Alternative:
    """A better day at a clinic that the person did not get, and who did, by relation.

    `taken` counts places: `higher_need`, `same_need_waited_longer`, `same_need`, `lower_need`
    (whose having it cost the person neither a place nor being in time) and `free` (unused, where
    keeping an earlier proposal went before).
    """

    clinic: str
    day: date
    in_time: bool
    distance_km: float | None
    taken: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class NeedExplanation:
    """Why a need got its place, or none: better alternatives, what was removed and why (places).

    `grounds` holds, for each reason in law among them, the reasons that the law gave for it.
    """

    need: str
    code: str
    proposal: Proposal | None
    better: tuple[Alternative, ...]
    taken: Mapping[str, int]
    removed: Mapping[str, int]
    grounds: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class PlaceExplanation:
    """Why a place went to whom it did, or nobody.

    `others` counts the other needs that could have used it, `removed` those that could not, by
    first reason.
    """

    slot_id: str
    code: str
    proposal: Proposal | None
    others: Mapping[str, int]
    removed: Mapping[str, int]


class Explanations:
    """The answers about one round. Raises KeyError for a key that was not in the snapshot."""

    def __init__(self, snapshot: Snapshot, result: Result) -> None:
        self._snapshot = snapshot
        self._candidates = Candidates(snapshot)
        self._needs = {need.key: need for need in snapshot.needs}
        self._of_need = {proposal.need: proposal for proposal in result.proposals}
        self._of_slot = {proposal.slot_id: proposal for proposal in result.proposals}
        self._offer_of = {
            slot: j for j, offer in enumerate(self._candidates.offers) for slot in offer.slots
        }

    def need(self, key: str) -> NeedExplanation:
        """Why this place, or why nobody."""
        need, proposal = self._needs[key], self._of_need.get(key)
        better = tuple(self._better(need, proposal))
        taken: Counter[str] = Counter()
        for alternative in better:
            taken.update(alternative.taken)
        removed = reasons_against(self._candidates, need)
        possible = removed.pop("no_capacity", 0)
        return NeedExplanation(
            need=key,
            code=_need_code(proposal, better, possible),
            proposal=proposal,
            better=better,
            taken=dict(sorted(taken.items())),
            removed=removed,
            grounds=grounds_of(self._snapshot, need, removed),
        )

    def place(self, slot_id: str) -> PlaceExplanation:
        """Why this person, or why nobody."""
        offer, proposal = self._offer_of[slot_id], self._of_slot.get(slot_id)
        holder = self._needs[proposal.need] if proposal else None
        others: Counter[str] = Counter()
        removed: Counter[str] = Counter()
        for need in self._needs.values():
            reason = self._candidates.reasons(need)[offer]
            if reason != POSSIBLE:
                removed[reason] += 1
            elif need is not holder:
                others[self._standing(need, holder)] += 1
        return PlaceExplanation(
            slot_id=slot_id,
            code=_place_code(proposal, others),
            proposal=proposal,
            others=dict(sorted(others.items())),
            removed=dict(sorted(removed.items())),
        )

    def _better(self, need: Need, proposal: Proposal | None) -> Iterator[Alternative]:
        """The possible offers that would have suited the person better, best first."""
        reasons = self._candidates.reasons(need)
        way, _ = self._candidates.ways_of(need)
        distance = self._candidates.distances(need)
        suits: list[tuple[tuple[int, int, int, int], int]] = []
        for j, offer in enumerate(self._candidates.offers):
            if reasons[j] == POSSIBLE:
                tier = self._candidates.ways[way[j]].tier
                suits.append((_suits(need, offer.day, tier, int(distance[j])), j))
        own = self._offer_of[proposal.slot_id] if proposal else None
        limit = next((worth for worth, j in suits if j == own), None)
        for worth, j in sorted(suits):
            if limit is None or worth < limit:
                yield self._alternative(need, self._candidates.offers[j], int(distance[j]))

    def _alternative(self, need: Need, offer: Offer, hectometres: int) -> Alternative:
        taken = Counter(self._relation(need, slot) for slot in offer.slots)
        return Alternative(
            clinic=offer.clinic,
            day=offer.day,
            in_time=_lateness(need, offer.day) == 0,
            distance_km=hectometres / 10 if need.home and offer.point else None,
            taken=dict(sorted(taken.items())),
        )

    def _relation(self, need: Need, slot: str) -> str:
        """Who has the slot, seen from the need."""
        if slot not in self._of_slot:
            return FREE
        return _relation(need, self._needs[self._of_slot[slot].need])

    def _standing(self, need: Need, holder: Need | None) -> str:
        """How a need that could have used a place did, seen from who has it."""
        own = self._of_need.get(need.key)
        if own:
            return "placed_in_time" if own.in_time else "placed_late"
        return "unplaced_" + _relation(holder, need) if holder else "unplaced"


def grounds_of(
    snapshot: Snapshot, need: Need, removed: Mapping[str, int]
) -> dict[str, tuple[str, ...]]:
    """What the decisions on the need's own routes rest a reason on, each once, in their order."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    mine = (need.home_region, need.care, need.profile)
    for key, decision in snapshot.decisions.items():
        if decision.lawful or (key.home_region, key.care, key.profile) != mine:
            continue
        code, *further = decision.reasons or ("undecided",)
        if code in removed and key.route in need.routes:
            found[code].update(dict.fromkeys(further))
    return {code: tuple(further) for code, further in sorted(found.items()) if further}


def _suits(need: Need, day: date, tier: int, hectometres: int) -> tuple[int, int, int, int]:
    """How well a day and place suit one person, by the lines of the order; lower is better."""
    return (_lateness(need, day), tier, hectometres, day.toordinal())


def _lateness(need: Need, day: date) -> int:
    return 0 if need.due is None else max((day - need.due).days, 0)


def _relation(seen_from: Need, other: Need) -> str:
    if other.priority != seen_from.priority:
        return "higher_need" if other.priority < seen_from.priority else "lower_need"
    if other.waiting_since < seen_from.waiting_since:
        return "same_need_waited_longer"
    return "same_need"


def _need_code(proposal: Proposal | None, better: tuple[Alternative, ...], possible: int) -> str:
    if proposal is None:
        return "no_capacity" if possible else "nobody_possible"
    if proposal.kept:
        return "kept"
    if not better:
        return "best_for_person"
    return "best_left_in_time" if proposal.in_time else "best_left_late"


def _place_code(proposal: Proposal | None, others: Mapping[str, int]) -> str:
    if proposal is not None:
        return "chosen_by_need" if others else "only_one_possible"
    if "unplaced" in others:
        return "others_left_out"
    return "all_placed_elsewhere" if others else "place_for_nobody"

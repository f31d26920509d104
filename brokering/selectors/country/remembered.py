"""What a round over one care was solved from, kept as of one over the country: it explains its places."""

from collections.abc import Iterable, Mapping
from uuid import UUID

import numpy as np

from brokering.matching.arrays import problem_of
from brokering.matching.candidates import Candidates
from brokering.matching.problem import NOBODY
from brokering.matching.ranking import turn
from brokering.matching.snapshot import Snapshot
from brokering.selectors.country.columns import Column
from brokering.selectors.country.problems import Given
from brokering.selectors.country.ways import Way


def given_of(
    care: str, snapshot: Snapshot, tenants: Mapping[str, UUID], closed: Mapping[str, frozenset[str]]
) -> Given:
    """The snapshot of a care as a problem: of each need its tenant, and the caps that are `closed` to it."""
    candidates = Candidates(snapshot, closed)
    needs = sorted(snapshot.needs, key=turn)
    problem = problem_of(candidates, needs)
    lots = {one.lot: UUID(one.lot.split("/", 1)[0]) for one in candidates.ways}
    number = {lot: at for at, lot in enumerate(lots)}
    kept = problem.previous != NOBODY
    previous = [
        snapshot.previous[need.key] if had else None for need, had in zip(needs, kept, strict=True)
    ]
    return Given(
        care=care,
        on=snapshot.on,
        problem=problem,
        needs=_keys(need.key for need in needs),
        tenants=_keys(str(tenants[need.key]) for need in needs),
        slot=_keys(slot for offer in candidates.offers for slot in offer.slots),
        first=np.concatenate(([0], np.cumsum(problem.count, dtype=np.int64))),
        ways=tuple(Way(number[way.lot], str(way.route), way.tier) for way in candidates.ways),
        lots=tuple(lot.bytes for lot in lots.values()),
        previous=_keys(previous),
        within_class=snapshot.settings.within_class,
        left_out={},
    )


def _keys(keys: Iterable[str | None]) -> Column:
    """Keys by row, zeros where there is none."""
    return np.frombuffer(b"".join(bytes(16) if x is None else UUID(x).bytes for x in keys), "V16")

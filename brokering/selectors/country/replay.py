"""A round solved again from what was stored of it: the same answer, or what has become of it since."""

from dataclasses import dataclass
from uuid import UUID

from brokering.errors import RoundInputOutdated
from brokering.matching.engines import Engine, solve
from brokering.matching.settling import summary
from brokering.models import Proposal, Round, RoundStore
from brokering.selectors.country.packing import unpacked
from brokering.selectors.country.solving import outcome_of
from brokering.selectors.need_profiles import MATCHER


@dataclass(frozen=True, kw_only=True)
class Replay:
    """What solving a care's round again found.

    `stored`: whether its input is still kept; `readable`: whether it has the form of this release; without
    both nothing else is known. `same_input`: whether that
    input has the fingerprint of the round; `same_figures`, `same_pairs`: whether the answer is the one that
    was written (None where the proposals are no longer kept whole).
    """

    care: str
    round: UUID
    stored: bool
    readable: bool = True
    same_input: bool = False
    same_figures: bool = False
    same_pairs: bool | None = None

    @property
    def is_same(self) -> bool:
        """Whether all that can be compared is as it was."""
        return self.same_input and self.same_figures and self.same_pairs is not False


def replays(asked: UUID) -> list[Replay]:
    """Of a round, or of every care of a national one; empty where there is none with that id."""
    rounds = Round.objects.using(MATCHER)
    found = list(rounds.filter(id=asked)) or list(rounds.filter(national=asked).order_by("care_id"))
    return [_replay(one) for one in found]


def _replay(row: Round) -> Replay:
    store = RoundStore.objects.using(MATCHER).filter(round=row).first()
    if store is None or "engine" not in row.settings:
        # What names no engine was kept to explain its places alone.
        return Replay(care=row.care_id, round=row.id, stored=False)
    try:
        given = unpacked(bytes(store.body))
    except RoundInputOutdated:
        return Replay(care=row.care_id, round=row.id, stored=True, readable=False)
    engine = Engine(row.settings["engine"])
    plan = solve(given.problem, engine, within_class=given.within_class, on=given.on)
    outcome = outcome_of(given, plan)
    pairs = {
        (UUID(bytes=bytes(need)), UUID(bytes=bytes(slot)))
        for need, slot in zip(given.needs[outcome.rows], given.slot[outcome.slot], strict=True)
    }
    figures = summary(given.problem, outcome)
    return Replay(
        care=row.care_id,
        round=row.id,
        stored=True,
        same_input=given.fingerprint() == row.digest,
        same_figures=all(row.summary[name] == value for name, value in figures.items()),
        same_pairs=_as_written(row, pairs),
    )


def _as_written(row: Round, pairs: set[tuple[UUID, UUID]]) -> bool | None:
    """Whether these are the pairs that were written; None where only some are still kept."""
    rows = Proposal.objects.using(MATCHER).filter(round=row)
    written = set(rows.values_list("need_key", "slot_id"))
    if len(written) < row.summary["proposals"]:
        return None
    return written == pairs

"""Who may take a free place without more ado: the one question that decides if it is published as free."""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from brokering.law.decision import Bookable
from brokering.verdict import Verdict
from contracts.terms import Eligibility


class OpenTo(StrEnum):
    """For whom a free place is free."""

    EVERYONE = "everyone"
    CONDITIONS = "conditions"
    """Some need a remiss, an approval or to live in a certain region, or the agreement asks for something."""
    NOBODY = "nobody"
    """Nobody can book it by themselves, with what is known."""


def open_to(verdicts: Sequence[Verdict]) -> OpenTo:
    """For whom a place is free, from the verdicts on an adult without a remiss from each of the regions."""
    if all(verdict.terms is None for verdict in verdicts):
        return OpenTo.NOBODY
    answers = {verdict.bookable for verdict in verdicts}
    free = answers == {Bookable.YES} and not any(_asks(verdict) for verdict in verdicts)
    return OpenTo.EVERYONE if free else OpenTo.CONDITIONS


def needs_remiss(verdicts: Iterable[Verdict]) -> str:
    """Whether a remiss is needed: yes, no, depends (on where one lives), or unknown."""
    told = {_needs(verdict) for verdict in verdicts}
    if len(told) > 1:
        return "depends"
    return told.pop() if told else "unknown"


def _asks(verdict: Verdict) -> bool:
    """Whether the agreement asks more of the person than the law does."""
    return verdict.terms is not None and verdict.terms.eligibility != Eligibility()


def _needs(verdict: Verdict) -> str:
    said = {verdict.decision.home_requirement, verdict.decision.care_requirement}
    if "not_met" in said:
        return "yes"
    return "unknown" if "unknown" in said else "no"

"""The life of an agreement: its states, the ways between them, who may take each, what must be met first."""

import calendar
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from contracts.terms import DAY, Regime

STANDSTILL = Path(__file__).resolve().parent / "data" / "standstill.toml"


class AgreementState(StrEnum):
    """Where an agreement stands; only an active one carries a visit."""

    INITIATED = "initiated"
    ADVERTISED = "advertised"
    EVALUATING = "evaluating"
    AWARDED = "awarded"
    STANDSTILL = "standstill"
    SIGNED = "signed"
    ACTIVE = "active"
    ENDED = "ended"


class Taker(StrEnum):
    """Who may take a way: the contracting region's administrator, or the clock."""

    REGION = "region"
    SYSTEM = "system"


class Kind(StrEnum):
    """What the way to a signature depends on."""

    OWN = "own"
    PROCURED = "procured"
    CHOICE = "choice"
    DIRECT = "direct"


EVERY = frozenset(Kind)


@dataclass(frozen=True)
class Way:
    """One permitted change of state, for some kinds of agreement."""

    to: AgreementState
    by: frozenset[Taker]
    kinds: frozenset[Kind] = EVERY


def _way(to: AgreementState, *kinds: Kind, by: Iterable[Taker] = (Taker.REGION,)) -> Way:
    return Way(to, frozenset(by), frozenset(kinds) or EVERY)


_S = AgreementState
_ENDED = _way(_S.ENDED)

WAYS: dict[AgreementState, tuple[Way, ...]] = {
    _S.INITIATED: (
        _way(_S.ADVERTISED, Kind.PROCURED, Kind.CHOICE),
        _way(_S.SIGNED, Kind.DIRECT),
        _way(_S.ACTIVE, Kind.OWN),
        _ENDED,
    ),
    _S.ADVERTISED: (_way(_S.EVALUATING, Kind.PROCURED, Kind.CHOICE), _ENDED),
    _S.EVALUATING: (_way(_S.AWARDED, Kind.PROCURED, Kind.CHOICE), _ENDED),
    _S.AWARDED: (_way(_S.STANDSTILL, Kind.PROCURED), _way(_S.SIGNED, Kind.CHOICE), _ENDED),
    _S.STANDSTILL: (_way(_S.SIGNED, Kind.PROCURED), _ENDED),
    _S.SIGNED: (_way(_S.ACTIVE), _ENDED),
    _S.ACTIVE: (_way(_S.ENDED, by=(Taker.SYSTEM,)),),
    _S.ENDED: (),
}
"""Ending an active agreement gives it a last day; the clock ends it once that has passed. An amended version
of an active agreement begins active: both sides have signed it by then."""

DRAFTS = frozenset(
    {_S.INITIATED, _S.ADVERTISED, _S.EVALUATING, _S.AWARDED, _S.STANDSTILL},
)
"""Before the signatures: the terms may still be written anew."""


def kind_of(regime: Regime | str, cooperation: str) -> Kind:
    """Own production needs no signature; LOU is procured, LOV advertised, the rest agreed directly.

    Between regions, and under LOL and LOF, nobody is awarded anything; nothing here says that a purchase
    between regions is free of LOU: what is procured is registered as LOU.
    """
    if regime == Regime.OWN and cooperation == "alone":
        return Kind.OWN
    return {Regime.LOU: Kind.PROCURED, Regime.LOV: Kind.CHOICE}.get(Regime(regime), Kind.DIRECT)


def may_move(was: AgreementState, to: AgreementState, kind: Kind, by: Taker) -> bool:
    """Whether the taker may take an agreement of the kind from one state to the other."""
    return any(way.to == to and by in way.by and kind in way.kinds for way in WAYS[was])


def next_states(was: AgreementState, kind: Kind) -> tuple[AgreementState, ...]:
    """Where the contracting region may take an agreement of the kind."""
    ways = WAYS[was]
    return tuple(way.to for way in ways if Taker.REGION in way.by and kind in way.kinds)


@dataclass(frozen=True, kw_only=True)
class StandstillRule:
    """How many whole days after the sending nothing is signed, from a day on, and where that stands."""

    first: date
    days: int
    law: str
    place: str
    source: str
    verify: str


@lru_cache(maxsize=1)
def standstill_rules() -> dict[str, tuple[StandstillRule, ...]]:
    """The dated parameters, `electronic` and `otherwise`, latest first."""
    with STANDSTILL.open("rb") as file:
        read = tomllib.load(file)
    return {
        name: tuple(sorted(map(_rule, part["values"]), key=lambda rule: rule.first, reverse=True))
        for name, part in read.items()
    }


def _rule(value: dict[str, object]) -> StandstillRule:
    return StandstillRule(
        first=_day(value["from"]),
        days=int(str(value["days"])),
        **{name: str(value[name]) for name in ("law", "place", "source", "verify")},
    )


def _day(value: object) -> date:
    assert isinstance(value, date)
    return value


def first_day_to_sign(notified: date, *, electronic: bool) -> date | None:
    """The first day after the standstill of an award sent out on a day; None where no rule is known for it.

    The day of sending is not counted.
    """
    rules = standstill_rules()["electronic" if electronic else "otherwise"]
    rule = next((rule for rule in rules if rule.first <= notified), None)
    return None if rule is None else notified + (rule.days + 1) * DAY


def months_later(last_day: date, months: int) -> date:
    """The last day of a period that is extended by whole months: the end of a month stays one."""
    after = last_day + DAY
    years, month = divmod(after.month - 1 + months, 12)
    year, month = after.year + years, month + 1
    days = calendar.monthrange(year, month)[1]
    return date(year, month, days) if after.day > days else date(year, month, after.day) - DAY

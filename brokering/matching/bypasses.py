"""Why a place went past somebody: the codes of the deviation ledger (bypasses.toml), and which one holds.

A bypass: a place given to somebody while another waited who could have used it and had a greater need, or
the same need and a longer wait (3 kap. 1 § HSL). Each has the first reason that holds; what none explains is
`unexplained`, and somebody has to say why.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from brokering.law.facts import Route
from brokering.matching.problem import Bools

FILE = Path(__file__).with_name("bypasses.toml")
READING = "reading"
UNEXPLAINED = "unexplained"
NO_CLASS = 5
"""Where no clinician has set a need class: below all that have one."""


@lru_cache(maxsize=1)
def codes() -> Mapping[str, str]:
    """Every code with its source: a law, or READING."""
    return {code: str(table["source"]) for code, table in _tables().items()}


@lru_cache(maxsize=1)
def settling() -> tuple[str, ...]:
    """The codes that a person may give to what the ledger could not explain."""
    return tuple(code for code, table in _tables().items() if table["settles"])


def _tables() -> dict[str, dict[str, str | bool]]:
    return tomllib.loads(FILE.read_bytes().decode())


@dataclass(frozen=True, kw_only=True)
class Handing:
    """How a place came to be given, as far as it can explain anything.

    `is_moved`: instead of one that the clinic took back; `is_chosen`: somebody clicked it, no offer was made;
    `is_soon`: it began sooner than a round gives out; `is_capped`, `is_proven`: of the round that it came
    from, whether a cap cut its plan and whether the plan is proven.
    """

    route: str
    is_moved: bool = False
    is_chosen: bool = False
    is_soon: bool = False
    has_round: bool = False
    is_capped: bool = False
    is_proven: bool = True


@dataclass(frozen=True, kw_only=True, eq=False)
class Passed:
    """Those whom the place went past, one truth each.

    `same_class`: of the same need class; `changed`: the need came or changed after the place was given;
    `planned`: had a place of their own in the round; `unseen`: were not in the round, or could not use the
    place then.
    """

    same_class: Bools
    changed: Bools
    planned: Bools
    unseen: Bools


def reasons(how: Handing, who: Passed) -> dict[str, Bools]:
    """Of each code whom it explains; everybody has exactly one."""
    left, found = np.ones(len(who.changed), bool), dict[str, Bools]()
    for code, holds in _in_turn(how, who):
        found[code] = found.get(code, np.zeros(len(left), bool)) | (left & holds)
        left &= ~holds
    found[UNEXPLAINED] = left
    return {code: people for code, people in found.items() if people.any()}


def _in_turn(how: Handing, who: Passed) -> list[tuple[str, Bools]]:
    """What may explain a bypass, what explains most first."""
    everybody = np.ones(len(who.changed), bool)
    chosen = everybody & how.is_chosen
    of_round = everybody & how.has_round
    return [
        ("place_taken_back", everybody & how.is_moved),
        ("before_next_round", who.changed),
        ("region_reroute", chosen & (how.route == Route.GUARANTEE_REROUTE)),
        ("free_choice_after_release", chosen),
        ("short_notice", everybody & how.is_soon),
        ("placed_in_plan", of_round & who.planned),
        ("linked_cap", of_round & how.is_capped),
        ("before_next_round", of_round & who.unseen),
        ("order_within_class", of_round & who.same_class),
        ("plan_not_proven", of_round & (not how.is_proven)),
    ]

"""Reasons and citations: what a decision says about itself. Sentences are made at the face."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from brokering.law.codes import ReasonCode
from brokering.law.words import Word

FOLDER = Path(__file__).resolve().parent / "reasons"
TOLD = ("decision.toml", "clock.toml", "applicability.toml")


class CitationKind(Word):
    """What weight the cited text has; a proposal, an agreement or practice is never shown as law."""

    STATUTE = "statute"
    ORDINANCE = "ordinance"
    PREPARATORY = "preparatory"
    AGREEMENT = "agreement"
    REGIONAL_RULE = "regional_rule"
    PRACTICE = "practice"
    PROPOSAL = "proposal"


class Question(Word):
    """Which of the questions of a decision a reason answers; a clock answers `guarantee`."""

    CHOICE = "choice"
    RECEPTION = "reception"
    HOME_REQUIREMENT = "home_requirement"
    CARE_REQUIREMENT = "care_requirement"
    PAYER = "payer"
    GUARANTEE = "guarantee"
    TRAVEL = "travel"
    COST = "cost"


@dataclass(frozen=True)
class Citation:
    """Where it stands: `as_of` is the day of the reading, `source` the line in the source document."""

    kind: CitationKind
    law: str
    place: str
    as_of: date
    source: str = ""

    def as_json(self) -> dict[str, str]:
        """The citation in the contract's form."""
        return {
            "kind": self.kind.value,
            "law": self.law,
            "place": self.place,
            "as_of": self.as_of.isoformat(),
        }


@dataclass(frozen=True)
class Reason:
    """Why an answer is what it is; `interpretation` where the sources leave room for another reading."""

    code: ReasonCode
    question: Question
    citation: Citation
    interpretation: bool = False

    def as_json(self) -> dict[str, Any]:
        """The reason in the contract's form."""
        return {"code": self.code.value, "citation": self.citation.as_json()}


def why(code: ReasonCode, question: Question) -> Reason:
    """The reason whose citation does not depend on the case (`reasons/*.toml`)."""
    reason = all_reasons()[code, question]
    assert reason is not None, f"{code} is cited by the rule that decides"
    return reason


@cache
def all_reasons() -> Mapping[tuple[ReasonCode, Question], Reason | None]:
    """Every reason by code and question; None where the rule that decided the case is cited instead."""
    laws = {key: _citation(table) for key, table in _tables("laws.toml").items()}
    told = {code: entry for file in TOLD for code, entry in _tables(file).items()}
    return {
        (ReasonCode(code), Question(question)): _reason(code, question, entry, laws)
        for code, entry in told.items()
        for question in entry["about"]
    }


def _reason(
    code: str, question: str, entry: Mapping[str, Any], laws: Mapping[str, Citation]
) -> Reason | None:
    if "cite" not in entry:
        return None
    cited, is_reading = laws[entry["cite"]], entry.get("reading", False)
    return Reason(ReasonCode(code), Question(question), cited, is_reading)


def _tables(file: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / file).read_bytes().decode())


def _citation(table: Mapping[str, Any]) -> Citation:
    return Citation(
        CitationKind(table["kind"]),
        table["law"],
        table["place"],
        table["checked"],
        table["source"],
    )

"""Referral rules as CSV: the pure reader of those that are shipped, and of what regions send and fetch."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from uuid import UUID, uuid5

from contracts.terms import (
    FIRST_DAY,
    ISSUERS,
    LAST_DAY,
    OLDEST,
    Completeness,
    ReferralRule,
    Regime,
)
from providers.reference import Line, UnreadableReference, read_lines

PARTIES = UUID("b4a3b7a4-2f43-5b0e-8f9b-5a5d1c7c6f10")
"""Namespace of the ids of the regions' parties: the same region has the same party id everywhere."""
DATA = Path(__file__).resolve().parent / "data"
RULES = DATA / "referral_rules_2021-02.csv"
COMPLETE = DATA / "referral_rules_2021-02_complete.csv"
FORMS = {"open", "inpatient"}
YES_NO = {"yes", "no"}
RULE_COLUMNS = (
    "region",
    "care",
    "form",
    "age_min",
    "age_max",
    "regime",
    "site",
    "accepted_issuers",
    "extra_requirements",
    "required",
    "immediate_care_exempt",
    "valid_from",
    "valid_to",
    "source",
    "checked",
    "confidence",
    "text_sv",
)
LONGEST = {
    "site": 120,
    "extra_requirements": 60,
    "source": 200,
    "confidence": 200,
    "text_sv": 400,
}
"""Characters that a column has room for; of a list, each of its items."""
LISTS = ("accepted_issuers", "extra_requirements")
SURPLUS = "-"
"""Stands for the cells of a line beyond the last column."""
COMPLETE_COLUMNS = ("region", "complete_from", "complete_to", "source", "confidence")


@lru_cache(maxsize=4)
def read_referral_rules(path: Path = RULES) -> tuple[ReferralRule, ...]:
    """The rules in file order; raises UnreadableReference with file, line and column."""
    return tuple(_rule(line) for line in read_lines(path, RULE_COLUMNS))


@lru_cache(maxsize=4)
def read_completeness(path: Path = COMPLETE) -> tuple[Completeness, ...]:
    """The declarations in file order; raises UnreadableReference with file, line and column."""
    return tuple(_completeness(line) for line in read_lines(path, COMPLETE_COLUMNS))


@dataclass(frozen=True)
class ReadRule:
    """One data line of a file: the rule, or the fault that makes it unreadable."""

    line: int
    rule: ReferralRule | None
    fault: UnreadableReference | None = None


def read_rules_text(text: str, *, file: str) -> tuple[ReadRule, ...]:
    """Every rule of a CSV text (comma or semicolon), each with its fault if it has one.

    Raises UnreadableReference when the header lacks a column or the text is no CSV.
    """
    return tuple(_read(line) for line in _lines(text.removeprefix("\ufeff"), file))


def rules_as_csv(rules: Iterable[ReferralRule]) -> str:
    """The rules as CSV that `read_rules_text` reads back as the same rules.

    An empty cell is no condition; a list is written with `|` between its items.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(RULE_COLUMNS)
    writer.writerows([_cell(getattr(rule, name)) for name in RULE_COLUMNS] for rule in rules)
    return out.getvalue()


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, frozenset):
        return "|".join(sorted(value))
    return "" if value is None else str(value)


def _lines(text: str, file: str) -> Iterator[Line]:
    # A browser sends every line end as CR LF; inside a cell that must not become another text.
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    header_text = text.partition("\n")[0]
    delimiter = ";" if header_text.count(";") > header_text.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header = [name.strip() for name in _next(reader, file) or ()]
    for column in RULE_COLUMNS:
        if column not in header:
            raise UnreadableReference(file=file, line=1, column=column, problem="is missing")
    number = reader.line_num + 1
    while (cells := _next(reader, file)) is not None:
        if any(cells):
            # A short line is read as far as it goes; the faults are named cell by cell.
            padded = cells + [""] * (len(header) - len(cells))
            surplus = {SURPLUS: "".join(cells[len(header) :])}
            yield Line(file, number, dict(zip(header, padded, strict=False)) | surplus)
        number = reader.line_num + 1


def _next(reader: Iterator[list[str]], file: str) -> list[str] | None:
    try:
        return next(reader, None)
    except csv.Error as error:
        line = getattr(reader, "line_num", 0)
        raise UnreadableReference(file=file, line=line, column="-", problem=str(error)) from error


def _read(line: Line) -> ReadRule:
    try:
        return ReadRule(line.number, _rule(line))
    except UnreadableReference as fault:
        return ReadRule(line.number, None, fault)


def _rule(line: Line) -> ReferralRule:
    _refuse_what_has_no_room(line)
    rule = ReferralRule(
        region=line.digits("region", 2),
        care=line.text("care"),
        form=_maybe_choice(line, "form", FORMS),
        age_min=line.maybe_whole("age_min"),
        age_max=line.maybe_whole("age_max"),
        regime=_regime(line),
        site=line.maybe("site"),
        accepted_issuers=_listed(line, "accepted_issuers"),
        extra_requirements=_listed(line, "extra_requirements"),
        required=line.choice("required", YES_NO) == "yes",
        immediate_care_exempt=_maybe_choice(line, "immediate_care_exempt", YES_NO) == "yes",
        valid_from=line.day("valid_from"),
        valid_to=_maybe_day(line, "valid_to"),
        source=line.text("source"),
        checked=line.day("checked"),
        confidence=line.text("confidence"),
        text_sv=line.text("text_sv"),
    )
    _refuse_turned_interval(line, rule)
    _refuse_slips_of_the_year(line, rule)
    return rule


def _completeness(line: Line) -> Completeness:
    return Completeness(
        region=line.digits("region", 2),
        complete_from=line.day("complete_from"),
        complete_to=_maybe_day(line, "complete_to"),
        source=line.text("source"),
        confidence=line.text("confidence"),
    )


def _maybe_choice(line: Line, column: str, allowed: set[str]) -> str | None:
    return None if line.maybe(column) is None else line.choice(column, allowed)


def _regime(line: Line) -> Regime | None:
    text = _maybe_choice(line, "regime", {regime.value for regime in Regime})
    return None if text is None else Regime(text)


def _listed(line: Line, column: str) -> frozenset[str]:
    text = line.maybe(column)
    items = [] if text is None else text.split("|")
    if not all(item.strip() for item in items):
        raise line.fault(column, "an item of the list is empty")
    if column == "accepted_issuers" and not set(items) <= set(ISSUERS):
        raise line.fault(column, f"an item is not one of {', '.join(ISSUERS)}")
    return frozenset(items)


def _refuse_what_has_no_room(line: Line) -> None:
    if line.cells.get(SURPLUS):
        raise line.fault(SURPLUS, "the line has more cells than the header")
    for column in RULE_COLUMNS:
        if "\0" in line.cells[column]:
            raise line.fault(column, "holds a character that is no text")
    for column, longest in LONGEST.items():
        items = line.cells[column].split("|") if column in LISTS else [line.cells[column]]
        if any(len(item) > longest for item in items):
            raise line.fault(column, f"is longer than {longest} characters")
    for column in ("age_min", "age_max"):
        if (line.maybe_whole(column) or 0) > OLDEST:
            raise line.fault(column, f"is above {OLDEST}")


def _maybe_day(line: Line, column: str) -> date | None:
    return None if line.maybe(column) is None else line.day(column)


def _refuse_slips_of_the_year(line: Line, rule: ReferralRule) -> None:
    for column in ("valid_from", "valid_to", "checked"):
        day = getattr(rule, column)
        if day is not None and not FIRST_DAY <= day <= LAST_DAY:
            raise line.fault(column, f"is not between {FIRST_DAY} and {LAST_DAY}")


def _refuse_turned_interval(line: Line, rule: ReferralRule) -> None:
    if rule.age_min is not None and rule.age_max is not None and rule.age_max < rule.age_min:
        raise line.fault("age_max", "the interval ends before it begins")
    if (
        rule.valid_to is not None
        and rule.valid_from is not None
        and rule.valid_to < rule.valid_from
    ):
        raise line.fault("valid_to", "the period ends before it begins")


def party_of_region(code: str) -> UUID:
    """Id of the party that a region (länskod) is when it signs agreements itself."""
    return uuid5(PARTIES, code)

"""Pure reader of the referral rules of February 2021 that are shipped with the product."""

from datetime import date
from functools import lru_cache
from pathlib import Path

from contracts.terms import Completeness, ReferralRule, Regime
from providers.reference import Line, read_lines

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
COMPLETE_COLUMNS = ("region", "complete_from", "complete_to", "source", "confidence")


@lru_cache(maxsize=4)
def read_referral_rules(path: Path = RULES) -> tuple[ReferralRule, ...]:
    """The rules in file order; raises UnreadableReference with file, line and column."""
    return tuple(_rule(line) for line in read_lines(path, RULE_COLUMNS))


@lru_cache(maxsize=4)
def read_completeness(path: Path = COMPLETE) -> tuple[Completeness, ...]:
    """The declarations in file order; raises UnreadableReference with file, line and column."""
    return tuple(_completeness(line) for line in read_lines(path, COMPLETE_COLUMNS))


def _rule(line: Line) -> ReferralRule:
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
    return frozenset() if text is None else frozenset(text.split("|"))


def _maybe_day(line: Line, column: str) -> date | None:
    return None if line.maybe(column) is None else line.day(column)


def _refuse_turned_interval(line: Line, rule: ReferralRule) -> None:
    if rule.age_min is not None and rule.age_max is not None and rule.age_max < rule.age_min:
        raise line.fault("age_max", "the interval ends before it begins")
    if (
        rule.valid_to is not None
        and rule.valid_from is not None
        and rule.valid_to < rule.valid_from
    ):
        raise line.fault("valid_to", "the period ends before it begins")

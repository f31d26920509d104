"""The regions' referral rules as the law kernel's rule book."""

from datetime import date

from brokering.law.rulebook import RuleBook
from contracts.selectors.rules import completeness_in_force, rules_in_force


def rule_book(*, on: date, care: str | None = None) -> RuleBook:
    """Rules in force on the day, for one care or all."""
    return RuleBook(rules_in_force(on=on, care=care), completeness_in_force(on=on))

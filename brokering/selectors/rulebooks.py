"""The regions' referral rules as the law kernel's rule book."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from brokering.law.rulebook import RuleBook
from contracts.selectors.rules import (
    completeness_in_force,
    rules_ahead,
    rules_in_force,
    rules_of,
)
from contracts.terms import Completeness, ReferralRule


def rule_book(*, on: date, care: str | None = None) -> RuleBook:
    """Rules in force on the day, for one care or all."""
    return RuleBook(rules_in_force(on=on, care=care), completeness_in_force(on=on))


def only_about(book: RuleBook, care: str) -> RuleBook:
    """A rule book's rules of one care."""
    return RuleBook(tuple(row for row in book.rows if row.care == care), book.complete)


def rule_book_ahead(*, on: date, care: str) -> RuleBook:
    """Good for a day, and for what has been decided to hold later: answers from it can be explained."""
    return RuleBook(*rules_ahead(on=on, care=care))


@dataclass
class StoredRules:
    """The stored rules with their past and their decided future, each region and day read once.

    Kept for one request only: rules are living data.
    """

    _rows: dict[str, tuple[ReferralRule, ...]] = field(default_factory=dict)
    _declared: dict[date, tuple[Completeness, ...]] = field(default_factory=dict)

    def book(self, *, on: date, regions: Iterable[str]) -> RuleBook:
        """Good for a day, and for what the regions' rules will say later.

        A declaration that begins after the day is not in it: a later day is unknown rather than promised.
        """
        rows = (row for region in sorted(set(regions)) for row in self._rows_of(region))
        if on not in self._declared:
            self._declared[on] = completeness_in_force(on=on)
        return RuleBook(tuple(rows), self._declared[on])

    def _rows_of(self, region: str) -> tuple[ReferralRule, ...]:
        if region not in self._rows:
            self._rows[region] = rules_of(region)
        return self._rows[region]

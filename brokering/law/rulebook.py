"""The referral rules of all regions, indexed for the question: which rule decides here?"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from brokering.law.facts import Facts
from contracts.terms import Completeness, ReferralRule

Specificity = tuple[bool, bool, bool, bool]


@dataclass(frozen=True)
class RuleBook:
    """Rules and declarations of completeness, as they stand at one moment."""

    rows: tuple[ReferralRule, ...] = ()
    complete: tuple[Completeness, ...] = ()

    @cached_property
    def _rows_by_care(self) -> Mapping[tuple[str, str], list[tuple[Specificity, ReferralRule]]]:
        index: dict[tuple[str, str], list[tuple[Specificity, ReferralRule]]] = defaultdict(list)
        for row in sorted(self.rows, key=specificity, reverse=True):
            index[row.region, row.care].append((specificity(row), row))
        return dict(index)

    @cached_property
    def _complete_by_region(self) -> Mapping[str, list[Completeness]]:
        index: dict[str, list[Completeness]] = defaultdict(list)
        for declaration in self.complete:
            index[declaration.region].append(declaration)
        return dict(index)

    @cached_property
    def names_sites(self) -> bool:
        """Whether any rule is about one clinic alone."""
        return any(row.site is not None for row in self.rows)

    def deciding(self, region: str, facts: Facts) -> list[ReferralRule]:
        """The most specific rows in force that apply, all of one specificity; empty when none does.

        Rows with ages are kept for a person without a known birth date: they might apply.
        """
        found: list[ReferralRule] = []
        deciding: Specificity | None = None
        for specific, row in self._rows_by_care.get((region, facts.care.code), ()):
            if deciding not in (None, specific):
                break
            if applies(row, facts):
                deciding = specific
                found.append(row)
        return found

    def has_any(self, region: str, care: str) -> bool:
        """Whether any rule of the region is about the care, whenever and for whomever."""
        return (region, care) in self._rows_by_care

    def declared_complete(self, region: str, on: date) -> Completeness | None:
        """The declaration that covers a day, if there is one."""
        declared = self._complete_by_region.get(region, ())
        return next((entry for entry in declared if entry.in_force(on)), None)


def specificity(row: ReferralRule) -> Specificity:
    """Order of precedence: site before regime before age before form before care alone."""
    return (row.site is not None, row.regime is not None, row.has_ages, row.form is not None)


def applies(row: ReferralRule, facts: Facts) -> bool:
    """Whether a row of the right region and care is in force and all its conditions hold."""
    return (
        row.in_force(facts.on)
        and row.form in (None, facts.care.form)
        and row.regime in (None, facts.clinic.regime)
        and row.site in (None, facts.clinic.site)
        and (not row.has_ages or _age_may_match(row, facts.patient.age(facts.on)))
    )


def _age_may_match(row: ReferralRule, age: int | None) -> bool:
    if age is None:
        return True
    return (row.age_min is None or row.age_min <= age) and (
        row.age_max is None or age <= row.age_max
    )

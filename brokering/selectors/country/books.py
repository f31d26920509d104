"""Clinics, rules, terms and windows for a look at the country: all read now, or kept as long as they hold."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from brokering.law.rulebook import RuleBook
from brokering.selectors.country.places import Clinics, all_clinics
from brokering.selectors.places import swedish_day
from brokering.selectors.rulebooks import rule_book
from brokering.selectors.terms_book import kept_terms
from contracts.models import Lot, ReleasePolicy
from contracts.selectors.changes import terms_mark
from contracts.selectors.release import windows_at
from contracts.selectors.terms import terms_of_care
from contracts.terms import Terms
from providers.models import Region

TermsByClinic = Mapping[UUID, list[Terms]]


class ReadBook:
    """Everything of the country, as it stands when the book is opened."""

    def __init__(self, cares: Sequence[str], on: date) -> None:
        self._on = on
        self.clinics: Clinics = all_clinics()
        whole = rule_book(on=on)
        self.rules: dict[str, RuleBook] = {
            care: RuleBook(tuple(rule for rule in whole.rows if rule.care == care), whole.complete)
            for care in cares
        }
        """By care."""

    def terms(self, care: str, last: date, clinics: Iterable[UUID] | None) -> TermsByClinic:
        """Terms that are in force on some day until the last; None asks for those of every clinic.

        Those are kept from one round to the next, as long as nothing of them changes.
        """
        if clinics is None:
            return kept_terms(terms_mark(), self._on).of_care(care)
        return terms_of_care(care, first=self._on, last=last, clinics=clinics)

    def windows(self) -> list[ReleasePolicy]:
        """What clinics have said of how long their places are kept."""
        return windows_at(self.clinics.ids)

    def regions(self) -> tuple[str, ...]:
        """Codes of all regions."""
        return tuple(Region.objects.order_by("code").values_list("code", flat=True))

    def excluded(self) -> set[str]:
        """Every word by which some lot excludes."""
        found = Lot.objects.exclude(excluded_needs=[]).values_list("excluded_needs", flat=True)
        return {word for words in found for word in words}


class KeptBook:
    """The same of one care and of the clinics that have terms for it, from what this process keeps.

    It is to be opened before the moment of what is read beside it: what has changed since is read anew by the
    next one.
    """

    def __init__(self, care: str, now: datetime) -> None:
        self._known = kept_terms(terms_mark(), swedish_day(now))
        self._terms = self._known.of_care(care)
        self.clinics: Clinics = all_clinics(self._terms)
        self.rules: dict[str, RuleBook] = {care: self._known.law(care).rules}

    def terms(self, care: str, last: date, clinics: Iterable[UUID] | None) -> TermsByClinic:
        """Terms for the care, whatever the last day; a place's own days tell whether they carry it."""
        return self._terms

    def windows(self) -> list[ReleasePolicy]:
        """What the clinics have said of how long their places are kept."""
        return self._known.windows(self.clinics.ids)

    def regions(self) -> tuple[str, ...]:
        """Codes of all regions."""
        return self._known.regions()

    def excluded(self) -> set[str]:
        """Every word by which some lot with the care excludes."""
        lots = (terms.eligibility.excluded_needs for here in self._terms.values() for terms in here)
        return {word for words in lots for word in words}


Book = ReadBook | KeptBook

"""Clinics, rules, terms and windows for a look at the country: all read now, or kept as long as they hold."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cached_property, lru_cache
from uuid import UUID

from brokering.law.rulebook import RuleBook
from brokering.selectors.country.needs import Vocabulary
from brokering.selectors.country.places import Clinics, all_clinics
from brokering.selectors.country.standing import Standing
from brokering.selectors.places import care_value, swedish_day
from brokering.selectors.terms_book import KnownTerms, kept_terms
from brokering.verdict import CareValue
from contracts.models import Lot, ReleasePolicy
from contracts.selectors.changes import terms_mark
from contracts.selectors.terms import terms_of_care
from contracts.terms import Terms
from providers.models import Care, Region

TermsByClinic = Mapping[UUID, list[Terms]]


class ReadBook:
    """Everything of the country, as it stands when the book is opened.

    Clinics, rules, terms and windows are kept from one round to the next, as long as nothing of them changes.
    """

    def __init__(self, cares: Sequence[str], on: date) -> None:
        self._on, self._known = on, kept_terms(terms_mark(), on)
        self.clinics: Clinics = _clinics(self._known)
        self.rules: dict[str, RuleBook] = {care: self._known.law(care).rules for care in cares}
        """By care."""
        self.values: dict[str, CareValue] = _values(cares)
        """What the catalogue says, by care."""
        self.words: Vocabulary = _words(self)

    def terms(self, care: str, last: date, clinics: Iterable[UUID] | None) -> TermsByClinic:
        """Terms that are in force on some day until the last; None asks for those of every clinic."""
        if clinics is None:
            return self._known.of_care(care)
        return terms_of_care(care, first=self._on, last=last, clinics=clinics)

    @cached_property
    def windows(self) -> list[ReleasePolicy]:
        """What clinics have said of how long their places are kept."""
        return self._known.windows(self.clinics.ids)

    def regions(self) -> tuple[str, ...]:
        """Codes of all regions."""
        return tuple(Region.objects.order_by("code").values_list("code", flat=True))

    def excluded(self) -> set[str]:
        """Every word by which some lot excludes."""
        found = Lot.objects.exclude(excluded_needs=[]).values_list("excluded_needs", flat=True)
        return {word for words in found for word in words}


class KeptBook:
    """The same of one care and of the clinics that have terms for it, as `kept_book` keeps it."""

    def __init__(self, care: str, known: KnownTerms) -> None:
        self._known = known
        self._terms = known.of_care(care)
        self.clinics: Clinics = _clinics(known).among(self._terms)
        self.rules: dict[str, RuleBook] = {care: known.law(care).rules}
        self.values: dict[str, CareValue] = _values([care])
        self.words: Vocabulary = _words(self)

    def terms(self, care: str, last: date, clinics: Iterable[UUID] | None) -> TermsByClinic:
        """Terms for the care, whatever the last day; a place's own days tell whether they carry it."""
        return self._terms

    @cached_property
    def windows(self) -> list[ReleasePolicy]:
        """What the clinics have said of how long their places are kept."""
        return self._known.windows(self.clinics.ids)

    @cached_property
    def standing(self) -> Standing:
        """What the terms say of the clinics whoever asks."""
        return Standing(self.clinics, self._terms, self.windows, self._known.today)

    def regions(self) -> tuple[str, ...]:
        """Codes of all regions."""
        return self._known.regions()

    def excluded(self) -> set[str]:
        """Every word by which some lot with the care excludes."""
        lots = (terms.eligibility.excluded_needs for here in self._terms.values() for terms in here)
        return {word for words in lots for word in words}


Book = ReadBook | KeptBook


def kept_book(care: str, now: datetime) -> KeptBook:
    """What this process keeps of a care until a change moves the mark (`terms_mark`), or a day passes.

    It is to be asked for before the moment of what is read beside it: what has changed since is read anew by
    the next one.
    """
    known = kept_terms(terms_mark(), swedish_day(now))
    books = _books(known)
    if care not in books:
        books[care] = KeptBook(care, known)
    return books[care]


@lru_cache(maxsize=1)
def _clinics(known: KnownTerms) -> Clinics:
    """Every clinic, as it is under one mark."""
    return all_clinics()


@lru_cache(maxsize=1)
def _books(known: KnownTerms) -> dict[str, KeptBook]:
    """By care, all under one mark."""
    return {}


def _values(cares: Sequence[str]) -> dict[str, CareValue]:
    return {code: care_value(row) for code, row in Care.objects.in_bulk(list(cares)).items()}


def _words(book: Book) -> Vocabulary:
    rules = [rule for own in book.rules.values() for rule in own.rows]
    extras = frozenset[str]().union(*(rule.extra_requirements for rule in rules))
    return Vocabulary(
        cares=tuple(book.rules),
        regions=book.regions(),
        extras=tuple(sorted(extras)),
        excluding=tuple(sorted(book.excluded())),
        languages=tuple(sorted(frozenset[str]().union(*book.clinics.languages))),
        premises=tuple(sorted(frozenset[str]().union(*book.clinics.premises))),
    )

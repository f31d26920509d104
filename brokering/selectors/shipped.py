"""What is shipped with the product and needs no database: the catalogue, and the rules of February 2021."""

from functools import lru_cache

from brokering.law.reading import Catalogue
from brokering.law.rulebook import RuleBook
from contracts.reference import read_completeness, read_referral_rules
from providers.reference import read_cares, read_regions


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """Regions and cares that a question is checked against."""
    return Catalogue(
        regions=frozenset(row.code for row in read_regions()),
        areas={row.code: row.area for row in read_cares()},
    )


@lru_cache(maxsize=1)
def shipped_rules() -> RuleBook:
    """The referral rules of February 2021 and which regions' rows are complete."""
    return RuleBook(read_referral_rules(), read_completeness())

"""Whoever answers is asked about the words that they read: no word of them changes without a new version."""

from hashlib import sha256
from pathlib import Path

import pytest
from django.utils.translation import gettext, ngettext, override

from brokering.forms import CONSEQUENCE_VERSION
from brokering.law.citations import Question, all_reasons
from config.launcher.places import ROOT
from config.launcher.wanted import sentences

PAGES = (
    "templates/brokering/consequence.html",
    "templates/brokering/_clinic_first.html",
    "templates/brokering/offer_consequence.html",
    "templates/brokering/offer_decline.html",
    "templates/brokering/invitation_consequence.html",
    "templates/brokering/_both_answers.html",
    "templates/components/_consequence.html",
    "brokering/templatetags/consequences.py",
    "brokering/templatetags/answering.py",
)
"""What is read before an answer; the figures and days in it are the law's and the person's."""
SAID_THERE = frozenset({Question.GUARANTEE, Question.PAYER, Question.COST, Question.TRAVEL})
LANGUAGES = ("sv", "en", "sv-ll")
AS_READ = {
    "2026-2": "4bc4e0049285c07b",
    "2026-3": "5d46327cea7824f6",
    "2026-4": "681b620910434602",
}
"""What the words of each version come to; add a line for new ones, and leave the old."""


def words() -> list[str]:
    """Every sentence that is read before an answer, in every language."""
    asked = [sentence for page in PAGES for sentence in sentences(ROOT / page)]
    codes = sorted({f"reason.{code}" for code, about in all_reasons() if about in SAID_THERE})
    found = []
    for language in LANGUAGES:
        with override(language):
            found += [said(one) for one in asked] + [gettext(code) for code in codes]
    return found


def said(sentence: object) -> str:
    if isinstance(sentence, str):
        return gettext(sentence)
    one, many = sentence  # type: ignore[misc]
    return "|".join(ngettext(one, many, number) for number in (1, 2))


def digest(texts: list[str]) -> str:
    return sha256("\n".join(texts).encode()).hexdigest()[:16]


def test_the_words_are_those_of_their_version():
    assert AS_READ[CONSEQUENCE_VERSION] == digest(words()), (
        "The words before an answer have changed: give CONSEQUENCE_VERSION a new name,"
        " and add a line for it above."
    )


def test_no_two_versions_have_the_same_words():
    assert len(set(AS_READ.values())) == len(AS_READ)


def test_the_name_of_a_version_fits_where_it_is_kept():
    assert 0 < len(CONSEQUENCE_VERSION) <= 20


def test_every_language_is_among_the_words_and_each_word_counts():
    texts = words()
    assert len(set(texts)) > len(texts) / 2
    assert digest(texts) != digest([*texts[:-1], texts[-1] + "!"])


@pytest.mark.parametrize("page", PAGES)
def test_each_page_says_something(page):
    assert list(sentences(Path(ROOT / page))), page

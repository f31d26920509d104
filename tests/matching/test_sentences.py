"""Every code has one sentence in each language."""

from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from brokering import matching
from brokering.matching import codes
from brokering.matching.ranking import order
from brokering.matching.snapshot import Settings, WithinClass

LOCALE = Path(matching.__file__).parent / "locale"
LANGUAGES = ("sv", "en", "sv_LL")


def sentences(language: str) -> dict[str, str]:
    with (LOCALE / language / "LC_MESSAGES" / "django.po").open("rb") as file:
        return {str(x.id): str(x.string) for x in read_po(file) if x.id}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_a_sentence_and_no_sentence_is_left_over(language: str) -> None:
    found = sentences(language)
    assert set(found) == {f"match.{code}" for code in codes.ALL}
    assert all(text.endswith(".") for text in found.values())


def test_no_two_languages_share_a_catalogue() -> None:
    assert sentences("sv") != sentences("en") != sentences("sv_LL")


def test_every_line_of_the_order_has_a_sentence() -> None:
    lines = {x.code.rstrip("_1234") for within in WithinClass for x in order(Settings(within))}
    assert {f"line_{code}" for code in lines} == set(codes.LINES)

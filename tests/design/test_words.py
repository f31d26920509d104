"""Every sentence of the shared templates exists in English and in lättläst."""

from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from tests.design.words import ROOT, sentences, templates


def catalogue(language: str) -> dict[str, object]:
    path = ROOT / "locale" / language / "LC_MESSAGES" / "django.po"
    with path.open("rb") as file:
        messages = list(read_po(file))
    return {m.id[0] if isinstance(m.id, tuple) else m.id: m.string for m in messages if m.string}


@pytest.mark.parametrize("language", ["en", "sv_LL"])
@pytest.mark.parametrize("template", templates(), ids=lambda path: path.name)
def test_every_sentence_of_a_shared_template_is_translated(template: Path, language: str) -> None:
    known = catalogue(language)
    assert [sentence for sentence in sentences(template) if sentence not in known] == []


@pytest.mark.parametrize("language", ["en", "sv_LL"])
def test_a_translation_keeps_every_placeholder(language: str) -> None:
    path = ROOT / "locale" / language / "LC_MESSAGES" / "django.po"
    with path.open("rb") as file:
        faults = [(m.id, str(error)) for m in read_po(file) for error in m.check()]
    assert faults == []

"""The law's figures carry their source; every reason has a citation and a sentence in each language."""

import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po

from brokering.law import parameters as law
from brokering.law.citations import (
    FOLDER,
    TOLD,
    CitationKind,
    Question,
    Reason,
    all_reasons,
)
from brokering.law.codes import PLACEHOLDERS, ReasonCode
from brokering.law.errors import NotInForce
from brokering.law.parameters import parameter, parameters

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ["sv", "en", "sv_LL"]
LATER = """
[limit]
label = "En gräns"
unit = "days"
[[limit.values]]
from = 2021-01-01
value = 90
kind = "proposal"
law = "x"
place = "y"
source = "z"
checked = 2021-06-30
recorded = 2021-06-30
[[limit.values]]
from = 2021-01-01
value = 60
kind = "statute"
law = "x"
place = "y"
source = "z"
checked = 2022-06-30
recorded = 2022-06-30
"""


@pytest.fixture
def corrected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> law.Parameter:
    """A figure that was recorded as 90 in 2021 and corrected to 60 in 2022."""
    (tmp_path / "made.toml").write_text(LATER, encoding="utf-8")
    monkeypatch.setattr(law, "FOLDER", tmp_path)
    return law.parameters.__wrapped__()["made.limit"]


@pytest.mark.parametrize("found", parameters().values(), ids=lambda found: found.name)
def test_every_value_has_a_source_and_a_kind(found: law.Parameter) -> None:
    assert found.label
    assert found.unit
    for value in found.values:
        assert value.citation.source
        assert not value.citation.source.startswith("to be verified")
        assert value.citation.law
        assert value.last is None or value.first <= value.last


def tables(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def stands(entry: dict[str, Any]) -> dict[str, Any]:
    """A value as its file has it, with what may be left out."""
    value = entry["value"]
    whole = {"to": None, "interpretation": False, "note": "", **entry}
    return whole | {"value": frozenset(value) if isinstance(value, list) else value}


def was_read(value: law.Value) -> dict[str, Any]:
    """The same value as the law has it."""
    cited = value.citation
    assert cited.as_of == value.checked
    return {
        "value": value.value,
        "from": value.first,
        "to": value.last,
        "kind": cited.kind,
        "law": cited.law,
        "place": cited.place,
        "source": cited.source,
        "checked": value.checked,
        "recorded": value.recorded,
        "interpretation": value.interpretation,
        "note": value.note,
    }


@pytest.mark.parametrize("path", sorted(law.FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_every_figure_is_read_as_it_stands(path: Path) -> None:
    for name, table in tables(path).items():
        found = parameter(f"{path.stem}.{name}")
        head = (found.name, found.label, found.unit)
        assert head == (f"{path.stem}.{name}", table["label"], table["unit"])
        written = [stands(entry) for entry in table["values"]]
        assert [was_read(value) for value in found.values] == written


def cited(reason: Reason) -> dict[str, Any]:
    """A reason's citation in the words of the table of laws."""
    citation = reason.citation
    return {
        "kind": citation.kind,
        "law": citation.law,
        "place": citation.place,
        "checked": citation.as_of,
        "source": citation.source,
    }


@pytest.mark.parametrize("file", TOLD)
def test_every_reason_is_read_as_it_stands(file: str) -> None:
    laws = tables(FOLDER / "laws.toml")
    for code, entry in tables(FOLDER / file).items():
        for question in entry["about"]:
            key = (ReasonCode(code), Question(question))
            found = all_reasons()[key]
            if "cite" not in entry:
                assert found is None
                continue
            assert found is not None
            assert (found.code, found.question) == key
            assert found.interpretation == entry.get("reading", False)
            assert cited(found) == laws[entry["cite"]]


@pytest.mark.parametrize("found", parameters().values(), ids=lambda found: found.name)
def test_values_of_one_record_do_not_overlap(found: law.Parameter) -> None:
    values = sorted(found.values, key=lambda value: value.first)
    for earlier, later in zip(values, values[1:], strict=False):
        assert earlier.last is not None
        assert earlier.last < later.first


def test_out_of_force_is_an_answer_of_its_own() -> None:
    with pytest.raises(NotInForce, match=r"clock\.besok is not in force on 2017-03-31"):
        parameter("clock.besok").at(date(2017, 3, 31))


def test_a_limit_changes_on_its_first_day() -> None:
    limit = parameter("clock.bedomning")
    assert [limit.at(day).value for day in (date(2018, 12, 31), date(2019, 1, 1))] == [7, 3]


def test_what_was_known_on_a_day_is_not_what_holds_of_it(corrected: law.Parameter) -> None:
    on = date(2021, 3, 1)
    assert corrected.at(on).value == 60
    assert corrected.at(on, known=date(2021, 6, 30)).value == 90
    assert corrected.at(on, known=date(2022, 6, 29)).value == 90
    assert corrected.at(on, known=date(2022, 6, 30)).value == 60
    with pytest.raises(NotInForce):
        corrected.at(on, known=date(2021, 1, 1))


def test_only_law_is_cited_as_law() -> None:
    kinds = {
        value.citation.law: value.citation.kind for p in parameters().values() for value in p.values
    }
    assert kinds["SOU 2021:59"] == CitationKind.PROPOSAL
    assert kinds["Överenskommelse mellan staten och SKL 2009"] == CitationKind.AGREEMENT
    assert kinds["Hälso- och sjukvårdsförordning (2017:80)"] == CitationKind.ORDINANCE


def test_every_fixed_reason_names_a_code_and_a_source() -> None:
    assert all(reason.citation.source for reason in all_reasons().values() if reason)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_has_a_sentence(language: str) -> None:
    told = sentences(language)
    assert {f"reason.{code.value}" for code in ReasonCode} <= told.keys()
    assert all(told[f"reason.{code.value}"] for code in ReasonCode)


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_ask_only_for_what_a_face_can_give(language: str) -> None:
    told = sentences(language)
    for code in ReasonCode:
        sentence = told[f"reason.{code.value}"]
        asked = re.findall(r"%\((\w+)\)s", sentence)
        assert set(asked) <= PLACEHOLDERS, code
        assert sentence.count("%") == len(asked), code


def sentences(language: str) -> dict[str, str]:
    path = ROOT / "brokering" / "locale" / language / "LC_MESSAGES" / "django.po"
    with path.open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file)}

"""The documents that are printed from the code are fresh, and stale ones are found."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from brokering.law.citations import Question, all_reasons
from brokering.law.codes import ReasonCode
from brokering.law.parameters import parameters
from brokering.management.law_document import QUESTIONS, law_document
from brokering.management.states_document import states_document
from brokering.states import WAYS

COMMANDS = {"law_docs": "law.md", "states_docs": "states.md"}


@pytest.fixture
def elsewhere(tmp_path: Path, settings) -> Path:
    """The documents in a folder of the test's own; their sources stay where they are."""
    root = Path(settings.BASE_DIR)
    for source in ("brokering", "tests"):
        (tmp_path / source).symlink_to(root / source)
    (tmp_path / "docs").mkdir()
    settings.BASE_DIR = tmp_path
    return tmp_path / "docs"


@pytest.mark.parametrize("command", COMMANDS)
def test_the_document_is_fresh(command: str) -> None:
    call_command(command, check=True)


@pytest.mark.parametrize(("command", "name"), COMMANDS.items())
def test_a_stale_or_missing_document_fails(command: str, name: str, elsewhere: Path) -> None:
    with pytest.raises(CommandError, match=f"manage.py {command}"):
        call_command(command, check=True)
    call_command(command)
    call_command(command, check=True)
    (elsewhere / name).write_text("older", encoding="utf-8")
    with pytest.raises(CommandError, match="is stale"):
        call_command(command, check=True)


def test_the_law_shows_every_question_reason_and_figure() -> None:
    text = law_document()
    assert set(QUESTIONS) == set(Question)
    assert [code for code in ReasonCode if f"`{code}`" not in text] == []
    assert [name for name in parameters() if f"`{name}`" not in text] == []


def test_every_reason_answers_a_question() -> None:
    assert {code for code, _ in all_reasons()} == set(ReasonCode)


def test_the_states_are_drawn_with_every_way() -> None:
    text = states_document()
    drawn = [
        f"    {was} --> {way.to}" for ways in WAYS.values() for was in ways for way in ways[was]
    ]
    assert [line for line in drawn if line not in text] == []

"""The law speaks in codes: no sentence that a reader would see stands in its code."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.launcher.places import ROOT

LAW = sorted((ROOT / "brokering" / "law").glob("*.py"))
WORDS = re.compile(r"\w[^\W\d_]+ [^\W\d_]|[åäöÅÄÖ§]")
"""Two words in a row, or a letter that code has no use for."""
SOURCES = {
    "Regionens remissregel",
    "Regionens remissregler",
    "region ",
    ": alla krav angivna",
}
"""Names of sources in a citation, where a rule brings none; faces translate them as they do every source."""
FOR_DEVELOPERS = {"QuestionError", "RouteMismatch", "wrong", "ValueError", "__init__"}
"""What is raised with words: they tell who asks over a wire which field is wrong, under a stable code."""


def texts(tree: ast.Module) -> Iterator[str]:
    """Every literal text that is no docstring and is not said to a developer."""
    left_out = {id(node) for part in ast.walk(tree) for node in silent(part)}
    constants = (node for node in ast.walk(tree) if isinstance(node, ast.Constant))
    for node in constants:
        if isinstance(node.value, str) and id(node) not in left_out:
            yield node.value


def silent(part: ast.AST) -> Iterator[ast.AST]:
    if isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant):
        yield part.value
    if isinstance(part, ast.Assert) and part.msg:
        yield from ast.walk(part.msg)
    if isinstance(part, ast.Call) and name(part.func) in FOR_DEVELOPERS:
        yield from (node for told in part.args for node in ast.walk(told))


def name(called: ast.expr) -> str:
    return called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")


def shown(tree: ast.Module) -> list[str]:
    return [text for text in texts(tree) if text not in SOURCES and WORDS.search(text)]


@pytest.mark.parametrize("path", LAW, ids=lambda path: path.stem)
def test_no_sentence_stands_in_the_code_of_the_law(path: Path) -> None:
    assert shown(ast.parse(path.read_text("utf-8"))) == []


@pytest.mark.parametrize(
    "line",
    [
        'short = "Nej, inte utan remiss."',
        'told = f"Du har {number} dagar kvar"',
        'word = "väntan"',
        'reasons = {"remiss_missing": "You have no referral"}',
    ],
)
def test_a_sentence_would_be_found(line: str) -> None:
    assert shown(ast.parse(line))


@pytest.mark.parametrize(
    "line",
    [
        '"""A docstring says what it means."""',
        'code = "remiss_missing"',
        'fields.wrong("on", "must be a date")',
        'raise QuestionError("invalid_value", "on", "must be a date")',
    ],
)
def test_codes_docstrings_and_words_to_developers_are_none(line: str) -> None:
    assert shown(ast.parse(line)) == []

"""What there is to translate: every sentence that the templates and the code ask for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from config.launcher.places import ROOT

APPS = ("accounts", "providers", "contracts", "brokering", "insight", "config")
ASKED_BY = {**DEFAULT_KEYWORDS, "gettext_lazy": None, "_lazy": None, "ngettext_lazy": (1, 2)}
"""The functions that translate, under every name that a module gives them."""
CODE = re.compile(r"[a-z_]+\.[a-z0-9_]+")
"""A stable code instead of a sentence; each app words its own, in its own catalogue."""

Sentence = str | tuple[str, ...] | list[str]


def wanted() -> Catalog:
    """Every sentence in the source language with the files that say it, in the order in which they stand."""
    found = Catalog()
    for path in [*sorted(ROOT.glob("templates/**/*.html")), *_modules()]:
        for sentence in sentences(path):
            found.add(sentence, locations=[(path.relative_to(ROOT).as_posix(), 0)])
    return found


def sentences(path: Path) -> Iterator[Sentence]:
    """The sentences of one template or module; the two forms of a count come together."""
    text = path.read_text(encoding="utf-8")
    source = templatize(text, origin=str(path)) if path.suffix == ".html" else text
    for _line, sentence, _comments, _context in extract(
        "python", BytesIO(source.encode()), ASKED_BY
    ):
        if not CODE.fullmatch(_first(sentence)):
            yield sentence


def merge(catalogue: Path) -> list[Sentence]:
    """Add the sentences that a catalogue lacks, drop those that nobody says; answer what has no words yet."""
    with catalogue.open("rb") as file:
        old = read_po(file)
    fresh = wanted()
    for message in fresh:
        if message.id and (known := old.get(message.id)):
            message.string = known.string
    _write(catalogue, old, fresh)
    return [message.id for message in fresh if message.id and not _is_told(message.string)]


def _write(catalogue: Path, old: Catalog, fresh: Catalog) -> None:
    """Babel's own header carries the time of day; ours says only what stays true."""
    body = BytesIO()
    write_po(body, fresh, width=100, omit_header=True, include_lineno=False)
    head = (
        f"{old.header_comment}\n"
        'msgid ""\nmsgstr ""\n'
        '"Content-Type: text/plain; charset=UTF-8\\n"\n'
        '"Content-Transfer-Encoding: 8bit\\n"\n'
        f'"Language: {catalogue.parents[1].name}\\n"\n'
        f'"Plural-Forms: {old.plural_forms}\\n"\n\n'
    )
    catalogue.write_bytes(head.encode() + body.getvalue().rstrip() + b"\n")


def _modules() -> Iterable[Path]:
    return (path for app in APPS for path in sorted((ROOT / app).rglob("*.py")))


def _first(sentence: Sentence) -> str:
    return sentence if isinstance(sentence, str) else sentence[0]


def _is_told(string: Sentence | None) -> bool:
    return bool(string) if string is None or isinstance(string, str) else all(string)

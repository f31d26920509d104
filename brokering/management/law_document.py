"""docs/law.md: the questions, figures, reasons and cases of the law, for a reader who does not program."""

import re
import tomllib
from collections.abc import Callable, Iterator
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from babel.messages.pofile import read_po
from django.conf import settings

from brokering.law import applicability, clock, deadline, duty, payer, requirement, routes
from brokering.law.citations import Citation, Question, all_reasons
from brokering.law.parameters import Parameter, Value, parameters
from brokering.management.documents import table


class Asked(NamedTuple):
    """A question in words, and the functions that read the law for it."""

    words: str
    readings: tuple[Callable[..., Any], ...]


QUESTIONS = {
    Question.CHOICE: Asked("Får patienten välja vården där?", (routes.choice,)),
    Question.RECEPTION: Asked(
        "Måste regionen ta emot, och på vilka villkor?", (routes.must_receive,)
    ),
    Question.HOME_REQUIREMENT: Asked(
        "Kräver hemregionen remiss, och är kravet uppfyllt?", (requirement.home_requirement,)
    ),
    Question.CARE_REQUIREMENT: Asked(
        "Kräver vårdregionen remiss, och är kravet uppfyllt?",
        (requirement.care_requirement, requirement.is_lol_exempt),
    ),
    Question.PAYER: Asked("Vem betalar?", (payer.payer,)),
    Question.GUARANTEE: Asked(
        "Vad händer med vårdgarantin?",
        (
            routes.guarantee_effect,
            applicability.applicability,
            clock.state,
            deadline.deadline,
            duty.trigger,
        ),
    ),
    Question.TRAVEL: Asked("Vem betalar resan?", (routes.travel,)),
    Question.COST: Asked("Kan det kosta patienten mer än hemma?", (routes.extra_cost,)),
}

HEAD = """# The law as this product reads it

Written by `manage.py law_docs` from `brokering/law/`, the Swedish sentences in `brokering/locale/sv` and
the cases in `tests/law/cases`; change it there. The law is stated as of June 2021 (SOU 2021:59).

A citation carries its kind: `statute`, `ordinance`, `preparatory`, `agreement`, `regional_rule`, `practice`
or `proposal`. Only the first two are law. Where the sources leave room, the reading is marked *tolkning*;
[interpretations.md](interpretations.md) says which reading was taken and why. A figure not in force on
a day is an answer of its own, never a default. In a source, L is a line of SOU 2021:59; part A, part B and
law.md are the extracts of it that the product was built from.
"""


def law_document() -> str:
    """The whole document."""
    lines = chain([HEAD], _questions(), _figures(), _all_cases())
    return "\n".join(lines).rstrip() + "\n"


def _questions() -> Iterator[str]:
    told = _swedish()
    yield "## Questions and their reasons\n"
    for question, asked in QUESTIONS.items():
        yield f"### {asked.words} (`{question}`)\n"
        yield from (_reading(function) for function in asked.readings)
        yield ""
        yield from table(["reason", "code", "rests on", "kind"], _reasons(question, told))


def _reading(function: Callable[..., Any]) -> str:
    """What a function of the law says of itself, and where it stands."""
    file = function.__module__.replace(".", "/")
    said = " ".join((function.__doc__ or "").split("\n\n")[0].split())
    return f"- `{file}.py`, `{function.__name__}`: {said}"


def _reasons(question: Question, told: dict[str, str]) -> Iterator[tuple[str, ...]]:
    for (code, about), reason in all_reasons().items():
        if about != question:
            continue
        words = re.sub(r"%\((\w+)\)s", r"‹\1›", told[f"reason.{code}"])
        if reason is None:
            yield words, f"`{code}`", "the rule or figure that decided the case", "its own"
        else:
            yield (
                words,
                f"`{code}`",
                _place(reason.citation),
                _kind(reason.citation, reason.interpretation),
            )


def _place(citation: Citation) -> str:
    return f"{citation.law}, {citation.place}"


def _kind(citation: Citation, is_reading: bool) -> str:
    return f"{citation.kind}, *tolkning*" if is_reading else citation.kind.value


def _swedish() -> dict[str, str]:
    path = Path(settings.BASE_DIR) / "brokering/locale/sv/LC_MESSAGES/django.po"
    with path.open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file)}


def _figures() -> Iterator[str]:
    yield "## Figures, lists and dates\n"
    head = ["figure", "value", "in force", "rests on", "kind", "source", "checked"]
    rows = [_figure(one, value) for one in parameters().values() for value in one.values]
    yield from table(head, rows)


def _figure(one: Parameter, value: Value) -> tuple[str, ...]:
    last = f"–{value.last}" if value.last else "–"
    note = f" {value.note}" if value.note else ""
    return (
        f"{one.label} (`{one.name}`)",
        f"{_amount(value.value)} ({one.unit})",
        f"{value.first}{last}",
        _place(value.citation),
        _kind(value.citation, value.interpretation),
        f"{value.citation.source}.{note}",
        _day(value.checked),
    )


def _amount(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(sorted(value)) if isinstance(value, frozenset) else str(value)


def _day(day: date) -> str:
    return day.isoformat()


def _all_cases() -> Iterator[str]:
    yield "## Cases that must hold\n"
    for path in sorted((Path(settings.BASE_DIR) / "tests/law/cases").glob("*.toml")):
        yield f"### {path.stem.replace('_', ' ').capitalize()}\n"
        read = tomllib.loads(path.read_text(encoding="utf-8"))
        yield from (f"- {case['sentence']} ({case['source']})" for case in read["case"])
        yield ""

"""`manage.py decide`: facts in, decisions out, one JSON object a line."""

from datetime import date
from functools import lru_cache
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError

from brokering.law.decision import decide
from brokering.law.errors import QuestionError
from brokering.law.questions import Asked, RuleSource, read_question
from brokering.law.rulebook import RuleBook
from brokering.management.json_lines import answer_standard_input
from brokering.selectors import rulebooks
from brokering.selectors.shipped import catalogue, shipped_rules


class Command(BaseCommand):
    """Reads questions from standard input; only `"rules": "database"` opens a connection."""

    help = "Decide who may go where: reads one JSON object a line, answers one a line."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Answer every line."""
        answer_standard_input(answer)


def answer(data: dict[str, Any]) -> dict[str, Any]:
    """The decision on one question; raises QuestionError."""
    asked = read_question(data, catalogue())
    return decide(asked.facts, rule_book(asked)).as_json()


def rule_book(asked: Asked) -> RuleBook:
    """The rules that the question names."""
    if isinstance(asked.rules, RuleBook):
        return asked.rules
    if asked.rules == RuleSource.DATABASE:
        return stored_rules(asked.facts.on)
    return shipped_rules()


@lru_cache(maxsize=64)
def stored_rules(on: date) -> RuleBook:
    """The rules in force on a day in the database, read once for each day of a run.

    Raises QuestionError `rules_unavailable` when the database does not answer or is not migrated.
    """
    try:
        return rulebooks.rule_book(on=on)
    except DatabaseError as error:
        raise QuestionError("rules_unavailable", "rules", str(error).partition("\n")[0]) from error

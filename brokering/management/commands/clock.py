"""`manage.py clock`: the facts and events of a guarantee clock in, its state on a day out."""

from typing import Any

from django.core.management.base import BaseCommand

from brokering.law.clock import state
from brokering.law.clock_questions import read_clock
from brokering.management.json_lines import answer_standard_input
from brokering.selectors.shipped import catalogue


class Command(BaseCommand):
    """Reads questions from standard input; needs no server."""

    help = "State of a guarantee clock on a day: reads one JSON object a line, answers one a line."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Answer every line."""
        answer_standard_input(answer)


def answer(data: dict[str, Any]) -> dict[str, Any]:
    """The state that one question asks for; raises QuestionError."""
    return state(read_clock(data, catalogue())).as_json()

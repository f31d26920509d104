"""A question to the law as any face receives it: answered with its explanation, or refused with its field."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from accounts.errors import Refusal
from brokering.errors import InvalidValue, MissingField, NotAnObject, RouteContradicted, UnknownCare
from brokering.law.decision import decide
from brokering.law.errors import QuestionError
from brokering.law.explanation import explain
from brokering.law.otherwise import regions_asked
from brokering.law.questions import Asked, RuleSource, read_question
from brokering.law.rulebook import RuleBook
from brokering.selectors.rulebooks import StoredRules
from brokering.selectors.shipped import catalogue, shipped_rules

Json = dict[str, Any]
REFUSALS: dict[str, type[Refusal]] = {
    refusal.code: refusal
    for refusal in (MissingField, InvalidValue, UnknownCare, RouteContradicted)
}


def object_of(data: Any) -> Json:
    """The object that was sent; raises NotAnObject."""
    if not isinstance(data, dict):
        raise NotAnObject
    return data


def said_of(data: Json, stored: StoredRules) -> tuple[Json, Json]:
    """The decision on a question and its explanation, both in codes; raises QuestionError."""
    asked = read_question(data, catalogue())
    rules = _rules(asked, stored)
    decision = decide(asked.facts, rules)
    return decision.as_json(), explain(asked.facts, rules, decision).as_json()


@contextmanager
def refusing() -> Iterator[None]:
    """Turn a question that cannot be read into its refusal."""
    try:
        yield
    except QuestionError as error:
        raise REFUSALS[error.code](field=error.field, because=error.detail) from error


def _rules(asked: Asked, stored: StoredRules) -> RuleBook:
    if isinstance(asked.rules, RuleBook):
        return asked.rules
    if asked.rules == RuleSource.DATABASE:
        return stored.book(on=asked.facts.on, regions=regions_asked(asked.facts))
    return shipped_rules()

"""The law as a service: the questions of `manage.py decide` with answers that explain themselves."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, PolymorphicProxySerializer, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api import RequestThrottle
from accounts.errors import Refusal
from brokering.api.questions import DecisionOut, DecisionsOut, QuestionIn, QuestionsIn
from brokering.api.shapes import ProblemOut
from brokering.errors import (
    InvalidValue,
    MissingField,
    NotAnObject,
    RouteContradicted,
    TooManyQuestions,
    UnknownCare,
)
from brokering.law.decision import decide
from brokering.law.errors import QuestionError
from brokering.law.explanation import explain
from brokering.law.otherwise import regions_asked
from brokering.law.questions import Asked, RuleSource, read_question
from brokering.law.rulebook import RuleBook
from brokering.selectors.rulebooks import StoredRules
from brokering.selectors.shipped import catalogue, shipped_rules
from brokering.templatetags.sentences import worded

MOST_ITEMS = 1000
REFUSALS: dict[str, type[Refusal]] = {
    refusal.code: refusal
    for refusal in (MissingField, InvalidValue, UnknownCare, RouteContradicted)
}
EXAMPLE = {
    "on": "2021-06-01",
    "route": "free_choice",
    "patient": {"home_region": "12", "responsibility": "resident"},
    "care": {
        "code": "besok-hud",
        "form": "open",
        "level": "specialised",
        "kind": "first_visit",
    },
    "clinic": {"care_region": "01", "regime": "own", "publicly_funded": True},
    "referral": None,
    "need_approved_by_home": False,
    "guarantee": "besok",
    "rules": None,
}


class DecisionsView(APIView):
    """Nobody logs in and nothing is kept: what is sent is answered and forgotten."""

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = (RequestThrottle,)
    throttle_scope = "question"

    @extend_schema(
        summary="Decide who may go where, who pays, and what would change the answer",
        description=f"One question, or up to {MOST_ITEMS} as `items`, each answered by a decision or by "
        '`{"error": {"code", "field", "detail"}}`, in order. Every change in an explanation holds, as '
        "`with`, the parts of the question to replace in order to get that answer.",
        request=PolymorphicProxySerializer(
            component_name="DecisionRequest",
            serializers=[QuestionIn, QuestionsIn],
            resource_type_field_name=None,
        ),
        responses={
            200: PolymorphicProxySerializer(
                component_name="DecisionAnswer",
                serializers=[DecisionOut, DecisionsOut],
                resource_type_field_name=None,
            ),
            **dict.fromkeys((400, 413, 422, 429), ProblemOut),
        },
        examples=[OpenApiExample("One question", value=EXAMPLE, request_only=True)],
        auth=[],
    )
    def post(self, request: Request) -> Response:
        """One decision, or a list of outcomes."""
        data = _read(request)
        stored = StoredRules()
        answer = _batch(data, stored) if "items" in data else _single(data, stored)
        return Response(answer, headers={"Cache-Control": "no-store"})


def _read(request: Request) -> dict[str, Any]:
    try:
        data = request.data
    except RecursionError as error:
        raise NotAnObject from error
    if not isinstance(data, dict):
        raise NotAnObject
    return data


def _single(data: dict[str, Any], stored: StoredRules) -> dict[str, Any]:
    try:
        return _answer(data, stored)
    except QuestionError as error:
        raise REFUSALS[error.code](field=error.field, fault=error.detail) from error


def _batch(data: dict[str, Any], stored: StoredRules) -> dict[str, Any]:
    items = data["items"]
    if not isinstance(items, list):
        raise InvalidValue(field="items", fault="must be a list")
    if len(items) > MOST_ITEMS:
        raise TooManyQuestions(most=MOST_ITEMS)
    return {"items": [_outcome(item, stored) for item in items]}


def _outcome(item: Any, stored: StoredRules) -> dict[str, Any]:
    if not isinstance(item, dict):
        return QuestionError("invalid_json", None, "an item must be an object").as_json()
    try:
        return _answer(item, stored)
    except QuestionError as error:
        return error.as_json()


def _answer(data: dict[str, Any], stored: StoredRules) -> dict[str, Any]:
    asked = read_question(data, catalogue())
    rules = _rules(asked, stored)
    decision = decide(asked.facts, rules)
    explanation = explain(asked.facts, rules, decision)
    return decision.as_json() | {"explanation": worded(explanation.as_json())}


def _rules(asked: Asked, stored: StoredRules) -> RuleBook:
    if isinstance(asked.rules, RuleBook):
        return asked.rules
    if asked.rules == RuleSource.DATABASE:
        return stored.book(on=asked.facts.on, regions=regions_asked(asked.facts))
    return shipped_rules()

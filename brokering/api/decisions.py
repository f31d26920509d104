"""The law as a service: the questions of `manage.py decide` with answers that explain themselves."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, PolymorphicProxySerializer, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api import RequestThrottle
from brokering.api.questions import DecisionOut, DecisionsOut, QuestionIn, QuestionsIn
from brokering.api.shapes import ProblemOut
from brokering.errors import InvalidValue, TooManyQuestions
from brokering.law.errors import QuestionError
from brokering.selectors.asked import object_of, refusing, said_of
from brokering.selectors.rulebooks import StoredRules
from brokering.templatetags.sentences import worded

MOST_ITEMS = 1000
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
        data = object_of(request.data)
        stored = StoredRules()
        answer = _batch(data, stored) if "items" in data else _single(data, stored)
        return Response(answer, headers={"Cache-Control": "no-store"})


def _single(data: dict[str, Any], stored: StoredRules) -> dict[str, Any]:
    with refusing():
        return _answer(data, stored)


def _batch(data: dict[str, Any], stored: StoredRules) -> dict[str, Any]:
    items = data["items"]
    if not isinstance(items, list):
        raise InvalidValue(field="items", because="must be a list")
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
    decision, explained = said_of(data, stored)
    return decision | {"explanation": worded(explained)}

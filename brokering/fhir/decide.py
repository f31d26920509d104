"""`POST /fhir/$decide`: the question of `POST /api/v1/decisions`, in FHIR."""

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import RequestThrottle
from brokering.fhir.parameters import answer_of, question_of
from brokering.fhir.rest import FhirView
from brokering.selectors.asked import object_of, refusing, said_of
from brokering.selectors.rulebooks import StoredRules


class DecideView(FhirView):
    """Nobody logs in and nothing is kept."""

    throttle_classes = (RequestThrottle,)
    throttle_scope = "question"

    def post(self, request: Request) -> Response:
        """Parameters with the decision and an OperationOutcome whose issues are its reasons."""
        data = object_of(request.data)
        with refusing():
            decision, explained = said_of(question_of(data), StoredRules())
        answer = answer_of(decision, explained)
        return Response(answer, headers={"Cache-Control": "no-store"})

"""`GET /fhir/metadata`: the CapabilityStatement, made of the same list that the addresses are made of."""

from dataclasses import dataclass
from datetime import date

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from brokering.fhir.decide import DecideView
from brokering.fhir.rest import FhirView
from brokering.fhir.systems import FHIR_VERSION, MEDIA_TYPE, OPERATION

CHANGED_ON = date(2026, 11, 22)
"""The day when this face last changed."""


@dataclass(frozen=True)
class Operation:
    """An operation on the whole system: its name without the dollar sign, and who answers it."""

    name: str
    view: type[APIView]
    documentation: str


OPERATIONS = (
    Operation(
        "decide",
        DecideView,
        "May this person go there, is a referral needed, who pays, and what happens to the care guarantee? "
        "Parameters in: those of POST /api/v1/decisions by the same names, objects as parts, lists as "
        "repetitions, null as absence, an empty rule book as `rules` = none. Parameters out: the decision "
        "and `outcome`, an OperationOutcome whose issues are the reasons in order. Nothing is stored.",
    ),
)


class MetadataView(FhirView):
    """What there is, and nothing else."""

    def get(self, request: Request) -> Response:
        """The CapabilityStatement of this server."""
        statement = {
            "resourceType": "CapabilityStatement",
            "status": "active",
            "date": CHANGED_ON.isoformat(),
            "kind": "instance",
            "software": {"name": "Vårdbryggan"},
            "implementation": {
                "description": "Vårdbryggan, a digital vårdförmedling. Its data are synthetic.",
                "url": request.build_absolute_uri("/fhir"),
            },
            "fhirVersion": FHIR_VERSION,
            "format": [MEDIA_TYPE, "json"],
            "rest": [
                {
                    "mode": "server",
                    "documentation": "JSON only. Every error is an OperationOutcome.",
                    "operation": [_told(one) for one in OPERATIONS],
                }
            ],
        }
        return Response(statement)


def _told(operation: Operation) -> dict[str, str]:
    return {
        "name": operation.name,
        "definition": f"{OPERATION}/{operation.name}",
        "documentation": operation.documentation,
    }

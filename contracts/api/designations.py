"""REST of designated clinics: public to read, a region enters its own."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import access_permission
from accounts.actions.outcomes import Answer
from accounts.api import IDEMPOTENCY_KEY, RetriableView, actor_in, read_body
from accounts.roles import Permission
from contracts.actions.designations import Decided, designate
from contracts.models import Designation
from contracts.selectors.designations import designations


class DesignationIn(serializers.Serializer):
    """A clinic that is designated for a care of a region's patients, with the decision that says so."""

    region = serializers.CharField(
        help_text="Länskod: for whose patients. The writer's own region."
    )
    care = serializers.CharField()
    clinic = serializers.UUIDField()
    basis = serializers.ChoiceField(
        Designation.Basis.values,
        help_text="`national` binds every visit; `structured` inpatient care and reroutes.",
    )
    source = serializers.CharField(max_length=200)  # type: ignore[assignment]  # a column of this name
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(required=False, allow_null=True, default=None)


class DesignationOut(DesignationIn):
    """The same as it stands; `region` is null for one that holds for everyone's patients."""

    id = serializers.UUIDField()
    region = serializers.CharField(allow_null=True)
    synthetic = serializers.BooleanField()


class DesignationsOut(serializers.Serializer):
    """Those that hold today or later. A national care without any is booked by no machine."""

    items = DesignationOut(many=True)


class DesignationsView(RetriableView):
    """Designated clinics."""

    @extend_schema(
        summary="Clinics designated for a care",
        parameters=[OpenApiParameter("care", description="Code of the catalogue; all without it.")],
        responses=DesignationsOut,
    )
    def get(self, request: Request) -> Response:
        """By care, then for whom, then clinic."""
        care = request.query_params.get("care") or None
        rows = designations(on=timezone.localdate(), care=care)
        return Response({"items": [_told(row) for row in rows]})

    @extend_schema(
        summary="Enter a designated clinic",
        parameters=[IDEMPOTENCY_KEY],
        request=DesignationIn,
        responses={201: DesignationOut},
    )
    def post(self, request: Request) -> Response:
        """For the patients of the own region; other clinics of the care are not proposed to them any more."""
        actor = access_permission(actor_in(request), Permission.EDIT_RULES)
        decided = Decided(**read_body(DesignationIn, request.data))

        def work() -> Answer:
            return Answer(201, _told(designate(by=actor, decided=decided, now=timezone.now())))

        return self.once(request, work)


def _told(row: Designation) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "region": row.region_id,
        "care": row.care_id,
        "clinic": str(row.clinic_id),
        "basis": row.basis,
        "source": row.source,
        "valid_from": row.valid_from.isoformat(),
        "valid_to": row.valid_to.isoformat() if row.valid_to else None,
        "synthetic": row.synthetic,
    }

"""REST of how a clinic shares its places between regions."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actions.outcomes import Answer
from accounts.api import IDEMPOTENCY_KEY, RetriableView, actor_in, read_body
from brokering.access import access_closing
from contracts.actions.release import Quota, Scope, set_quota, set_window
from contracts.models import RegionQuota
from contracts.selectors.release import quotas_of, windows_of


class ScopeIn(serializers.Serializer):
    """One care or all, from which day until when."""

    care = serializers.CharField(max_length=40, required=False, allow_null=True)
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(required=False, allow_null=True)


class WindowIn(ScopeIn):
    """For how many minutes new places are kept for the agreement's own regions; 0 for none."""

    minutes = serializers.IntegerField(min_value=0, max_value=1_000_000)


class QuotaIn(ScopeIn):
    """How many places of a period another region's patients may use."""

    region = serializers.CharField(max_length=2)
    places = serializers.IntegerField(min_value=0, max_value=100_000)
    period = serializers.ChoiceField(choices=RegionQuota.Period.values)


class WindowOut(serializers.Serializer):
    """A window, past, present or coming."""

    id = serializers.CharField()
    care = serializers.CharField(source="care_id", allow_null=True)
    minutes = serializers.SerializerMethodField()
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(allow_null=True)

    def get_minutes(self, row: Any) -> int:
        """Whole minutes."""
        return int(row.own_regions_first.total_seconds() // 60)


class QuotaOut(serializers.Serializer):
    """A quota, past, present or coming."""

    id = serializers.CharField()
    care = serializers.CharField(source="care_id", allow_null=True)
    region = serializers.CharField(source="region_id")
    places = serializers.IntegerField()
    period = serializers.CharField()
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(allow_null=True)


class WindowsView(RetriableView):
    """Windows of a clinic."""

    @extend_schema(summary="Windows for own regions", responses=WindowOut(many=True))
    def get(self, request: Request, clinic_id: UUID) -> Response:
        """The latest first."""
        clinic = access_closing(clinic_id, by=actor_in(request))
        return Response(WindowOut(windows_of(clinic), many=True).data)

    @extend_schema(
        summary="Set a window for own regions",
        parameters=[IDEMPOTENCY_KEY],
        request=WindowIn,
        responses={201: WindowOut},
    )
    def post(self, request: Request, clinic_id: UUID) -> Response:
        """422 `open_care_is_everyones` for open care (8 kap. 3 § HSL)."""
        actor = actor_in(request)
        said = read_body(WindowIn, request.data)
        window = timedelta(minutes=said["minutes"])

        def work() -> Answer:
            scope = _scope(clinic_id, said)
            row = set_window(by=actor, scope=scope, window=window, now=timezone.now())
            return Answer(201, dict(WindowOut(row).data))

        return self.once(request, work)


class QuotasView(RetriableView):
    """Quotas of a clinic."""

    @extend_schema(summary="Quotas for other regions", responses=QuotaOut(many=True))
    def get(self, request: Request, clinic_id: UUID) -> Response:
        """The latest first."""
        clinic = access_closing(clinic_id, by=actor_in(request))
        return Response(QuotaOut(quotas_of(clinic), many=True).data)

    @extend_schema(
        summary="Set a quota for another region",
        parameters=[IDEMPOTENCY_KEY],
        request=QuotaIn,
        responses={201: QuotaOut},
    )
    def post(self, request: Request, clinic_id: UUID) -> Response:
        """It binds inpatient care and reroutes alone."""
        actor = actor_in(request)
        said = read_body(QuotaIn, request.data)
        quota = Quota(said["region"], said["places"], said["period"])

        def work() -> Answer:
            scope = _scope(clinic_id, said)
            row = set_quota(by=actor, scope=scope, quota=quota, now=timezone.now())
            return Answer(201, dict(QuotaOut(row).data))

        return self.once(request, work)


def _scope(clinic: UUID, said: dict[str, Any]) -> Scope:
    return Scope(
        clinic=clinic,
        care=said.get("care") or None,
        valid_from=said["valid_from"],
        valid_to=said.get("valid_to"),
    )

"""REST: who may sign agreements for regions, to read and to add to."""

from dataclasses import asdict

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import access_permission
from accounts.actions.outcomes import Answer
from accounts.api import IDEMPOTENCY_KEY, RetriableView, actor_in, read_body
from accounts.roles import Permission
from contracts.actions.parties import NewParty, register_party
from contracts.selectors.parties import signers


class PartyIn(serializers.Serializer):
    """A kommunalförbund; the first member keeps the record."""

    kind = serializers.CharField(max_length=40, help_text="`municipal_federation`.")
    name = serializers.CharField(max_length=200)
    organisation_number = serializers.CharField(max_length=10, help_text="Ten digits.")
    members = serializers.ListField(
        child=serializers.CharField(max_length=2),
        min_length=1,
        max_length=21,
        help_text="Länskoder.",
    )
    transfer_reference = serializers.CharField(
        max_length=200, default="", allow_blank=True, help_text="The members' decision."
    )


class PartyOut(serializers.Serializer):
    """Somebody who may sign."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(["region", "municipal_federation"])
    name = serializers.CharField()
    organisation_number = serializers.CharField()
    members = serializers.ListField(child=serializers.CharField(), help_text="Länskoder.")
    transfer_reference = serializers.CharField()
    synthetic = serializers.BooleanField()


class PartyId(serializers.Serializer):
    """What was registered."""

    id = serializers.UUIDField()


class PartiesView(RetriableView):
    """Parties."""

    @extend_schema(summary="Who may sign agreements", responses=PartyOut(many=True))
    def get(self, request: Request) -> Response:
        """Public, by name."""
        return Response(PartyOut([asdict(one) for one in signers()], many=True).data)

    @extend_schema(
        summary="Register a kommunalförbund that signs for regions",
        parameters=[IDEMPOTENCY_KEY],
        request=PartyIn,
        responses={201: PartyId},
    )
    def post(self, request: Request) -> Response:
        """422 `not_a_legal_person` for a samverkansregion, `authority_not_cited` without a decision."""
        actor = access_permission(actor_in(request), Permission.EDIT_AGREEMENTS)
        party = NewParty(**read_body(PartyIn, request.data))

        def work() -> Answer:
            return Answer(
                201, {"id": str(register_party(by=actor, party=party, now=timezone.now()))}
            )

        return self.once(request, work)

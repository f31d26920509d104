"""Why a need has its place, or none, and a place its person, over REST: codes, counts, sentences."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import access_permission
from accounts.api import actor_in
from accounts.errors import NotAllowed, NotFound
from accounts.roles import Permission
from brokering.access import access_referral
from brokering.api.shapes import ProblemOut
from brokering.selectors.country.best_places import best_places
from brokering.selectors.country.one_need import Option
from brokering.selectors.country.one_place import told_of_place
from brokering.selectors.explanations import Told, explain, for_patient
from brokering.templatetags.worklist import why_words

REFUSED = dict.fromkeys((401, 403, 404, 429), ProblemOut)


class WordedOut(serializers.Serializer):
    """A code, and its sentence in the language that was asked for."""

    code = serializers.CharField()
    sentence = serializers.CharField()


class TakenOut(WordedOut):
    """Places that others have, seen from the need; never who they are."""

    places = serializers.IntegerField()


class RemovedOut(TakenOut):
    """Free places that could not be, by first reason, and what the law rests it on."""

    clinics = serializers.IntegerField(
        allow_null=True, help_text="At how many clinics; null in an answer from an earlier round."
    )
    grounds = WordedOut(many=True)


class PlaceOut(serializers.Serializer):
    """The place that the need has in the last plan, or was offered."""

    slot_id = serializers.UUIDField()
    route = serializers.CharField()
    in_time = serializers.BooleanField()
    lateness_days = serializers.IntegerField()
    distance_km = serializers.FloatField(allow_null=True)


class OptionOut(serializers.Serializer):
    """A clinic and day that the need did not get."""

    clinic = serializers.CharField()
    day = serializers.DateField()
    in_time = serializers.BooleanField()
    distance_km = serializers.FloatField(allow_null=True)


class SecondOut(OptionOut):
    """What came after the own place, and why it is not the own."""

    less = WordedOut()


class RatherOut(OptionOut):
    """The best place that the need did not get, and who has it."""

    taken = TakenOut(many=True)


class WhyOut(WordedOut):
    """Why this place, or why nobody. The patient is told of a place when it is offered, not before."""

    place = PlaceOut(allow_null=True)
    is_offered = serializers.BooleanField(
        help_text="Whether the patient has been told of the place."
    )
    taken = TakenOut(many=True)
    removed = RemovedOut(many=True)
    second = SecondOut(allow_null=True)
    rather = RatherOut(allow_null=True, help_text="Null for the patient.")
    after_wish = serializers.DateField(
        allow_null=True, help_text="First day of a lawful place after the wished period."
    )
    round_at = serializers.DateTimeField(allow_null=True)


class ExplanationView(APIView):
    """Why a need has its place, or none."""

    permission_classes = ()

    @extend_schema(
        summary="Why this place, what came second, or why nobody",
        responses={200: WhyOut, **REFUSED},
    )
    def get(self, request: Request, referral_id: UUID) -> Response:
        """For the patient and for the region's vårdlotsar; a read by staff is logged."""
        actor = access_permission(actor_in(request), Permission.SEE_OWN_WAIT, Permission.REROUTE)
        now = timezone.now()
        referral = access_referral(referral_id, by=actor, purpose="explain", now=now)
        found = explain(referral.care_id, str(referral.need_key), now=now)
        if not actor.may_in(referral.tenant_id, Permission.REROUTE):
            found = for_patient(found)
        return Response(_told(found), headers={"Cache-Control": "private, no-store"})


class BestPlaceOut(serializers.Serializer):
    """Places of a clinic on one day that are alike to the need: the first of them, and how many there are."""

    slot_id = serializers.UUIDField(source="slot.id")
    starts_at = serializers.DateTimeField(source="slot.starts_at")
    clinic_id = serializers.UUIDField(source="slot.clinic_id")
    clinic = serializers.CharField(source="slot.clinic.name")
    places = serializers.IntegerField()
    lot_id = serializers.UUIDField(source="lot")
    route = serializers.CharField()
    in_time = serializers.BooleanField()
    lateness_days = serializers.IntegerField()
    distance_km = serializers.FloatField(allow_null=True)


class BestPlacesOut(serializers.Serializer):
    """The best places for one need, the best first."""

    items = BestPlaceOut(many=True)


class BestPlacesView(APIView):
    """Where a need could be met now."""

    permission_classes = ()

    @extend_schema(
        summary="The twenty best places for a need, in the ranking's order",
        description="Free places that law, terms and the person's wishes allow: in time first, then fewest "
        "days late, then the home region's search order where it reroutes, then the nearest, then the first "
        "day. Empty where there is none, or no round looks at the need; the explanation says why.",
        responses={200: BestPlacesOut, **REFUSED},
    )
    def get(self, request: Request, referral_id: UUID) -> Response:
        """For the region's vårdlotsar; a read is logged."""
        actor = access_permission(actor_in(request), Permission.REROUTE)
        now = timezone.now()
        referral = access_referral(referral_id, by=actor, purpose="alternatives", now=now)
        if not actor.may_in(referral.tenant_id, Permission.REROUTE):
            raise NotAllowed(permission=Permission.REROUTE.value)
        found = best_places(referral.care_id, referral.need_key, now=now) or []
        body = BestPlacesOut({"items": found}).data
        return Response(body, headers={"Cache-Control": "private, no-store"})


class HolderOut(serializers.Serializer):
    """Who has the place, without identity."""

    need_class = serializers.IntegerField(help_text="1 is highest.")
    waited_days = serializers.IntegerField()
    lateness_days = serializers.IntegerField(help_text="0 is in time.")
    distance_km = serializers.FloatField(allow_null=True)


class PeopleOut(WordedOut):
    """How many people."""

    people = serializers.IntegerField()


class WhyPlaceOut(WordedOut):
    """Why this person, or why nobody; people are counted, never named."""

    holder = HolderOut(allow_null=True)
    others = PeopleOut(many=True, help_text="Who else could have used it, by how they did.")
    removed = PeopleOut(many=True, help_text="Who could not, by first reason.")
    round_at = serializers.DateTimeField()


class RoundPlaceView(APIView):
    """Why a round gave a place to whom it did."""

    permission_classes = ()

    @extend_schema(
        summary="Why a round gave a place to this person, or to nobody",
        description="Told of rounds whose input is still kept; of others, and of places that were not in "
        "the round, the answer is 404.",
        responses={200: WhyPlaceOut, **REFUSED},
    )
    def get(self, request: Request, round_id: UUID, slot_id: UUID) -> Response:
        """From the round as it was, without solving it again."""
        access_permission(actor_in(request), Permission.RUN_ROUND)
        found = told_of_place(round_id, slot_id)
        if found is None:
            raise NotFound
        told = {
            **_worded(found.code),
            "holder": found.holder and HolderOut(found.holder).data,
            "others": _counted(found.others, "people"),
            "removed": _counted(found.removed, "people"),
            "round_at": found.round_at,
        }
        return Response(told, headers={"Cache-Control": "private, no-store"})


def _told(found: Told) -> dict[str, Any]:
    return {
        **_worded(found.code),
        "place": None if found.place is None else PlaceOut(found.place).data,
        "is_offered": found.is_offered,
        "taken": _counted(found.taken),
        "removed": [
            {
                **one,
                "clinics": found.clinics.get(one["code"]),
                "grounds": [_worded(ground) for ground in found.grounds.get(one["code"], ())],
            }
            for one in _counted(found.removed)
        ],
        "second": found.second and _option(found.second) | {"less": _worded(found.second.less)},
        "rather": found.rather and _option(found.rather) | {"taken": _counted(found.rather.taken)},
        "after_wish": found.after_wish,
        "round_at": found.round_at,
    }


def _option(found: Option) -> dict[str, Any]:
    return dict(OptionOut(asdict(found)).data)


def _counted(counts: Mapping[str, int], unit: str = "places") -> list[dict[str, Any]]:
    return [{**_worded(code), unit: count} for code, count in counts.items()]


def _worded(code: str) -> dict[str, str]:
    return {"code": code, "sentence": why_words(code)}

"""Word when a place appears, over REST: what one watches, one search more, one less."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import access_permission
from accounts.actions.outcomes import Answer
from accounts.api import IDEMPOTENCY_KEY, RequestThrottle, RetriableView, actor_in, read_body
from accounts.errors import NotFound
from accounts.roles import Permission
from accounts.tenancy import Actor
from brokering.actions.watches import Wanted, end_watch, open_watch, reopen_watch
from brokering.api.searching import SearchField, address_from
from brokering.api.shapes import ProblemOut
from brokering.errors import DerivedFromReferral
from brokering.forms import DERIVED
from brokering.forms.watches import ONE_PAGE, address_of, kept
from brokering.models import Watch
from brokering.selectors.own_needs import own_needs
from brokering.selectors.watches import my_watches
from brokering.states import WatchState

REFUSED = dict.fromkeys((400, 401, 403, 404, 409, 422, 429), ProblemOut)
PRIVATE = {"Cache-Control": "private, no-store"}


class WatchIn(serializers.Serializer):
    """What to watch."""

    search = SearchField(
        required=False,
        default=dict,
        help_text="The parameters of `GET /api/v1/slots`, but for `cursor`, `size` and `order`; a list where "
        "one is repeated. With `referral` none that the need says itself.",
    )
    referral = serializers.UUIDField(
        required=False,
        allow_null=True,
        default=None,
        help_text="An own need: care, region, remiss and age are taken from it, as they stand when a place "
        "appears. Without one `search` names the care.",
    )


class WatchOut(serializers.Serializer):
    """A search that is watched until `ends_on`, or of which one has been told."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=[WatchState.OPEN.value, WatchState.TOLD.value])
    care = serializers.CharField()
    referral = serializers.UUIDField(allow_null=True)
    search = SearchField()
    address = serializers.CharField(help_text="The same search over REST, without the need.")
    created_at = serializers.DateTimeField()
    told_at = serializers.DateTimeField(
        allow_null=True,
        help_text="When a place had appeared; nothing more is told until asked again.",
    )
    ends_on = serializers.DateField()


class WatchesOut(serializers.Serializer):
    """All of them, the newest first."""

    items = WatchOut(many=True)


class WatchEndedOut(serializers.Serializer):
    """The watch that is no more."""

    watch = serializers.UUIDField()


class WatchesView(RetriableView):
    """The searches that the patient who asks watches."""

    throttle_classes = (RequestThrottle,)
    throttle_scope = "write"

    @extend_schema(summary="List watched searches", responses={200: WatchesOut, **REFUSED})
    def get(self, request: Request) -> Response:
        """Those that are watched, and those of which one has been told."""
        actor = access_permission(actor_in(request), Permission.BOOK_FOR_SELF)
        return Response({"items": [_out(one) for one in my_watches(actor)]}, headers=PRIVATE)

    @extend_schema(
        summary="Watch a search",
        parameters=[IDEMPOTENCY_KEY],
        request=WatchIn,
        responses={201: WatchOut, **REFUSED},
    )
    def post(self, request: Request) -> Response:
        """Be told once when a place appears that one can book; the same search twice is one watch.

        422 `derived_from_referral` where the search says what the need says.
        """
        actor = access_permission(actor_in(request), Permission.BOOK_FOR_SELF)
        said = read_body(WatchIn, request.data)

        def work() -> Answer:
            wanted = _wanted(actor, said["search"], said["referral"])
            return Answer(201, _out(open_watch(by=actor, wanted=wanted, now=timezone.now())))

        return self.once(request, work)


class WatchAgainView(RetriableView):
    """Ask anew."""

    @extend_schema(
        summary="Watch a search again",
        parameters=[IDEMPOTENCY_KEY],
        request=None,
        responses={200: WatchOut, **REFUSED},
    )
    def post(self, request: Request, watch_id: UUID) -> Response:
        """Be told once more; places that are there already are no news."""
        actor = access_permission(actor_in(request), Permission.BOOK_FOR_SELF)

        def work() -> Answer:
            watch = reopen_watch(by=actor, watch_id=watch_id, now=timezone.now())
            return Answer(200, _out(watch))

        return self.once(request, work)


class WatchEndView(RetriableView):
    """Want no more word."""

    @extend_schema(
        summary="End a watched search",
        parameters=[IDEMPOTENCY_KEY],
        request=None,
        responses={200: WatchEndedOut, **REFUSED},
    )
    def post(self, request: Request, watch_id: UUID) -> Response:
        """409 for one that has ended already, 404 for somebody else's."""
        actor = access_permission(actor_in(request), Permission.BOOK_FOR_SELF)

        def work() -> Answer:
            end_watch(by=actor, watch_id=watch_id, now=timezone.now())
            return Answer(200, {"watch": str(watch_id)})

        return self.once(request, work)


def _wanted(actor: Actor, search: Mapping[str, Any], need: UUID | None) -> Wanted:
    """What to watch. Raises Invalid, DerivedFromReferral, and NotFound for a need that is not one's own."""
    care = None
    if need is not None:
        passed = sorted((DERIVED | {"referral"}).intersection(search))
        if passed:
            raise DerivedFromReferral(fields={name: ["known from the need"] for name in passed})
        care = next((one.care_id for one in own_needs(actor) if one.id == need), None)
        if care is None:
            raise NotFound
    address = address_from(search, without=ONE_PAGE)
    if care is not None:
        address["care"] = care
    query = kept(address)
    return Wanted(care=query["care"][0], query=query, referral=need)


def _out(watch: Watch) -> dict[str, Any]:
    return {
        "id": str(watch.id),
        "state": str(watch.state),
        "care": watch.care_id,
        "referral": watch.referral_id and str(watch.referral_id),
        "search": {
            name: values if len(values) > 1 else values[0] for name, values in watch.query.items()
        },
        "address": f"{reverse('api-slots')}?{address_of(watch.query).urlencode()}",
        "created_at": watch.created_at.isoformat(),
        "told_at": watch.told_at and watch.told_at.isoformat(),
        "ends_on": watch.ends_on.isoformat(),
    }

"""Who has a time and would come earlier: said, and taken back, for one booking."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actions.outcomes import Answer
from accounts.api import IDEMPOTENCY_KEY, RequestThrottle, RetriableView, actor_in, read_body
from accounts.errors import NotFound
from brokering.access import access_booking
from brokering.actions.short_notice import Manage, end_consent, want_earlier
from brokering.api.shapes import ProblemOut
from brokering.api.short_notice import PRIVATE, ReadyIn
from brokering.models import Booking, ShortNotice
from brokering.selectors.earlier import wish_of
from brokering.selectors.short_notice import missing_of

REFUSED = dict.fromkeys((400, 401, 403, 404, 409, 422, 429), ProblemOut)


class EarlierOut(serializers.Serializer):
    """A wish in force. Nobody is asked as long as anything is missing; the booked time stands."""

    booking = serializers.UUIDField()
    notice_hours = serializers.IntegerField()
    ready = serializers.ListField(child=serializers.CharField())
    missing = serializers.ListField(child=serializers.CharField())
    late_evenings = serializers.BooleanField()
    consented_at = serializers.DateTimeField()


class EarlierEndedOut(serializers.Serializer):
    """The booking for which no earlier time is asked about any longer."""

    booking = serializers.UUIDField()


class EarlierView(RetriableView):
    """The wish to come earlier than booked, to the same clinic for the same care."""

    throttle_classes = (RequestThrottle,)
    throttle_scope = "write"

    @extend_schema(summary="See the wish to come earlier", responses={200: EarlierOut, **REFUSED})
    def get(self, request: Request, booking_id: UUID) -> Response:
        """404 where there is none."""
        found = _booking(request, booking_id)
        wish = wish_of(found)
        if wish is None:
            raise NotFound
        return Response(_out(found, wish), headers=PRIVATE)

    @extend_schema(
        summary="Wish to come earlier",
        parameters=[IDEMPOTENCY_KEY],
        request=ReadyIn,
        responses={201: EarlierOut, **REFUSED},
    )
    def post(self, request: Request, booking_id: UUID) -> Response:
        """The patient, or a vårdlots who was told so. 409 `wrong_state` for a time that is not booked."""
        actor, said = actor_in(request), read_body(ReadyIn, request.data)
        manage = Manage(
            notice_hours=said["notice_hours"],
            max_distance_km=None,
            ready=frozenset(said["ready"]),
            late_evenings=said["late_evenings"],
        )

        def work() -> Answer:
            found = _booking(request, booking_id)
            wish = want_earlier(by=actor, booking=found, said=manage, now=timezone.now())
            return Answer(201, _out(found, wish))

        return self.once(request, work)


class EndEarlierView(RetriableView):
    """Take the wish back."""

    @extend_schema(
        summary="End the wish to come earlier",
        parameters=[IDEMPOTENCY_KEY],
        request=None,
        responses={200: EarlierEndedOut, **REFUSED},
    )
    def post(self, request: Request, booking_id: UUID) -> Response:
        """The booked time stands; 404 where there is no wish."""
        actor = actor_in(request)

        def work() -> Answer:
            found = _booking(request, booking_id)
            if wish_of(found) is None:
                raise NotFound
            end_consent(by=actor, referral_id=found.referral_id, now=timezone.now())
            return Answer(200, {"booking": str(found.id)})

        return self.once(request, work)


def _booking(request: Request, booking_id: UUID) -> Booking:
    actor = actor_in(request)
    return access_booking(booking_id, by=actor, purpose="booking", now=timezone.now())


def _out(found: Booking, wish: ShortNotice) -> dict[str, Any]:
    return {
        "booking": str(found.id),
        "notice_hours": wish.notice_hours,
        "ready": list(wish.ready),
        "missing": list(missing_of(wish.ready, found.care)),
        "late_evenings": wish.late_evenings,
        "consented_at": wish.consented_at.isoformat(),
    }

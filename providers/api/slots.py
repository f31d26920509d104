"""REST of places: publish and withdraw, one or some thousands."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import access_permission
from accounts.actions.outcomes import Answer
from accounts.api import IDEMPOTENCY_KEY, RetriableView, actor_in, read_body
from accounts.errors import Invalid, Refusal
from accounts.roles import Permission
from accounts.templatetags.wording import refusal_sentence
from accounts.tenancy import Actor
from providers.actions.slots import NewSlot, publish, withdraw
from providers.errors import TooMany

MOST_ITEMS = 5000


class Moment(serializers.DateTimeField):
    """A moment with its offset from UTC; a time without one could be two moments, or none."""

    default_error_messages = {"naive": "Give the offset from UTC, as in 2026-12-01T09:30:00+01:00."}

    def enforce_timezone(self, value: Any) -> Any:
        """Refuse a time that has no offset."""
        if timezone.is_naive(value):
            self.fail("naive")
        return super().enforce_timezone(value)


class SlotIn(serializers.Serializer):
    """One place for one patient, to be published."""

    clinic = serializers.UUIDField()
    care = serializers.CharField(max_length=40, help_text="Code of the care catalogue.")
    form = serializers.ChoiceField(
        choices=["open", "inpatient"],
        required=False,
        help_text="Needed where the care is given in both forms.",
    )
    mode = serializers.ChoiceField(
        choices=["on_site", "video"],
        required=False,
        help_text="`on_site` where nothing is said; inpatient care is always on site.",
    )
    starts_at = Moment()
    ends_at = Moment()
    source_key = serializers.CharField(
        max_length=80,
        required=False,
        allow_blank=True,
        help_text="Your own key of the place: publishing it again changes nothing.",
    )


class SlotsIn(serializers.Serializer):
    """Up to 5,000 places; each has its own outcome."""

    items = SlotIn(many=True)


class WithdrawOneIn(serializers.Serializer):
    """One place to withdraw."""

    slot = serializers.UUIDField()


class WithdrawManyIn(serializers.Serializer):
    """Up to 5,000 places to withdraw; each has its own outcome."""

    slots = serializers.ListField(child=serializers.UUIDField(), max_length=MOST_ITEMS)


class OneOut(serializers.Serializer):
    """What came of one place; a refused one may also carry `fields`, the errors by field."""

    outcome = serializers.ChoiceField(choices=["created", "unchanged", "withdrawn", "refused"])
    index = serializers.IntegerField(required=False, help_text="Its place in the request, from 0.")
    id = serializers.UUIDField(required=False)
    code = serializers.CharField(required=False, help_text="Why it was refused.")
    detail = serializers.CharField(required=False)


class ManyOut(serializers.Serializer):
    """What came of a batch, item by item in the order of the request."""

    items = OneOut(many=True)


ONE_OR_MANY_OUT = PolymorphicProxySerializer(
    component_name="OneOrMany", serializers=[OneOut, ManyOut], resource_type_field_name=None
)


class PublishSlots(RetriableView):
    """Publish places: one object, or `{"items": [...]}`. Brokering adds the search to the same address."""

    @extend_schema(
        summary="Publish free places",
        parameters=[IDEMPOTENCY_KEY],
        request=PolymorphicProxySerializer(
            component_name="PublishIn",
            serializers=[SlotIn, SlotsIn],
            resource_type_field_name=None,
        ),
        responses={200: ONE_OR_MANY_OUT, 201: OneOut},
    )
    def post(self, request: Request) -> Response:
        """One place: 201, 200 when it was there already, or a problem. A batch: 200 and item by item."""
        actor = access_permission(actor_in(request), Permission.PUBLISH)
        data = request.data
        if isinstance(data, dict) and "items" in data:
            return self.once(request, lambda: _publish_many(actor, _items(data["items"])))
        return self.once(request, lambda: _publish_one(actor, data))


class WithdrawSlots(RetriableView):
    """Withdraw places: `{"slot": id}` or `{"slots": [ids]}`."""

    @extend_schema(
        summary="Withdraw places",
        parameters=[IDEMPOTENCY_KEY],
        request=PolymorphicProxySerializer(
            component_name="WithdrawIn",
            serializers=[WithdrawOneIn, WithdrawManyIn],
            resource_type_field_name=None,
        ),
        responses={200: ONE_OR_MANY_OUT},
    )
    def post(self, request: Request) -> Response:
        """A place that a patient holds or has booked stays, and the answer says so."""
        actor = access_permission(actor_in(request), Permission.PUBLISH)
        data = request.data
        if isinstance(data, dict) and "slots" in data:
            return self.once(request, lambda: _withdraw_many(actor, data))
        return self.once(request, lambda: _withdraw_one(actor, data))


def _publish_one(actor: Actor, data: Any) -> Answer:
    outcome = _publish_items(actor, [data])[0]
    if isinstance(outcome, Refusal):
        raise outcome
    return Answer(201 if outcome["outcome"] == "created" else 200, outcome)


def _publish_many(actor: Actor, items: list[Any]) -> Answer:
    return Answer(200, {"items": _listed(_publish_items(actor, items))})


def _publish_items(actor: Actor, items: list[Any]) -> dict[int, dict[str, Any] | Refusal]:
    """The outcome of each item by its index; each clinic's places are published together."""
    outcomes: dict[int, dict[str, Any] | Refusal] = {}
    by_clinic: dict[UUID, list[tuple[int, NewSlot]]] = defaultdict(list)
    shape = SlotIn()
    for index, item in enumerate(items):
        try:
            read = dict(shape.run_validation(item))
        except serializers.ValidationError as error:
            outcomes[index] = Invalid(fields=error.detail)
        else:
            by_clinic[read.pop("clinic")].append((index, NewSlot(**read)))
    for clinic in sorted(by_clinic):
        outcomes |= _publish_clinic(actor, clinic, by_clinic[clinic])
    return outcomes


def _publish_clinic(
    actor: Actor, clinic: UUID, numbered: list[tuple[int, NewSlot]]
) -> dict[int, dict[str, Any] | Refusal]:
    indexes = [index for index, _ in numbered]
    try:
        done = publish(
            by=actor, clinic=clinic, times=[new for _, new in numbered], now=timezone.now()
        )
    except Refusal as refusal:
        return dict.fromkeys(indexes, refusal)
    created = {at: {"outcome": "created", "id": str(one)} for at, one in done.created.items()}
    same = {at: {"outcome": "unchanged", "id": str(one)} for at, one in done.unchanged.items()}
    refused = {one.index: one.why for one in done.refused}
    return {indexes[at]: outcome for at, outcome in (created | same | refused).items()}


def _withdraw_one(actor: Actor, data: Any) -> Answer:
    slot = read_body(WithdrawOneIn, data)["slot"]
    outcome = _withdrawals(actor, [slot])[0]
    if isinstance(outcome, Refusal):
        raise outcome
    return Answer(200, outcome)


def _withdraw_many(actor: Actor, data: Any) -> Answer:
    if isinstance(data["slots"], list) and len(data["slots"]) > MOST_ITEMS:
        raise TooMany(most=MOST_ITEMS)
    slots = read_body(WithdrawManyIn, data)["slots"]
    return Answer(200, {"items": _listed(_withdrawals(actor, slots))})


def _withdrawals(actor: Actor, slots: list[UUID]) -> dict[int, dict[str, Any] | Refusal]:
    done = withdraw(by=actor, slots=slots, now=timezone.now())
    words = dict.fromkeys(done.withdrawn, "withdrawn") | dict.fromkeys(done.unchanged, "unchanged")
    why = {one.index: one.why for one in done.refused}
    return {
        index: why[index] if index in why else {"outcome": words[slot], "id": str(slot)}
        for index, slot in enumerate(slots)
    }


def _items(items: Any) -> list[Any]:
    if not isinstance(items, list):
        raise Invalid(fields={"items": ["A list is expected."]})
    if len(items) > MOST_ITEMS:
        raise TooMany(most=MOST_ITEMS)
    return items


def _listed(outcomes: dict[int, dict[str, Any] | Refusal]) -> list[dict[str, Any]]:
    return [
        {"index": index, **(_refused(one) if isinstance(one, Refusal) else one)}
        for index, one in sorted(outcomes.items())
    ]


def _refused(why: Refusal) -> dict[str, Any]:
    said = {"outcome": "refused", "code": why.code, "detail": refusal_sentence(why)}
    return said | dict(why.data)

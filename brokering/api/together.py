"""The other of two times that are given together, as JSON."""

from typing import Any

from rest_framework import serializers

from brokering.models import Booking
from brokering.selectors.chains import other_part


class TogetherOut(serializers.Serializer):
    """The other of two times that are given together."""

    booking = serializers.UUIDField()
    care = serializers.CharField()
    slot = serializers.UUIDField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()


def together_out(booking: Booking) -> dict[str, Any] | None:
    """The other time of a booking as JSON values; None where it stands by itself."""
    other = other_part(booking)
    if other is None:
        return None
    slot = other.claim.slot
    return {
        "booking": str(other.id),
        "care": other.care_id,
        "slot": str(slot.id),
        "starts_at": slot.starts_at.isoformat(),
        "ends_at": slot.ends_at.isoformat(),
    }

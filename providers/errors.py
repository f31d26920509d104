"""Refusals of publishing and withdrawing."""

from accounts.errors import Refusal


class CareNotOffered(Refusal):
    """The clinic does not offer this care, so no time for it can be published."""

    code = "care_not_offered"
    status = 422


class FormDoesNotFit(Refusal):
    """This care is not given in that form (open or inpatient)."""

    code = "form_does_not_fit"
    status = 422


class FormMissing(Refusal):
    """This care is given both as open and as inpatient care: say which."""

    code = "form_missing"
    status = 422


class TimePassed(Refusal):
    """The time has already begun."""

    code = "time_passed"
    status = 422


class TimeOutOfOrder(Refusal):
    """The time must end after it starts."""

    code = "time_out_of_order"
    status = 422


class RestrictedPeriod(Refusal):
    """The clinic is closed for this care at that time, by a decision."""

    code = "restricted_period"


class SeriousEventGoesOn(Refusal):
    """A serious event goes on in the region: no new planned times are published there."""

    code = "serious_event"


class SourceKeyTaken(Refusal):
    """The source key belongs to another time; withdraw that one first or choose another key."""

    code = "source_key_taken"


class TooMany(Refusal):
    """There are too many times in one request; send them in several."""

    code = "too_many"
    status = 422


class PlaceHeld(Refusal):
    """This time is being held for a patient; it can be withdrawn if they let it go."""

    code = "place_held"


class PlaceBooked(Refusal):
    """A patient has booked this time; cancel the booking first."""

    code = "place_booked"


class DeliveryClosed(Refusal):
    """These times were discarded; send them again."""

    code = "delivery_closed"


class DeliveryForgotten(Refusal):
    """The rows of this delivery are no longer kept; send them again."""

    code = "delivery_forgotten"
    status = 410

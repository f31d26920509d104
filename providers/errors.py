"""Refusals of publishing and withdrawing."""

from accounts.errors import Fault, NextStep, Refusal


class CareNotOffered(Refusal):
    """The clinic does not offer this care, so no time for it can be published."""

    code = "care_not_offered"
    status = 422


class FormDoesNotFit(Refusal):
    """This care is not given in that form (open or inpatient)."""

    code = "form_does_not_fit"
    status = 422


class ModeDoesNotFit(Refusal):
    """A visit is on site or by video; whoever is admitted to inpatient care is on site."""

    code = "mode_does_not_fit"
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
    fault = Fault.RECEIVER
    next_step = NextStep.LOOK_AGAIN


class SeriousEventGoesOn(Refusal):
    """A serious event goes on in the region: no new planned times are published there."""

    code = "serious_event"
    fault = Fault.RECEIVER
    next_step = NextStep.CONTACT_THE_REGION


class EventGoesOnAlready(Refusal):
    """A serious event goes on in the region already; end it first."""

    code = "event_goes_on_already"
    next_step = NextStep.NOTHING


class EventOver(Refusal):
    """This serious event is over already."""

    code = "event_over"
    next_step = NextStep.NOTHING


class SourceKeyTaken(Refusal):
    """The source key belongs to another time; withdraw that one first or choose another key."""

    code = "source_key_taken"


class TooMany(Refusal):
    """There are too many times in one request; send them in several."""

    code = "too_many"
    status = 422
    next_step = NextStep.SEND_LESS


class PlaceHeld(Refusal):
    """This time is being held for a patient; it can be withdrawn if they let it go."""

    code = "place_held"
    fault = Fault.RECEIVER
    next_step = NextStep.WAIT_AND_SEND_AGAIN


class PlaceBooked(Refusal):
    """A patient has booked this time; cancel the booking first."""

    code = "place_booked"
    fault = Fault.RECEIVER
    next_step = NextStep.DO_THAT_FIRST


class PlaceOfFeed(Refusal):
    """This time comes from your feed; change it there."""

    code = "place_of_feed"


class PlaceOfWeek(Refusal):
    """This place belongs to a week's number of places; change the number instead."""

    code = "place_of_week"


class DeliveryClosed(Refusal):
    """These times were discarded; send them again."""

    code = "delivery_closed"


class DeliveryForgotten(Refusal):
    """The rows of this delivery are no longer kept; send them again."""

    code = "delivery_forgotten"
    status = 410
    next_step = NextStep.SEND_THE_SAME_AGAIN


class FeedAddress(Refusal):
    """This address cannot be fetched from; it must be open on the net and without a login."""

    code = "feed_address"
    status = 422


class FeedThere(Refusal):
    """This address is fetched already."""

    code = "feed_there"
    next_step = NextStep.NOTHING


class FeedPaused(Refusal):
    """The feed is paused; start it again first."""

    code = "feed_paused"


class FeedJustPolled(Refusal):
    """It was fetched less than a minute ago, and no source is asked more often than that."""

    code = "feed_just_polled"
    status = 429


class BodyTooLarge(Refusal):
    """What was sent is too large; send it in parts."""

    code = "body_too_large"
    status = 413


class BodyIncomplete(Refusal):
    """The connection broke before everything had come; nothing was published. Send it again."""

    code = "body_incomplete"
    status = 400
    next_step = NextStep.SEND_THE_SAME_AGAIN


class BodyUnreadable(Refusal):
    """What was sent is damaged or is not the format that it says; nothing was published."""

    code = "body_unreadable"
    status = 400


class LineUnreadable(Refusal):
    """The line is not a JSON object."""

    code = "line_unreadable"
    status = 422


class LineTooLong(Refusal):
    """The line is too long."""

    code = "line_too_long"
    status = 422
    next_step = NextStep.SEND_LESS


class ClinicUnreadable(Refusal):
    """The clinic is missing, or is not an id."""

    code = "clinic_unreadable"
    status = 422


class TimeUnreadable(Refusal):
    """Start and end must be moments with their offset from UTC, as in 2026-12-01T09:30:00+01:00."""

    code = "time_unreadable"
    status = 422


class TextUnreadable(Refusal):
    """The care, the form or the key of the time is missing, too long or no such value."""

    code = "text_unreadable"
    status = 422


class TenantUnclear(Refusal):
    """You publish for several organisations: say for which one."""

    code = "tenant_unclear"
    status = 422


class BelowTaken(Refusal):
    """So many places of the week are taken already that there cannot be fewer."""

    code = "below_taken"


class PhoneUnreadable(Refusal):
    """Write a telephone number with digits, spaces and hyphens."""

    code = "phone_unreadable"
    status = 422

"""What a patient may be told, and what must reach them, and why somebody must be called instead."""

from enum import StrEnum


class MessageKind(StrEnum):
    """One kind of message; its words are `message.<kind>` in every language."""

    OFFER_SENT = "offer_sent"
    OFFER_REMINDER = "offer_reminder"
    OFFER_LAPSED = "offer_lapsed"
    OFFER_WITHDRAWN = "offer_withdrawn"
    INVITED = "invited"
    """A freed place at short notice, to several at once."""
    INVITED_EARLIER = "invited_earlier"
    """An earlier time at the clinic where they have one, to several at once."""
    INVITATION_LATE = "invitation_late"
    """Somebody else said yes first."""
    INVITATION_WITHDRAWN = "invitation_withdrawn"
    """The clinic took the place back while people were asked."""
    PLACE_APPEARED = "place_appeared"
    BOOKING_CONFIRMED = "booking_confirmed"
    BOOKING_CANCELLED = "booking_cancelled"
    BOOKING_MOVED = "booking_moved"
    TIME_NAMED = "time_named"
    VISIT_REMINDER = "visit_reminder"
    REBOOKING_NEEDED = "rebooking_needed"
    NOTHING_HAPPENED = "nothing_happened"
    APPROVAL_GRANTED = "approval_granted"
    APPROVAL_REFUSED = "approval_refused"
    APPROVAL_LATE = "approval_late"
    """Nobody has answered in time; somebody owns the question now."""
    APPROVAL_LAPSED = "approval_lapsed"


ABOUT_AN_OPEN_OFFER = frozenset({MessageKind.OFFER_SENT, MessageKind.OFFER_REMINDER})
"""True only while the offer waits for an answer; its delivery starts the time to answer."""
ABOUT_AN_INVITATION = frozenset({MessageKind.INVITED, MessageKind.INVITED_EARLIER})
"""True only while the question waits for an answer."""
ABOUT_A_BOOKING = frozenset(
    {
        MessageKind.BOOKING_CONFIRMED,
        MessageKind.BOOKING_MOVED,
        MessageKind.TIME_NAMED,
        MessageKind.VISIT_REMINDER,
    }
)
"""True only while the booking stands and lies ahead."""
SAYS_WHEN = frozenset({MessageKind.BOOKING_CONFIRMED, MessageKind.VISIT_REMINDER})
"""The only kinds that may name a day and a time, and never to somebody with protected identity."""
MUST_REACH = frozenset(
    {
        MessageKind.OFFER_SENT,
        MessageKind.BOOKING_CANCELLED,
        MessageKind.BOOKING_MOVED,
        MessageKind.TIME_NAMED,
        MessageKind.APPROVAL_GRANTED,
        MessageKind.APPROVAL_LAPSED,
    }
)
"""Who cannot be reached is then a vårdlots's to call; whoever must be rebooked has one already."""


class ContactWhy(StrEnum):
    """Why a vårdlots must see to somebody; its words are `contact_why.<why>`."""

    NO_CONTACT_POINT = "no_contact_point"
    NOT_DELIVERED = "not_delivered"
    NO_ANSWER = "no_answer"
    NO_APPROVAL = "no_approval"
    """A place was lost because nobody answered whether it is approved."""
    CLINIC_REFUSED = "clinic_refused"
    """A clinic cannot do the treatment that the patient had said yes to: another place is to be found."""

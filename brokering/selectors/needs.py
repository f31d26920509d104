"""What stands open for a need."""

from typing import NamedTuple
from uuid import UUID

from accounts.database.statements import tuples_of

OPEN = """
    SELECT EXISTS (SELECT FROM brokering_booking b
                   WHERE b.referral_id = %(need)s AND b.state = 'booked' AND b.id <> %(but)s),
           EXISTS (SELECT FROM brokering_offer o WHERE o.referral_id = %(need)s AND o.state = 'sent'),
           EXISTS (SELECT FROM brokering_rebookingtask t JOIN brokering_booking b ON b.id = t.booking_id
                   WHERE b.referral_id = %(need)s AND t.state = 'open')
"""


class Open(NamedTuple):
    """Whether a need has a booked time, an offer that waits for an answer, a task to rebook it."""

    booking: bool
    offer: bool
    task: bool


def open_for(need: UUID, *, but: UUID) -> Open:
    """What stands open for a need besides one of its bookings, in one statement."""
    return Open(*tuples_of(OPEN, {"need": need, "but": but})[0])

"""Every state and every way between states: who may, what FHIR calls it. Nothing else sets a state."""

from dataclasses import dataclass
from enum import StrEnum


class ReferralState(StrEnum):
    """Where a need stands."""

    WAITING = "waiting"
    OFFERED = "offered"
    BOOKED = "booked"
    CLOSED = "closed"


class BookingState(StrEnum):
    """Where a booking stands; EXPIRED is computed from its claim."""

    HELD = "held"
    BOOKED = "booked"
    FULFILLED = "fulfilled"
    MISSED = "missed"
    CANCELLED = "cancelled"
    RELEASED = "released"
    EXPIRED = "expired"


class OfferState(StrEnum):
    """Where an offer stands."""

    SENT = "sent"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"


class CaseState(StrEnum):
    """Where a reroute case stands."""

    OPEN = "open"
    REROUTED = "rerouted"
    CLOSED = "closed"


class TaskState(StrEnum):
    """Where a task to rebook stands."""

    OPEN = "open"
    REBOOKED = "rebooked"
    CLOSED = "closed"


class ApprovalState(StrEnum):
    """Where a question to a clinic or a home region stands."""

    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"


class MessageState(StrEnum):
    """Where a message stands."""

    WAITING = "waiting"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    DROPPED = "dropped"


class ContactState(StrEnum):
    """Where a task to reach somebody stands."""

    OPEN = "open"
    DONE = "done"


class WatchState(StrEnum):
    """Where a wish for word of a place stands."""

    OPEN = "open"
    TOLD = "told"
    ENDED = "ended"


class InvitationState(StrEnum):
    """Where one patient's part in such a place stands.

    LATE: somebody else said yes first; WITHDRAWN: the clinic took the place back.
    """

    SENT = "sent"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LATE = "late"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"


class Party(StrEnum):
    """Who may take a way."""

    PATIENT = "patient"
    REGION = "region"
    CLINIC = "clinic"
    REFERRER = "referrer"
    SYSTEM = "system"


@dataclass(frozen=True)
class Way:
    """One permitted change of state."""

    to: StrEnum
    by: frozenset[Party]


def _way(to: StrEnum, *by: Party) -> Way:
    return Way(to, frozenset(by))


_P, _R, _C, _S = Party.PATIENT, Party.REGION, Party.CLINIC, Party.SYSTEM
_D = Party.REFERRER

WAYS: dict[type[StrEnum], dict[StrEnum, tuple[Way, ...]]] = {
    ReferralState: {
        ReferralState.WAITING: (
            _way(ReferralState.OFFERED, _R, _S),
            _way(ReferralState.BOOKED, _P, _R, _D),
            _way(ReferralState.CLOSED, _P, _R, _C),
        ),
        ReferralState.OFFERED: (
            _way(ReferralState.WAITING, _P, _R, _S),
            _way(ReferralState.BOOKED, _P, _R),
            _way(ReferralState.CLOSED, _P, _R, _C),
        ),
        ReferralState.BOOKED: (
            _way(ReferralState.WAITING, _P, _R, _C),
            _way(ReferralState.CLOSED, _P, _R, _C),
        ),
        # Only a visit that was reported by mistake: the person waits again.
        ReferralState.CLOSED: (_way(ReferralState.WAITING, _C),),
    },
    BookingState: {
        BookingState.HELD: (
            _way(BookingState.BOOKED, _P, _R, _D),
            _way(BookingState.RELEASED, _P, _R, _C, _S, _D),
            _way(BookingState.EXPIRED, _S, _P, _R),
        ),
        BookingState.BOOKED: (
            _way(BookingState.CANCELLED, _P, _R, _C),
            # The region only of a visit of which the clinic has said nothing for long.
            _way(BookingState.FULFILLED, _C, _R),
            _way(BookingState.MISSED, _C, _R),
        ),
        BookingState.FULFILLED: (_way(BookingState.MISSED, _C),),
        BookingState.MISSED: (_way(BookingState.FULFILLED, _C),),
        BookingState.CANCELLED: (),
        BookingState.RELEASED: (),
        BookingState.EXPIRED: (),
    },
    OfferState: {
        OfferState.SENT: (
            _way(OfferState.ACCEPTED, _P, _R),
            _way(OfferState.DECLINED, _P, _R),
            _way(OfferState.LAPSED, _S),
            _way(OfferState.WITHDRAWN, _P, _R, _C, _S),
        ),
        OfferState.ACCEPTED: (),
        OfferState.DECLINED: (),
        OfferState.LAPSED: (),
        OfferState.WITHDRAWN: (),
    },
    CaseState: {
        CaseState.OPEN: (_way(CaseState.REROUTED, _P, _R), _way(CaseState.CLOSED, _R, _S)),
        CaseState.REROUTED: (),
        CaseState.CLOSED: (),
    },
    TaskState: {
        TaskState.OPEN: (_way(TaskState.REBOOKED, _P, _R), _way(TaskState.CLOSED, _P, _R, _C, _S)),
        TaskState.REBOOKED: (),
        TaskState.CLOSED: (),
    },
    ApprovalState: {
        ApprovalState.ASKED: (
            _way(ApprovalState.GRANTED, _R, _C),
            _way(ApprovalState.REFUSED, _R, _C),
            _way(ApprovalState.LAPSED, _S),
            _way(ApprovalState.WITHDRAWN, _P, _R, _C, _S),
        ),
        ApprovalState.GRANTED: (),
        ApprovalState.REFUSED: (),
        ApprovalState.LAPSED: (),
        ApprovalState.WITHDRAWN: (),
    },
    MessageState: {
        MessageState.WAITING: (
            _way(MessageState.SENT, _S),
            _way(MessageState.FAILED, _S),
            _way(MessageState.DROPPED, _S),
        ),
        # Back to waiting only where it surely was not sent; a bounce may come after a delivery.
        MessageState.SENT: (
            _way(MessageState.DELIVERED, _S),
            _way(MessageState.FAILED, _S),
            _way(MessageState.WAITING, _S),
        ),
        MessageState.DELIVERED: (_way(MessageState.FAILED, _S),),
        MessageState.FAILED: (),
        MessageState.DROPPED: (),
    },
    ContactState: {
        ContactState.OPEN: (_way(ContactState.DONE, _R, _S),),
        ContactState.DONE: (),
    },
    WatchState: {
        WatchState.OPEN: (_way(WatchState.TOLD, _S), _way(WatchState.ENDED, _P, _S)),
        WatchState.TOLD: (_way(WatchState.OPEN, _P),),
        WatchState.ENDED: (),
    },
    InvitationState: {
        InvitationState.SENT: (
            _way(InvitationState.ACCEPTED, _P, _R),
            _way(InvitationState.DECLINED, _P, _R),
            _way(InvitationState.LATE, _P, _R, _S),
            _way(InvitationState.LAPSED, _S),
            _way(InvitationState.WITHDRAWN, _S),
        ),
        InvitationState.ACCEPTED: (),
        InvitationState.DECLINED: (),
        InvitationState.LATE: (),
        InvitationState.LAPSED: (),
        InvitationState.WITHDRAWN: (),
    },
}
"""A table for each kind of thing: two kinds may call a state by the same name."""

FHIR_APPOINTMENT: dict[BookingState, str] = {
    BookingState.HELD: "pending",
    BookingState.BOOKED: "booked",
    BookingState.FULFILLED: "fulfilled",
    BookingState.MISSED: "noshow",
    BookingState.CANCELLED: "cancelled",
    BookingState.RELEASED: "cancelled",
    BookingState.EXPIRED: "cancelled",
}
"""FHIR R4 Appointment.status for each booking state."""


def ways(was: StrEnum) -> tuple[Way, ...]:
    """The ways out of a state."""
    return WAYS[type(was)][was]


def may_move(was: StrEnum, to: StrEnum, by: frozenset[Party]) -> bool:
    """Whether one of the parties may take the thing from one state to the other."""
    return any(way.to == to and way.by & by for way in ways(was))

"""Who gets what: patients, referrals, clock events, bookings, offers, rounds, reroute cases."""

from brokering.models.bookings import (
    Approval,
    Booking,
    PaymentCommitment,
    RebookingTask,
    RerouteCase,
)
from brokering.models.bypasses import Bypass, GivenPlace
from brokering.models.contact import Channel, ContactAttempt, ContactPoint, ContactTask, Message
from brokering.models.forecasts import Forecast
from brokering.models.patients import ClockEvent, Patient, Referral
from brokering.models.rounds import NationalRound, Offer, Proposal, Round, RoundStore
from brokering.models.turns import Turn
from brokering.models.wishes import Batch, Invitation, ShortNotice, Watch

__all__ = [
    "Approval",
    "Batch",
    "Booking",
    "Bypass",
    "Channel",
    "ClockEvent",
    "ContactAttempt",
    "ContactPoint",
    "ContactTask",
    "Forecast",
    "GivenPlace",
    "Invitation",
    "Message",
    "NationalRound",
    "Offer",
    "Patient",
    "PaymentCommitment",
    "Proposal",
    "RebookingTask",
    "Referral",
    "RerouteCase",
    "Round",
    "RoundStore",
    "ShortNotice",
    "Turn",
    "Watch",
]

"""Who gets what: patients, referrals, clock events, bookings, offers, rounds, reroute cases."""

from brokering.models.bookings import Booking, PaymentCommitment, RebookingTask, RerouteCase
from brokering.models.patients import ClockEvent, Patient, Referral
from brokering.models.rounds import Offer, Proposal, Round

__all__ = [
    "Booking",
    "ClockEvent",
    "Offer",
    "Patient",
    "PaymentCommitment",
    "Proposal",
    "RebookingTask",
    "Referral",
    "RerouteCase",
    "Round",
]

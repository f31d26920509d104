"""Who, where, when: places, cares, clinics, slots and claims, and how capacity comes and is taken back."""

from providers.models.clinics import Clinic, Provider
from providers.models.decisions import CapacityRestriction, SeriousEvent
from providers.models.measured import ClinicDay, Watched
from providers.models.places import Care, Municipality, PublishedWait, Region
from providers.models.publishing import CapacityStatement, Delivery, Feed, StagedSlot
from providers.models.slots import Claim, FreedPlace, Slot

__all__ = [
    "CapacityRestriction",
    "CapacityStatement",
    "Care",
    "Claim",
    "Clinic",
    "ClinicDay",
    "Delivery",
    "Feed",
    "FreedPlace",
    "Municipality",
    "Provider",
    "PublishedWait",
    "Region",
    "SeriousEvent",
    "Slot",
    "StagedSlot",
    "Watched",
]

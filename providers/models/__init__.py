"""Who, where, when: regions, municipalities, cares, providers, clinics, slots and claims."""

from providers.models.clinics import Clinic, Provider
from providers.models.places import Care, Municipality, PublishedWait, Region
from providers.models.slots import Claim, Slot

__all__ = ["Care", "Claim", "Clinic", "Municipality", "Provider", "PublishedWait", "Region", "Slot"]

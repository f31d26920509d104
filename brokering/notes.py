"""What is written in a need's trail beside the events of the guarantee: a clock counts none of it."""

from enum import StrEnum


class Note(StrEnum):
    """Something said or done that is kept on its day, without a meaning of its own in 6 kap. HSF."""

    DECIDED = "decided"
    """The clinic decided to give the care: the treatment guarantee starts from the need's own date."""
    CLINIC_CANNOT = "clinic_cannot"
    """The clinic where the person waits has said that it cannot meet the date."""
    CLINIC_CAN = "clinic_can"
    """It has taken that back."""
    NOT_FULFILLED = "not_fulfilled"
    """A visit of that day, reported as having taken place, did not."""


class Evidence(StrEnum):
    """How a region knows whether a patient came to a visit that the clinic has not reported."""

    CLINIC_TOLD = "clinic_told"
    RECORD_READ = "record_read"
    PATIENT_TOLD = "patient_told"

"""The decisions in force at a clinic that take its capacity back."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from providers.errors import RestrictedPeriod, SeriousEventGoesOn
from providers.models import CapacityRestriction, Clinic, SeriousEvent

KeepsBack = CapacityRestriction | SeriousEvent
"""What keeps a place that becomes free from the market."""


@dataclass(frozen=True)
class Decisions:
    """What is closed at one clinic, and the serious event in its region, if any."""

    closed: tuple[CapacityRestriction, ...]
    event: SeriousEvent | None

    def closes(self, care: str, starts: datetime, ends: datetime) -> CapacityRestriction | None:
        """The decision that closes the care in some part of a time; as a delivery's rows are judged."""
        for one in self.closed:
            if one.care_id in {None, care} and one.begins_at < ends and one.ends_at > starts:
                return one
        return None

    def keeps_back(self, care: str, starts: datetime, ends: datetime) -> KeepsBack | None:
        """What a place that becomes free waits for: the decision that closes it, else the serious event."""
        return self.closes(care, starts, ends) or self.event

    def check(self, care: str, starts: datetime, ends: datetime) -> None:
        """Whether a time may be published; raises RestrictedPeriod or SeriousEventGoesOn."""
        if (one := self.closes(care, starts, ends)) is not None:
            raise RestrictedPeriod(decision=one.decision_reference)
        if self.event is not None:
            raise SeriousEventGoesOn(decision=self.event.decision_reference)


def decisions_at(clinic: Clinic) -> Decisions:
    """What is in force; asked under the lock on the clinic's row, which decisions take too."""
    return Decisions(tuple(in_force_at(clinic)), event_in(clinic.municipality.region_id))


def stands(because: KeepsBack) -> QuerySet[CapacityRestriction] | QuerySet[SeriousEvent]:
    """The decision's row for as long as nobody has lifted or ended it."""
    if isinstance(because, SeriousEvent):
        return SeriousEvent.objects.filter(id=because.id, ended_at__isnull=True)
    in_force = CapacityRestriction.State.IN_FORCE
    return CapacityRestriction.objects.filter(id=because.id, state=in_force)


def in_force_at(clinic: Clinic) -> QuerySet[CapacityRestriction]:
    """The clinic's restrictions that nobody has lifted, the first day first."""
    rows = CapacityRestriction.objects.filter(
        clinic=clinic, state=CapacityRestriction.State.IN_FORCE
    )
    return rows.order_by("begins_at", "id")


def event_in(region: str) -> SeriousEvent | None:
    """The serious event that goes on in a region."""
    return SeriousEvent.objects.filter(region=region, ended_at__isnull=True).first()


def events_now() -> QuerySet[SeriousEvent]:
    """Every serious event that goes on in the country, with its region."""
    return SeriousEvent.objects.filter(ended_at__isnull=True).select_related("region")


def events_of(region: str) -> QuerySet[SeriousEvent]:
    """A region's serious events, the latest first."""
    return SeriousEvent.objects.filter(region=region).order_by("-begun_at")

"""Whether a place that law and terms allow has room left: under the caps agreed, and in what is promised."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from brokering.law.decision import Bookable
from brokering.law.facts import Route
from brokering.verdict import Seeker, Verdict
from contracts.selectors.caps import Counted, used_of
from contracts.terms import Cap


class Room(StrEnum):
    """What a hold would find."""

    ENOUGH = ""
    CAP_FULL = "cap_full"
    """The volume agreed for the period is used up."""
    COMMITMENT_USED = "commitment_used"
    """No visit that the home region has promised to pay for is left that day."""


def room_for(verdicts: Sequence[Verdict], seeker: Seeker, *, now: datetime) -> list[Room]:
    """For each verdict what a hold would find; read in one query, and in none where no cap counts."""
    caps = [_caps(one, seeker) for one in verdicts]
    used = used_of((cap for some in caps for cap in some), now=now)
    return [_room(one, some, used, seeker, now) for one, some in zip(verdicts, caps, strict=True)]


def _room(
    verdict: Verdict,
    caps: Sequence[Cap],
    used: Mapping[Counted, int],
    seeker: Seeker,
    now: datetime,
) -> Room:
    on = verdict.place.day
    if any(used.get((cap.counter, cap.first_day(on)), 0) >= cap.places for cap in caps):
        return Room.CAP_FULL
    chosen = verdict.route == Route.INPATIENT_CHOICE and verdict.bookable == Bookable.YES
    known = seeker.promises is not None
    if chosen and known and not any(one.pays(on, now=now) for one in seeker.promises or ()):
        return Room.COMMITMENT_USED
    return Room.ENOUGH


def _caps(verdict: Verdict, seeker: Seeker) -> tuple[Cap, ...]:
    """The caps in which a hold would reserve."""
    if verdict.terms is None:
        return ()
    binding = verdict.is_binding
    return verdict.terms.caps_on(verdict.place.day, home_region=seeker.home_region, binding=binding)

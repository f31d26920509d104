"""What a simulated year is made from. Where no source was found a figure is an assumption, and varied."""

from dataclasses import dataclass, replace
from datetime import date

from brokering.matching.snapshot import WithinClass

BEGINS = date(2020, 12, 31)
"""Day 0: the day of the published queues (SOU 2021:59, bilaga 2)."""
LAW_ON = date(2021, 2, 28)
"""The day of the law: the referral rules are those of February 2021, and no older ones were found."""
WEEKS = 52
GUARANTEE_DAYS = 90
FIRST_VISITS_A_YEAR = round(290_400 * 0.86 / 0.14 * 12 / 11)
"""First visits March 2020 to January 2021 were 290,400 or 14 % fewer than a year before: those that were
made, as of twelve months."""
OPERATIONS_A_YEAR = round(100_897 * 0.78 / 0.22 * 12 / 11)
"""Operations, in the same way: 100,897 or 22 % fewer."""


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """One simulated year. The first two are sizes, the rest are said in docs/simulation.md."""

    seed: int = 1
    waiting: int | None = None
    """How many wait on day 0; None: everyone of the published tables. Who come follow in proportion."""
    weeks: int = WEEKS
    only: tuple[str, ...] = ()
    """The cares; none named: all."""
    within_class: WithinClass = WithinClass.RESCUABLE_FIRST
    capacity: float = 1.0
    """Places for each person who comes, in every region and care."""
    uneven: float = 0.0
    """What a region's long queue is above the country's share, times this, it lacks in places each year;
    others have them. 1: the difference between queues was built up in one year, and goes on so."""
    shared: float = 1.0
    """Share of places that a region shows to others."""
    would_travel: float = 0.7
    """Share who say at all that they would go to another region."""
    accepts: float = 0.4
    """Share of them who say yes when asked."""
    chooses_alone: float = 0.0
    """Share who find another region's place by themselves, without being helped."""
    leaves_a_week: float = 0.001
    """Share who leave the queue each week without the care."""
    lead_days: int = 30
    """How many days before its last day the region must have found a way (9 kap. 2 § HSL)."""


ASSUMED: tuple[tuple[str, dict[str, object]], ...] = (
    ("as assumed", {}),
    ("another draw", {"seed": 2}),
    ("longest waiting first within a class", {"within_class": WithinClass.LONGEST_WAITING_FIRST}),
    ("places 5 % fewer than people who come", {"capacity": 0.95}),
    ("places 5 % more", {"capacity": 1.05}),
    ("places 10 % more", {"capacity": 1.10}),
    ("half of the differences go on growing", {"uneven": 0.5}),
    ("all differences go on growing", {"uneven": 1.0}),
    ("the same, everybody would travel", {"uneven": 1.0, "would_travel": 1.0, "accepts": 1.0}),
    ("one place in ten is shown to others", {"shared": 0.1}),
    ("20 % of those asked accept", {"accepts": 0.2}),
    ("75 % of those asked accept", {"accepts": 0.75}),
    ("35 % would travel at all", {"would_travel": 0.35}),
    ("everybody would travel and accepts", {"would_travel": 1.0, "accepts": 1.0}),
    ("5 % find other regions' places alone", {"chooses_alone": 0.05}),
    ("nobody leaves the queue", {"leaves_a_week": 0.0}),
    ("0.5 % a week leave the queue", {"leaves_a_week": 0.005}),
    ("region acts in the last week", {"lead_days": 7}),
)
"""Each line changes one assumption (several where it says so) and leaves the others."""


def varied(given: Parameters, change: dict[str, object]) -> Parameters:
    """The parameters with some changed."""
    return replace(given, **change)  # type: ignore[arg-type]

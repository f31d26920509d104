"""How far a publisher's word has held: counted, never guessed, and never used to rank.

The formula stands on screen with its numbers (templates/providers/word.html); change both together.
"""

from dataclasses import dataclass
from datetime import timedelta

WINDOW_DAYS = 90
"""Swedish days, today included, over which what held and what broke is counted."""
AGE_DAYS = 30
"""Days over which the age of the information is averaged."""
ENOUGH = 20
"""With fewer events than this nothing is said: a share of a few says nothing."""
SILENT_AFTER_DAYS = 7
"""A booked visit of which the clinic has said nothing for so long counts as a place that was not there."""


@dataclass(frozen=True, kw_only=True)
class Held:
    """What was counted in the window."""

    kept: int = 0
    """Booked visits that the clinic was there for, whether or not the patient came."""
    taken_back: int = 0
    """Holds and bookings that the clinic broke."""
    unreported: int = 0
    """Booked visits of which the clinic has said nothing (SILENT_AFTER_DAYS)."""
    probed: int = 0
    """Advertised places that were tried: each once, and once more if it later could not be held."""
    unheld: int = 0
    """Of these, places that nobody could have held."""

    @property
    def tried_good(self) -> int:
        """Advertised places that could be held when they were tried."""
        return self.probed - self.unheld

    @property
    def good(self) -> int:
        """Numerator: visits that the clinic was there for, and places that could be held."""
        return self.kept + self.tried_good

    @property
    def total(self) -> int:
        """Denominator: everything that could have held."""
        return self.kept + self.taken_back + self.unreported + self.probed

    @property
    def percent(self) -> int | None:
        """Whole percent, rounded down so that 100 means all; None below ENOUGH: unknown."""
        return None if self.total < ENOUGH else 100 * self.good // self.total


@dataclass(frozen=True, kw_only=True)
class Aged:
    """How old the information was, measured now and then over AGE_DAYS."""

    samples: int = 0
    late: int = 0
    gone: int = 0
    seconds: int = 0
    oldest_seconds: int = 0

    @property
    def mean(self) -> timedelta | None:
        """Average age of the oldest advertised place; None where nothing was measured."""
        return timedelta(seconds=self.seconds // self.samples) if self.samples else None

    @property
    def oldest(self) -> timedelta | None:
        """The greatest age measured."""
        return timedelta(seconds=self.oldest_seconds) if self.samples else None

    @property
    def in_time(self) -> int:
        """Samples no older than promised."""
        return self.samples - self.late


@dataclass(frozen=True, kw_only=True)
class Word:
    """A publisher's word: how old it has been, and how far it has held."""

    aged: Aged = Aged()
    held: Held = Held()

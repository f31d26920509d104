"""When a message may be sent: quiet hours by the Swedish clock, and how long to wait after a failed try."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

SWEDEN = ZoneInfo("Europe/Stockholm")
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=2)
MOST_DOUBLINGS = 12


@dataclass(frozen=True)
class Quiet:
    """Hours of the night in which nobody is woken; both on the Swedish clock, over midnight or not."""

    begins: time
    ends: time

    def holds(self, at: datetime) -> bool:
        """Whether a moment lies in them; the end itself does not."""
        clock = at.astimezone(SWEDEN).time()
        if self.begins <= self.ends:
            return self.begins <= clock < self.ends
        return clock >= self.begins or clock < self.ends

    def earliest(self, at: datetime) -> datetime:
        """The moment itself, or the end of the quiet hours that it lies in (UTC)."""
        if not self.holds(at):
            return at
        local = at.astimezone(SWEDEN)
        day = local.date() + timedelta(days=local.time() >= self.ends)
        return datetime.combine(day, self.ends, SWEDEN).astimezone(UTC)


def wait_after(tries: int) -> timedelta:
    """How long to wait after so many tries: 1, 2, 4 … minutes, at most two hours."""
    doubled = min(max(tries - 1, 0), MOST_DOUBLINGS)
    return min(FIRST_WAIT * (1 << doubled), LONGEST_WAIT)


def deadline_after(
    delivered: datetime, answer: timedelta, *, promised: datetime, last: datetime
) -> datetime:
    """The last moment to answer: so long from delivery, not past `last`, never before what was promised."""
    return max(promised, min(delivered + answer, last))

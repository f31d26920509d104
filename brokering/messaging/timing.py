"""When a message may be sent: quiet hours by the Swedish clock, and how long to wait after a failed try."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

SWEDEN = ZoneInfo("Europe/Stockholm")
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=2)
MOST_DOUBLINGS = 12
LEAST_TO_ANSWER = timedelta(minutes=15)
"""Nobody is asked who would have less time than this to answer."""


@dataclass(frozen=True)
class Quiet:
    """Hours of the night in which nobody is woken; both on the Swedish clock, over midnight or not."""

    begins: time
    ends: time

    def holds(self, at: datetime) -> bool:
        """Whether a moment lies in them; the end itself does not."""
        return self.covers(at.astimezone(SWEDEN).time())

    def covers(self, clock: time) -> bool:
        """Whether a time on the Swedish clock lies in them."""
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

    def began(self, at: datetime) -> datetime:
        """When the quiet hours began in which a moment lies."""
        local = at.astimezone(SWEDEN)
        day = local.date() - timedelta(days=local.time() < self.begins)
        return datetime.combine(day, self.begins, SWEDEN).astimezone(UTC)

    def later(self, start: datetime, waking: timedelta) -> datetime:
        """The moment at which so much waking time has passed; while it is quiet no time passes."""
        at, left = self.earliest(start), waking
        while (until := self._next_quiet(at)) and until - at < left:
            left -= until - at
            at = self.earliest(until)
        return at + left

    def waking(self, start: datetime, end: datetime) -> timedelta:
        """How much waking time there is between two moments."""
        at, found = self.earliest(start), timedelta(0)
        while (until := self._next_quiet(at)) and until < end:
            found += until - at
            at = self.earliest(until)
        return found + max(end - at, timedelta(0))

    def _next_quiet(self, at: datetime) -> datetime | None:
        """When quiet hours begin next, seen from a moment outside them; None where there are none."""
        if self.begins == self.ends:
            return None
        day = at.astimezone(SWEDEN).date()
        begins = datetime.combine(day, self.begins, SWEDEN).astimezone(UTC)
        if begins < at:
            begins = datetime.combine(day + timedelta(days=1), self.begins, SWEDEN).astimezone(UTC)
        return begins


def wait_after(tries: int) -> timedelta:
    """How long to wait after so many tries: 1, 2, 4 … minutes, at most two hours."""
    doubled = min(max(tries - 1, 0), MOST_DOUBLINGS)
    return min(FIRST_WAIT * (1 << doubled), LONGEST_WAIT)


def time_to_answer(
    quiet: Quiet, *, now: datetime, length: timedelta, begins: datetime
) -> datetime | None:
    """The last moment to answer for somebody asked now about a visit that begins soon; None: too late to ask.

    Waking time alone counts, so no answer is due in a night before which nobody was told. At least half of
    what is left stays for whoever finds the place afterwards.
    """
    half = quiet.waking(now, begins) // 2
    if half < LEAST_TO_ANSWER:
        return None
    return quiet.later(now, min(length, half))


def deadline_after(
    delivered: datetime, answer: timedelta, *, promised: datetime, last: datetime
) -> datetime:
    """The last moment to answer: so long from delivery, not past `last`, never before what was promised."""
    return max(promised, min(delivered + answer, last))

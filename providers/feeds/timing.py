"""When a feed is asked again."""

from datetime import datetime, timedelta

SOONEST = timedelta(minutes=1)
"""No file is asked for more often than this, whoever asks."""
USUAL = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=6)


def next_poll(
    now: datetime, *, promised_age: timedelta, max_age: int | None, draw: float
) -> datetime:
    """After a poll that went well: as the source asks (seconds), within 1–5 minutes, in time for the promise.

    `draw` (0 to 1) spreads the feeds, so that they do not all ask at once.
    """
    asked = USUAL if max_age is None else timedelta(seconds=max_age)
    wait = max(SOONEST, min(asked, USUAL, promised_age / 2))
    return now + wait * (1 + 0.1 * draw)


def next_try(now: datetime, *, failures: int, asked: int, draw: float) -> datetime:
    """After `failures` polls in a row (from 1): twice as long each time, at least as asked (seconds)."""
    wait = min(SOONEST * 2 ** min(failures - 1, 10), LONGEST_WAIT)
    longest = min(timedelta(seconds=asked), 4 * LONGEST_WAIT)
    return now + max(wait * (0.75 + 0.5 * draw), longest, SOONEST)

"""Places in a week whose time the clinic has not named yet: which days they may fall on."""

from datetime import date, datetime, time, timedelta

from providers.patterns import SWEDEN, WEEK

LONGER_THAN_A_VISIT = timedelta(hours=48)
"""A place of a statement that lasts longer spans the week: its time is not named yet."""
SPANS_WEEK = "({0}.statement_id IS NOT NULL AND {0}.ends_at - {0}.starts_at > interval '48 hours')"
"""`spans_week` as an SQL condition on the slots called {0}."""


def spans_week(in_statement: bool, starts_at: datetime, ends_at: datetime) -> bool:
    """Whether a place stands for a week in which the clinic will name the time."""
    return in_statement and ends_at - starts_at > LONGER_THAN_A_VISIT


def week_span(monday: date) -> tuple[datetime, datetime]:
    """From Monday midnight to the next, on the Swedish clock; an hour shorter or longer when it changes."""
    return _midnight(monday), _midnight(monday + WEEK)


def possible_days(in_statement: bool, starts_at: datetime, ends_at: datetime) -> tuple[date, date]:
    """The first and last Swedish day on which the visit may fall; the same day where the time is known."""
    first = starts_at.astimezone(SWEDEN).date()
    if not spans_week(in_statement, starts_at, ends_at):
        return first, first
    return first, (ends_at - timedelta(seconds=1)).astimezone(SWEDEN).date()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SWEDEN)

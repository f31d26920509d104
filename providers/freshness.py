"""How old what is said of a place may be: the promise, and what follows when it is broken.

One definition in two shapes, a function and an SQL condition; `tests/providers/test_freshness.py` holds them
together. Nothing of it is stored: a place that is told of anew is fresh in the same moment.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Standing(StrEnum):
    """What the age of a place's information makes of it."""

    FRESH = "fresh"
    DEMOTED = "demoted"
    """Older than promised: shown last."""
    WITHDRAWN = "withdrawn"
    """Older than twice the promise: not shown as free, not to be held."""


PROMISES_UNTIL = {Standing.DEMOTED: 1, Standing.WITHDRAWN: 2}
"""For how many promised ages the information may go on before it stands so."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """When a place was last spoken for and what was promised; a feed's word counts for what it brought."""

    confirmed_at: datetime
    promised_age: timedelta
    """The clinic's promise."""
    fed_at: datetime | None = None
    """When the feed that it came from was last read whole."""
    feed_promised_age: timedelta | None = None

    @property
    def said_at(self) -> datetime:
        """The latest moment at which somebody said that the place is as it stands."""
        return max(self.confirmed_at, self.fed_at or self.confirmed_at)

    @property
    def promise(self) -> timedelta:
        """The greatest age that was promised: the feed's for what came from one."""
        return self.promised_age if self.feed_promised_age is None else self.feed_promised_age

    def becomes(self, standing: Standing) -> datetime:
        """The last moment before it stands so, if nobody says anything more."""
        return self.said_at + PROMISES_UNTIL[standing] * self.promise

    def standing(self, now: datetime) -> Standing:
        """How it stands; exactly as old as promised is still fresh."""
        for worst in (Standing.WITHDRAWN, Standing.DEMOTED):
            if now > self.becomes(worst):
                return worst
        return Standing.FRESH


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Where a statement has what `Told` has, as SQL; a feed's are null for what no feed brought."""

    confirmed_at: str = "s.confirmed_at"
    promised_age: str = "c.promised_age"
    fed_at: str = "f.succeeded_at"
    feed_promised_age: str = "f.promised_age"

    @property
    def said_at(self) -> str:
        """`Told.said_at`."""
        return f"greatest({self.confirmed_at}, {self.fed_at})"

    @property
    def promise(self) -> str:
        """`Told.promise`."""
        return f"coalesce({self.feed_promised_age}, {self.promised_age})"

    def age(self, now: str) -> str:
        """How long ago it was said, as an interval that no change of clock touches."""
        return f"({now} - {self.said_at})"

    def stands(self, standing: Standing, *, now: str) -> str:
        """Whether it stands so, or worse. `now` is an SQL value; each column is named once."""
        return f"({self.age(now)} > {PROMISES_UNTIL[standing]} * {self.promise})"


PLACE = Columns()
"""For a statement that calls slot, clinic and feed `s`, `c` and `f` (a left join on the slot's feed)."""
FEED = "LEFT JOIN providers_feed f ON f.id = s.feed_id"
NOT_HIDDEN = "s.hidden_why = ''"
"""No probe has found that it cannot be held."""


def advertised(now: str = "%(now)s") -> str:
    """The SQL condition of an open place that its publisher's word still carries."""
    return f"(NOT {PLACE.stands(Standing.WITHDRAWN, now=now)} AND {NOT_HIDDEN})"


class HiddenWhy(StrEnum):
    """Why a probe has hidden a place: nobody, however well placed, could hold it."""

    NO_USABLE_TERMS = "no_usable_terms"
    CAP_FULL = "cap_full"
    RESTRICTED_PERIOD = "restricted_period"
    SERIOUS_EVENT = "serious_event"
    NOT_HOLDABLE = "not_holdable"

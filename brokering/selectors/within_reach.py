"""Whom some free places may suit, in the order in which they choose: an index read no farther than needed.

What turns tell lets the database pass by those whom no place suits for their home region, their wishes or
what law has said to everyone like them. That is only ever too generous: whoever is left is looked at in full
by the code that a round asks. Nothing is kept in memory that would have to be kept true: each page is asked
for as it is needed.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from typing import Any

from accounts.database.statements import rows_of
from brokering.law.facts import Route
from brokering.matching.snapshot import WithinClass
from brokering.selectors.need_profiles import COLUMNS, MATCHER, Profile, profile_of
from brokering.selectors.turns import TURN, away

FIRST_PAGE, GROWS, LATER_PAGE = 4, 4, 64
"""How many are read at once, and how many times as many next, up to how many: most places suit the first."""
MOST_SPOTS = 6
"""Of more clinics than these nobody is asked how far away they are."""
SLACK_KM = 1.0
"""More than rounding can make of a distance."""
PASSED = """
    SELECT {turn}, t.law FROM brokering_turn t
    WHERE t.care_id = %(care)s AND t.stands_until >= %(today)s AND t.is_matched AND {after}
      AND (t.earliest IS NULL OR t.earliest <= %(last_begins)s)
      AND (t.latest IS NULL OR t.latest >= %(first_day)s)
      AND (t.home_region = ANY(%(own)s)
           OR (t.routes & %(routes)s::smallint <> 0 AND t.home_region = ANY(%(away)s)))
      AND t.law NOT IN (SELECT unnest(%(closed)s::bigint[]))
      AND ({near}) AND {sent}
    ORDER BY {order} LIMIT {page}
"""
SENT = "t.need_key IN (SELECT need_key FROM need_reroute WHERE care_id = %(care)s)"
"""Few are sent by their region, so they are looked up: nobody else's turn is read."""
NEAR = """
    t.reach IS NULL OR 12742.1 * asin(sqrt(least(1, power(sin(radians(t.latitude - %(lat_{n})s) / 2), 2)
        + cos(radians(t.latitude)) * cos(radians(%(lat_{n})s))
        * power(sin(radians(t.longitude - %(lon_{n})s) / 2), 2)))) <= t.reach + %(slack)s
"""


Turn = tuple[Any, ...]


@dataclass(frozen=True, kw_only=True)
class Reach:
    """What places ask of whoever they may suit, together: it is enough to meet it for one of them."""

    last_begins: date
    first_day: date
    spots: tuple[tuple[float, float], ...]
    """Where they are, in degrees."""
    own: tuple[str, ...]
    """Home regions whose patients may come on their own region's agreement."""
    away: tuple[str, ...]
    """Home regions whose patients may come on another route."""
    routes: int
    """Those other routes, as the bits of a turn (`brokering.selectors.turns.away`)."""

    @property
    def is_for_sent(self) -> bool:
        """Whether none may come but those whom a region reroutes."""
        return not self.own and self.routes == away([Route.GUARANTEE_REROUTE])


@dataclass(frozen=True)
class InTurn:
    """Somebody whom the places may suit; `law` is the number of everyone to whom law says the same."""

    row: Mapping[str, Any]
    law: int
    turn: Turn
    """Where they stand in the queue: whoever has less chooses first."""

    @cached_property
    def profile(self) -> Profile:
        """What is known of them, made of the row once it is asked for: most pages end with their first."""
        return profile_of(self.row)


def within_reach(
    care: str, asked: Callable[[], tuple[Reach, Iterable[int]]], *, on: date, within: WithinClass
) -> Iterator[list[InTurn]]:
    """Page by page whoever may have one of the places, whoever chooses first first.

    Those whose turn is still to be worked out are left out (`brokering.selectors.turns.to_work_out`).
    What is `asked` is heard before each page: what the places ask, and numbers of law whose people need not
    be read any more.
    """
    names = TURN[within]
    known: dict[str, Any] = {"care": care, "today": on, "slack": SLACK_KM}
    after, page = "true", FIRST_PAGE
    while True:
        reach, closed = asked()
        if not reach.own and not reach.away:
            return
        spots = reach.spots if len(reach.spots) <= MOST_SPOTS else ()
        sql = _statement(names, after, len(spots), page, reach.is_for_sent)
        told = known | _told(reach, spots) | {"closed": list(closed)}
        rows = rows_of(sql, told, using=MATCHER)
        if found := [_in_turn(row, names) for row in rows if row["care_id"]]:
            yield found
        if len(rows) < page:
            return
        after = f"({', '.join(f't.{x}' for x in names)}) > ({', '.join(f'%(last_{x})s' for x in names)})"
        known |= {f"last_{name}": rows[-1][f"turn_{name}"] for name in names}
        page = min(GROWS * page, LATER_PAGE)


def _in_turn(row: dict[str, Any], names: Sequence[str]) -> InTurn:
    return InTurn(row, row["law"], tuple(row[f"turn_{name}"] for name in names))


def _told(reach: Reach, spots: Sequence[tuple[float, float]]) -> dict[str, Any]:
    """What the places ask, as the statement takes it."""
    where = {
        f"{name}_{number}": degrees
        for number, spot in enumerate(spots)
        for name, degrees in zip(("lat", "lon"), spot, strict=True)
    }
    return where | {
        "last_begins": reach.last_begins,
        "first_day": reach.first_day,
        "own": list(reach.own),
        "away": list(reach.away),
        "routes": reach.routes,
    }


@cache
def _statement(names: Sequence[str], after: str, spots: int, page: int, sent: bool) -> str:
    """Those of the page with their profiles; who cannot be matched any more has none, but ends the page.

    How many are read stands in it as a figure: planned for any number, it would not keep to the index.
    """
    near = " OR ".join(NEAR.format(n=number) for number in range(spots)) or "true"
    passed = PASSED.format(
        turn=", ".join(f"t.{name} AS turn_{name}" for name in names),
        order=", ".join(f"t.{name}" for name in names),
        after=after,
        near=near,
        sent=SENT if sent else "true",
        page=page,
    )
    return (
        f"WITH page AS MATERIALIZED ({passed}) SELECT page.*, p.* FROM page"
        f" LEFT JOIN LATERAL (SELECT {COLUMNS} FROM need_profile"
        " WHERE need_profile.need_key = page.turn_need_key) p ON true"
        f" ORDER BY {', '.join(f'page.turn_{name}' for name in names)}"
    )

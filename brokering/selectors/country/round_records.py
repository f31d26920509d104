"""Records of rounds, page by page, the latest first: over the country, and of each care; no person."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from accounts.errors import Invalid
from brokering.matching.ranking import order
from brokering.matching.snapshot import Settings, WithinClass
from brokering.models import NationalRound, Offer, Round
from brokering.selectors.country.rounds import is_alive
from brokering.selectors.need_profiles import MATCHER

MOST = 50
"""Rounds on a page."""


Row = TypeVar("Row", NationalRound, Round, "CountryRound")
Kept = TypeVar("Kept", NationalRound, Round)


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows; `after` is what the next page is asked for with, None on the last one."""

    rows: tuple[Row, ...]
    after: UUID | None


@dataclass(frozen=True, kw_only=True)
class CountryRound:
    """A round over the country; `state` is one of the row's, or `stopped`; `done` is of its cares."""

    row: NationalRound
    state: str
    done: int


def country_rounds(*, now: datetime, after: UUID | None = None) -> Page[CountryRound]:
    """Rounds over the country. Raises Invalid for a page after a round that is not there."""
    page = _page(NationalRound.objects.using(MATCHER).annotate(done=Count("rounds")), after)
    return Page(tuple(_country(row, now) for row in page.rows), page.after)


def country_round(national: UUID, *, now: datetime) -> CountryRound | None:
    """One round over the country; None where there is none."""
    rows = NationalRound.objects.using(MATCHER).annotate(done=Count("rounds"))
    row = rows.filter(id=national).first()
    return None if row is None else _country(row, now)


def care_rounds(*, care: str = "", after: UUID | None = None) -> Page[Round]:
    """Rounds of one care each, by themselves or as parts of one over the country; of one care if named.

    Raises Invalid for a page after a round that is not there.
    """
    rows = Round.objects.using(MATCHER).all()
    return _page(rows.filter(care_id=care) if care else rows, after)


def rounds_of(national: NationalRound) -> list[Round]:
    """The rounds of a round over the country, in the order in which its cares were to be begun."""
    rows = Round.objects.using(MATCHER).filter(national=national)
    return sorted(rows, key=lambda row: national.cares.index(row.care_id))


def care_round(round_id: UUID) -> Round | None:
    """One care's round; None where there is none."""
    return Round.objects.using(MATCHER).filter(id=round_id).first()


def offers_of_round(rounds: Iterable[UUID]) -> Mapping[str, int]:
    """How many offers of some rounds are in each state, among those that the reader may see."""
    rows = Offer.objects.filter(round__in=list(rounds)).values("state")
    return {one["state"]: one["many"] for one in rows.annotate(many=Count("id")).order_by("state")}


def lines_of_order(found: Round) -> tuple[str, ...]:
    """Codes of the lines of the order that a round kept to, the weightiest first."""
    within = WithinClass(found.settings["within_class"])
    return tuple(line.code for line in order(Settings(within)))


def _country(row: Any, now: datetime) -> CountryRound:
    running = row.state == NationalRound.State.RUNNING
    state = "stopped" if running and not is_alive(row, now=now) else row.state
    return CountryRound(row=row, state=state, done=row.done)


def _page(rows: QuerySet[Kept], after: UUID | None) -> Page[Kept]:
    if after is not None:
        last = rows.filter(id=after).first()
        if last is None:
            raise Invalid(fields={"cursor": str(after)})
        at = last.started_at
        rows = rows.filter(Q(started_at__lt=at) | Q(started_at=at, id__lt=after))
    page = list(rows.order_by("-started_at", "-id")[: MOST + 1])
    return Page(tuple(page[:MOST]), page[MOST - 1].id if len(page) > MOST else None)

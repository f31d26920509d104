"""Need against capacity by region and week: counts of the de-identified need profile, and published places.

Needs count where people live, places where clinics stand. Small counts of people are suppressed, and what
would give them away: with a suppressed need goes its balance, for places are public.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from uuid import UUID

from django.db import connections
from django.db.models import Count
from django.db.models.functions import TruncDate

from brokering.law.deadline import deadline
from brokering.selectors.alternatives import free_slots
from brokering.selectors.clocks import Dates, clock_of
from brokering.selectors.need_profiles import MATCHER
from brokering.selectors.places import swedish_day
from insight.disclosure import FEWEST_SHOWN, Shown, protected_table
from insight.planning import (
    WEEKS,
    Kind,
    Needs,
    Saving,
    Served,
    balance,
    due_by_week,
    served,
    team_day,
    together,
)
from providers.models import Care, Clinic, Region, Slot
from providers.patterns import SWEDEN, monday_of

NEEDS = """
    SELECT home_region_id, coalesce(priority, 5), guarantee, issued_on, contact_on, decided_on,
           medical_target_on, count(*)
    FROM need_profile
    WHERE care_id = %(care)s AND home_region_id IS NOT NULL
      AND (watch_until IS NULL OR watch_until <= %(on)s)
    GROUP BY 1, 2, 3, 4, 5, 6, 7
"""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One region and week: people whose last day it is, free places, and the balance until its end.

    People and balance are None where they are not shown.
    """

    need: int | None
    places: int
    balance: int | None


@dataclass(frozen=True, kw_only=True)
class Gain:
    """What one more team-day saves in the week where it saves most.

    People and days are None where they are few, and fewer than its places: then it is they who are told.
    """

    places: int
    week: int
    in_time: int | None
    days: int | None


@dataclass(frozen=True, kw_only=True)
class Line:
    """One region, or the whole group where `region` is None.

    `later`: people whose last day comes after the plan, or who have none. `outlook`: what becomes of those
    who wait when the region has its own places only; of the group: when all share; in tens. None: not shown.
    """

    region: Region | None
    cells: tuple[Cell, ...]
    later: int | None
    waiting: int | None
    places: int
    outlook: Served | None
    saving: Gain | None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A care for a group of regions; `apart`: the regions' own outlooks added up, in
    tens; None where not shown."""

    care: Care
    on: date
    mondays: tuple[date, ...]
    lines: tuple[Line, ...]
    group: Line
    apart: Served | None
    team_day: int

    @property
    def is_hidden(self) -> bool:
        """Whether so few wait that no balance of any week may be shown."""
        lines = (*self.lines, self.group)
        return all(cell.balance is None for line in lines for cell in line.cells)


def plan_of(care: Care, regions: Sequence[Region], *, now: datetime) -> Plan:
    """The plan of a care for some regions (at least one), from this week on."""
    on = swedish_day(now)
    every = list(Region.objects.order_by("code").values_list("code", flat=True))
    codes = [one.code for one in regions]
    needs, places = _needs(care.code, on), _places(care.code, codes, now)
    size = _team_day(care.code, codes, now)
    # The whole country is protected at once: whatever group is asked for, the same numbers are hidden, so
    # that no two groups give one away by their difference.
    *rows, whole = protected(tuple(due_by_week(needs[code]) for code in every))
    shown = dict(zip(every, rows, strict=True))
    lines = tuple(
        _line(region, shown[region.code], needs[region.code], places[region.code], size)
        for region in regions
    )
    columns = zip(*(shown[code] for code in codes), strict=True)
    sums = tuple(None if None in one else sum(number or 0 for number in one) for one in columns)
    # The totals of the country were protected with the rest, so they may be shown where a part's may not.
    group = whole if set(codes) == set(every) else sums
    everyone = together(needs[code] for code in codes)
    all_places = [sum(places[code][week] for code in codes) for week in range(WEEKS)]
    return Plan(
        care=care,
        on=on,
        mondays=tuple(monday_of(on) + timedelta(weeks=week) for week in range(WEEKS)),
        lines=lines,
        group=_line(None, group, everyone, all_places, size),
        apart=_apart(lines, needs, places),
        team_day=size,
    )


@lru_cache(maxsize=64)
def protected(rows: tuple[tuple[int, ...], ...]) -> tuple[Shown, ...]:
    """The table as it may be shown, kept: a country of small numbers takes a second."""
    return protected_table(rows)


def _line(
    region: Region | None, row: Shown, needs: Needs, places: Sequence[int], size: int
) -> Line:
    *weeks, later, waiting = row
    # A balance adds up the weeks before it: one that is not shown leaves the rest unsaid too.
    known = next((at for at, one in enumerate(weeks) if one is None), WEEKS)
    until = balance([one or 0 for one in weeks[:known]], places[:known])
    is_shown = waiting is not None
    return Line(
        region=region,
        cells=tuple(
            Cell(need=need, places=places[at], balance=until[at] if at < known else None)
            for at, need in enumerate(weeks)
        ),
        later=later,
        waiting=waiting,
        places=sum(places),
        outlook=rounded(served(needs, places)) if is_shown else None,
        saving=_told(team_day(needs, places, size=size)) if is_shown else None,
    )


def _told(found: Saving | None) -> Gain | None:
    """What may be told of a team-day; one whose places all bring somebody in time tells of its own size."""
    if found is None:
        return None
    hidden = 0 < found.in_time < min(found.places, FEWEST_SHOWN)
    return Gain(
        places=found.places,
        week=found.week,
        in_time=None if hidden else found.in_time,
        days=None if hidden else found.days,
    )


def rounded(found: Served) -> Served:
    """People to the nearest ten, so that each number stands for as many as may not be told apart."""
    return Served(
        in_time=_to_ten(found.in_time),
        late=_to_ten(found.late),
        left=_to_ten(found.left),
        weeks=_to_ten(found.weeks),
    )


def _to_ten(number: int) -> int:
    return (number + FEWEST_SHOWN // 2) // FEWEST_SHOWN * FEWEST_SHOWN


def _apart(
    lines: Sequence[Line], needs: dict[str, dict[Kind, int]], places: dict[str, list[int]]
) -> Served | None:
    """What becomes of all the regions' queues when each has its own places only, in tens."""
    if any(line.outlook is None for line in lines):
        return None
    codes = [line.region.code for line in lines if line.region]
    found = [served(needs[code], places[code]) for code in codes]
    return rounded(
        Served(
            in_time=sum(one.in_time for one in found),
            late=sum(one.late for one in found),
            left=sum(one.left for one in found),
            weeks=sum(one.weeks for one in found),
        )
    )


def _needs(care: str, on: date) -> dict[str, dict[Kind, int]]:
    """By region: how many wait, by class and week of the last day as if no clock had ever stood still."""
    found: dict[str, dict[Kind, int]] = defaultdict(lambda: defaultdict(int))
    with connections[MATCHER].cursor() as cursor:
        cursor.execute(NEEDS, {"care": care, "on": on})
        for region, priority, guarantee, issued, contact, decided, target, number in cursor:
            last = _last_day(guarantee, issued, contact, decided, target, on)
            found[region][Kind(priority, _week(last, on))] += number
    return found


@lru_cache(maxsize=10_000)
def _last_day(guarantee: str, *dates: date | None) -> date | None:
    """The last day in time; `dates`: remiss issued, contact, decision, medical target, the day asked."""
    issued, contact, decided, target, on = dates
    assert on is not None
    # A region's own target is no last day, so the region is left out.
    started = Dates(
        guarantee=guarantee, region="", issued_on=issued, contact_on=contact, decided_on=decided
    )
    last = deadline(clock_of(started, (), on=on), target)
    return last.on if last else None


def _week(last: date | None, on: date) -> int:
    if last is None:
        return WEEKS
    return -1 if last < on else min(WEEKS, (monday_of(last) - monday_of(on)).days // 7)


def _places(care: str, regions: list[str], now: datetime) -> dict[str, list[int]]:
    """Free places by region of the clinic and week; one without a named time in its own week."""
    first = monday_of(swedish_day(now))
    rows = (
        free_slots(care, now=now)
        .filter(
            clinic__municipality__region__in=regions,
            starts_at__lt=_begins(first + timedelta(weeks=WEEKS)),
        )
        .order_by()
        .values("clinic__municipality__region_id", day=TruncDate("starts_at", tzinfo=SWEDEN))
        .annotate(number=Count("id"))
    )
    found: dict[str, list[int]] = defaultdict(lambda: [0] * WEEKS)
    for row in rows:
        week = max(0, (monday_of(row["day"]) - first).days // 7)
        found[row["clinic__municipality__region_id"]][week] += row["number"]
    return found


def _team_day(care: str, regions: list[str], now: datetime) -> int:
    """Places that a clinic of the group has on a day when it gives the care, in the middle; 0: unknown."""
    days = (
        Slot.objects.filter(
            care=care,
            state=Slot.State.OPEN,
            statement=None,
            clinic__municipality__region__in=regions,
            starts_at__gt=now,
            starts_at__lt=now + timedelta(weeks=WEEKS),
        )
        .order_by()
        .values("clinic_id", day=TruncDate("starts_at", tzinfo=SWEDEN))
        .annotate(number=Count("id"))
    )
    sizes = sorted(row["number"] for row in days)
    return sizes[len(sizes) // 2] if sizes else 0


def _begins(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=SWEDEN)


def default_care() -> str:
    """The care that most wait for; empty where nobody waits."""
    sql = "SELECT care_id FROM need_profile GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"
    with connections[MATCHER].cursor() as cursor:
        cursor.execute(sql)
        row = cursor.fetchone()
    return row[0] if row else ""


def neighbours(tenants: Iterable[UUID]) -> list[Region]:
    """The regions of the health care region that the first of these tenants' regions belongs to.

    A clinic's tenant has the region where its clinic stands. Stockholm's, where there is neither.
    """
    own = Region.objects.filter(tenant__in=list(tenants)).order_by("code").first()
    clinic = Clinic.objects.filter(tenant__in=list(tenants)).select_related("municipality").first()
    area = own.cooperation_area if own else clinic.municipality.cooperation_area if clinic else ""
    group = Region.objects.filter(cooperation_area=area).order_by("name")
    return list(group) or list(Region.objects.filter(code="01"))


def groups() -> dict[str, list[str]]:
    """The country's health care regions (samverkansregioner) with their regions' codes."""
    found: dict[str, list[str]] = defaultdict(list)
    for area, code in Region.objects.order_by("cooperation_area", "name").values_list(
        "cooperation_area", "code"
    ):
        found[area].append(code)
    return dict(found)

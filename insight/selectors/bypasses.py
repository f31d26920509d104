"""The deviation ledger as regions read it: where places went past somebody, and why; no small number."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from django.db.models import Count, F, Func, IntegerField, Q, QuerySet, Value, Window
from django.db.models.functions import Cast, RowNumber
from django.db.models.lookups import GreaterThanOrEqual

from accounts.errors import Invalid
from brokering.matching.bypasses import UNEXPLAINED
from brokering.models import Bypass
from brokering.selectors.places import SWEDEN
from insight.disclosure import FEWEST_SHOWN
from providers.models import Care, Clinic, Region

MOST = 200
MOST_IN_A_FILE = 10_000
YEARS = range(2000, 3000)
LATEST_FIRST = ("-given_at", "-id")
ISO_WEEK = re.compile(r"(\d{4})-W(\d{2})")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which part of the ledger: everything where nothing is said.

    `week`: its Monday; `after`: id of the last line of the page before.
    """

    care: Care | None = None
    region: Region | None = None
    week: date | None = None
    code: str = ""
    after: int | None = None


@dataclass(frozen=True, kw_only=True)
class Line:
    """One place and reason. Counts of people below ten are None, and so is a part that tells a small rest."""

    row: Bypass
    clinic: Clinic
    passed: int | None
    higher: int | None
    in_time: int | None
    highest: int | None
    """The highest need class among those it went past."""

    @property
    def is_open(self) -> bool:
        """Whether somebody is to say why."""
        return self.row.code == UNEXPLAINED and not self.row.settled_code

    @property
    def code(self) -> str:
        """The reason that stands now."""
        return self.row.settled_code or self.row.code


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """A page of lines, the latest first; how many places in all and by reason, how many are unexplained.

    `after`: what the next page is asked for with; None on the last one.
    """

    lines: tuple[Line, ...]
    after: int | None
    places: int
    by_code: Mapping[str, int] = field(default_factory=dict)
    unexplained: int


def ledger_of(asked: Asked, *, tenants: frozenset[UUID], most: int = 0) -> Ledger:
    """What some tenants answer for any part of, the latest first; `most` lines, MOST unless told.

    Raises Invalid for a page after a line that is not there.
    """
    rows, most = _rows(asked, tenants), most or MOST
    counted = rows.values("code").annotate(many=Count("id")).order_by("-many", "code")
    by_code = {one["code"]: one["many"] for one in counted}
    latest = rows.select_related("care", "claim__slot__clinic").order_by(*LATEST_FIRST)
    if asked.after is not None:
        latest = latest.filter(_before(asked.after, rows))
    page = list(latest[: most + 1])
    open_still = rows.filter(code=UNEXPLAINED, settled_code="")
    return Ledger(
        lines=tuple(map(_line, page[:most])),
        after=page[most - 1].id if len(page) > most else None,
        places=rows.values("claim").distinct().count(),
        by_code=by_code,
        unexplained=open_still.count(),
    )


def files_of(asked: Asked, *, tenants: frozenset[UUID], lines: int) -> list[int | None]:
    """What each file that a part with so many lines takes is asked for with, the latest lines first.

    None for the first; a file holds MOST_IN_A_FILE lines.
    """
    lasts = range(MOST_IN_A_FILE, lines, MOST_IN_A_FILE)
    if not lasts:
        return [None]
    numbered = _rows(asked, tenants).annotate(number=Window(RowNumber(), order_by=LATEST_FIRST))
    ids = numbered.filter(number__in=lasts).order_by("number").values_list("id", flat=True)
    return [None, *ids]


def unexplained(claim: UUID) -> Bypass | None:
    """The row of a place that went past somebody for no known reason, where it may be seen."""
    return Bypass.objects.filter(claim_id=claim, code=UNEXPLAINED).first()


def _before(last: int, rows: QuerySet[Bypass]) -> Q:
    """Condition: given earlier than a line of these."""
    row = rows.filter(id=last).first()
    if row is None:
        raise Invalid(fields={"cursor": last})
    return Q(given_at__lt=row.given_at) | Q(given_at=row.given_at, id__lt=row.id)


def _rows(asked: Asked, tenants: frozenset[UUID]) -> QuerySet[Bypass]:
    wanted = Q(tenants__overlap=list(tenants))
    if asked.care:
        wanted &= Q(care=asked.care)
    if asked.region:
        # Where a few of another region were passed, that is not told by asking for it either.
        least = 1 if asked.region.tenant_id in tenants else FEWEST_SHOWN
        wanted &= Q(GreaterThanOrEqual(_passed_of(asked.region.code), least))
    if asked.code:
        wanted &= Q(code=asked.code)
    if asked.week:
        first = datetime.combine(asked.week, time(), SWEDEN)
        after = datetime.combine(asked.week + timedelta(weeks=1), time(), SWEDEN)
        wanted &= Q(given_at__gte=first.astimezone(UTC), given_at__lt=after.astimezone(UTC))
    return Bypass.objects.filter(wanted)


def _passed_of(region: str) -> Cast:
    """How many of a region's patients were passed; null where none."""
    said = Func(F("regions"), Value(region), function="jsonb_extract_path_text")
    return Cast(said, IntegerField())


def _line(row: Bypass) -> Line:
    return Line(
        row=row,
        clinic=row.claim.slot.clinic,
        passed=row.passed if row.passed >= FEWEST_SHOWN else None,
        higher=_part(row.higher, row.passed),
        in_time=_part(row.in_time, row.passed),
        highest=row.highest if row.passed >= FEWEST_SHOWN else None,
    )


def _part(part: int, whole: int) -> int | None:
    """A part beside its whole: neither it nor the rest is small; nobody at all is no one person."""
    rest = whole - part
    small = whole < FEWEST_SHOWN or 0 < part < FEWEST_SHOWN or 0 < rest < FEWEST_SHOWN
    return None if small else part


def monday_of_week(text: str) -> date | None:
    """The Monday of an ISO week (`2027-W14`); None where there is no such week."""
    found = ISO_WEEK.fullmatch(text)
    try:
        year = int(found[1]) if found else 0
        return date.fromisocalendar(year, int(found[2]), 1) if found and year in YEARS else None
    except ValueError:
        return None

"""The published waiting statistics, as they were printed."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from django.db.models import QuerySet

from insight.disclosure import FEWEST_SHOWN, protected_list
from providers.models import PublishedWait, Region
from providers.selectors.clinics import care_name

Unit = Literal["region", "care"]


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One printed line: how many waited longer than the limit in a region or for a care.

    `count` is None where the source suppressed it, or where it would give such a one away;
    `share_percent` is of all who waited there.
    """

    code: str
    name: str
    count: int | None
    share_percent: int


@dataclass(frozen=True, kw_only=True)
class Table:
    """One printed table with what must stand beside it: population, day, source."""

    figures: tuple[Figure, ...]
    total: int | None
    share_percent: int
    population: str
    measured_on: date
    source: str


def published(measure: str, over_days: int, by: Unit) -> Table:
    """The table of a measure (first_visit or operation) over 180 or 365 days; longest first.

    Raises PublishedWait.DoesNotExist when there is no such table.
    """
    rows = PublishedWait.objects.filter(measure=measure, over_days=over_days)
    total = rows.get(region__isnull=True, care__isnull=True)
    figures = _protected([_figure(row, by) for row in _of(rows, by)], total.count)
    figures.sort(key=lambda one: (-(one.count or 0), one.name))
    return Table(
        figures=tuple(figures),
        total=total.count,
        share_percent=total.share_within_percent,
        population=total.population,
        measured_on=total.measured_on,
        source=total.source,
    )


def _protected(figures: list[Figure], total: int | None) -> list[Figure]:
    """The figures, with more of them suppressed where a subtraction from the total would find one.

    Of several that the source suppressed only the sum is known; how it is shared out changes nothing.
    """
    if total is None:
        return figures
    known = [one.count or 0 for one in figures]
    rest = max(0, total - sum(known))
    for at, one in enumerate(figures):
        if one.count is None:
            known[at] = min(rest, FEWEST_SHOWN - 1)
            rest -= known[at]
    counts, _ = protected_list(known)
    return [replace(one, count=count) for one, count in zip(figures, counts, strict=True)]


def _of(rows: QuerySet[PublishedWait], by: Unit) -> QuerySet[PublishedWait]:
    if by == "region":
        return rows.filter(region__isnull=False).select_related("region")
    return rows.filter(care__isnull=False).select_related("care")


def _figure(row: PublishedWait, by: Unit) -> Figure:
    unit = row.region if by == "region" else row.care
    assert unit is not None
    return Figure(
        code=unit.pk,
        name=unit.name if isinstance(unit, Region) else care_name(unit),
        count=row.count,
        share_percent=row.share_within_percent,
    )

"""The whole-country population agrees with every published figure."""

import numpy as np
import pytest

from brokering.sweden.calibration import Interval, margins, total_interval
from brokering.sweden.fit import Unfittable
from brokering.sweden.sources import Sources
from brokering.sweden.waiting import Waiting, waiting
from brokering.sweden.world import World
from providers.reference import PublishedWaitRow

OVER = {180: 180, 365: 365}


def published(sources: Sources) -> list[PublishedWaitRow]:
    return [row for row in sources.statistics.waits if row.n is not None]


def matching(world: World, row: PublishedWaitRow) -> np.ndarray:
    """Who in the population the published cell speaks of, whatever they have waited."""
    people = world.people
    first_care = {"first_visit": 0, "operation": len(world.waiting[0].cares)}[row.measure]
    last_care = first_care + len(world.waiting[row.measure == "operation"].cares)
    mine = (people.care >= first_care) & (people.care < last_care)
    if row.region:
        mine &= people.region == people.regions.index(row.region)
    if row.care:
        mine &= people.care == people.cares.index(row.care)
    return mine


def test_every_published_count_is_reproduced_exactly_at_national_scale(national: World) -> None:
    wrong = [
        row
        for row in published(national.sources)
        if (matching(national, row) & (national.people.days > row.over_days)).sum() != row.n
    ]
    assert wrong == []


def test_every_published_share_is_reproduced_within_its_rounding(national: World) -> None:
    for row in national.sources.statistics.waits:
        mine = matching(national, row)
        share = 100 * (mine & (national.people.days > row.over_days)).sum() / mine.sum()
        assert abs(share - row.share_within_pct) <= 0.5, row


def test_a_suppressed_cell_is_filled_with_one_to_nine(national: World) -> None:
    hidden = [row for row in national.sources.statistics.waits if row.n is None]
    assert len(hidden) == 5
    for row in hidden:
        count = (matching(national, row) & (national.people.days > row.over_days)).sum()
        assert 1 <= count <= 9


def test_about_429000_wait_in_the_country(national: World) -> None:
    assert [part.total for part in national.waiting] == [292_303, 136_653]


def test_published_shares_between_regions_survive_the_fit(national: World) -> None:
    """Tables 5 and 11 are only a seed: the fit keeps them near, not exact."""
    parts = {part.measure: part for part in national.waiting}
    gaps = []
    for row in national.sources.statistics.region_shares:
        part = parts[row.measure]
        column = part.places[:, part.cares.index(row.care), 3]
        gaps.append(abs(100 * column[part.regions.index(row.region)] / column.sum() - row.percent))
    assert float(np.mean(gaps)) < 1
    assert max(gaps) < 8


@pytest.mark.parametrize("total", [1_000, 3_500, 40_000])
def test_smaller_scales_have_the_same_proportions(sources: Sources, total: int) -> None:
    small, whole = waiting(sources.statistics, total), waiting(sources.statistics)
    factor = total / sum(part.total for part in whole)
    for few, all_ in zip(small, whole, strict=True):
        assert_close(few, all_, factor)
    assert sum(part.total for part in small) == total


def assert_close(few: Waiting, all_: Waiting, factor: float) -> None:
    """Every margin within one person of its share in each band."""
    for axis in (0, 1):
        gap = few.places.sum(axis=axis) - all_.places.sum(axis=axis) * factor
        assert np.abs(gap).max() < 2


def test_places_and_people_are_one_population(demo: World) -> None:
    for part in demo.waiting:
        assert (part.places.sum(axis=0) == part.people.sum(axis=2)).all()


def test_the_interval_of_a_rounded_share_holds_what_rounds_to_it() -> None:
    interval = total_interval(Interval(8266, 8266), 13)
    assert round(100 * 8266 / interval.low) == 13
    assert round(100 * 8266 / interval.high) == 13
    assert 100 * 8266 / (interval.low - 1) > 13.5
    assert 100 * 8266 / (interval.high + 1) <= 12.5


def test_figures_that_contradict_each_other_are_refused(sources: Sources) -> None:
    rows = [
        row
        for row in sources.statistics.waits
        if not (row.measure == "operation" and row.region == "01" and row.over_days == 180)
    ]
    wrong = next(
        r for r in sources.statistics.waits if r.region == "01" and r.measure == "operation"
    )
    bent = PublishedWaitRow(**{**vars(wrong), "n": 30_000, "share_within_pct": 90})
    with pytest.raises(Unfittable):
        margins([*rows, bent], "operation", 1.5)

"""What is told after a load: published figures against what was loaded."""

from brokering.sweden.closeness import Closeness, Loaded, closeness
from brokering.sweden.world import World


def loaded(world: World) -> Loaded:
    """Everyone of the population, as counted by region and care."""
    people = world.people
    cells: dict[tuple[str, str], list[int]] = {}
    for region, care, days in zip(people.region, people.care, people.days, strict=True):
        cell = cells.setdefault((people.regions[region], people.cares[care]), [0, 0, 0])
        for position, limit in enumerate((-1, 180, 365)):
            cell[position] += int(days > limit)
    return {key: (all_, half, year) for key, (all_, half, year) in cells.items()}


def told(world: World, people: Loaded, of_all: int) -> Closeness:
    statistics = world.sources.statistics
    waits, shares = tuple(statistics.waits), tuple(statistics.region_shares)
    return closeness(people, world.waiting, waits, shares, of_all)


def test_the_whole_country_fits_exactly_and_says_so(national: World) -> None:
    found = told(national, loaded(national), len(national.people))
    lines = "\n".join(found.lines())
    assert set(found.counts) == {0}
    assert f"{len(found.counts)} of {len(found.counts)} exact" in lines
    assert f"{len(found.shares)} of {len(found.shares)} within their rounding" in lines
    assert "estimated, not published" in lines


def test_a_person_in_the_wrong_region_is_told(national: World) -> None:
    people = dict(loaded(national))
    for region, more in (("01", -1), ("12", 1)):
        all_, half, year = people[region, "besok-ogon"]
        people[region, "besok-ogon"] = (all_ + more, half + more, year)
    found = told(national, people, len(national.people))
    assert sum(gap == 1 for gap in found.counts) == 2
    assert f"{len(found.counts) - 2} of {len(found.counts)} exact" in "\n".join(found.lines())


def test_a_smaller_scale_says_how_many_persons_it_is_away(demo: World) -> None:
    found = told(demo, loaded(demo), 428_956)
    assert max(found.counts) < 3
    assert "scaled" in "\n".join(found.lines())

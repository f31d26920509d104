"""Sweden is drawn in the authorities' own projection."""

import pytest

from providers.geography import frame, outlines, project, sweref


@pytest.mark.parametrize(
    ("lat", "lon", "northing", "easting"),
    [
        # On the central meridian the northing is the meridian arc times 0.9996 (GRS 80).
        (60.0, 15.0, 6_651_411.190, 500_000.0),
        (0.0, 15.0, 0.0, 500_000.0),
    ],
)
def test_a_known_point_lies_where_sweref_99_tm_says(
    lat: float, lon: float, northing: float, easting: float
) -> None:
    assert sweref(lat, lon) == pytest.approx((northing, easting), abs=0.001)


def test_east_and_west_of_the_central_meridian_mirror_each_other() -> None:
    east, west = sweref(63.0, 18.0), sweref(63.0, 12.0)
    assert east[0] == pytest.approx(west[0])
    assert east[1] - 500_000 == pytest.approx(500_000 - west[1])


def test_north_is_up_and_east_is_right() -> None:
    kiruna, malmo, stockholm = project(67.86, 20.23), project(55.60, 13.0), project(59.33, 18.07)
    assert kiruna[1] < stockholm[1] < malmo[1]
    assert malmo[0] < stockholm[0]


def test_every_region_has_an_outline_inside_the_drawing() -> None:
    assert len(outlines()) == 21
    assert all(
        outline.path.startswith("M") and outline.path.endswith("z") for outline in outlines()
    )


def test_every_place_in_sweden_falls_inside_the_drawing() -> None:
    for lat, lon in ((69.06, 20.55), (55.34, 13.36), (65.79, 24.15), (58.9, 10.96)):
        x, y = project(lat, lon)
        assert 0 <= x <= frame().width
        assert 0 <= y <= frame().height

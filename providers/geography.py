"""Sweden as a drawing: SWEREF 99 TM, the map projection of the authorities, and the outlines of the regions.

The drawing is 1,000 units high, y grows downwards; one unit is about 1.6 km.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

from providers.reference import Polygon, read_polygons

HEIGHT = 1000.0
"""Height of the drawing, in units."""
MARGIN = 8.0
"""Air around the country, in units."""

# GRS 80 and SWEREF 99 TM, as Lantmäteriet states them.
SEMI_MAJOR = 6_378_137.0
FLATTENING = 1 / 298.257222101
CENTRAL_MERIDIAN = 15.0
SCALE = 0.9996
FALSE_EASTING = 500_000.0
EARTH_RADIUS_KM = 6371.0088
"""Mean radius (IUGG)."""


@dataclass(frozen=True)
class Outline:
    """A region as one SVG path."""

    code: str
    name: str
    path: str


@dataclass(frozen=True)
class Frame:
    """How metres become units: `x = (easting - west) / metres`, `y = (north - northing) / metres`."""

    west: float
    north: float
    metres: float
    width: float
    height: float

    def place(self, northing: float, easting: float) -> tuple[float, float]:
        """Position in the drawing of a point in SWEREF 99 TM metres."""
        return (easting - self.west) / self.metres, (self.north - northing) / self.metres

    @property
    def view_box(self) -> str:
        """For the `viewBox` of the drawing."""
        return f"0 0 {self.width:.0f} {self.height:.0f}"


def sweref(lat: float, lon: float) -> tuple[float, float]:
    """Northing and easting in metres of a WGS 84 position in degrees.

    Gauss-Krüger's conformal projection by Lantmäteriet's series (Gauss Conformal Projection,
    formulas of 2008); exact to a millimetre within Sweden.
    """
    n = FLATTENING / (2 - FLATTENING)
    meridian = SEMI_MAJOR / (1 + n) * (1 + n**2 / 4 + n**4 / 64)
    conformal = _conformal_latitude(math.radians(lat))
    turn = math.radians(lon - CENTRAL_MERIDIAN)
    xi = math.atan2(math.tan(conformal), math.cos(turn))
    eta = math.atanh(math.cos(conformal) * math.sin(turn))
    steps = tuple(enumerate(_series(n), start=1))
    north = xi + sum(b * math.sin(2 * k * xi) * math.cosh(2 * k * eta) for k, b in steps)
    east = eta + sum(b * math.cos(2 * k * xi) * math.sinh(2 * k * eta) for k, b in steps)
    return SCALE * meridian * north, FALSE_EASTING + SCALE * meridian * east


def _conformal_latitude(phi: float) -> float:
    """Latitude on the sphere that keeps angles, in radians."""
    e = math.sqrt(FLATTENING * (2 - FLATTENING))
    sine = math.sin(phi)
    return math.asin(math.tanh(math.atanh(sine) - e * math.atanh(e * sine)))


def _series(n: float) -> tuple[float, float, float, float]:
    return (
        n / 2 - 2 * n**2 / 3 + 5 * n**3 / 16 + 41 * n**4 / 180,
        13 * n**2 / 48 - 3 * n**3 / 5 + 557 * n**4 / 1440,
        61 * n**3 / 240 - 103 * n**4 / 140,
        49_561 * n**4 / 161_280,
    )


def project(lat: float, lon: float) -> tuple[float, float]:
    """Position in the drawing, in units, of a WGS 84 position in degrees."""
    return frame().place(*sweref(lat, lon))


@lru_cache(maxsize=1)
def frame() -> Frame:
    """The frame that holds the whole country."""
    points = [
        sweref(lat, lon)
        for region in read_polygons("region")
        for ring in region.rings
        for lon, lat in ring
    ]
    north, south = max(p[0] for p in points), min(p[0] for p in points)
    west, east = min(p[1] for p in points), max(p[1] for p in points)
    metres = (north - south) / (HEIGHT - 2 * MARGIN)
    return Frame(
        west=west - MARGIN * metres,
        north=north + MARGIN * metres,
        metres=metres,
        width=(east - west) / metres + 2 * MARGIN,
        height=HEIGHT,
    )


@lru_cache(maxsize=1)
def outlines() -> tuple[Outline, ...]:
    """Every region as a path on whole units, so that neighbours meet without a gap."""
    return tuple(_outline(region) for region in read_polygons("region"))


def _outline(region: Polygon) -> Outline:
    rings = (_on_grid(ring) for ring in region.rings)
    path = "".join(_path(ring) for ring in rings if len(ring) > 2)
    return Outline(code=region.code, name=region.name, path=path)


def _on_grid(ring: tuple[tuple[float, float], ...]) -> list[tuple[int, int]]:
    kept: list[tuple[int, int]] = []
    for lon, lat in ring[:-1]:
        x, y = project(lat, lon)
        if not kept or kept[-1] != (round(x), round(y)):
            kept.append((round(x), round(y)))
    return kept


def _path(ring: list[tuple[int, int]]) -> str:
    """Relative steps: half the bytes of absolute ones."""
    steps = [f"{x2 - x1} {y2 - y1}" for (x1, y1), (x2, y2) in zip(ring, ring[1:], strict=False)]
    return f"M{ring[0][0]} {ring[0][1]}l{' '.join(steps)}z"


def distance_km(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Great-circle distance between two WGS 84 positions in degrees, one decimal (haversine)."""
    (lat1, lon1), (lat2, lon2) = (tuple(map(math.radians, point)) for point in (one, other))
    half = (
        math.sin((lat2 - lat1) / 2) ** 2
        + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    )
    return round(2 * EARTH_RADIUS_KM * math.asin(math.sqrt(half)), 1)

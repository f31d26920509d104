"""The drawing of a record: what was promised against what came; on the diagonal it was right."""

from collections.abc import Sequence
from dataclasses import dataclass

from django import template

from insight.selectors.forecasts import Point

register = template.Library()
SIDE = 200
"""Width and height of the drawing's field, in its own units: 2 for each per cent."""


@dataclass(frozen=True, kw_only=True)
class Dot:
    """A point of the drawing, with its word."""

    x: int
    y: int
    came: int


@register.inclusion_tag("insight/_calibration.html")
def drawn_calibration(points: Sequence[Point]) -> dict[str, object]:
    """The points; the table beside the drawing says the same."""
    scale = SIDE // 100
    dots = [Dot(x=one.promised * scale, y=SIDE - one.came * scale, came=one.came) for one in points]
    return {"dots": dots, "side": SIDE, "ticks": [(n * scale, n) for n in (10, 50, 90)]}

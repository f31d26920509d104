"""The map of Sweden: the regions' outlines and dots for clinics, drawn on the server."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django import template
from django.utils.translation import gettext as _

from providers.geography import frame, outlines, project

register = template.Library()


@dataclass(frozen=True, kw_only=True)
class Dot:
    """A clinic on the map. `key` joins it to the hits that carry the same `data-dot`."""

    key: str
    lat: float
    lon: float
    label: str
    url: str
    count: int = 1
    bookable: bool = True


@register.inclusion_tag("components/_map.html")
def sweden_map(dots: Iterable[Dot], chosen_region: str = "", words: str = "") -> dict[str, Any]:
    """Draw the country with a dot for each clinic (or what `words` says a dot is); the largest first,
    so that none hides another."""
    ordered: Sequence[Dot] = sorted(dots, key=lambda dot: -dot.count)
    return {
        "view_box": frame().view_box,
        "regions": outlines(),
        "chosen_region": chosen_region,
        "words": words
        or _("Varje punkt är en mottagning med lediga tider. Listan visar samma tider."),
        "dots": [_drawn(dot) for dot in ordered],
    }


def _drawn(dot: Dot) -> dict[str, Any]:
    """Area grows with the number of times; never smaller than can be hit with a pointer."""
    x, y = project(dot.lat, dot.lon)
    radius = min(7 + 2.2 * (max(dot.count, 1) - 1) ** 0.5, 26)
    return {"x": f"{x:.1f}", "y": f"{y:.1f}", "r": f"{radius:.1f}", "dot": dot}

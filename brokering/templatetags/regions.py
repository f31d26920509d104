"""The map of Sweden with free times: clinics beside a list of hits, regions on the start page."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from django import template
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from brokering.law.decision import Bookable
from brokering.selectors.search import ClinicOnMap
from providers.reference import read_polygons
from providers.templatetags.sweden import Dot, sweden_map

register = template.Library()

PLACES_A_DOT = 60
"""On the start page: how many free times make a region's dot one step larger."""


@register.inclusion_tag("components/_map.html")
def clinic_map(
    found: Iterable[ClinicOnMap], address: str = "", home_region: str | None = None
) -> dict[str, Any]:
    """Every clinic of the list as a dot; the dot leads to that clinic's own times."""
    return sweden_map([_clinic_dot(one, address) for one in found], home_region or "")


@register.inclusion_tag("components/_map.html")
def region_map(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Every region with free times as a dot in the middle of its area."""
    words = _(
        "Varje punkt är en region: ju större, desto fler lediga tider. Tabellen säger detsamma."
    )
    return sweden_map([_region_dot(row) for row in rows if row["count"]], words=words)


@register.filter
def grouped(number: int) -> str:
    """A large number as it is read: 18 000."""
    return number_format(number, force_grouping=True)


def _clinic_dot(one: ClinicOnMap, address: str) -> Dot:
    places = one.places
    return Dot(
        key=str(places.clinic),
        lat=places.latitude,
        lon=places.longitude,
        label=f"{places.clinic_name}, {places.municipality}: {_free(places.count)}",
        url=f"{reverse('search')}?{address}&clinic={places.clinic}",
        count=places.count,
        bookable=one.bookable != Bookable.NO,
    )


def _region_dot(row: dict[str, Any]) -> Dot:
    region, count = row["region"], row["count"]
    lat, lon = _middles()[region.code]
    return Dot(
        key=region.code,
        lat=lat,
        lon=lon,
        label=f"{region.name}: {_free(count)}",
        url=f"{reverse('search')}?region={region.code}",
        count=1 + count // PLACES_A_DOT,
    )


def _free(count: int) -> str:
    return ngettext("%(n)s ledig tid", "%(n)s lediga tider", count) % {"n": grouped(count)}


@cache
def _middles() -> dict[str, tuple[float, float]]:
    """Latitude and longitude of the middle of each region's area."""
    return {area.code: area.centroid() for area in read_polygons("region")}

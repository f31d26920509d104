"""Published waiting statistics and the estimates built on them: open to everyone."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.errors import Invalid
from insight.selectors.estimates import cares_with_estimates, estimated
from insight.selectors.waits import published
from providers.models import Care

MEASURES = ("first_visit", "operation")
LIMITS = ("180", "365")


@require_GET
def waits(request: HttpRequest) -> HttpResponse:
    """Who waited longer than 180 or 365 days at the end of 2020, by region and by care."""
    measure = _one_of(request, "matt", MEASURES)
    limit = _one_of(request, "dagar", LIMITS)
    context = {
        "measure": measure,
        "limit": limit,
        "by_region": published(measure, int(limit), "region"),
        "by_care": published(measure, int(limit), "care"),
    }
    return render(request, "insight/waits.html", context)


@require_GET
def estimate(request: HttpRequest) -> HttpResponse:
    """How many are estimated to have waited over 180 days in each region for one care."""
    known = cares_with_estimates()
    care = _one_of(request, "vard", known)
    rows = estimated(care)
    context = {
        "care": Care.objects.get(code=care),
        "cares": Care.objects.filter(code__in=known),
        "rows": sorted(rows, key=lambda row: (-(row.count or 0), row.name)),
        "largest": max((row.count or 0 for row in rows), default=0),
    }
    return render(request, "insight/estimate.html", context)


def _one_of(request: HttpRequest, name: str, allowed: tuple[str, ...]) -> str:
    """A query parameter from a closed list; the first where none is given. Raises Invalid."""
    value = request.GET.get(name, allowed[0])
    if value not in allowed:
        raise Invalid(field=name, detail=_("Värdet finns inte i listan."))
    return value

"""Pages: where places do not suffice during the next thirteen weeks, and what regions can share."""

import csv
import io
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import login_needed
from insight.access import access_planning
from insight.disclosure import FEWEST_SHOWN
from insight.forms import PlanForm
from insight.selectors.planning import Line, Plan, default_care, groups, neighbours, plan_of


@login_needed
@require_safe
def plan(request: HttpRequest) -> HttpResponse:
    """One care for a group of regions: the own health care region where nothing else is asked for."""
    form = _form(request)
    context: dict[str, Any] = {"form": form, "groups": groups(), "fewest": FEWEST_SHOWN}
    if form.is_bound and not form.is_valid():
        return render(request, "insight/planning.html", context, status=422)
    if form.is_bound:
        care, regions = form.asked()
        context |= {
            "plan": plan_of(care, regions, now=timezone.now()),
            "chosen": {one.code for one in regions},
            "country": "?" + _country(care.code),
            "asked": urlencode([("care", care.code), *(("region", one.code) for one in regions)]),
        }
    return render(request, "insight/planning.html", context)


@login_needed
@require_safe
def as_csv(request: HttpRequest) -> HttpResponse:
    """The same as a file: a row a region and week; what is not shown is empty."""
    care, regions = _form(request).asked()
    found = plan_of(care, regions, now=timezone.now())
    answer = HttpResponse("\ufeff" + _csv(found), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="planering-{care.code}.csv"'
    answer["Cache-Control"] = "private, no-store"
    return answer


def _country(care: str) -> str:
    """The address that asks for every region."""
    codes = [code for part in groups().values() for code in part]
    return urlencode([("care", care), *(("region", code) for code in codes)])


def _form(request: HttpRequest) -> PlanForm:
    actor = access_planning(request.actor)  # type: ignore[attr-defined]
    said = QueryDict(mutable=True)
    care = request.GET.get("care") or default_care()
    if care:
        said["care"] = care
        codes = request.GET.getlist("region") or [one.code for one in neighbours(actor.tenants)]
        said.setlist("region", codes)
    return PlanForm(said or None)


def _csv(found: Plan) -> str:
    file = io.StringIO()
    writer = csv.writer(file, delimiter=";")
    names = (_("Region"), _("Vecka"), _("Sista dag i veckan"), _("Lediga tider"), _("Läge"))
    writer.writerow(names)
    for line in (*found.lines, found.group):
        writer.writerows(_rows(found, line))
    return file.getvalue()


def _rows(found: Plan, line: Line) -> list[tuple[object, ...]]:
    name = line.region.name if line.region else _("Alla tillsammans")
    return [
        (name, f"{monday:%G-W%V}", _or_empty(cell.need), cell.places, _or_empty(cell.balance))
        for monday, cell in zip(found.mondays, line.cells, strict=True)
    ]


def _or_empty(number: int | None) -> object:
    return "" if number is None else number

"""Page: what a clinic's queue can expect, and how often what was said has held. For everyone."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.errors import Invalid, NotFound
from brokering.forecast import FEWEST_WEEKS, HISTORY_WEEKS
from insight.disclosure import FEWEST_SHOWN
from insight.selectors.forecasts import lines_of, record
from providers.models import Clinic
from providers.selectors.clinics import cares_of
from providers.views.common import about


@require_safe
def forecast(request: HttpRequest, clinic_id: UUID) -> HttpResponse:
    """Every care of the clinic with its forecast; of one the record."""
    on = timezone.localdate()
    clinic = Clinic.objects.select_related("municipality").filter(id=clinic_id).first()
    if clinic is None:
        raise NotFound
    cares = cares_of(clinic)
    known = {care.code: care for care in cares}
    asked = request.GET.get("vard") or next(iter(known), "")
    if asked and asked not in known:
        raise Invalid(field="vard")
    lines = lines_of(clinic.id, cares, on=on)
    context = about(clinic) | {
        "cares": cares,
        "care": known.get(asked),
        "lines": lines,
        "is_foreseen": any(line.outlook for line in lines),
        "record": record(clinic.id, asked, on=on),
        "fewest_weeks": FEWEST_WEEKS,
        "weeks": HISTORY_WEEKS,
        "fewest": FEWEST_SHOWN,
    }
    return render(request, "insight/forecast.html", context)

"""Visits that a clinic has said nothing of for long: the home region says whether the patient came."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import requires
from accounts.actions.outcomes import Answer
from accounts.actions.trail import log_accesses
from accounts.roles import Permission
from brokering.access import access_booking
from brokering.actions.visits import report_visit
from brokering.forms import read
from brokering.forms.referrals import SilentForm
from brokering.notes import Evidence
from brokering.selectors.visits import silent_visits
from brokering.views.keys import once_per_button
from providers.reliability import SILENT_AFTER_DAYS


@requires(Permission.REROUTE)
@require_safe
def visits(request: HttpRequest) -> HttpResponse:
    """The visits of the region's patients that their clinics have not reported, highest need first."""
    actor, now = request.actor, timezone.now()  # type: ignore[attr-defined]
    found = silent_visits(by=actor, now=now)
    patients = {one.patient.id: one.patient for one in found}
    log_accesses(patients.values(), by=actor, purpose="visits", now=now)
    context = {"rows": found, "silent_days": SILENT_AFTER_DAYS, "evidence": list(Evidence)}
    return render(request, "brokering/silent_visits.html", context)


@requires(Permission.REROUTE)
@require_POST
def report(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """One click: the patient came, or did not, and how the region knows."""
    actor, now = request.actor, timezone.now()  # type: ignore[attr-defined]
    said = read(SilentForm(request.POST))

    def work() -> Answer:
        booking = access_booking(booking_id, by=actor, purpose="visits", now=now)
        evidence = Evidence(said["evidence"])
        came = said["came"] == "yes"
        report_visit(by=actor, booking=booking, came=came, now=now, evidence=evidence)
        return Answer(200, {"booking": str(booking.id), "state": booking.state})

    once_per_button(request, said, now, work).or_refuse()
    messages.success(request, _("Det är sparat, och mottagningen får veta det."))
    return redirect("silent-visits")

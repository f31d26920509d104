"""Pages: the clinic or the region cancels for a patient, and the clinic says whether the time is free."""

from datetime import date, datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import login_needed, requires
from accounts.actions.outcomes import Answer
from accounts.errors import NotAllowed
from accounts.roles import Permission
from brokering.access import access_booking, parties
from brokering.actions.bookings import cancel
from brokering.actions.cancellations import POSTPONED, is_operation_of, say_whether_free
from brokering.forms import CancelForm, FreeForm, read
from brokering.models import Booking
from brokering.selectors.chains import falls_with
from brokering.selectors.places import swedish_day
from brokering.states import Party
from brokering.tasks import rematch_when_committed
from brokering.views.keys import once_per_button
from providers.selectors.decisions import event_in

STAFF = frozenset({Party.CLINIC, Party.REGION})


@login_needed
@require_http_methods(["GET", "HEAD", "POST"])
def cancel_for_patient(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Ask why, then cancel; what becomes of the time follows from the reason."""
    now = timezone.now()
    booking = _visit(request, booking_id, now)
    capacities = parties(request.actor, booking) & STAFF  # type: ignore[attr-defined]
    if not capacities:
        raise NotAllowed
    event = event_in(booking.claim.slot.clinic.municipality.region_id)
    leave_out = frozenset() if event else frozenset({POSTPONED})
    form = CancelForm(
        request.POST or None,
        parties=capacities,
        operation=is_operation_of(booking),
        leave_out=leave_out,
    )
    back, other = _back(booking, capacities), falls_with(booking, now=now)
    if not form.is_valid():
        context = {
            "form": form,
            "booking": booking,
            "back": back,
            "other": other,
            "is_clinic": Party.CLINIC in capacities,
        }
        status = 422 if form.is_bound else 200
        return render(request, "brokering/cancel_for.html", context, status=status)

    def work() -> Answer:
        booked = _visit(request, booking_id, now)
        cancel(by=request.actor, booking=booked, now=now, reason=form.cleaned_data["reason"])  # type: ignore[attr-defined]
        return Answer(200, {"booking": str(booked.id)})

    once_per_button(request, form.cleaned_data, now, work).or_refuse()
    rematch_when_committed()
    messages.success(
        request,
        _("Båda besöken är inställda. Patienten väntar igen.")
        if other
        else _("Besöket är inställt. Patienten väntar igen."),
    )
    return redirect(back)


@requires(Permission.SEE_ADDRESSED)
@require_POST
def answer(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """One click: somebody else can have the time, or cannot."""
    now = timezone.now()
    said = read(FreeForm(request.POST))
    free = said["free"] == "yes"

    def work() -> Answer:
        booking = _visit(request, booking_id, now)
        shown = say_whether_free(by=request.actor, booking=booking, free=free, now=now)  # type: ignore[attr-defined]
        slot = booking.claim.slot
        day = swedish_day(slot.starts_at).isoformat()
        return Answer(200, {"clinic": str(slot.clinic_id), "day": day, "shown": shown})

    done = once_per_button(request, said, now, work).or_refuse()
    rematch_when_committed()
    if done.body["shown"]:
        told = _("Tiden visas som ledig.")
    elif free:
        told = _("Tiden visas som ledig när beslutet inte längre gäller.")
    else:
        told = _("Tiden visas inte.")
    messages.success(request, told)
    return redirect(_visits_of_day(done.body["clinic"], date.fromisoformat(done.body["day"])))


def _back(booking: Booking, capacities: frozenset[Party]) -> str:
    """The list from which a visit is cancelled."""
    slot = booking.claim.slot
    if Party.CLINIC not in capacities:
        return reverse("worklist")
    return _visits_of_day(str(slot.clinic_id), swedish_day(slot.starts_at))


def _visits_of_day(clinic: str, day: date) -> str:
    return f"{reverse('clinic-visits', args=[clinic])}?dag={day.isoformat()}"


def _visit(request: HttpRequest, booking_id: UUID, now: datetime) -> Booking:
    return access_booking(booking_id, by=request.actor, purpose="visits", now=now)  # type: ignore[attr-defined]

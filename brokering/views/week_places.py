"""A clinic's places in weeks without a named time: how many, who has booked one, and when they come."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.access import login_needed, requires
from accounts.actions.outcomes import Answer
from accounts.actions.trail import log_accesses
from accounts.roles import Permission
from accounts.templatetags.wording import refusal_sentence
from brokering.access import access_booking
from brokering.actions.naming import name_time
from brokering.forms.naming import NamingForm
from brokering.models import Booking
from brokering.selectors.visits import without_time
from brokering.views.keys import once_per_button
from brokering.views.slots import past
from providers.access import access_clinic
from providers.actions.week_places import state_places
from providers.forms.week_places import WeekPlacesForm
from providers.models import Clinic
from providers.selectors.clinics import cares_of
from providers.selectors.week_places import statements_of
from providers.views.common import about


@login_needed
@require_http_methods(["GET", "HEAD", "POST"])
def week_places(request: HttpRequest, clinic_id: UUID) -> HttpResponse:
    """Say how many places a week has; below it what has been said, and who waits for a time."""
    now = timezone.now()
    clinic = access_clinic(clinic_id, by=request.actor)  # type: ignore[attr-defined]
    asked = request.POST if request.method == "POST" else None
    initial = {name: request.GET.get(name, "") for name in ("care", "care_form", "week", "places")}
    form = WeekPlacesForm(
        asked, cares=cares_of(clinic), now=now, initial=initial | {"key": uuid4()}
    )
    status = 200
    if form.is_bound:
        status = 422
        if form.is_valid():
            answer = _stated(request, clinic, form, now)
            if answer.status < 400:
                _say(request, answer.body)
                return redirect("clinic-week-places", clinic_id=clinic.id)
            status = answer.status
            form.add_error("places", _why(answer))
    context = about(clinic) | {
        "form": form,
        "statements": statements_of(clinic.id, now=now),
        "waiting": _waiting(request, clinic, now),
    }
    return render(request, "brokering/week_places.html", context, status=status)


@requires(Permission.SEE_ADDRESSED)
@require_http_methods(["GET", "HEAD", "POST"])
def name_the_time(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Name the time of one booked place."""
    actor, now = request.actor, timezone.now()  # type: ignore[attr-defined]
    booking = access_booking(booking_id, by=actor, purpose="visits", now=now)
    slot = booking.claim.slot
    form = NamingForm(request.POST if request.method == "POST" else None, slot=slot, now=now)
    context = about(slot.clinic) | {"form": form, "booking": booking}
    if not form.is_bound or not form.is_valid():
        status = 422 if form.errors else 200
        return render(request, "brokering/name_time.html", context, status=status)
    starts_at, ends_at = form.time()

    def work() -> Answer:
        own = access_booking(booking_id, by=actor, purpose="visits", now=now)
        name_time(by=actor, booking=own, starts_at=starts_at, ends_at=ends_at, now=now)
        return Answer(200, {"booking": str(booking_id)})

    answer = once_per_button(request, form.cleaned_data, now, work)
    if answer.status >= 400:
        form.add_error(None, refusal_sentence(past(answer)))
        return render(request, "brokering/name_time.html", context, status=answer.status)
    messages.success(request, _("Tiden är satt. Patienten ser den direkt."))
    return redirect("clinic-week-places", clinic_id=slot.clinic_id)


def _waiting(request: HttpRequest, clinic: Clinic, now: datetime) -> list[Booking]:
    """Bookings without a time; that staff saw them is logged."""
    found = without_time(clinic, now=now)
    log_accesses(
        {one.patient.id: one.patient for one in found}.values(),
        by=request.actor,  # type: ignore[attr-defined]
        purpose="visits",
        now=now,
    )
    return found


def _stated(request: HttpRequest, clinic: Clinic, form: WeekPlacesForm, now: datetime) -> Answer:
    def work() -> Answer:
        done = state_places(
            by=request.actor,  # type: ignore[attr-defined]
            clinic=clinic.id,
            stated=form.stated(),
            now=now,
        )
        counts = {"added": done.added, "withdrawn": done.withdrawn, "taken": done.taken}
        return Answer(200, counts)

    return once_per_button(request, form.cleaned_data, now, work)


def _why(answer: Answer) -> str:
    """The refusal in words, with the number that a clinic needs to go on."""
    sentence = refusal_sentence(past(answer))
    taken = answer.body.get("taken")
    if taken is None:
        return sentence
    words = ngettext("%(n)s plats är tagen.", "%(n)s platser är tagna.", taken) % {"n": taken}
    return f"{sentence} {words}"


def _say(request: HttpRequest, done: dict[str, Any]) -> None:
    if done["added"]:
        text = ngettext(
            "%(n)s plats är publicerad.", "%(n)s platser är publicerade.", done["added"]
        )
        messages.success(request, text % {"n": done["added"]})
    if done["withdrawn"]:
        text = ngettext(
            "%(n)s plats är borttagen.", "%(n)s platser är borttagna.", done["withdrawn"]
        )
        messages.success(request, text % {"n": done["withdrawn"]})
    if not done["added"] and not done["withdrawn"]:
        messages.info(request, _("Antalet är som förut. Uppgiften är uppdaterad nu."))

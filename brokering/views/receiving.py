"""Pages of a clinic that receives: who waits, whether the date can be met, who came, what was decided."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import topics
from accounts.access import requires
from accounts.actions.outcomes import Answer
from accounts.actions.trail import log_accesses
from accounts.errors import NotFound
from accounts.roles import Permission
from accounts.selectors.changes import last_numbers
from accounts.templatetags.wording import refusal_sentence
from brokering.access import access_booking, access_received, access_receiving_clinic
from brokering.actions.registration import register_decision
from brokering.actions.statements import say_whether_date_is_met
from brokering.actions.visits import report_visit
from brokering.forms import read
from brokering.forms.referrals import DateWordForm, DecisionForm, ReportForm
from brokering.models import Referral
from brokering.selectors.places import swedish_day
from brokering.selectors.visits import cancelled_and_asked, unreported, visits_of
from brokering.selectors.worklist import cannot_be_met, waiting_at
from brokering.templatetags.receiving import asked_row, received_row, visit_row
from brokering.views.foreseen import case_words, say_registered, told
from brokering.views.keys import once_per_button
from brokering.views.slots import past
from providers.models import Clinic
from providers.reliability import SILENT_AFTER_DAYS

PAGE = 25


@requires(Permission.SEE_ADDRESSED)
@require_safe
def received(request: HttpRequest, clinic_id: UUID) -> HttpResponse:
    """Those who wait at the clinic without a time, highest need first; the list alone for itself."""
    now = timezone.now()
    clinic = access_receiving_clinic(clinic_id, by=request.actor)  # type: ignore[attr-defined]
    found = waiting_at(clinic, now=now)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    shown = [one.referral for one in page]
    log_accesses(
        [one.patient for one in shown],
        by=request.actor,  # type: ignore[attr-defined]
        purpose="received",
        now=now,
    )
    refused = cannot_be_met(shown)
    context = _about(clinic) | {
        "page": page,
        "rows": [received_row(one, cannot=one.referral.id in refused) for one in page],
    }
    part = "brokering/_received.html" if request.htmx else "brokering/received.html"  # type: ignore[attr-defined]
    return render(request, part, context)


@requires(Permission.SEE_ADDRESSED)
@require_POST
def say(request: HttpRequest, referral_id: UUID) -> HttpResponse:
    """One click: the clinic cannot meet the date, or can after all."""
    actor, now = request.actor, timezone.now()  # type: ignore[attr-defined]
    said = read(DateWordForm(request.POST))
    can = said["can"] == "yes"

    def work() -> Answer:
        done = say_whether_date_is_met(by=actor, referral_id=referral_id, can=can, now=now)
        return Answer(200, told(done, now))

    answer = once_per_button(request, said, now, work).or_refuse()
    messages.success(
        request, _("Det är borttaget.") if can else _("Regionen har fått veta att ni inte hinner.")
    )
    if answer.body["trigger"]:
        messages.info(request, case_words(answer.body["trigger"]))
    need = access_received(referral_id, by=actor, now=now)
    return redirect("clinic-received", clinic_id=need.registered_at_id)


@requires(Permission.SEE_ADDRESSED)
@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest, referral_id: UUID) -> HttpResponse:
    """Register the decision to treat."""
    actor, now = request.actor, timezone.now()  # type: ignore[attr-defined]
    need = access_received(referral_id, by=actor, now=now)
    clinic = access_receiving_clinic(_clinic_of(need), by=actor)
    form = DecisionForm(
        request.POST if request.method == "POST" else None,
        clinic=clinic.id,
        initial={"decided_on": swedish_day(now), "care": need.care_id, "priority": need.priority},
    )
    context = _about(clinic) | {"form": form, "need": need}
    if not form.is_bound or not form.is_valid():
        status = 422 if form.errors else 200
        return render(request, "brokering/treatment_decision.html", context, status=status)

    def work() -> Answer:
        done = register_decision(
            by=actor, referral_id=referral_id, decision=form.decision(), now=now
        )
        return Answer(201, told(done, now))

    answer = once_per_button(request, form.cleaned_data, now, work)
    if answer.status >= 400:
        form.add_error(answer.body.get("field"), refusal_sentence(past(answer)))
        return render(request, "brokering/treatment_decision.html", context, status=answer.status)
    say_registered(request, _("Beslutet är registrerat."), answer.body)
    return redirect("clinic-received", clinic_id=clinic.id)


@requires(Permission.SEE_ADDRESSED)
@require_safe
def visits(request: HttpRequest, clinic_id: UUID) -> HttpResponse:
    """The visits of a day, and earlier ones of which nobody has said whether the patient came."""
    now = timezone.now()
    clinic = access_receiving_clinic(clinic_id, by=request.actor)  # type: ignore[attr-defined]
    today = swedish_day(now)
    day = _day(request.GET.get("dag", ""), today)
    of_day, earlier = visits_of(clinic, day), unreported(clinic, before=min(day, today))
    asked = cancelled_and_asked(clinic, now=now)
    log_accesses(
        {one.patient.id: one.patient for one in [*earlier, *of_day, *asked]}.values(),
        by=request.actor,  # type: ignore[attr-defined]
        purpose="visits",
        now=now,
    )
    context = _about(clinic) | {
        "day": day,
        "is_today": day == today,
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1),
        "rows": [visit_row(one, now=now) for one in of_day],
        "silent_days": SILENT_AFTER_DAYS,
        "earlier": [visit_row(one, now=now) for one in earlier],
        "asked": [asked_row(one) for one in asked],
    }
    part = "brokering/_visits.html" if request.htmx else "brokering/visits.html"  # type: ignore[attr-defined]
    return render(request, part, context)


@requires(Permission.SEE_ADDRESSED)
@require_POST
def report(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """One click: the patient came, or did not."""
    actor, now = request.actor, timezone.now()  # type: ignore[attr-defined]
    said = read(ReportForm(request.POST))

    def work() -> Answer:
        booking = access_booking(booking_id, by=actor, purpose="visits", now=now)
        report_visit(by=actor, booking=booking, came=said["came"] == "yes", now=now)
        slot = booking.claim.slot
        day = swedish_day(slot.starts_at).isoformat()
        return Answer(200, {"clinic": str(slot.clinic_id), "day": day})

    body = once_per_button(request, said, now, work).or_refuse().body
    messages.success(request, _("Rapporten är sparad. Den kan rättas i dag."))
    return redirect(f"{reverse('clinic-visits', args=[body['clinic']])}?dag={body['day']}")


def _about(clinic: Clinic) -> dict[str, Any]:
    topic = topics.clinic(clinic.id)
    return {"clinic": clinic, "topic": topic, "number": last_numbers([topic])[topic]}


def _clinic_of(need: Referral) -> UUID:
    if need.registered_at_id is None:
        raise NotFound
    return need.registered_at_id


def _day(text: str, today: date) -> date:
    """The day in the address; today where it names none that has a day before and after."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return today
    return day if date(2000, 1, 1) <= day <= date(2100, 1, 1) else today

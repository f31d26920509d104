"""The vårdlots's pages for those whose time a decision took back: who, and one click to another place."""

from dataclasses import replace
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import requires
from accounts.actions.outcomes import Answer
from accounts.actions.trail import log_accesses
from accounts.roles import Permission
from brokering.access import access_task
from brokering.actions.moving import rebook
from brokering.forms import KeyForm, read
from brokering.selectors.alternatives_together import places_beside
from brokering.selectors.chains import pair_of
from brokering.selectors.clocks import clocks_of
from brokering.selectors.places import swedish_day
from brokering.selectors.rebookings import places_for, to_rebook
from brokering.states import BookingState
from brokering.templatetags.worklist import alternatives_table, rebooking_row
from brokering.views.keys import once_per_button
from brokering.views.navigator import place_chosen, table_of_both


@requires(Permission.REROUTE)
@require_safe
def tasks(request: HttpRequest) -> HttpResponse:
    """Those who must get another place, highest need first, then who has waited longest."""
    found = to_rebook(by=request.actor)  # type: ignore[attr-defined]
    log_accesses(
        [one.task.booking.patient for one in found],
        by=request.actor,  # type: ignore[attr-defined]
        purpose="rebooking",
        now=timezone.now(),
    )
    return render(
        request, "brokering/rebookings.html", {"rows": [rebooking_row(one) for one in found]}
    )


@requires(Permission.REROUTE)
@require_safe
def task(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """One of them, with the best other places in the country."""
    now = timezone.now()
    found = access_task(task_id, by=request.actor, now=now)  # type: ignore[attr-defined]
    referral = found.booking.referral
    clock = clocks_of([referral], on=swedish_day(now))[referral.id]
    pair, beside = pair_of(referral, now=now), None
    if pair is None:
        table = alternatives_table(referral, places_for(referral, now=now), clock)
    else:
        table = table_of_both(pair, now=now)
        beside = places_beside(found.booking, pair, now=now)
    table |= {"action": reverse("rebooking-choose", args=[found.id])}
    context = {"task": found, "booking": found.booking, "alternatives": table}
    context |= {"together": pair, "beside": beside, "key": uuid4()}
    return render(request, "brokering/rebooking.html", context)


@requires(Permission.REROUTE)
@require_POST
def choose(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """The new place is the person's, and the old one goes."""
    now = timezone.now()
    place = replace(place_chosen(request), keep_other="keep" in request.POST)
    key = read(KeyForm(request.POST))["key"]

    def work() -> Answer:
        new = rebook(by=request.actor, task_id=task_id, place=place, now=now)  # type: ignore[attr-defined]
        return Answer(200, {"booking": str(new.id), "state": new.state})

    said = {"key": f"{key}:{place.slot}", "lot": place.lot, "keep": place.keep_other}
    answer = once_per_button(request, said, now, work).or_refuse()
    if answer.body["state"] == BookingState.BOOKED:
        messages.success(request, _("Patienten har fått den nya tiden. Den gamla är avbokad."))
    else:
        messages.info(request, _("Mottagningen ska säga ja först. Patienten får besked."))
    return redirect("rebookings")

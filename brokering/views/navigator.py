"""The vårdlots's pages: who waits, what else there is, and two clicks to another clinic."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts import topics
from accounts.access import requires
from accounts.actions.outcomes import Answer
from accounts.actions.trail import log_accesses
from accounts.errors import Invalid, NotAllowed, NotFound
from accounts.roles import Permission
from accounts.selectors.changes import last_numbers
from brokering.access import access_booking, access_referral
from brokering.actions.bookings import release
from brokering.actions.chains import NewPlace
from brokering.actions.reroutes import hold_for_reroute, looked_at, send_reroute
from brokering.forms import KeyForm, read
from brokering.forms.asking import CallForm
from brokering.law.deadline import deadline
from brokering.models import Referral
from brokering.selectors.alternatives import alternatives_for
from brokering.selectors.alternatives_together import alternatives_together
from brokering.selectors.answers import consequences_of
from brokering.selectors.chains import other_part, pair_of
from brokering.selectors.clocks import clocks_of, clocks_with_events
from brokering.selectors.confirmations import is_asked_first
from brokering.selectors.explanations import explain
from brokering.selectors.places import swedish_day
from brokering.selectors.seeking import attempts_of, open_offer_of
from brokering.selectors.suggestions import suggestions_for
from brokering.selectors.worklist import worklist
from brokering.tasks import rematch_when_committed
from brokering.templatetags.worklist import (
    alternatives_table,
    review_line,
    suggestions_list,
    worklist_row,
)
from brokering.views.keys import once_per_button
from providers.models import Care, Region

PAGE = 25


@require_GET
@requires(Permission.SEE_WAITING)
def waiting(request: HttpRequest) -> HttpResponse:
    """The region's waiting needs, highest need first, then fewest days left."""
    region = _own_region(request)
    care, priority = request.GET.get("vard", ""), request.GET.get("behov", "")
    if priority not in {"", "1", "2", "3", "4"}:
        raise Invalid(field="behov")
    if care and care not in Care.objects.in_bulk():
        raise Invalid(field="vard")
    found = worklist(
        region=region.code,
        now=timezone.now(),
        care=care or None,
        priority=int(priority) if priority else None,
    )
    asked = [one for one in found if one.to_be_asked]
    only_asked = "ja" if request.GET.get("fraga") == "ja" else ""
    listed = asked if only_asked else found
    page = Paginator(listed, PAGE).get_page(request.GET.get("page"))
    patients = [one.referral.patient for one in page]
    log_accesses(patients, by=request.actor, purpose="worklist", now=timezone.now())  # type: ignore[attr-defined]
    topic = topics.region(region.code)
    context = {
        "region": region,
        "topic": topic,
        "number": last_numbers([topic])[topic],
        "page": page,
        "query": urlencode({"vard": care, "behov": priority, "fraga": only_asked}),
        "asked": len(asked),
        "only_asked": only_asked,
        "rows": [worklist_row(one) for one in page],
        "cares": Care.objects.filter(pk__in={one.referral.care_id for one in found} | {care}),
        "care": care,
        "priority": priority,
        "risks": _risks(found),
    }
    part = "brokering/_worklist.html" if request.htmx else "brokering/worklist.html"  # type: ignore[attr-defined]
    return render(request, part, context)


@require_GET
@requires(Permission.REROUTE)
def why(request: HttpRequest, referral_id: UUID) -> HttpResponse:
    """Why the last plan gives this need this place, or none."""
    now = timezone.now()
    referral = access_referral(referral_id, by=request.actor, purpose="explain", now=now)  # type: ignore[attr-defined]
    found = explain(referral.care_id, str(referral.need_key), now=now)
    return render(request, "brokering/why.html", {"referral": referral, "found": found})


@require_GET
@requires(Permission.REROUTE)
def alternatives(request: HttpRequest, referral_id: UUID) -> HttpResponse:
    """One need opened: its clock and the best lawful alternatives in the country."""
    now = timezone.now()
    referral = access_referral(referral_id, by=request.actor, purpose="alternatives", now=now)  # type: ignore[attr-defined]
    looked_at(by=request.actor, referral=referral, now=now)  # type: ignore[attr-defined]
    clock = clocks_with_events([referral], on=swedish_day(now))[referral.id]
    state = clock.state if clock else None
    pair = pair_of(referral, now=now)
    if pair is None:
        found = alternatives_for(referral, due=state.due if state else None, now=now)
        table = alternatives_table(referral, found, state)
    else:
        table = table_of_both(pair, now=now)
        table |= {"action": reverse("reroute_choose", args=[referral.id])}
    last = deadline(state, referral.medical_target_on)
    suggested = suggestions_for(referral, last=last, now=now)
    context = {
        "referral": referral,
        "clock": clock,
        "alternatives": table,
        "suggestions": suggestions_list(referral, suggested) if suggested else None,
        "together": pair,
        "to_be_asked": next(
            (one for one in pair or (referral,) if is_asked_first(one, on=swedish_day(now))), None
        ),
        "attempts": attempts_of(referral),
        "call_form": CallForm(),
    } | _offered(referral, now)
    part = "brokering/_alternatives.html" if request.htmx else "brokering/alternatives.html"  # type: ignore[attr-defined]
    return render(request, part, context)


@require_POST
@requires(Permission.REROUTE)
def choose(request: HttpRequest, referral_id: UUID) -> HttpResponse:
    """First click: hold the place for the person."""
    actor, now = request.actor, timezone.now()  # type: ignore[attr-defined]
    place = place_chosen(request)
    key = read(KeyForm(request.POST))["key"]

    def work() -> Answer:
        held = hold_for_reroute(by=actor, referral_id=referral_id, place=place, now=now)
        return Answer(201, {"booking": str(held.id)})

    # One page has a button for each place: the place is part of the key.
    said = {"key": f"{key}:{place.slot}", "lot": place.lot}
    answer = once_per_button(request, said, now, work).or_refuse()
    return redirect("reroute_review", booking_id=answer.body["booking"])


@require_GET
@requires(Permission.REROUTE)
def review(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """One line to read before the reroute is sent."""
    now = timezone.now()
    booking = access_booking(booking_id, by=request.actor, purpose="reroute", now=now)  # type: ignore[attr-defined]
    context = {"booking": booking, "review": review_line(booking, other_part(booking)), "now": now}
    part = "brokering/_review.html" if request.htmx else "brokering/review.html"  # type: ignore[attr-defined]
    return render(request, part, context)


@require_POST
@requires(Permission.REROUTE)
def send(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Second click: the place is the person's."""
    actor, now = request.actor, timezone.now()  # type: ignore[attr-defined]

    def work() -> Answer:
        sent = send_reroute(by=actor, booking_id=booking_id, now=now)
        return Answer(200, {"booking": str(sent.id)})

    once_per_button(request, read(KeyForm(request.POST)), now, work).or_refuse()
    booking = access_booking(booking_id, by=actor, purpose="reroute", now=now)
    part = "brokering/_rerouted.html" if request.htmx else "brokering/rerouted.html"  # type: ignore[attr-defined]
    return render(request, part, {"booking": booking, "other": other_part(booking)})


@require_POST
@requires(Permission.REROUTE)
def undo(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Give the held place back; nothing was sent."""
    actor, now = request.actor, timezone.now()  # type: ignore[attr-defined]

    def work() -> Answer:
        booking = access_booking(booking_id, by=actor, purpose="reroute", now=now)
        release(by=actor, booking=booking, now=now)
        rematch_when_committed()
        return Answer(200, {"referral": str(booking.referral_id)})

    answer = once_per_button(request, read(KeyForm(request.POST)), now, work).or_refuse()
    return redirect("alternatives", referral_id=answer.body["referral"])


def table_of_both(pair: tuple[Referral, Referral], *, now: datetime) -> dict[str, Any]:
    """The best clinics for two needs that are given together; the clock is the first one's."""
    clock = clocks_of([pair[0]], on=swedish_day(now))[pair[0].id]
    found = alternatives_together(pair, due=clock.due if clock else None, now=now)
    return alternatives_table(pair[0], found, clock)


def _own_region(request: HttpRequest) -> Region:
    tenants = request.actor.tenants_where(Permission.SEE_WAITING)  # type: ignore[attr-defined]
    regions = list(Region.objects.filter(tenant__in=tenants).order_by("code"))
    if not regions:
        raise NotAllowed
    wanted = request.GET.get("region") or regions[0].code
    region = next((one for one in regions if one.code == wanted), None)
    if region is None:
        raise NotFound
    return region


def place_chosen(request: HttpRequest) -> NewPlace:
    """A chosen alternative is `slot:lot`, or `slot:lot:follow` where two are given together."""
    try:
        slot, lot, *follow = map(UUID, request.POST.get("plats", "").split(":"))
        return NewPlace(slot=slot, lot=lot, follow=follow[0] if follow else None)
    except ValueError as error:
        raise Invalid(field="plats") from error


def _offered(referral: Referral, now: datetime) -> dict[str, Any]:
    """The offer that waits for an answer, with what each answer means; nothing where there is none."""
    offer = open_offer_of(referral, now=now)
    if offer is None:
        return {}
    return {"offer": offer, "answers": consequences_of(offer, on=swedish_day(now))}


def _risks(found: list) -> dict[str, int]:  # type: ignore[type-arg]
    counts = {"passed": 0, "soon": 0, "running": 0}
    for one in found:
        if one.risk in counts:
            counts[one.risk] += 1
    return counts

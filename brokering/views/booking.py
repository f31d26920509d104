"""Pages: a time and what follows from choosing it, the hold, the receipt, the cancellation."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import requires
from accounts.actions.outcomes import Answer, once
from accounts.errors import Invalid, NotFound, PastRefusal, Refusal
from accounts.roles import Permission
from brokering.access import access_booking, access_referral
from brokering.actions.bookings import cancel, confirm, release
from brokering.actions.referrals import Wish, hold_own
from brokering.actions.reroutes import open_case
from brokering.errors import HoldLapsed, RerouteNotPossible, SlotPast, SlotTaken, SlotWithdrawn
from brokering.forms import CONSEQUENCE_VERSION, CancelForm, HoldForm, KeyForm, SearchForm, read
from brokering.law.decision import Bookable
from brokering.law.facts import Route
from brokering.models import Booking
from brokering.selectors.choices import choice_of
from brokering.selectors.free_places import KnownPlace, place_known
from brokering.selectors.own_needs import OwnCase, case_owner
from brokering.selectors.places import care_value, swedish_day
from brokering.selectors.search import Query, alternatives, hit_of
from brokering.states import BookingState
from brokering.verdict import Seeker
from brokering.views.calendars import calendar_of
from brokering.views.search import case_for
from providers.models import Care

GONE: dict[str, type[Refusal]] = {
    "taken": SlotTaken,
    "withdrawn": SlotWithdrawn,
    "past": SlotPast,
}


@require_safe
def slot(request: HttpRequest, slot_id: UUID) -> HttpResponse:
    """One time: for a patient what follows from choosing it, for others its answers."""
    now = timezone.now()
    known, care = _known(slot_id, now)
    case = case_for(request, care, now)
    if known.standing != "free":
        return refused(
            request, GONE[known.standing](), known, _seeker(request, case, care, now), now
        )
    seeker = _seeker(request, case, care, now)
    hit = hit_of(known.place, seeker, care=care.code, now=now)
    context: dict[str, Any] = {
        "hit": hit,
        "care": care,
        "case": case,
        "address": request.GET.urlencode(),
    }
    if case and hit.bookable == Bookable.YES:
        return render(
            request,
            "brokering/consequence.html",
            context | {"choice": choice_of(hit, case, now=now)},
        )
    if hit.bookable != Bookable.YES:
        context["alternatives"] = alternatives(known.place, seeker, care=care.code, now=now)
    return render(request, "brokering/slot.html", context)


@requires(Permission.BOOK_FOR_SELF)
@require_POST
def hold_slot(request: HttpRequest, slot_id: UUID) -> HttpResponse:
    """Hold the time for the minutes that it takes to read and confirm."""
    now = timezone.now()
    known, care = _known(slot_id, now)
    case = case_for(request, care, now)
    if case is None:
        raise NotFound
    said = _hold_said(request)
    answer = _once(request, said, now, lambda: _hold(request, slot_id, said, case, now))
    if answer.status >= 400:
        return refused(request, _past(answer), known, case.seeker, now)
    return redirect("booking", booking_id=answer.body["booking"])


@requires(Permission.BOOK_FOR_SELF)
@require_POST
def arrange(request: HttpRequest, slot_id: UUID) -> HttpResponse:
    """Let the home region arrange the care: a reroute case instead of the person's own choice."""
    now = timezone.now()
    case = case_for(request, _known(slot_id, now)[1], now)
    if case is None or case.referral is None:
        raise RerouteNotPossible
    owner = case_owner(case.patient.tenant_id, on=swedish_day(now))
    if owner is None:
        raise RerouteNotPossible
    actor = request.actor  # type: ignore[attr-defined]
    open_case(by=actor, referral=case.referral, trigger="patient_asked", owner=owner, now=now)
    messages.success(request, _("Din region letar efter en plats åt dig. Din plats i kön är kvar."))
    return redirect("my_wait")


@requires(Permission.BOOK_FOR_SELF)
@require_safe
def booking(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """A booking as it stands: the countdown of a hold, the receipt of a booking, or what became of it."""
    now = timezone.now()
    found = _mine(request, booking_id, now)
    if found.state == BookingState.HELD:
        return _held(request, found, now)
    if found.state in {BookingState.RELEASED, BookingState.EXPIRED}:
        return _lapsed(request, found, now)
    return render(request, "brokering/receipt.html", {"booking": found})


@requires(Permission.BOOK_FOR_SELF)
@require_POST
def confirm_booking(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Turn the hold into a booking."""
    now = timezone.now()
    found = _mine(request, booking_id, now)

    def work() -> Answer:
        confirm(
            by=request.actor,  # type: ignore[attr-defined]
            booking=found,
            now=now,
            consequence_version=found.consequence_version,
        )
        return Answer(200, {"booking": str(found.id)})

    answer = _once(request, read(KeyForm(request.POST)), now, work)
    if answer.status >= 400:
        return _lapsed(request, found, now, _past(answer))
    return redirect("booking", booking_id=found.id)


@requires(Permission.BOOK_FOR_SELF)
@require_POST
def release_booking(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Give up the hold."""
    now = timezone.now()
    found = _mine(request, booking_id, now)
    release(by=request.actor, booking=found, now=now)  # type: ignore[attr-defined]
    messages.info(request, _("Du har släppt tiden. Inget är bokat."))
    return redirect("slot", slot_id=found.claim.slot_id)


@requires(Permission.BOOK_FOR_SELF)
@require_http_methods(["GET", "HEAD", "POST"])
def cancel_booking(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Ask why, then cancel; the time is free for somebody else at once."""
    now = timezone.now()
    found = _mine(request, booking_id, now)
    form = CancelForm(request.POST or None)
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(
            request, "brokering/cancel.html", {"form": form, "booking": found}, status=status
        )

    def work() -> Answer:
        cancel(by=request.actor, booking=found, now=now, reason=form.cleaned_data["reason"])  # type: ignore[attr-defined]
        return Answer(200, {"booking": str(found.id)})

    _once(request, form.cleaned_data, now, work).or_refuse()
    messages.success(request, _("Tiden är avbokad och ledig för någon annan."))
    return redirect("booking", booking_id=found.id)


@requires(Permission.BOOK_FOR_SELF)
@require_safe
def calendar(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """The booked time as a calendar file that says nothing of the person or the care."""
    now = timezone.now()
    found = _mine(request, booking_id, now)
    if found.state != BookingState.BOOKED:
        raise NotFound
    address = request.build_absolute_uri(reverse("booking", args=[found.id]))
    file = calendar_of(found, address=address, now=now)
    return HttpResponse(
        file,
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="bokad-tid.ics"'},
    )


def refused(
    request: HttpRequest, why: Refusal, known: KnownPlace, seeker: Seeker, now: datetime
) -> HttpResponse:
    """What happened, and the nearest times that the person can book instead."""
    others = alternatives(known.place, seeker, care=known.care, now=now)
    context = {
        "refusal": why,
        "alternatives": others,
        "known": known,
        "case_url": request.path,
        "is_reading": request.method in {"GET", "HEAD"},
    }
    status = 200 if request.method in {"GET", "HEAD"} else why.status
    return render(request, "brokering/refused.html", context, status=status)


def _hold(
    request: HttpRequest, slot_id: UUID, said: dict[str, Any], case: OwnCase, now: datetime
) -> Answer:
    actor = request.actor  # type: ignore[attr-defined]
    need = None
    if said["referral"]:
        need = access_referral(said["referral"], by=actor, purpose="hold", now=now)
    wish = Wish(
        slot=slot_id,
        lot=said["lot"],
        route=Route(said["route"]),
        held_until=now + settings.HOLD_LENGTH,
        consequence_version=said["version"],
    )
    booking = hold_own(by=actor, patient=case.patient, need=need, wish=wish, now=now)
    return Answer(201, {"booking": str(booking.id)})


def _hold_said(request: HttpRequest) -> dict[str, Any]:
    """What the person saw; a text that has changed since must be read again."""
    form = HoldForm(request.POST)
    if "version" in form.errors:
        messages.warning(request, _("Texten har ändrats. Läs den igen innan du väljer."))
    return read(form)


def _once(
    request: HttpRequest, said: dict[str, Any], now: datetime, work: Callable[[], Answer]
) -> Answer:
    """Once per button: pressing it twice, or reloading, changes nothing more."""
    asked = {"path": request.path} | {name: str(value) for name, value in said.items()}
    return once(
        by=request.actor,  # type: ignore[attr-defined]
        key=str(said["key"]),
        request=asked,
        now=now,
        work=work,
    )


def _past(answer: Answer) -> PastRefusal:
    data = dict(answer.body)
    return PastRefusal(code=data.pop("code"), status=answer.status, data=data)


def _held(request: HttpRequest, found: Booking, now: datetime) -> HttpResponse:
    until = found.claim.held_until
    if until is None or until <= now:
        return _lapsed(request, found, now)
    context = {
        "booking": found,
        "countdown": {"until": until, "seconds": settings.HOLD_LENGTH.total_seconds()},
        "confirm": KeyForm(),
        "version": CONSEQUENCE_VERSION,
    }
    return render(request, "brokering/hold.html", context)


def _lapsed(
    request: HttpRequest, found: Booking, now: datetime, why: Refusal | None = None
) -> HttpResponse:
    """A hold whose time ran out: nothing is booked, here is what is free."""
    known, care = _known(found.claim.slot_id, now)
    case = case_for(request, care, now)
    seeker = _seeker(request, case, care, now)
    return refused(request, why or HoldLapsed(), known, seeker, now)


def _known(slot_id: UUID, now: datetime) -> tuple[KnownPlace, Care]:
    known = place_known(slot_id, now=now)
    if known is None:
        raise NotFound
    return known, Care.objects.get(code=known.care)


def _mine(request: HttpRequest, booking_id: UUID, now: datetime) -> Booking:
    return access_booking(booking_id, by=request.actor, purpose="booking", now=now)  # type: ignore[attr-defined]


def _seeker(request: HttpRequest, case: OwnCase | None, care: Care, now: datetime) -> Seeker:
    """The patient's real facts, or what the address says of somebody who has not logged in."""
    if case is not None:
        return case.seeker
    said = request.GET.copy()
    said["care"] = care.code
    try:
        query = SearchForm(said).query()
    except Invalid:
        query = Query(care=care.code)
    return query.seeker(care_value(care), on=swedish_day(now))

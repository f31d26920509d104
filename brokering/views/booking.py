"""Pages: what a patient holds or has booked: countdown, receipt, cancellation, calendar."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import topics
from accounts.access import requires
from accounts.actions.outcomes import Answer
from accounts.errors import NotFound, Refusal
from accounts.roles import Permission
from accounts.selectors.changes import last_numbers
from accounts.templatetags.wording import refusal_sentence
from brokering.access import access_booking, is_for_patient
from brokering.actions.bookings import cancel, release
from brokering.actions.clinic_approvals import confirm_or_ask
from brokering.actions.holding import come_back, extend, leave
from brokering.errors import ApprovalLapsed, ApprovalRefused, HoldLapsed
from brokering.forms import CancelForm, KeyForm, read
from brokering.models import Booking
from brokering.receipts import cancel_until
from brokering.selectors.approvals import awaits_clinic, question_of
from brokering.selectors.chains import falls_with, other_part, parts_of
from brokering.selectors.earlier import wish_of
from brokering.states import ApprovalState, BookingState, Party
from brokering.tasks import rematch_when_committed
from brokering.views.calendars import calendar_of
from brokering.views.keys import once_per_button
from brokering.views.slots import button, clinic_first, gone, past


@requires(Permission.BOOK_FOR_SELF, Permission.BOOK_FOR_PATIENT)
@require_safe
def booking(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """A booking as it stands: the countdown of a hold, the receipt of a booking, or what became of it."""
    now = timezone.now()
    found = _mine(request, booking_id, now)
    if is_for_patient(request.actor, found) and not _is_own_hold(request, found):  # type: ignore[attr-defined]
        return redirect("remiss-mine")
    if found.state == BookingState.HELD:
        come_back(by=request.actor, booking=found, now=now)  # type: ignore[attr-defined]
        return _held(request, found, now)
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(headers={"HX-Refresh": "true"})
    if found.state in {BookingState.RELEASED, BookingState.EXPIRED}:
        return _lapsed(request, found, now)
    ahead = found.state == BookingState.BOOKED and found.claim.slot.starts_at > now
    context = {"booking": found, "ahead": ahead, "wish": wish_of(found), "other": other_part(found)}
    return render(request, "brokering/receipt.html", context)


@requires(Permission.BOOK_FOR_SELF, Permission.BOOK_FOR_PATIENT)
@button
def confirm_booking(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Turn the hold into a booking, or ask the clinic first where it must say yes."""
    now = timezone.now()
    found = _mine(request, booking_id, now)

    def work() -> Answer:
        held = _mine(request, booking_id, now)
        confirm_or_ask(
            by=request.actor,  # type: ignore[attr-defined]
            booking=held,
            now=now,
            consequence_version=held.consequence_version,
        )
        return Answer(200, {"booking": str(held.id)})

    answer = once_per_button(request, read(KeyForm(request.POST)), now, work)
    if answer.status >= 400:
        return _lapsed(request, found, now, past(answer))
    found = _mine(request, booking_id, now)
    if is_for_patient(request.actor, found) and found.state == BookingState.BOOKED:  # type: ignore[attr-defined]
        messages.success(request, _("Tiden är bokad. Patienten har fått veta det."))
    return redirect("booking", booking_id=found.id)


@requires(Permission.BOOK_FOR_SELF, Permission.BOOK_FOR_PATIENT)
@button
def release_booking(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Give up the hold."""
    now = timezone.now()
    found = _mine(request, booking_id, now)

    def work() -> Answer:
        release(by=request.actor, booking=_mine(request, booking_id, now), now=now)  # type: ignore[attr-defined]
        return Answer(200, {"booking": str(booking_id)})

    once_per_button(request, read(KeyForm(request.POST)), now, work).or_refuse()
    messages.info(request, _("Du har släppt tiden. Inget är bokat."))
    if is_for_patient(request.actor, found):  # type: ignore[attr-defined]
        return redirect("remiss-mine")
    return redirect("slot", slot_id=found.claim.slot_id)


@requires(Permission.BOOK_FOR_SELF, Permission.BOOK_FOR_PATIENT)
@button
def extend_booking(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """More time to decide, once."""
    now = timezone.now()

    def work() -> Answer:
        held = _mine(request, booking_id, now)
        extend(by=request.actor, booking=held, now=now)  # type: ignore[attr-defined]
        return Answer(200, {"booking": str(held.id)})

    answer = once_per_button(request, read(KeyForm(request.POST)), now, work)
    if answer.status >= 400:
        messages.warning(request, refusal_sentence(past(answer)))
    return redirect("booking", booking_id=booking_id)


@requires(Permission.BOOK_FOR_SELF, Permission.BOOK_FOR_PATIENT)
@button
def leave_booking(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """What a browser says when the page of a hold is left; nobody reads the answer."""
    now = timezone.now()
    leave(by=request.actor, booking=_mine(request, booking_id, now), now=now)  # type: ignore[attr-defined]
    return HttpResponse(status=204)


@requires(Permission.BOOK_FOR_SELF)
@require_http_methods(["GET", "HEAD", "POST"])
def cancel_booking(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Ask why, then cancel; the time is free for somebody else at once."""
    now = timezone.now()
    found = _mine(request, booking_id, now)
    form = CancelForm(request.POST or None, parties=frozenset({Party.PATIENT}), operation=False)
    other = falls_with(found, now=now)
    too_late = any(_is_too_late(part, now) for part in (found, other) if part is not None)
    if not form.is_valid() or too_late:
        status = 422 if form.is_bound else 200
        return render(
            request,
            "brokering/cancel.html",
            {"form": form, "booking": found, "other": other, "too_late": too_late},
            status=status,
        )

    def work() -> Answer:
        booked, reason = _mine(request, booking_id, now), form.cleaned_data["reason"]
        cancel(by=request.actor, booking=booked, now=now, reason=reason)  # type: ignore[attr-defined]
        return Answer(200, {"booking": str(booked.id)})

    once_per_button(request, form.cleaned_data, now, work).or_refuse()
    rematch_when_committed()
    messages.success(
        request,
        _("Båda tiderna är avbokade och lediga för andra.")
        if other
        else _("Tiden är avbokad och ledig för någon annan."),
    )
    return redirect("booking", booking_id=found.id)


@requires(Permission.BOOK_FOR_SELF)
@require_safe
def calendar(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """The booked time as a calendar file that says nothing of the person or the care.

    Of a cancelled one the file that takes it out of the calendar again.
    """
    now = timezone.now()
    found = _mine(request, booking_id, now)
    if found.state not in {BookingState.BOOKED, BookingState.CANCELLED}:
        raise NotFound
    address = request.build_absolute_uri(reverse("booking", args=[found.id]))
    file = calendar_of(found, address=address, now=now)
    return HttpResponse(
        file,
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="bokad-tid.ics"'},
    )


def _is_too_late(booking: Booking, now: datetime) -> bool:
    """Whether the patient must call the clinic to cancel."""
    return now > cancel_until(booking.receipt, starts_at=booking.claim.slot.starts_at)


def _held(request: HttpRequest, found: Booking, now: datetime) -> HttpResponse:
    until = found.claim.held_until
    if until is None or until <= now:
        if request.htmx:  # type: ignore[attr-defined]
            return HttpResponse(headers={"HX-Refresh": "true"})
        return _lapsed(request, found, now)
    question = question_of(found.id)
    for_patient = is_for_patient(request.actor, found)  # type: ignore[attr-defined]
    topic = _topic(request, found)
    context = {
        "question": question,
        "waits": question is not None and question.state == ApprovalState.ASKED,
        "booking": found,
        "others": [part for part in parts_of(found) if part.id != found.id],
        "for_patient": for_patient,
        "countdown": {"until": until, "seconds": (until - found.claim.created_at).total_seconds()},
        "confirm": KeyForm(),
        "may_extend": question is None
        and found.extended_at is None
        and until < found.claim.slot.starts_at,
        "minutes": int(settings.HOLD_LENGTH.total_seconds() // 60),
        "earlier": _earlier(found),
        "topic": topic,
        "number": last_numbers([topic])[topic],
    } | clinic_first(awaits_clinic(found), found.claim.slot.starts_at, now)
    return render(request, "brokering/hold.html", context)


def _is_own_hold(request: HttpRequest, found: Booking) -> bool:
    """Whether a doctor holds the place for the patient, or did until the time ran out."""
    is_hers = found.booked_by_id == request.actor.id  # type: ignore[attr-defined]
    return is_hers and found.state in {BookingState.HELD, BookingState.EXPIRED}


def _topic(request: HttpRequest, found: Booking) -> str:
    """Where the page hears of changes: the patient's own topic, or the one of the unit that refers."""
    if is_for_patient(request.actor, found) and found.issued_by_id:  # type: ignore[attr-defined]
        return topics.unit(found.issued_by_id)
    return topics.person(request.actor.id)  # type: ignore[attr-defined]


def _earlier(held: Booking) -> Booking | None:
    """The visit that the same need has, which ends when the hold is confirmed."""
    rows = Booking.objects.select_related("claim__slot__clinic")
    return rows.filter(referral=held.referral_id, state=BookingState.BOOKED).first()


def _lapsed(
    request: HttpRequest, found: Booking, now: datetime, why: Refusal | None = None
) -> HttpResponse:
    """A hold whose time ran out: nothing is booked, here is what is free."""
    return gone(request, found.claim.slot_id, why or _why_gone(found), now)


def _why_gone(booking: Booking) -> Refusal:
    """Nobody's answer, a no, or simply the time that ran out."""
    question = question_of(booking.id)
    if question is not None and question.state == ApprovalState.REFUSED:
        return ApprovalRefused(reason=question.reason)
    if question is not None and question.state == ApprovalState.LAPSED:
        return ApprovalLapsed()
    return HoldLapsed()


def _mine(request: HttpRequest, booking_id: UUID, now: datetime) -> Booking:
    return access_booking(booking_id, by=request.actor, purpose="booking", now=now)  # type: ignore[attr-defined]

"""Who has a time says that they would come earlier: the patient, on the page of the booking."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import requires
from accounts.actions.outcomes import Answer
from accounts.roles import Permission
from brokering.access import access_booking
from brokering.actions.cancellations import is_operation_of
from brokering.actions.short_notice import end_consent, want_earlier
from brokering.errors import WrongState
from brokering.forms import KeyForm, read
from brokering.forms.wishes import ReadyForm
from brokering.models import Booking, ShortNotice
from brokering.selectors.earlier import wish_of
from brokering.selectors.short_notice import missing_of
from brokering.states import BookingState
from brokering.views.keys import once_per_button

SAID = ("notice_hours", "ready", "late_evenings")


@requires(Permission.BOOK_FOR_SELF)
@require_http_methods(["GET", "HEAD", "POST"])
def earlier(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Wish, change the wish, or end it; the booked time stands all the while."""
    now = timezone.now()
    found = _mine(request, booking_id, now)
    if found.state != BookingState.BOOKED:
        raise WrongState(state=found.state)
    wish = wish_of(found)
    if request.method == "POST" and "end" in request.POST:
        return _ended(request, found, now)
    form = _form(request, found, wish)
    if request.method == "POST" and form.is_valid():
        return _begun(request, found, form, now)
    missing = missing_of(wish.ready, found.care) if wish else ()
    context = {"form": form, "booking": found, "wish": wish, "missing": missing}
    status = 422 if form.is_bound else 200
    return render(request, "brokering/earlier.html", context, status=status)


def _begun(request: HttpRequest, found: Booking, form: ReadyForm, now: datetime) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]

    def work() -> Answer:
        want_earlier(by=actor, booking=found, said=form.said(), now=now)
        return Answer(201, {})

    once_per_button(request, form.cleaned_data, now, work).or_refuse()
    messages.success(
        request, _("Sparat. Din tid står kvar. Frågan kommer om en tidigare tid blir ledig.")
    )
    return redirect("booking", booking_id=found.id)


def _ended(request: HttpRequest, found: Booking, now: datetime) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]

    def work() -> Answer:
        end_consent(by=actor, referral_id=found.referral_id, now=now)
        return Answer(200, {})

    once_per_button(request, read(KeyForm(request.POST)), now, work).or_refuse()
    messages.success(request, _("Din tid står kvar. Inga frågor kommer om tidigare tider."))
    return redirect("booking", booking_id=found.id)


def _form(request: HttpRequest, found: Booking, wish: ShortNotice | None) -> ReadyForm:
    said = {name: getattr(wish, name) for name in SAID} if wish else None
    return ReadyForm(request.POST or None, operation=is_operation_of(found), initial=said)


def _mine(request: HttpRequest, booking_id: UUID, now: datetime) -> Booking:
    return access_booking(booking_id, by=request.actor, purpose="booking", now=now)  # type: ignore[attr-defined]

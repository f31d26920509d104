"""Times that are fetched: the addresses, how each is doing, fetch now, pause."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import login_needed
from accounts.actions.outcomes import Answer
from accounts.errors import Refusal
from accounts.templatetags.wording import refusal_sentence, worded
from accounts.views import once_per_key
from providers.access import access_clinic
from providers.actions.feeds import add_feed, claim_poll, pause_feed, resume_feed
from providers.errors import CareNotOffered, FeedAddress, FeedThere, FormDoesNotFit, FormMissing
from providers.forms.feeds import FeedForm
from providers.selectors.clinics import care_names
from providers.selectors.feeds import feed_of, feeds_of
from providers.tasks import poll_when_committed
from providers.views.common import about

FIELDS: dict[type[Refusal], str] = {
    FeedAddress: "url",
    FeedThere: "url",
    CareNotOffered: "care",
    FormMissing: "care_form",
    FormDoesNotFit: "care_form",
}
"""The question that a refusal speaks of."""


@login_needed
def feeds(request: HttpRequest, clinic_id: UUID) -> HttpResponse:
    """The provider's addresses, and the form for another one."""
    clinic = access_clinic(clinic_id, by=request.actor)  # type: ignore[attr-defined]
    form = FeedForm(request.POST if request.method == "POST" else None, clinic=clinic)
    if form.is_bound and form.is_valid() and (added := _added(request, form)):
        return redirect("clinic-feed", clinic_id=clinic.id, feed_id=added)
    listed = feeds_of(clinic.provider_id, now=timezone.now())
    context = about(clinic) | {"form": form, "feeds": listed}
    status = 422 if form.errors else 200
    return render(request, "providers/feeds.html", context, status=status)


@login_needed
@require_safe
def feed(request: HttpRequest, clinic_id: UUID, feed_id: UUID) -> HttpResponse:
    """How one address is doing; only that when the page asks again."""
    clinic = access_clinic(clinic_id, by=request.actor)  # type: ignore[attr-defined]
    card = feed_of(clinic.provider_id, feed_id, now=timezone.now())
    context = about(clinic) | {"feed": card, "cares": care_names([card.care] if card.care else [])}
    whole = not request.htmx  # type: ignore[attr-defined]
    return render(request, "providers/feed.html" if whole else "providers/_feed.html", context)


@login_needed
@require_POST
def fetch(request: HttpRequest, clinic_id: UUID, feed_id: UUID) -> HttpResponse:
    """Fetch now; no source is asked more often than once a minute."""
    clinic = access_clinic(clinic_id, by=request.actor)  # type: ignore[attr-defined]
    own = feed_of(clinic.provider_id, feed_id, now=timezone.now())

    def work() -> Answer:
        claim_poll(by=request.actor, feed=own.id, now=timezone.now())  # type: ignore[attr-defined]
        poll_when_committed(own.id)
        return Answer(200, {})

    try:
        once_per_key(request, work).or_refuse()
    except Refusal as refusal:
        messages.warning(request, refusal_sentence(refusal))
    else:
        messages.info(request, _("Vi hämtar tiderna nu."))
    return redirect("clinic-feed", clinic_id=clinic.id, feed_id=feed_id)


@login_needed
@require_POST
def turn(request: HttpRequest, clinic_id: UUID, feed_id: UUID, on: bool) -> HttpResponse:
    """Pause, or start again."""
    clinic = access_clinic(clinic_id, by=request.actor)  # type: ignore[attr-defined]
    own = feed_of(clinic.provider_id, feed_id, now=timezone.now())
    act = resume_feed if on else pause_feed

    def work() -> Answer:
        act(by=request.actor, feed=own.id, now=timezone.now())  # type: ignore[attr-defined]
        return Answer(200, {})

    once_per_key(request, work).or_refuse()
    return redirect("clinic-feed", clinic_id=clinic.id, feed_id=feed_id)


def _added(request: HttpRequest, form: FeedForm) -> str:
    """The id of the new feed; empty when it was refused, and the form then says why."""

    def work() -> Answer:
        actor, now = request.actor, timezone.now()  # type: ignore[attr-defined]
        made = add_feed(by=actor, new=form.new_feed(), now=now)
        claim_poll(by=actor, feed=made.id, now=now)
        poll_when_committed(made.id)
        return Answer(200, {"feed": str(made.id)})

    try:
        return str(once_per_key(request, work).or_refuse().body["feed"])
    except Refusal as refusal:
        fields = {one.code: field for one, field in FIELDS.items()}
        said = refusal_sentence(refusal)
        if problem := refusal.data.get("problem"):
            said = f"{said} {worded(problem, 'feed_problem')}"
        if refusal.code not in fields:
            raise
        form.add_error(fields[refusal.code], said)
        return ""

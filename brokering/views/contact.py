"""Pages: where I want to be reached and what I was told; whom a region must reach; letters to post."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import requires
from accounts.actions.outcomes import Answer
from accounts.actions.trail import log_accesses
from accounts.identity import keyed_hash
from accounts.roles import Permission
from accounts.templatetags.wording import refusal_sentence
from brokering.access import access_letter
from brokering.actions.contact_points import address_of, end_contact_point, set_contact_point
from brokering.actions.contact_tasks import close_contact_task, look_later
from brokering.actions.sending import post_letter, written
from brokering.forms import KeyForm, read
from brokering.forms.contact import LANGUAGE_NAMES, ContactPointForm, LookLaterForm
from brokering.messaging.texts import address
from brokering.selectors.contact import contact_points_of, open_contact_tasks
from brokering.selectors.messages import letters_to_post, told_to, with_demo_texts
from brokering.selectors.places import swedish_day
from brokering.views.keys import once_per_button
from brokering.views.slots import past

PAGE = 20


@requires(Permission.SEE_OWN_WAIT)
@require_http_methods(["GET", "HEAD", "POST"])
def my_contact(request: HttpRequest) -> HttpResponse:
    """One's contact points, a new one, and every message that one was sent."""
    now = timezone.now()
    form = ContactPointForm(request.POST if request.method == "POST" else None)
    if not form.is_bound or not form.is_valid():
        return _mine(request, form, status=422 if form.is_bound else 200)

    def work() -> Answer:
        point = set_contact_point(by=request.actor, wanted=form.wanted(), now=now)  # type: ignore[attr-defined]
        return Answer(201, {"point": str(point.id)})

    # By a keyed hash: a digest of the address would tell which of a few it is.
    said = form.cleaned_data | {"address": keyed_hash(form.cleaned_data["address"])}
    answer = once_per_button(request, said, now, work)
    if answer.status >= 400:
        form.add_error(None, refusal_sentence(past(answer)))
        return _mine(request, form, status=answer.status)
    messages.success(request, _("Sparat. Så här når vi dig från och med nu."))
    return redirect("my-contact")


@requires(Permission.SEE_OWN_WAIT)
@require_POST
def end_point(request: HttpRequest, point_id: UUID) -> HttpResponse:
    """A way to be reached is given up."""
    now = timezone.now()

    def work() -> Answer:
        end_contact_point(by=request.actor, point_id=point_id, now=now)  # type: ignore[attr-defined]
        return Answer(200, {})

    once_per_button(request, read(KeyForm(request.POST)), now, work).or_refuse()
    messages.success(request, _("Borttaget. Vi använder inte det sättet mer."))
    return redirect("my-contact")


@requires(Permission.REROUTE)
@require_safe
def tasks(request: HttpRequest) -> HttpResponse:
    """Those whom the region must reach, the earliest next day first."""
    now = timezone.now()
    found = open_contact_tasks(by=request.actor)  # type: ignore[attr-defined]
    _logged(request, [one.referral.patient for one in found], now)
    context = {"tasks": found, "today": swedish_day(now)}
    return render(request, "brokering/contact_tasks.html", context)


@requires(Permission.REROUTE)
@require_POST
def done(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Somebody has seen to it."""
    now = timezone.now()

    def work() -> Answer:
        close_contact_task(by=request.actor, task_id=task_id, now=now)  # type: ignore[attr-defined]
        return Answer(200, {})

    once_per_button(request, read(KeyForm(request.POST)), now, work).or_refuse()
    messages.success(request, _("Klart. Uppgiften är borta ur listan."))
    return redirect("contact-tasks")


@requires(Permission.REROUTE)
@require_POST
def later(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Somebody has looked, and looks again another day."""
    now = timezone.now()
    said = read(LookLaterForm(request.POST))

    def work() -> Answer:
        look_later(by=request.actor, task_id=task_id, next_on=said["next_on"], now=now)  # type: ignore[attr-defined]
        return Answer(200, {})

    once_per_button(request, said, now, work).or_refuse()
    messages.success(request, _("Uppgiften är din och kommer tillbaka den dagen."))
    return redirect("contact-tasks")


@requires(Permission.REROUTE)
@require_safe
def letters(request: HttpRequest) -> HttpResponse:
    """Letters that nobody has posted yet, the oldest first."""
    found = letters_to_post(by=request.actor)  # type: ignore[attr-defined]
    _logged(request, [one.patient for one in found], timezone.now())
    return render(request, "brokering/letters.html", {"letters": found})


@requires(Permission.REROUTE)
@require_safe
def letter(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """One letter as a page to print."""
    now = timezone.now()
    found = access_letter(message_id, by=request.actor, now=now)  # type: ignore[attr-defined]
    context = {
        "message": found,
        "paragraphs": written(found).body.strip().split("\n\n"),
        "day": swedish_day(now),
        "address": address(),
    }
    return render(request, "brokering/letter.html", context)


@requires(Permission.REROUTE)
@require_POST
def posted(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """A letter has been posted."""
    now = timezone.now()

    def work() -> Answer:
        post_letter(by=request.actor, message_id=message_id, now=now)  # type: ignore[attr-defined]
        return Answer(200, {})

    once_per_button(request, read(KeyForm(request.POST)), now, work).or_refuse()
    messages.success(request, _("Brevet är noterat som postat."))
    return redirect("letters")


def _mine(request: HttpRequest, form: ContactPointForm, *, status: int) -> HttpResponse:
    me = request.actor.id  # type: ignore[attr-defined]
    page = Paginator(told_to(me), PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "form": form,
        "points": [
            {
                "point": point,
                "address": address_of(point),
                "language": LANGUAGE_NAMES[point.language],
            }
            for point in contact_points_of(me)
        ],
        "page": page,
        "told": with_demo_texts(page),
        "is_demo": settings.HAS_MAILBOX,
    }
    return render(request, "brokering/my_contact.html", context, status=status)


def _logged(request: HttpRequest, patients: list[Any], now: datetime) -> None:
    log_accesses(patients, by=request.actor, purpose="contact", now=now)  # type: ignore[attr-defined]

"""Word when a place appears: asked for on the search page, seen and ended on one's own."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import requires
from accounts.actions.outcomes import Answer
from accounts.roles import Permission
from accounts.tenancy import Actor
from accounts.views import once_per_key
from brokering.actions.watches import Wanted, end_watch, open_watch, reopen_watch
from brokering.forms.watches import address_of, kept, query_of
from brokering.selectors.watches import my_watches
from brokering.views.search import case_for
from providers.models import Care


@requires(Permission.BOOK_FOR_SELF)
@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Watch the search that is on screen, for the need that it is made for."""
    now, said = timezone.now(), kept(QueryDict(request.POST.get("search", "")))
    case = case_for(request, Care.objects.get(code=query_of(said).care), now)
    referral = case.referral.id if case and case.referral else None
    wanted = Wanted(care=query_of(said).care, query=said, referral=referral)

    def work() -> Answer:
        open_watch(by=request.actor, wanted=wanted, now=now)  # type: ignore[attr-defined]
        return Answer(200, {})

    once_per_key(request, work).or_refuse()
    messages.success(
        request, _("Du får veta när en tid dyker upp. Du behöver inte titta efter själv.")
    )
    return redirect(f"{reverse('search')}?{address_of(said).urlencode()}")


@requires(Permission.BOOK_FOR_SELF)
@require_POST
def again(request: HttpRequest, watch_id: UUID) -> HttpResponse:
    """Watch once more after having been told."""

    def work() -> Answer:
        reopen_watch(by=request.actor, watch_id=watch_id, now=timezone.now())  # type: ignore[attr-defined]
        return Answer(200, {})

    once_per_key(request, work).or_refuse()
    messages.success(request, _("Sökningen bevakas igen."))
    return redirect("my_wait")


@requires(Permission.BOOK_FOR_SELF)
@require_POST
def end(request: HttpRequest, watch_id: UUID) -> HttpResponse:
    """Want no more word."""

    def work() -> Answer:
        end_watch(by=request.actor, watch_id=watch_id, now=timezone.now())  # type: ignore[attr-defined]
        return Answer(200, {})

    once_per_key(request, work).or_refuse()
    messages.success(request, _("Sökningen bevakas inte längre."))
    return redirect("my_wait")


def watched(actor: Actor) -> list[dict[str, Any]]:
    """What the actor watches, each with the address of its search."""
    return [
        {"watch": one, "address": f"{reverse('search')}?{address_of(one.query).urlencode()}"}
        for one in my_watches(actor)
    ]

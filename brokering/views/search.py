"""Pages: the start with its two doors, and the search with list and map."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts import topics
from accounts.access import requires
from accounts.errors import NotAllowed, NotFound
from accounts.roles import Permission
from accounts.selectors.changes import last_numbers
from brokering.access import access_issued
from brokering.forms import SearchForm, SearchPageForm
from brokering.models import Referral
from brokering.selectors.counting import clinics_on_map, counted, kept
from brokering.selectors.free_places import places_by_region
from brokering.selectors.own_needs import OwnCase, own_case, own_needs
from brokering.selectors.places import swedish_day
from brokering.selectors.referred import referred_case
from brokering.selectors.search import Page, search, widened
from brokering.states import ReferralState
from providers.models import Care, Region

NOT_SHARED = ("cursor", "clinic", "size")
"""Parts of a search that belong to one page of it."""
COUNTS = "free-places-by-region"
COUNTED_FOR = 60
"""Seconds for which the counts of the start page are kept; the page says how old they are."""


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Two doors, a search box, and where in the country there are free times."""
    counts = _counted()
    regions = [
        {"region": region, "count": counts["by_region"].get(region.code, 0)}
        for region in Region.objects.order_by("name")
    ]
    context = {
        "form": SearchPageForm(),
        "regions": regions,
        "total": sum(counts["by_region"].values()),
        "counted_at": counts["at"],
    }
    return render(request, "brokering/home.html", context)


@require_safe
def search_page(request: HttpRequest) -> HttpResponse:
    """The search form, and once a care is chosen its hits as list and map; an open page asks for them."""
    if "care" not in request.GET:
        return render(
            request, "brokering/search.html", {"form": SearchPageForm(), **_needs(request)}
        )
    form = SearchPageForm(request.GET)
    if not form.is_valid():
        return render(
            request, "brokering/search.html", {"form": form, **_needs(request)}, status=422
        )
    now = timezone.now()
    context = {"form": form, **_needs(request), **_found(request, form, now)}
    part = "brokering/_results.html" if request.htmx else "brokering/search.html"  # type: ignore[attr-defined]
    return render(request, part, context)


@requires(Permission.BOOK_FOR_SELF, Permission.BOOK_FOR_PATIENT)
@require_POST
def choose_need(request: HttpRequest, referral_id: UUID) -> HttpResponse:
    """Search for one of one's own needs, or for the patient of one's remiss.

    Which one is kept in the session, never in an address.
    """
    need = next((one for one in own_needs(request.actor) if one.id == referral_id), None)  # type: ignore[attr-defined]
    need = need or _issued(request, referral_id, timezone.now())
    if need is None:
        return redirect("search")
    request.session["need"] = str(need.id)
    return redirect(f"{reverse('search')}?care={need.care_id}")


def chosen_need(request: HttpRequest) -> UUID | None:
    """The need that the person chose to search for."""
    chosen = request.session.get("need")
    return UUID(chosen) if chosen else None


def case_for(request: HttpRequest, care: Care, now: datetime) -> OwnCase | None:
    """The real facts for a care: of the logged-in patient, or of the patient whom a doctor chose.

    None for everybody else.
    """
    actor, chosen = getattr(request, "actor", None), chosen_need(request)
    issued = _issued(request, chosen, now) if chosen else None
    if issued is not None and issued.care_id == care.code:
        return referred_case(issued, on=swedish_day(now))
    return own_case(actor, care, on=swedish_day(now), chosen=chosen)


def _issued(request: HttpRequest, need: UUID, now: datetime) -> Referral | None:
    """The open need of a remiss that the actor's own unit issued; the read is logged."""
    actor = getattr(request, "actor", None)
    if actor is None or not actor.may(Permission.BOOK_FOR_PATIENT):
        return None
    try:
        found = access_issued(need, by=actor, now=now)
    except (NotFound, NotAllowed):
        return None
    return None if found.state == ReferralState.CLOSED else found


def _found(request: HttpRequest, form: SearchForm, now: datetime) -> dict[str, Any]:
    query = form.query()
    care = Care.objects.get(code=query.care)
    topic = topics.care(care.code)
    number = last_numbers([topic])[topic]
    case = case_for(request, care, now)
    seeker = case.seeker if case else None
    page = search(query, now=now, seeker=seeker)
    counts = counted(query, page, now=now)
    return {
        "query": query,
        "care": care,
        "case": case,
        "page": page,
        "counts": counts,
        "dots": clinics_on_map(query, page, counts, now=now, seeker=seeker),
        "total": counts.total,
        "topic": topic,
        "number": number,
        "address": _address(request, *NOT_SHARED),
        "widened": None if page.hits or query.cursor else widened(query, now=now, seeker=seeker),
        "next_address": _next(request, page),
    }


def _needs(request: HttpRequest) -> dict[str, Any]:
    actor = getattr(request, "actor", None)
    if actor is None or not actor.may(Permission.BOOK_FOR_SELF):
        return {"needs": [], "chosen": None}
    return {"needs": own_needs(actor), "chosen": chosen_need(request)}


def _address(request: HttpRequest, *without: str) -> str:
    """The search as it stands in the address, so that it can be shared: filled-in fields only."""
    said = request.GET.copy()
    for name in [name for name, value in said.items() if not value or name in without]:
        del said[name]
    return said.urlencode()


def _next(request: HttpRequest, page: Page) -> str:
    if not page.next_cursor:
        return ""
    said = request.GET.copy()
    said["cursor"] = page.next_cursor
    return said.urlencode()


def _counted() -> dict[str, Any]:
    """Free places by region, counted at most once a minute."""
    now = timezone.now()
    return kept(COUNTS, COUNTED_FOR, lambda: {"by_region": places_by_region(now=now), "at": now})

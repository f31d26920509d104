"""Pages: the start with its two doors, and the search with list and map."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts import topics
from accounts.access import requires
from accounts.errors import Invalid, NotAllowed, NotFound
from accounts.roles import Permission
from accounts.selectors.changes import last_numbers
from brokering.access import access_issued, in_region_of
from brokering.errors import DerivedFromReferral
from brokering.forms import DERIVED, SearchForm, SearchPageForm
from brokering.forms.facts import FactsForm, with_facts
from brokering.forms.wishes import search_within
from brokering.models import Referral
from brokering.selectors.counting import (
    age_of,
    clinics_on_map,
    counted,
    country,
    found_for_anyone,
)
from brokering.selectors.own_needs import OwnCase, own_case, own_needs, own_patient
from brokering.selectors.places import swedish_day
from brokering.selectors.referred import referred_case
from brokering.selectors.search import Page, search, widened
from brokering.states import ReferralState
from providers.models import Care, Region

NOT_SHARED = ("cursor", "clinic", "size")
"""Parts of a search that belong to one page of it."""
FACTS = "facts"
"""In the session of somebody who is not logged in."""


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Two doors, a search box, and where in the country there are free times."""
    counts = country(now=timezone.now())
    regions = [
        {"region": region, "count": counts.by_region.get(region.code, 0)}
        for region in Region.objects.order_by("name")
    ]
    context = {
        "form": SearchPageForm(),
        "is_known": _needs(request).get("is_known", False),
        "regions": regions,
        "total": sum(counts.by_region.values()),
        "counted_at": counts.at,
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
    return _aged(render(request, part, context), context, now)


def about_you(request: HttpRequest) -> HttpResponse:
    """What terms may ask of somebody who is not logged in; kept in their session, never in an address."""
    if getattr(request, "actor", None) is not None:
        return redirect("search")
    address = request.POST.get("search", "") or request.GET.urlencode()
    form = FactsForm(request.POST if request.method == "POST" else None, initial=facts_of(request))
    if request.method == "POST" and (form.is_valid() or "forget" in request.POST):
        _keep(request, {} if "forget" in request.POST else form.facts())
        return redirect(f"{reverse('search')}?{_checked(address)}")
    context = {"form": form, "address": _checked(address), "known": facts_of(request)}
    answer = render(request, "brokering/about_you.html", context)
    answer["Cache-Control"] = "private, no-store"
    return answer


def facts_of(request: HttpRequest) -> dict[str, Any]:
    """What somebody who is not logged in has said of themselves; of those who are it is forgotten."""
    if getattr(request, "actor", None) is not None:
        _keep(request, {})
        return {}
    return dict(request.session.get(FACTS, {}))


def _keep(request: HttpRequest, facts: dict[str, Any]) -> None:
    if facts:
        request.session[FACTS] = facts
    elif FACTS in request.session:
        del request.session[FACTS]


def _checked(address: str) -> str:
    """The search to go back to; nothing that is none."""
    said = QueryDict(address, mutable=True)
    try:
        SearchForm(said).query()
    except Invalid:
        return ""
    for name in set(said) - set(SearchForm.base_fields):
        del said[name]
    return said.urlencode()


@requires(Permission.BOOK_FOR_SELF, Permission.BOOK_FOR_PATIENT)
@require_POST
def choose_need(request: HttpRequest, referral_id: UUID) -> HttpResponse:
    """Search for one of one's own needs, or for the patient of one's remiss.

    Which one is kept in the session, never in an address. The search begins inside what the person has
    wished, and may be widened there. Care, priority, region, remiss and rules are the need's: raises
    DerivedFromReferral for whoever sends some of their own.
    """
    passed = sorted(DERIVED.intersection({*request.POST, *request.GET}))
    if passed:
        raise DerivedFromReferral(fields={name: ["known from the need"] for name in passed})
    need = next((one for one in own_needs(request.actor) if one.id == referral_id), None)  # type: ignore[attr-defined]
    need = need or _issued(request, referral_id, timezone.now())
    if need is None:
        return redirect("search")
    request.session["need"] = str(need.id)
    within = urlencode({"care": [need.care_id], **search_within(need)}, doseq=True)
    return redirect(f"{reverse('search')}?{within}")


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
    if actor is not None and issued is not None and issued.care_id == care.code:
        with in_region_of(issued, by=actor):
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
    case = case_for(request, Care.objects.get(code=form.query().care), now)
    facts = {} if case else facts_of(request)
    query = with_facts(form.query(), facts)
    care = Care.objects.get(code=query.care)
    topic = topics.care(care.code)
    number = last_numbers([topic])[topic]
    seeker = case.seeker if case else None
    for_anyone = not (case or facts)
    page = (
        found_for_anyone(query, number=number, now=now)
        if for_anyone
        else search(query, now=now, seeker=seeker)
    )
    counts = counted(query, page, now=now, for_one=not for_anyone)
    return {
        "query": query,
        "care": care,
        "case": case,
        "page": page,
        "counts": counts,
        "facts": facts,
        "for_anyone": for_anyone,
        "may_tell": getattr(request, "actor", None) is None,
        "age": age_of(page, now=now),
        "km_as_a_day": settings.KM_AS_A_DAY,
        "dots": clinics_on_map(query, page, counts, now=now, for_one=not for_anyone),
        "total": counts.total,
        "topic": topic,
        "number": number,
        "address": _address(request, *NOT_SHARED),
        "widened": None if page.hits or query.cursor else widened(query, now=now, seeker=seeker),
        "next_address": _next(request, page),
    }


def _aged(answer: HttpResponse, found: dict[str, Any], now: datetime) -> HttpResponse:
    """What everybody is told says how old it is; what one person is told is kept nowhere."""
    if found["for_anyone"]:
        answer["Cache-Control"] = "private, max-age=0, must-revalidate"
        answer["Age"] = str(found["age"])
    else:
        answer["Cache-Control"] = "private, no-store"
    return answer


def _needs(request: HttpRequest) -> dict[str, Any]:
    actor = getattr(request, "actor", None)
    if actor is None or not actor.may(Permission.BOOK_FOR_SELF):
        return {"needs": [], "chosen": None}
    return {
        "needs": own_needs(actor),
        "chosen": chosen_need(request),
        "is_known": own_patient(actor) is not None,
    }


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

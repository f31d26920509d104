"""Search as JSON, on the address where clinics publish."""

import hashlib
import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django.utils.cache import get_conditional_response
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import topics
from accounts.access import access_permission
from accounts.api import RequestThrottle, actor_in, read_body
from accounts.errors import Invalid, NotAllowed
from accounts.roles import Permission
from accounts.selectors.changes import last_numbers
from brokering.access import access_referral, in_region_of, parties
from brokering.api.searching import SearchIn, address_from
from brokering.api.shapes import PageOut, ProblemOut, hit_out
from brokering.errors import DerivedFromReferral
from brokering.forms import DERIVED, ISSUERS, REGIMES, SearchForm
from brokering.forms.facts import NAMES, with_facts
from brokering.forms.wishes import search_within
from brokering.selectors.counting import FOUND_FOR, age_of, found_for_anyone
from brokering.selectors.own_needs import own_case
from brokering.selectors.places import swedish_day
from brokering.selectors.queries import Query
from brokering.selectors.search import Page, search
from brokering.selectors.seekers import paying_seeker_of
from brokering.states import Party
from brokering.verdict import Seeker
from providers.api.slots import PublishSlots
from providers.forms.reception import LANGUAGES, PREMISES
from providers.models import Care

ORDERS = (
    "`date`, `distance` or `both`, the latter two from `near`. `both`: by `starts_at` plus `distance_km` / "
    f"{settings.KM_AS_A_DAY} days, so that {settings.KM_AS_A_DAY} km count as much as a day later. Never by "
    "who runs the clinic or what it costs. Distances are as the crow flies: travel times have no source here."
)
REFERRAL = (
    "`yes` if there is a remiss; or the id of a need: care, region and facts are its own, and so are the "
    "wishes that are not passed here, were it empty."
)
ASKED = (
    (
        "care",
        OpenApiTypes.STR,
        "Code of the care catalogue; always, unless `referral` names a need.",
    ),
    ("home_region", OpenApiTypes.STR, "Länskod; without it the answers say what depends on it."),
    ("from_date", OpenApiTypes.DATE, "First Swedish day."),
    ("to_date", OpenApiTypes.DATE, "Last Swedish day."),
    ("near", OpenApiTypes.STR, "Kommunkod to measure distance from."),
    ("within_km", OpenApiTypes.INT, "Greatest distance; needs `near`."),
    ("form", OpenApiTypes.STR, "`open` or `inpatient`, for care that may be either."),
    ("region", OpenApiTypes.STR, "Länskod of the area where the clinic stands."),
    ("clinic", OpenApiTypes.UUID, "One clinic."),
    ("mode", OpenApiTypes.STR, "`on_site` or `video`."),
    ("weekdays", OpenApiTypes.INT, "ISO weekday, 1 for Monday; repeat it for more than one."),
    (
        "language",
        OpenApiTypes.STR,
        f"Clinics that say they speak it: {', '.join(code for code, _ in LANGUAGES)}.",
    ),
    (
        "accessibility",
        OpenApiTypes.STR,
        f"Clinics that say they have it: {', '.join(code for code, _ in PREMISES)}; repeat it for more.",
    ),
    ("age", OpenApiTypes.INT, "Completed years."),
    (
        "referral",
        OpenApiTypes.STR,
        REFERRAL,
    ),
    ("issuer", OpenApiTypes.STR, f"Who wrote it: {', '.join(code for code, _ in ISSUERS)}."),
    ("issuer_region", OpenApiTypes.STR, "Länskod where it was written; the home region otherwise."),
    ("mine", OpenApiTypes.BOOL, "`true`: answer on the logged-in patient's own facts."),
    ("order", OpenApiTypes.STR, ORDERS),
    (
        "regime",
        OpenApiTypes.STR,
        f"Under which agreement the visit would be: {', '.join(code for code, _ in REGIMES if code)} (none).",
    ),
    (
        "assessment",
        OpenApiTypes.STR,
        "`accepts`: the agreement takes the referrer's assessment; `own`: the clinic makes its own.",
    ),
    (
        "bookable",
        OpenApiTypes.STR,
        "`yes`: only hits whose `bookable` is `yes`; pages are full all the same. Otherwise `no`.",
    ),
    ("cursor", OpenApiTypes.STR, "`next_cursor` of the page before."),
    ("size", OpenApiTypes.INT, "Hits a page, at most 100."),
)
SEEK_FOR_IT = frozenset({Party.PATIENT, Party.REGION, Party.REFERRER})


class SlotsView(PublishSlots):
    """Free places: search (anyone) and publish (clinics)."""

    @extend_schema(
        summary="Search free places",
        parameters=[
            OpenApiParameter(name, type=kind, description=words) for name, kind, words in ASKED
        ],
        responses={200: PageOut, 304: None, **dict.fromkeys((401, 403, 404, 422), ProblemOut)},
    )
    def get(self, request: Request) -> Response:
        """One page of hits, each with its decision, reasons, terms and freshness.

        Equal questions have one answer, however they are spelled, at most 5 seconds old (`Age`, `as_of`).
        BMI, ASA class and needs tell of health and stand in no address: POST `/api/v1/slots/search`.
        """
        now = timezone.now()
        need = _need_named(request)
        if need is not None:
            return _private(_for_need(request, need, now))
        _refuse_facts(request)
        query = SearchForm(request.query_params).query()
        if request.query_params.get("mine", "") in {"1", "true", "yes"}:
            return _private(_page_out(search(query, now=now, seeker=_own(request, query, now))))
        topic = topics.care(query.care)
        page = found_for_anyone(query, number=last_numbers([topic])[topic], now=now)
        return _cached(request, page, now)


class SearchView(APIView):
    """The same search for somebody who tells more of themselves than may stand in an address."""

    permission_classes = ()
    throttle_classes = (RequestThrottle,)
    throttle_scope = "question"

    @extend_schema(
        summary="Search free places with facts that tell of health",
        request=SearchIn,
        responses={200: PageOut, **dict.fromkeys((400, 422, 429), ProblemOut)},
    )
    def post(self, request: Request) -> Response:
        """As `GET /api/v1/slots`, in the body; terms that shut the person out are told as `obstacles`.

        Nothing of it is kept. For a need that is known here these facts are the need's: GET with `referral`.
        """
        said = read_body(SearchIn, request.data)
        facts = {name: said[name] for name in NAMES if name in said}
        query = with_facts(SearchForm(address_from(said["search"])).query(), facts)
        return _private(_page_out(search(query, now=timezone.now())))


def _refuse_facts(request: Request) -> None:
    """Raises Invalid for what tells of health in an address."""
    passed = [name for name in NAMES if name in request.query_params]
    if passed:
        raise Invalid(fields={name: ["POST it to /api/v1/slots/search"] for name in passed})


def _need_named(request: Request) -> UUID | None:
    """The need that the search is for; None where `referral` is no id."""
    try:
        return UUID(request.query_params.get("referral", ""))
    except ValueError:
        return None


def _for_need(request: Request, need: UUID, now: datetime) -> dict[str, Any]:
    """Hits for one need on the facts that are known of it; what a member of staff sees is logged."""
    passed = sorted(DERIVED.intersection(request.query_params))
    if passed:
        raise DerivedFromReferral(fields={name: ["known from the need"] for name in passed})
    actor = actor_in(request)
    referral = access_referral(need, by=actor, purpose="alternatives", now=now)
    stands = parties(actor, referral)
    if not stands & SEEK_FOR_IT:
        raise NotAllowed
    said = request.query_params.copy()
    said["care"], said["referral"] = referral.care_id, ""
    for name, values in search_within(referral).items():
        if name not in said:
            said.setlist(name, values)
    with in_region_of(referral, by=actor):
        seeker = paying_seeker_of(referral, on=swedish_day(now))
        return _page_out(search(SearchForm(said).query(), now=now, seeker=seeker))


def _page_out(page: Page) -> dict[str, Any]:
    return {
        "items": [hit_out(hit) for hit in page.hits],
        "next_cursor": page.next_cursor or None,
        "as_of": page.read_at.isoformat(),
    }


def _own(request: Request, query: Query, now: datetime) -> Seeker:
    actor = access_permission(actor_in(request), Permission.BOOK_FOR_SELF)
    care = Care.objects.get(code=query.care)
    case = own_case(actor, care, on=swedish_day(now))
    if case is None:
        raise Invalid(fields={"mine": ["You are not a patient here."]})
    return case.seeker


def _private(body: dict[str, Any]) -> Response:
    return Response(body, headers={"Cache-Control": "private, no-store"})


def _cached(request: Request, page: Page, now: datetime) -> Any:
    """The tag is made of the hits and of whether there are more: a cursor and `as_of` carry the moment."""
    body = _page_out(page)
    told = json.dumps([body["items"], body["next_cursor"] is None], default=str)
    etag = f'W/"{hashlib.sha256(told.encode()).hexdigest()[:32]}"'
    answer = Response(body)
    answer["ETag"] = etag
    answer["Cache-Control"] = f"public, max-age={FOUND_FOR}"
    answer["Age"] = str(age_of(page, now=now))
    unchanged = get_conditional_response(request._request, etag=etag)
    return answer if unchanged is None else Response(status=304, headers=dict(answer.items()))

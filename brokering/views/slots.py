"""Pages: a time and what follows from choosing it, the hold, or the region instead."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import requires
from accounts.actions.outcomes import Answer
from accounts.errors import Invalid, NotFound, PastRefusal, Refusal
from accounts.roles import Permission
from brokering.access import access_referral, in_region_of
from brokering.actions.questions import clinic_answer_by, times_to_answer
from brokering.actions.referrals import Wish
from brokering.actions.referring import hold_wished
from brokering.actions.reroutes import open_case
from brokering.errors import (
    NoFollowOn,
    PlaceNotHoldable,
    PlaceOutdated,
    RerouteNotPossible,
    SlotPast,
    SlotTaken,
    SlotWithdrawn,
    TooLateToAsk,
)
from brokering.forms import CONSEQUENCE_VERSION, HoldForm, KeyForm, SearchForm, read
from brokering.forms.facts import with_facts
from brokering.law.decision import Bookable, GuaranteeEffect
from brokering.law.facts import Route
from brokering.models import Booking
from brokering.selectors.choices import choice_of
from brokering.selectors.free_places import KnownPlace, place_known
from brokering.selectors.own_needs import OwnCase, case_owner
from brokering.selectors.places import care_value, swedish_day
from brokering.selectors.queries import Query
from brokering.selectors.search import Hit, alternatives, hit_of, with_words
from brokering.states import ReferralState
from brokering.templatetags.consequences import own_side
from brokering.verdict import Seeker
from brokering.views.given_together import lead_to_first, together
from brokering.views.keys import once_per_button
from brokering.views.search import case_for, facts_of
from providers.models import Care, Claim

Page = Callable[..., HttpResponse]
GONE: dict[str, type[Refusal]] = {
    "taken": SlotTaken,
    "withdrawn": SlotWithdrawn,
    "past": SlotPast,
    "outdated": PlaceOutdated,
    "hidden": PlaceNotHoldable,
}


def button(view: Page) -> Page:
    """The address of a button. Who comes there by link, after logging in anew, is led to its page."""

    @wraps(view)
    def guarded(request: HttpRequest, **ids: Any) -> HttpResponse:
        if request.method == "POST":
            return view(request, **ids)
        return redirect("slot" if "slot_id" in ids else "booking", **ids)

    return guarded


@require_safe
def slot(request: HttpRequest, slot_id: UUID) -> HttpResponse:
    """One time: for a patient what follows from choosing it, for others its answers."""
    now = timezone.now()
    known, care = known_place(slot_id, now)
    case = case_for(request, care, now)
    if known.standing != "free":
        mine = _own_booking(request, slot_id)
        if mine is not None:
            return redirect("booking", booking_id=mine)
        return refused(
            request, GONE[known.standing](), known, seeker_for(request, case, care, now), now
        )
    seeker = seeker_for(request, case, care, now)
    follows = together(request, slot_id, case, now)
    if follows is not None and not follows.found:
        return lead_to_first(request, follows) or refused(request, NoFollowOn(), known, seeker, now)
    hit = hit_of(known.place, seeker, care=care.code, now=now)
    context: dict[str, Any] = {
        "hit": hit,
        "care": care,
        "case": case,
        "address": request.GET.urlencode(),
        "follows": follows,
    }
    if case and case.for_patient:
        return _for_patient(request, context, now)
    if case and hit.bookable == Bookable.YES:
        context["minutes"] = int(settings.HOLD_LENGTH.total_seconds() // 60)
        context |= clinic_first(hit.verdict.clinic_approves, hit.place.starts_at, now)
        return render(
            request,
            "brokering/consequence.html",
            context | {"choice": choice_of(hit, case, now=now)},
        )
    if hit.bookable == Bookable.APPROVAL:
        context["ask"] = question_to_region(hit, case, now)
    if hit.bookable != Bookable.YES:
        others = alternatives(known.place, seeker, care=care.code, now=now)
        context["alternatives"] = with_words(others)
    return render(request, "brokering/slot.html", context)


@requires(Permission.BOOK_FOR_SELF, Permission.BOOK_FOR_PATIENT)
@button
def hold_slot(request: HttpRequest, slot_id: UUID) -> HttpResponse:
    """Hold the time for the minutes that it takes to read and confirm."""
    now = timezone.now()
    known, care = known_place(slot_id, now)
    case = case_for(request, care, now)
    if case is None:
        raise NotFound
    said = _hold_said(request)
    answer = once_per_button(request, said, now, lambda: _hold(request, slot_id, said, case, now))
    held = answer.body["booking"] if answer.status < 400 else _own_booking(request, slot_id)
    if held is None:
        return refused(request, past(answer), known, case.seeker, now)
    return redirect("booking", booking_id=held)


@requires(Permission.BOOK_FOR_SELF)
@button
def arrange(request: HttpRequest, slot_id: UUID) -> HttpResponse:
    """Let the home region arrange the care: a reroute case instead of the person's own choice."""
    now = timezone.now()
    said = read(KeyForm(request.POST))
    once_per_button(request, said, now, lambda: _arranged(request, slot_id, now)).or_refuse()
    messages.success(request, _("Din region letar efter en plats åt dig. Din plats i kön är kvar."))
    return redirect("my_wait")


def _arranged(request: HttpRequest, slot_id: UUID, now: datetime) -> Answer:
    case = case_for(request, known_place(slot_id, now)[1], now)
    if case is None or case.referral is None:
        raise RerouteNotPossible
    owner = case_owner(case.patient.tenant_id, on=swedish_day(now))
    if owner is None:
        raise RerouteNotPossible
    actor = request.actor  # type: ignore[attr-defined]
    opened = open_case(
        by=actor, referral=case.referral, trigger="patient_asked", owner=owner, now=now
    )
    return Answer(201, {"case": str(opened.id)})


def _for_patient(request: HttpRequest, context: dict[str, Any], now: datetime) -> HttpResponse:
    """What the doctor who issued the remiss reads with the patient, and the button, where she may."""
    hit, need = context["hit"], context["case"].referral
    loses = hit.verdict.decision.guarantee_effect == GuaranteeEffect.EXCLUDED
    context |= {"need": need, "loses": loses, "hidden": None}
    context |= clinic_first(hit.verdict.clinic_approves, hit.place.starts_at, now)
    if hit.bookable == Bookable.YES and not loses and need.state == ReferralState.WAITING:
        with in_region_of(need, by=request.actor):  # type: ignore[attr-defined]
            context["hidden"] = own_side(choice_of(hit, context["case"], now=now)).hidden
    return render(request, "brokering/remiss_slot.html", context)


def clinic_first(approves: bool, starts_at: datetime, now: datetime) -> dict[str, Any]:
    """Whether the clinic must say yes first, and by when it would; None where it is too late to ask."""
    until = clinic_answer_by(starts_at, now=now) if approves else None
    return {"clinic_first": approves, "asks_clinic": until}


def question_to_region(hit: Hit, case: OwnCase | None, now: datetime) -> dict[str, Any] | None:
    """What the button says with which a patient asks the home region; None where there is nothing to ask."""
    terms = hit.verdict.terms
    if case is None or case.referral is None or terms is None:
        return None
    try:
        answer_by, _kept = times_to_answer(hit.place.starts_at, now=now)
    except TooLateToAsk:
        return None
    hidden = [
        ("lot", terms.lot),
        ("route", hit.verdict.route.value),
        ("referral", case.referral.id),
        ("version", CONSEQUENCE_VERSION),
        ("key", uuid4()),
    ]
    return {"answer_by": answer_by, "hidden": hidden}


def refused(
    request: HttpRequest, why: Refusal, known: KnownPlace, seeker: Seeker, now: datetime
) -> HttpResponse:
    """What happened, and the nearest times that the person can book instead."""
    others = alternatives(known.place, seeker, care=known.care, now=now)
    context = {"refusal": why, "alternatives": with_words(others), "known": known}
    status = 200 if request.method in {"GET", "HEAD"} else why.status
    return render(request, "brokering/refused.html", context, status=status)


def gone(request: HttpRequest, slot_id: UUID, why: Refusal, now: datetime) -> HttpResponse:
    """A place that was held, offered or asked about, and is lost: what happened, and what is free instead."""
    known, care = known_place(slot_id, now)
    case = case_for(request, care, now)
    return refused(request, why, known, seeker_for(request, case, care, now), now)


def past(answer: Answer) -> PastRefusal:
    data = dict(answer.body)
    return PastRefusal(code=data.pop("code"), status=answer.status, data=data)


def known_place(slot_id: UUID, now: datetime) -> tuple[KnownPlace, Care]:
    known = place_known(slot_id, now=now)
    if known is None:
        raise NotFound
    return known, Care.objects.get(code=known.care)


def seeker_for(request: HttpRequest, case: OwnCase | None, care: Care, now: datetime) -> Seeker:
    """The patient's real facts, or what the address says of somebody who has not logged in."""
    if case is not None:
        return case.seeker
    said = request.GET.copy()
    said["care"] = care.code
    try:
        query = SearchForm(said).query()
    except Invalid:
        query = Query(care=care.code)
    told = with_facts(query, facts_of(request))
    return told.seeker(care_value(care), on=swedish_day(now))


def _own_booking(request: HttpRequest, slot_id: UUID) -> UUID | None:
    """The actor's own hold or booking of a place that is taken."""
    actor = getattr(request, "actor", None)
    if actor is None:
        return None
    mine = Booking.objects.filter(
        Q(subject_id=actor.id) | Q(booked_by=actor.id, issued_by__isnull=False),
        claim__slot_id=slot_id,
        claim__state__in=Claim.OCCUPYING,
    )
    return mine.values_list("id", flat=True).first()


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
        follow=said["follow"],
    )
    booking = hold_wished(by=actor, patient=case.patient, need=need, wish=wish, now=now)
    return Answer(201, {"booking": str(booking.id)})


def _hold_said(request: HttpRequest) -> dict[str, Any]:
    """What the person saw; a text that has changed since must be read again."""
    form = HoldForm(request.POST)
    if "version" in form.errors:
        messages.warning(request, _("Texten har ändrats. Läs den igen innan du väljer."))
    return read(form)

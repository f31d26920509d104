"""The choice before a booking: what follows if the person chooses, and if the region arranges."""

from dataclasses import dataclass
from datetime import date, datetime

from brokering.law.facts import Route
from brokering.models import Referral, RerouteCase
from brokering.selectors.clocks import Clock, clocks_with_events
from brokering.selectors.own_needs import OwnCase
from brokering.selectors.places import swedish_day
from brokering.selectors.rulebooks import rule_book_ahead
from brokering.selectors.search import Hit
from brokering.states import CaseState
from brokering.verdict import LawOn, Verdict, judge
from providers.models import Clinic


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Both ways to care for one person and one place; `clock` is None where no guarantee runs."""

    hit: Hit
    arranged: Verdict
    """The same care if the home region arranges it, inside or outside the region."""
    referral: Referral | None
    clock: Clock | None
    today: date
    case_open: bool
    cancel_until: datetime | None
    """Until when the person may cancel or move the visit; None where the clinic sets no limit."""


def choice_of(hit: Hit, case: OwnCase, *, now: datetime) -> Choice:
    """What the consequence page shows."""
    today = swedish_day(now)
    own = hit.verdict
    law = LawOn(today, rule_book_ahead(on=today, care=own.place.care.code))
    need = case.referral
    return Choice(
        hit=hit,
        arranged=judge(case.seeker, own.place, own.terms, Route.GUARANTEE_REROUTE, law=law),
        referral=need,
        clock=clocks_with_events([need], on=today)[need.id] if need else None,
        today=today,
        case_open=need is not None
        and RerouteCase.objects.filter(referral=need, state=CaseState.OPEN).exists(),
        cancel_until=_cancel_until(hit),
    )


def _cancel_until(hit: Hit) -> datetime | None:
    before = Clinic.objects.values_list("cancel_until", flat=True).get(id=hit.place.clinic)
    return hit.place.starts_at - before if before else None

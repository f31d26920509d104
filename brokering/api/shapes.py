"""The wire shapes of hits and bookings."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from rest_framework import serializers

from accounts.api import PlainProblemOut
from accounts.errors import Refusal
from brokering.actions.questions import clinic_answer_by
from brokering.api.questions import ExplanationOut
from brokering.api.together import TogetherOut, together_out
from brokering.errors import ConsequenceNotSeen
from brokering.forms import CONSEQUENCE_VERSION
from brokering.law.cancellations import cancel_reasons
from brokering.law.facts import Route
from brokering.models import Approval, Booking
from brokering.receipts import explanation_of
from brokering.selectors.approvals import question_of
from brokering.selectors.forecasts import Outlook
from brokering.selectors.room import Room
from brokering.selectors.search import Hit
from brokering.states import ApprovalState, BookingState
from brokering.templatetags.sentences import worded
from contracts.terms import Price, Terms

HOLD_BEST = "hold_best"


class AlternativeOut(serializers.Serializer):
    """A free place with the law's decision, the terms, and the age of the information."""

    id = serializers.UUIDField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    form = serializers.ChoiceField(choices=["open", "inpatient"])
    mode = serializers.ChoiceField(choices=["on_site", "video"])
    care = serializers.CharField()
    clinic = serializers.JSONField(
        help_text="Who, and where: WGS 84, and the region of the place. `languages` (ISO 639, besides "
        "Swedish) and `accessibility` (`step_free`, `accessible_toilet`, `hearing_loop`) as the clinic has "
        "said: what is not there is not known."
    )
    distance_km = serializers.IntegerField(
        allow_null=True, help_text="From the centre of the municipality asked for."
    )
    bookable = serializers.ChoiceField(
        choices=["yes", "no", "approval", "unknown"],
        help_text="Law, terms and release together; `decision.bookable` is the law's alone.",
    )
    clinic_approves = serializers.BooleanField(
        help_text="Whether the clinic assesses the patient itself, and is asked when the hold is confirmed."
    )
    clinic_answer_by = serializers.DateTimeField(
        allow_null=True,
        help_text="By when it would answer if it were asked now; null where it is not, or it is too late.",
    )
    released = serializers.BooleanField(
        help_text="Whether `opens_at` is past: before it nobody on these facts may hold the place."
    )
    opens_at = serializers.DateTimeField(
        help_text="When it opens to the one who seeks: inpatient care may be kept for the regions of its "
        "agreement first."
    )
    room = serializers.ChoiceField(
        choices=[room.value for room in Room],
        allow_blank=True,
        help_text="Empty, or what is used up: the agreed volume, or what the home region pays for.",
    )
    route = serializers.ChoiceField(choices=[(route.value, route.value) for route in Route])
    care_region = serializers.CharField(help_text="Whose agreement carries the visit.")
    decision = serializers.JSONField(help_text="The four questions, with reasons and citations.")
    obstacles = serializers.ListField(child=serializers.CharField())
    terms = serializers.JSONField(allow_null=True)
    time_named = serializers.BooleanField(
        help_text="`false`: the place stands for the week from `starts_at` to `ends_at`; the clinic names "
        "the time once it is booked."
    )
    places = serializers.IntegerField(
        help_text="How many such places the hit stands for; more than 1 only for a week's."
    )
    freshness = serializers.JSONField(
        help_text="`confirmed_at`; `promised_age_minutes`; `stale` when older than promised (older than "
        "twice is not shown)."
    )


class HitOut(AlternativeOut):
    """The same with the explanation, how far the clinic's word has held, and what its queue can expect."""

    explanation = ExplanationOut()
    freshness = serializers.JSONField(
        help_text="`confirmed_at`; `promised_age_minutes`; `stale` when older than promised (older than "
        "twice is not shown); `mean_age_minutes` over 30 days, null where nothing was measured."
    )
    reliability = serializers.JSONField(
        help_text="`percent` of `total` events that held over 90 days; null below 20 events: unknown."
    )
    expected_first_date = serializers.JSONField(
        allow_null=True,
        help_text="What somebody who joins the clinic's queue today can expect: `middle`, and an interval of "
        "80 % from `early` to `late` (null: over a year off); `held_percent` of earlier promises that held, "
        "null where too few have run out to tell. Null as a whole: unknown, the history is too short.",
    )


class PageOut(serializers.Serializer):
    """One page of hits."""

    items = HitOut(many=True)
    next_cursor = serializers.CharField(allow_null=True, help_text="Send it as `cursor`.")
    as_of = serializers.DateTimeField(
        help_text="When the free places were read: what was published or taken since is not told."
    )


class HoldIn(serializers.Serializer):
    """What to hold. Lot and route may be left out: then what the person's own choice means."""

    slot = serializers.UUIDField()
    referral = serializers.UUIDField(
        required=False, help_text="Own need; without one it is a self-referral, where rules allow."
    )
    lot = serializers.UUIDField(required=False)
    route = serializers.ChoiceField(
        choices=[(route.value, route.value) for route in Route], required=False
    )
    follow = serializers.UUIDField(
        required=False,
        help_text="For a need that is given together with what follows it: the place that is to follow. "
        "Left out: the clinic's first one that may. Both are held or none.",
    )
    consequence_version = serializers.CharField(
        required=False,
        allow_blank=True,
        help_text=f"Version of the consequence text that the person has seen, now {CONSEQUENCE_VERSION}.",
    )
    otherwise = serializers.ChoiceField(
        choices=["refuse", HOLD_BEST],
        default="refuse",
        help_text=f"`{HOLD_BEST}`: if the place is gone, hold the nearest alternative in the same request.",
    )


class ConfirmIn(serializers.Serializer):
    """Nothing is needed, unless the hold was made without showing what is lost."""

    consequence_version = serializers.CharField(required=False, allow_blank=True)


class CancelIn(serializers.Serializer):
    """Why; each reason is somebody's to give. A patient need not say."""

    reason = serializers.ChoiceField(
        choices=list(cancel_reasons()), default=next(iter(cancel_reasons()))
    )


class FreeIn(serializers.Serializer):
    """Whether the clinic can give the place to somebody else."""

    free = serializers.BooleanField()


class AskedOut(serializers.Serializer):
    """A question that a held place waits on."""

    asked = serializers.ChoiceField(choices=Approval.Asked.choices)
    state = serializers.ChoiceField(choices=[state.value for state in ApprovalState])
    answer_by = serializers.DateTimeField()
    escalated_at = serializers.DateTimeField(allow_null=True)


class BookingOut(serializers.Serializer):
    """A booking as it stands, with the frozen decision."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=[state.value for state in BookingState])
    slot = serializers.UUIDField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    clinic = serializers.JSONField()
    care = serializers.CharField()
    referral = serializers.UUIDField()
    route = serializers.CharField()
    held_until = serializers.DateTimeField(allow_null=True)
    consequence_version = serializers.CharField(allow_blank=True)
    cancel_reason = serializers.CharField(allow_blank=True)
    cancelled_late = serializers.BooleanField(
        allow_null=True, help_text="Late by the 17:00 rule; null for all but planned operations."
    )
    freed = serializers.BooleanField(
        allow_null=True,
        help_text="Whether the place went to others; null while it stands or the clinic is asked.",
    )
    receipt = serializers.JSONField(
        help_text="Facts, rules, terms, outcome and explanation, frozen at the hold."
    )
    explanation = ExplanationOut(help_text="The frozen one, in the reader's language.")
    approval = AskedOut(
        allow_null=True,
        help_text="Whose yes the place waits on, or waited on last; null for nobody's.",
    )
    together = TogetherOut(
        allow_null=True,
        help_text="The other of two times that are held, confirmed and given up together; null for none.",
    )
    instead_of = serializers.UUIDField(
        required=False, help_text="The place that was asked for, when the next best was held."
    )


class ProblemOut(PlainProblemOut):
    """An error about a place: RFC 9457, with a stable code."""

    explanation = ExplanationOut(
        required=False, help_text="Where law or terms refuse: why, and what would change it."
    )
    alternatives = AlternativeOut(
        many=True, required=False, help_text="Nearest places that the person can hold instead."
    )


def version_read(said: Mapping[str, Any]) -> str:
    """The version of the words that the person has read; ConsequenceNotSeen for another than today's."""
    version = str(said.get("consequence_version") or "")
    if version and version != CONSEQUENCE_VERSION:
        raise ConsequenceNotSeen(version=CONSEQUENCE_VERSION)
    return version


def with_alternatives(lost: Refusal, others: list[Hit]) -> Refusal:
    """The same refusal, with places that the person can hold instead."""
    return type(lost)(**lost.data, alternatives=[alternative_out(hit) for hit in others])


def hit_out(hit: Hit) -> dict[str, Any]:
    """One hit as JSON values."""
    told = alternative_out(hit)
    return {
        **told,
        "explanation": worded(hit.verdict.as_json()),
        "freshness": told["freshness"] | {"mean_age_minutes": minutes(hit.word.aged.mean)},
        "reliability": {"percent": hit.word.held.percent, "total": hit.word.held.total},
        "expected_first_date": outlook_out(hit.outlook),
    }


def alternative_out(hit: Hit) -> dict[str, Any]:
    """What somebody who has lost another place needs of a hit to choose, as JSON values."""
    place, verdict = hit.place, hit.verdict
    return {
        "id": str(place.slot),
        "starts_at": place.starts_at.isoformat(),
        "ends_at": place.ends_at.isoformat(),
        "form": place.form,
        "mode": place.mode,
        "care": verdict.place.care.code,
        "clinic": {
            "id": str(place.clinic),
            "name": place.clinic_name,
            "provider": place.provider_name,
            "municipality": place.municipality,
            "region": place.region,
            "latitude": place.latitude,
            "longitude": place.longitude,
            "languages": place.languages,
            "accessibility": place.accessibility,
        },
        "distance_km": place.km,
        "bookable": hit.bookable.value,
        "clinic_approves": verdict.clinic_approves,
        "clinic_answer_by": _clinic_answer_by(hit),
        "released": hit.released,
        "opens_at": hit.opens_at.isoformat(),
        "room": hit.room.value,
        "route": verdict.route.value,
        "care_region": verdict.care_region,
        "decision": verdict.decision.as_json(),
        "obstacles": list(verdict.obstacles),
        "terms": None if verdict.terms is None else terms_out(verdict.terms, verdict.place.day),
        "time_named": not place.any_time,
        "places": place.places,
        "freshness": {
            "confirmed_at": place.confirmed_at.isoformat(),
            "stale": place.stale,
            "promised_age_minutes": minutes(place.promised_age),
        },
    }


def outlook_out(outlook: Outlook | None) -> dict[str, Any] | None:
    """A forecast as JSON values; how many promises there were is told only with how many held."""
    if outlook is None:
        return None
    days = {name: getattr(outlook, name) for name in ("early", "middle", "late")}
    return {
        **{name: day and day.isoformat() for name, day in days.items()},
        "made_on": outlook.made_on.isoformat(),
        "weeks_of_history": outlook.weeks,
        "held_percent": outlook.percent,
        "promises": None if outlook.percent is None else outlook.judged,
    }


def minutes(span: timedelta | None) -> int | None:
    """Whole minutes; None for what is not known."""
    return None if span is None else int(span.total_seconds() // 60)


def _clinic_answer_by(hit: Hit) -> str | None:
    if not hit.verdict.clinic_approves:
        return None
    answer_by = clinic_answer_by(hit.place.starts_at, now=hit.now)
    return answer_by.isoformat() if answer_by else None


def terms_out(terms: Terms, on: date) -> dict[str, Any]:
    """The terms that carry a visit; `price` null where no line is in force that day."""
    price = terms.price(on)
    return {
        "lot": str(terms.lot),
        "agreement": str(terms.agreement),
        "agreement_name": terms.agreement_name,
        "regime": terms.regime.value,
        "buyers": sorted(terms.buyers),
        "usable_by": sorted(terms.usable_by),
        "open_for_others": terms.open_for_others.value,
        "accepts_referrer_assessment": terms.accepts_referrer_assessment,
        "valid_from": terms.valid_from.isoformat(),
        "valid_to": terms.valid_to and terms.valid_to.isoformat(),
        "price": None if price is None else price_out(price),
        "synthetic": terms.synthetic,
    }


def price_out(price: Price) -> dict[str, Any]:
    """A price in SEK as text, so that no öre is lost; null where no figure is known."""
    return {
        "model": price.model,
        "amount": None if price.amount is None else str(price.amount),
        "list": price.list_name,
        "list_version": price.list_version,
        "synthetic": price.synthetic,
    }


def booking_out(booking: Booking, *, lapsed: bool) -> dict[str, Any]:
    """A booking (with claim, slot and clinic fetched) as JSON values; a lapsed hold is expired."""
    slot, claim = booking.claim.slot, booking.claim
    is_held = booking.state == BookingState.HELD
    return {
        "id": str(booking.id),
        "state": BookingState.EXPIRED.value if lapsed and is_held else str(booking.state),
        "slot": str(slot.id),
        "starts_at": slot.starts_at.isoformat(),
        "ends_at": slot.ends_at.isoformat(),
        "clinic": {
            "id": str(slot.clinic_id),
            "name": slot.clinic.name,
            "municipality": slot.clinic.municipality.name,
        },
        "care": booking.care_id,
        "referral": str(booking.referral_id),
        "route": booking.route,
        "held_until": claim.held_until.isoformat() if is_held and claim.held_until else None,
        "consequence_version": booking.consequence_version,
        "cancel_reason": booking.cancel_reason,
        "cancelled_late": booking.cancelled_late,
        "freed": booking.freed,
        "receipt": booking.receipt,
        "explanation": worded(explanation_of(booking.receipt)),
        "approval": _asked(booking) if is_held else None,
        "together": together_out(booking),
    }


def _asked(booking: Booking) -> dict[str, Any] | None:
    """Only what needs somebody's yes is looked up."""
    asks_home = booking.receipt["facts"]["route"] == Route.INPATIENT_CHOICE
    if not asks_home and not booking.receipt.get("clinic_approves"):
        return None
    question = question_of(booking.id)
    return None if question is None else dict(AskedOut(question).data)

"""Why a clinic's time is not seen or cannot be booked: asked of what search shows and hold decides."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db.models import Q

from brokering.law.decision import Bookable
from brokering.law.explanation import Short
from brokering.selectors.free_places import FreePlace, KnownPlace, place_known, places_known
from brokering.selectors.places import care_value, swedish_day
from brokering.selectors.queries import Query
from brokering.selectors.room import Room
from brokering.selectors.search import Hit, hits_of
from brokering.verdict import FOR_A_HUMAN, Verdict, shutting_out
from providers.models import Care, Claim, Clinic, Slot

WEEK = timedelta(days=6)
ELIGIBILITY = frozenset({"terms_age", "terms_bmi", "terms_asa", "terms_excluded_need"})
PAPERS = frozenset({Short.NO_REMISS, Short.NO_REMISS_YET, Short.NO_ISSUER, Short.NO_EXTRA})


class Why(StrEnum):
    """The first thing that stands between a time and the one who seeks."""

    NOTHING = ""
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"
    EVENT = "event"
    """It became free in a serious event and waits for that to be over."""
    PAST = "past"
    BOOKED = "booked"
    HELD = "held"
    HIDDEN = "hidden"
    OUTDATED = "outdated"
    ANSWER = "answer"
    """Law or terms: the answer that the one who seeks reads."""
    CAP_FULL = "cap_full"
    NOT_OPEN = "not_open"
    KEPT = "kept"
    """Kept for the regions of its agreement, of which the one who seeks comes from none."""


class Remedy(StrEnum):
    """What the clinic can do about it."""

    NOTHING = "nothing"
    PUBLISH_AGAIN = "publish_again"
    DECISION = "decision"
    CONFIRM = "confirm"
    MEND_FEED = "mend_feed"
    WAIT = "wait"
    WINDOW = "window"
    WAIT_FOR_TRIAL = "wait_for_trial"
    AGREEMENT = "agreement"
    OPEN_AGREEMENT = "open_agreement"
    ELIGIBILITY = "eligibility"
    VOLUME = "volume"
    REMISS = "remiss"
    ASK_REGION = "ask_region"
    TELL_MORE = "tell_more"
    LAW = "law"


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of person who seeks: nobody in particular. `age` in completed years."""

    home_region: str | None = None
    age: int | None = None
    remiss: bool = False

    def query(self, care: str) -> Query:
        """The search that such a person makes."""
        return Query(care=care, home_region=self.home_region, age=self.age, remiss=self.remiss)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One time: whether search shows it, whether that kind of person can book it, else why not.

    `detail` is the code of a probe's finding or the reference of a decision; `until` when a hold ends or
    the time opens for all or for that kind of person.
    """

    place: FreePlace
    care: str
    shown: bool
    bookable: Bookable
    why: Why
    remedy: Remedy
    detail: str = ""
    until: datetime | None = None
    verdict: Verdict | None = None
    """What law and terms answer; None for a time that is not shown."""

    @property
    def group(self) -> tuple[str, str]:
        """Times with the same reason share it."""
        answer = self.verdict.hindrance if self.why == Why.ANSWER and self.verdict else self.detail
        return self.why.value, answer


@dataclass(frozen=True, kw_only=True)
class Group:
    """How many times of a week share a reason; `example` is the first of them."""

    number: int
    example: Seen


@dataclass(frozen=True, kw_only=True)
class SeenWeek:
    """A clinic's week for one kind of person."""

    monday: date
    kind: Kind
    times: tuple[Seen, ...]

    @property
    def shown(self) -> int:
        """How many of them search shows."""
        return sum(one.shown for one in self.times)

    @property
    def bookable(self) -> int:
        """How many of them that kind of person can book now."""
        return sum(one.bookable == Bookable.YES for one in self.times)

    @property
    def groups(self) -> tuple[Group, ...]:
        """Why the others cannot be booked, the commonest reason first."""
        firsts: dict[tuple[str, str], Seen] = {}
        stopped = [one for one in self.times if one.bookable != Bookable.YES]
        for one in stopped:
            firsts.setdefault(one.group, one)
        counted = Counter(one.group for one in stopped)
        return tuple(
            Group(number=number, example=firsts[group]) for group, number in counted.most_common()
        )


def seen_week(clinic: Clinic, monday: date, kind: Kind, *, now: datetime) -> SeenWeek:
    """Each time of the clinic that begins in the Swedish week, as that kind of person meets it."""
    found = places_known(clinic.id, first=monday, last=monday + WEEK, now=now)
    return SeenWeek(monday=monday, kind=kind, times=tuple(_seen(found, kind, now)))


def seen_time(slot: UUID, kind: Kind, *, now: datetime) -> Seen | None:
    """One time, whatever has become of it; None when there never was one."""
    known = place_known(slot, now=now)
    return None if known is None else _seen([known], kind, now)[0]


def _seen(found: Sequence[KnownPlace], kind: Kind, now: datetime) -> list[Seen]:
    free = [one for one in found if one.standing == "free"]
    gone = _gone([one for one in found if one.standing != "free"], now)
    answered = _answered(free, kind, now)
    return [(gone | answered)[one.place.slot] for one in found]


def _gone(found: Sequence[KnownPlace], now: datetime) -> dict[UUID, Seen]:
    """What search does not show, and why; the order of the reasons is search's own."""
    ids = [one.place.slot for one in found]
    slots = Slot.objects.select_related("restriction", "event").in_bulk(ids)
    live = Q(state=Claim.State.CONFIRMED) | Q(state=Claim.State.HELD, held_until__gt=now)
    claims = {claim.slot_id: claim for claim in Claim.objects.filter(live, slot__in=ids)}
    return {
        one.place.slot: _why_gone(one, slots[one.place.slot], claims.get(one.place.slot))
        for one in found
    }


def _why_gone(one: KnownPlace, slot: Slot, claim: Claim | None) -> Seen:
    def seen(why: Why, remedy: Remedy, detail: str = "", until: datetime | None = None) -> Seen:
        return Seen(
            place=one.place,
            care=one.care,
            shown=False,
            bookable=Bookable.NO,
            why=why,
            remedy=remedy,
            detail=detail,
            until=until,
        )

    if one.standing == "withdrawn":
        return seen(*_why_withdrawn(slot))
    if one.standing == "taken":
        if claim is not None and claim.state == Claim.State.HELD:
            return seen(Why.HELD, Remedy.NOTHING, until=claim.held_until)
        return seen(Why.BOOKED, Remedy.NOTHING)
    if one.standing == "hidden":
        return seen(Why.HIDDEN, _after_probe(slot.hidden_why), slot.hidden_why)
    if one.standing == "outdated":
        return seen(Why.OUTDATED, Remedy.MEND_FEED if slot.feed_id else Remedy.CONFIRM)
    return seen(Why.PAST, Remedy.NOTHING)


def _why_withdrawn(slot: Slot) -> tuple[Why, Remedy, str]:
    if slot.restriction is not None:
        return Why.CLOSED, Remedy.DECISION, slot.restriction.decision_reference
    if slot.event is not None:
        return Why.EVENT, Remedy.WAIT, slot.event.decision_reference
    return Why.WITHDRAWN, Remedy.PUBLISH_AGAIN, ""


def _after_probe(found: str) -> Remedy:
    ways = {
        "no_usable_terms": Remedy.AGREEMENT,
        "cap_full": Remedy.VOLUME,
        "restricted_period": Remedy.DECISION,
        "serious_event": Remedy.DECISION,
    }
    return ways.get(found, Remedy.WAIT_FOR_TRIAL)


def _answered(found: Sequence[KnownPlace], kind: Kind, now: datetime) -> dict[UUID, Seen]:
    """What search shows, with its own answer and what hold would reserve."""
    by_care: dict[str, list[FreePlace]] = {}
    for one in found:
        by_care.setdefault(one.care, []).append(one.place)
    cares = Care.objects.in_bulk(list(by_care))
    hits: list[tuple[str, Hit]] = []
    for code, places in by_care.items():
        care = care_value(cares[code])
        seeker = kind.query(code).seeker(care, on=swedish_day(now))
        hits += [(code, hit) for hit in hits_of(places, seeker, care, now)]
    return {hit.place.slot: _answer(code, hit) for code, hit in hits}


def _answer(care: str, hit: Hit) -> Seen:
    why, remedy = _why_not(hit)
    return Seen(
        place=hit.place,
        care=care,
        shown=True,
        bookable=hit.bookable,
        why=why,
        remedy=remedy,
        until=hit.opens_at if why in {Why.NOT_OPEN, Why.KEPT} else None,
        verdict=hit.verdict,
    )


def _why_not(hit: Hit) -> tuple[Why, Remedy]:
    """What waiting does not cure comes first; the clinic's own window before an approval that one can get."""
    could = {Bookable.YES, Bookable.APPROVAL} if hit.is_kept else {Bookable.YES}
    if hit.verdict.bookable not in could:
        return Why.ANSWER, _remedy(hit.verdict)
    if hit.room == Room.CAP_FULL:
        return Why.CAP_FULL, Remedy.VOLUME
    if hit.is_kept:
        return Why.KEPT, Remedy.WINDOW
    if not hit.released:
        return Why.NOT_OPEN, Remedy.WAIT
    return Why.NOTHING, Remedy.NOTHING


def _remedy(verdict: Verdict) -> Remedy:
    """The way out of what law or terms answer."""
    hard = shutting_out(verdict.obstacles)
    if hard:
        return _of_terms(hard[0])
    if verdict.decision.bookable == Bookable.YES and FOR_A_HUMAN in verdict.obstacles:
        return Remedy.OPEN_AGREEMENT
    short = verdict.explanation.short
    if short == Short.NO_AGREEMENT:
        return Remedy.AGREEMENT
    if short in PAPERS:
        return Remedy.REMISS
    if short in {Short.APPROVAL, Short.NO_INPATIENT}:
        return Remedy.ASK_REGION
    if short in {Short.UNKNOWN_HOME_REGION, Short.NO_HOME_REGION, Short.UNKNOWN_AGE}:
        return Remedy.TELL_MORE
    return Remedy.LAW


def _of_terms(obstacle: str) -> Remedy:
    if obstacle in ELIGIBILITY:
        return Remedy.ELIGIBILITY
    return Remedy.OPEN_AGREEMENT if obstacle == "terms_not_open" else Remedy.AGREEMENT

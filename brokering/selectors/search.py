"""Search: every free place of a care in the country, each with its answers, in the order asked for."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from accounts.database.prepared import Asked, Prepared
from accounts.errors import NotFound
from brokering.law.decision import Bookable
from brokering.law.facts import CareForm
from brokering.selectors.forecasts import Outlook, told_of
from brokering.selectors.free_places import ClinicPlaces, Filter, FreePlace
from brokering.selectors.judging import Judging, judging
from brokering.selectors.place_pages import Cut, free_places, places_near
from brokering.selectors.places import care_value, swedish_day
from brokering.selectors.queries import Query, position_of, read_cursor, write_cursor
from brokering.selectors.room import Room, room_for
from brokering.selectors.suiting import suited, suits
from brokering.selectors.windows import kept_until
from brokering.verdict import CareValue, Place, Seeker, Verdict
from contracts.models import ReleasePolicy
from contracts.selectors.release import windows_at
from providers.models import Care
from providers.reliability import Word

FEW, CANDIDATES = 8, 60
"""How many places are looked through for alternatives: a few nearby, and more where those do not do."""
CARE = Prepared(lambda: Care.objects.filter(code=Asked("code")))
UNTOLD: tuple[Word, Outlook | None] = (Word(), None)
FURTHER, AT_ONCE_MOST = 4, 500
"""Where single places are passed over, so many times as many are read the next time, and so many at most."""


@dataclass(frozen=True)
class Hit:
    """A free place and what holds for the one who seeks."""

    place: FreePlace
    verdict: Verdict
    home_region: str | None
    now: datetime
    word: Word = Word()
    """How far the clinic's word has held."""
    kept_until: datetime | None = None
    """Until when it is kept for regions of which the one who seeks comes from none."""
    room: Room = Room.ENOUGH
    """Whether what is agreed or promised is used up."""
    outlook: Outlook | None = None
    """What somebody who joins the clinic's queue instead can expect; None: unknown."""

    @property
    def opens_at(self) -> datetime:
        """From when the one who seeks may hold it: open to all, and no window keeps it from them."""
        return max(self.place.opens_at, self.kept_until or self.place.opens_at)

    @property
    def is_kept(self) -> bool:
        """Whether the regions of its agreement, not those with the greatest need, go before last."""
        return self.opens_at > max(self.place.opens_at, self.now)

    @property
    def released(self) -> bool:
        """Whether the one who seeks may hold it now; before that others go first."""
        return self.opens_at <= self.now

    @cached_property
    def bookable(self) -> Bookable:
        """The verdict's answer, and `no` for a place that has not opened yet or that nothing is left for."""
        could = self.released and not self.room
        return self.verdict.bookable if could else Bookable.NO


@dataclass(frozen=True, kw_only=True)
class Page:
    """Hits in order; `next_cursor` is empty on the last page."""

    care: CareValue
    seeker: Seeker
    hits: list[Hit]
    next_cursor: str
    as_of: datetime
    """The moment by which the list decides what is old: that of its first page."""
    read_at: datetime
    places: Filter
    """Which places the list has, with the clinics and days to which law and terms confine it."""


@dataclass(frozen=True)
class ClinicOnMap:
    """A clinic with free places and whether the first of them can be booked."""

    places: ClinicPlaces
    bookable: Bookable


@dataclass(frozen=True, kw_only=True)
class Widened:
    """What there is outside the filter: the first hits, and by which changes they were found."""

    hits: list[Hit] = field(default_factory=list)
    dropped: tuple[str, ...] = ()


def search(query: Query, *, now: datetime, seeker: Seeker | None = None) -> Page:
    """One page of hits. `seeker` replaces what the query tells of the person by real facts.

    Raises NotFound for an unknown care and Invalid for a cursor of another search.
    """
    care = _care(query.care)
    who = seeker or query.seeker(care, on=swedish_day(now))
    after, as_of = read_cursor(query, now)
    places = query.places
    if query.is_judged:
        places = replace(places, suited=suited(query, who, care, now=now))
    cut = Cut(order=query.ordering, limit=query.size + 1, fresh_at=as_of, after=after)
    look = _Look(query, who, care, now)
    hits, has_more = look.judged(places, cut) if query.is_judged else look.all_of(places, cut)
    cursor = write_cursor(query, hits[-1].place, as_of) if has_more else ""
    return Page(
        care=care,
        seeker=who,
        hits=hits,
        next_cursor=cursor,
        as_of=as_of,
        read_at=now,
        places=places,
    )


@dataclass(frozen=True)
class _Look:
    """One search for one person at one moment."""

    query: Query
    seeker: Seeker
    care: CareValue
    now: datetime

    def all_of(self, places: Filter, cut: Cut) -> tuple[list[Hit], bool]:
        """The hits of a page, whatever their answer, and whether there are more."""
        found = free_places(places, cut, now=self.now)
        return self._hits(found[: self.query.size]), len(found) > self.query.size

    def judged(self, places: Filter, cut: Cut) -> tuple[list[Hit], bool]:
        """The same with only those hits whose answer is asked for; it reads on until the page is full."""
        kept: list[Hit] = []
        while places.suited:
            found = free_places(places, cut, now=self.now)
            kept += [
                hit
                for hit in self._hits(found)
                if suits(self.query, hit.verdict.terms, hit.bookable)
            ]
            if len(kept) > self.query.size or len(found) < cut.limit:
                break
            limit = min(cut.limit * FURTHER, AT_ONCE_MOST)
            cut = replace(cut, limit=limit, after=position_of(found[-1]))
        return kept[: self.query.size], len(kept) > self.query.size

    def _hits(self, found: Sequence[FreePlace]) -> list[Hit]:
        return hits_of(found, self.seeker, self.care, self.now)


def judged_clinics(
    found: Sequence[ClinicPlaces], page: Page, *, now: datetime
) -> list[ClinicOnMap]:
    """Clinics with free places, each with whether who seeks can book the first of them."""
    judge = judging(page.seeker, page.care, now=now, clinics=[one.clinic for one in found])
    verdicts = [judge.verdict(_place_of_clinic(one, page.care)) for one in found]
    rooms = room_for(verdicts, page.seeker, now=now)
    return [
        ClinicOnMap(one, Bookable.NO if room else verdict.bookable)
        for one, verdict, room in zip(found, verdicts, rooms, strict=True)
    ]


def widened(query: Query, *, now: datetime, seeker: Seeker | None = None) -> Widened:
    """The first three places when the query finds none: without the distance, the days, the wishes on days of
    the week, mode, language, premises and agreement, without all of them, then also what cannot be booked.
    """
    anywhere = replace(query, within_km=None, region="", clinic=None)
    unwished: dict[str, Any] = {
        "mode": "",
        "weekdays": (),
        "language": "",
        "accessibility": (),
        "regime": "",
        "assessment": "",
    }
    everything = replace(anywhere, first=None, last=None, form="", **unwished)
    attempts = (
        ("distance", anywhere),
        ("days", replace(query, first=None, last=None)),
        ("wishes", replace(query, **unwished)),
        ("distance days form", everything),
        ("bookable", replace(query, bookable=False)),
        ("distance days form bookable", replace(everything, bookable=False)),
    )
    for dropped, wider in attempts:
        if wider.digest == query.digest:
            continue
        page = search(replace(wider, cursor="", size=3), now=now, seeker=seeker)
        if page.hits:
            return Widened(hits=page.hits, dropped=tuple(dropped.split()))
    return Widened()


def alternatives(
    place: FreePlace, seeker: Seeker, *, care: str, now: datetime, limit: int = 3
) -> list[Hit]:
    """Places that the person can book, nearest to one that is gone: by distance, then by time.

    Nothing is read of how far the clinics' words have held (`with_words`).
    """
    near = Filter(care=care, form=place.form, point=(place.latitude, place.longitude))
    value, hits = _care(care), list[Hit]()
    for most, nearby in ((FEW, True), (CANDIDATES, False)):
        found = places_near(near, starts_at=place.starts_at, limit=most, now=now, nearby=nearby)
        others = [one for one in found if one.slot != place.slot]
        judged = _answered(others, seeker, value, now)
        hits = [hit for hit in judged if hit.bookable == Bookable.YES]
        if len(hits) >= limit:
            break
    return hits[:limit]


def hit_of(place: FreePlace, seeker: Seeker, *, care: str, now: datetime) -> Hit:
    """One place with its answers."""
    return hits_of([place], seeker, _care(care), now)[0]


def hits_of(
    found: Sequence[FreePlace], seeker: Seeker, care: CareValue, now: datetime
) -> list[Hit]:
    """Places of one care with their answers, in the order given."""
    return with_words(_answered(found, seeker, care, now))


def with_words(hits: Sequence[Hit]) -> list[Hit]:
    """The same hits of one care and moment, with how far each clinic's word has held, and its queue."""
    if not hits:
        return []
    care, now = hits[0].verdict.place.care.code, hits[0].now
    told = told_of({hit.place.clinic for hit in hits}, care, on=swedish_day(now))
    return [replace(hit, **_words(told.get(hit.place.clinic, UNTOLD))) for hit in hits]


def _words(told: tuple[Word, Outlook | None]) -> dict[str, Any]:
    return {"word": told[0], "outlook": told[1]}


def _answered(
    found: Sequence[FreePlace], seeker: Seeker, care: CareValue, now: datetime
) -> list[Hit]:
    """The answers of law and terms alone."""
    if not found:
        return []
    judge = judging(seeker, care, now=now, clinics={one.clinic for one in found})
    windows = _windows(found)
    verdicts = [_judged(judge, one) for one in found]
    rooms = room_for(verdicts, seeker, now=now)
    return [
        Hit(
            one,
            verdict,
            seeker.home_region,
            now,
            kept_until=_kept_until(one, verdict, seeker, windows, now),
            room=room,
        )
        for one, verdict, room in zip(found, verdicts, rooms, strict=True)
    ]


def _windows(found: Sequence[FreePlace]) -> list[ReleasePolicy]:
    """The windows that a choice of one's own can meet: none in open care."""
    clinics = {one.clinic for one in found if one.form == CareForm.INPATIENT}
    return windows_at(clinics) if clinics else []


def _kept_until(
    one: FreePlace,
    verdict: Verdict,
    seeker: Seeker,
    windows: Sequence[ReleasePolicy],
    now: datetime,
) -> datetime | None:
    """Of somebody whose home region nobody has said, and who needs it for an answer, it is not known."""
    home = seeker.home_region
    if home is None and verdict.bookable != Bookable.YES:
        return None
    return kept_until(one, verdict, home_region=home, now=now, windows=windows)


def _judged(judge: Judging, one: FreePlace) -> Verdict:
    return judge.verdict(
        Place(
            slot=one.slot,
            clinic=one.clinic,
            clinic_name=one.clinic_name,
            clinic_region=one.region,
            care=judge.care,
            form=one.form,
            day=one.days[1],
            first_day=one.days[0],
        )
    )


def _place_of_clinic(one: ClinicPlaces, care: CareValue) -> Place:
    return Place(
        slot=one.clinic,
        clinic=one.clinic,
        clinic_name=one.clinic_name,
        clinic_region=one.region,
        care=care,
        form=one.form,
        day=swedish_day(one.first_at),
    )


def _care(code: str) -> CareValue:
    care = CARE.first(code=code)
    if care is None:
        raise NotFound
    return care_value(care)

"""Where law and terms answer as a search asks: clinics and days, found before a single place is looked at.

Clinic, form and day decide every answer but those that belong to one place alone (when it opens, for whom it
is kept). A place whose day is not named yet is let through where any day suits: each hit is judged once more.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from uuid import UUID

from accounts.database.statements import tuples_of
from brokering.law.decision import Bookable
from brokering.selectors.free_places import Suited
from brokering.selectors.judging import Judging, judging
from brokering.selectors.place_pages import KINDS
from brokering.selectors.places import SWEDEN
from brokering.selectors.queries import Query
from brokering.selectors.room import room_for
from brokering.verdict import CareValue, Place, Seeker
from contracts.selectors.caps import used_of
from contracts.terms import DAY, Cap, CapPeriod, Regime, Terms

MONTHS = {CapPeriod.MONTH: 1, CapPeriod.QUARTER: 3, CapPeriod.YEAR: 12}
CLINICS = f"""
    WITH RECURSIVE {KINDS}
    SELECT DISTINCT k.clinic_id, k.form, c.name, m.region_id FROM kinds k
    JOIN providers_clinic c ON c.id = k.clinic_id
    JOIN providers_municipality m ON m.code = c.municipality_id
"""


@dataclass(frozen=True)
class _Span:
    """From a day until before the next one, everything is answered alike."""

    place: Place
    """On the first day."""
    after: date | None
    terms: Terms | None


def suits(query: Query, terms: Terms | None, bookable: Bookable) -> bool:
    """Whether terms and answer are such as the search asks for."""
    regime = terms.regime if terms else Regime.PRIVATE
    if query.regime not in ("", regime):
        return False
    if query.assessment:
        accepts = query.assessment == "accepts"
        if terms is None or terms.accepts_referrer_assessment != accepts:
            return False
    return bookable == Bookable.YES or not query.bookable


def suited(query: Query, seeker: Seeker, care: CareValue, *, now: datetime) -> tuple[Suited, ...]:
    """Each clinic and form that suits, and on which days."""
    judge = judging(seeker, care, now=now)
    full = _full_periods(judge, now) if query.bookable else {}
    rows = tuples_of(CLINICS, {"care": care.code})
    spans = [
        span
        for clinic, form, name, region in rows
        for span in _spans(judge, _place(clinic, form, name, region, care), full)
    ]
    answers = _answers(judge, spans, now) if query.bookable else [Bookable.UNKNOWN] * len(spans)
    found: dict[tuple[UUID, str], list[str]] = {}
    for span, bookable in zip(spans, answers, strict=True):
        if suits(query, span.terms, bookable):
            found.setdefault((span.place.clinic, span.place.form), []).append(_range(span))
    return tuple(
        Suited(clinic=clinic, form=form, days="{" + ",".join(ranges) + "}")
        for (clinic, form), ranges in found.items()
    )


def _answers(judge: Judging, spans: list[_Span], now: datetime) -> list[Bookable]:
    verdicts = [judge.verdict(span.place) for span in spans]
    rooms = room_for(verdicts, judge.seeker, now=now)
    return [
        Bookable.NO if room else verdict.bookable
        for verdict, room in zip(verdicts, rooms, strict=True)
    ]


def _full_periods(judge: Judging, now: datetime) -> dict[UUID, set[date]]:
    """Of each counter the days on which a period begins that is used up, or ends."""
    caps = [cap for some in judge.terms.values() for one in some for cap in one.caps]
    of_counter: dict[UUID, list[Cap]] = {}
    for cap in caps:
        of_counter.setdefault(cap.counter, []).append(cap)
    turns: dict[UUID, set[date]] = {}
    for (counter, period), places in used_of(caps, now=now).items():
        for cap in of_counter[counter]:
            if places >= cap.places and cap.period in MONTHS:
                turns.setdefault(counter, set()).update((period, _after(period, cap.period)))
    return turns


def _after(period: date, length: CapPeriod) -> date:
    """First day of the next period."""
    months = period.month - 1 + MONTHS[length]
    return date(period.year + months // 12, months % 12 + 1, 1)


def _spans(judge: Judging, place: Place, full: dict[UUID, set[date]]) -> Iterator[_Span]:
    terms, today = judge.terms.get(place.clinic, ()), judge.law.day
    days = {today, *(day for one in terms for day in _turns(one, judge.seeker, full))}
    turns = sorted(day for day in days if day >= today)
    for first, after in zip(turns, [*turns[1:], None], strict=True):
        then = replace(place, day=first)
        yield _Span(then, after, judge.terms_at(then))


def _turns(terms: Terms, seeker: Seeker, full: dict[UUID, set[date]]) -> Iterator[date]:
    """The days from which something may be answered otherwise under the terms."""
    yield terms.valid_from
    if terms.valid_to is not None:
        yield terms.valid_to + DAY
    yield from map(date.fromordinal, terms.designated.turns())
    for cap in terms.caps:
        yield from full.get(cap.counter, ())
        if cap.valid_from is not None:
            yield cap.valid_from
        if cap.valid_to is not None:
            yield cap.valid_to + DAY
    for promise in seeker.promises or ():
        yield promise.valid_to + DAY


def _place(clinic: UUID, form: str, name: str, region: str, care: CareValue) -> Place:
    return Place(
        slot=clinic,
        clinic=clinic,
        clinic_name=name,
        clinic_region=region,
        care=care,
        form=form,
        day=date.min,
    )


def _range(span: _Span) -> str:
    """The days as PostgreSQL reads them; what began before today began at no time that matters."""
    return f"[{_midnight(span.place.day)},{_midnight(span.after) if span.after else ''})"


def _midnight(day: date) -> str:
    return datetime.combine(day, time(), SWEDEN).isoformat()

"""Synthetic free times: how many each clinic and care has, and when, in Swedish working hours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
from holidays.countries import Sweden
from numpy.typing import NDArray

from brokering.sweden.capacity import Capacity, Clinic
from brokering.sweden.fit import Counts, Weights, apportion
from brokering.sweden.waiting import Waiting
from providers.reference import CareRow

SWEDEN = ZoneInfo("Europe/Stockholm")
WEEKS = 13
OPENS, CLOSES = 8 * 60, 17 * 60
STEP = 15
"""Minutes after midnight, Swedish time; times begin on the quarter."""
MINUTES = {
    "first_visit": 45,
    "treatment": 60,
    "investigation": 90,
    "return_visit": 30,
    "medical_service": 30,
    "aid": 45,
}
MINUTES_DAY_SURGERY, MINUTES_INPATIENT = 120, 180
INPATIENT_SHARE = 0.4
"""Share of times for care that may be either which are for admitted patients: a choice."""
OTHER_CARE_SHARE = 0.004
"""Share of a region's times for each care that the waiting statistics do not know."""
SOON_SHARE = 0.2
"""Share of tomorrow's times that are still free, compared with times six weeks ahead."""
WEEKS_TO_EMPTY = 6
PRIVATE_WEIGHT, OUTSIDE_WEIGHT = 0.6, 0.2
PUBLIC_HOLIDAYS = Sweden(include_sundays=False, categories=("public", "de_facto"))
"""Holidays by law, and the eves that are free in practice."""
RELEASE = timedelta(days=1)
"""One matching round: how long a published time waits before free booking opens."""
SHORT_NOTICE = timedelta(days=4)
JUST_PUBLISHED = 0.06
VIDEO_KINDS = frozenset({"first_visit", "return_visit"})
VIDEO_SHARE = 0.08
"""Share of visits in open care by video: a choice, not a statistic."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Pair = tuple[Clinic, CareRow]
Marks = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """The working days of the period: their first minute in UTC, and how likely a free time is."""

    days: tuple[date, ...]
    midnights: tuple[datetime, ...]
    weights: Weights


def calendar(today: date) -> Calendar:
    """Monday to Friday, public holidays left out, for 13 weeks from tomorrow.

    A day's offset from UTC is that at noon: clocks change on Sunday nights, so that no working day has two.
    """
    every = (today + timedelta(days=n) for n in range(1, 7 * WEEKS + 1))
    days = tuple(day for day in every if day.weekday() < 5 and day not in PUBLIC_HOLIDAYS)
    ahead = np.array([(day - today).days / (7 * WEEKS_TO_EMPTY) for day in days])
    weights = np.minimum(1.0, SOON_SHARE + (1 - SOON_SHARE) * ahead)
    return Calendar(
        days=days,
        midnights=tuple(start_of_day(day) for day in days),
        weights=weights / weights.sum(),
    )


def start_of_day(day: date) -> datetime:
    """The UTC time that is 00:00 in Sweden by the offset that holds at noon."""
    noon = datetime.combine(day, time(12), SWEDEN)
    return noon.astimezone(UTC) - timedelta(hours=12)


def quotas(
    capacity: Capacity, waiting: Sequence[Waiting], on: date, total: int
) -> tuple[tuple[Pair, int], ...]:
    """How many times each clinic has for each care. They follow where people come in (those who have
    waited at most 90 days), so that regions with long queues are short of times, as in reality."""
    inflow = _inflow(waiting)
    carried = {agreement.clinic.id for agreement in capacity.agreements if agreement.carries(on)}
    pairs = [(clinic, care) for clinic in capacity.clinics for care in clinic.cares]
    strength = [_strength(clinic, carried) for clinic, _ in pairs]
    sums: dict[tuple[str, str], float] = {}
    for (clinic, care), weight in zip(pairs, strength, strict=True):
        key = clinic.region, care.code
        sums[key] = sums.get(key, 0.0) + weight
    weights = [
        _wanted(inflow, clinic.region, care.code) * weight / sums[clinic.region, care.code]
        for (clinic, care), weight in zip(pairs, strength, strict=True)
    ]
    counts = apportion(weights, total)
    return tuple((pair, int(count)) for pair, count in zip(pairs, counts, strict=True) if count)


def _inflow(waiting: Sequence[Waiting]) -> Mapping[tuple[str, str], float]:
    """New needs by region and care, and by region alone (care "")."""
    table: dict[tuple[str, str], float] = {}
    for part in waiting:
        for i, region in enumerate(part.regions):
            for j, care in enumerate(part.cares):
                count = float(part.places[i, j, 0])
                table[region, care] = count
                table[region, ""] = table.get((region, ""), 0.0) + count
    return table


def _wanted(inflow: Mapping[tuple[str, str], float], region: str, care: str) -> float:
    return inflow.get((region, care), inflow[region, ""] * OTHER_CARE_SHARE)


def _strength(clinic: Clinic, carried: set[UUID]) -> float:
    if clinic.is_own:
        return 1.0
    return PRIVATE_WEIGHT if clinic.id in carried else OUTSIDE_WEIGHT


@dataclass(frozen=True, kw_only=True)
class Times:
    """Every free time, as parallel arrays; moments are whole minutes since 1970 in UTC."""

    pairs: tuple[Pair, ...]
    pair: Counts
    """Index into `pairs`: which clinic and care."""
    inpatient: Marks
    video: Marks
    starts: Counts
    ends: Counts
    published: Counts
    opens: Counts
    confirmed: Counts

    def __len__(self) -> int:
        return len(self.pair)


def times(
    quota: Sequence[tuple[Pair, int]], confirmed: Mapping[UUID, datetime], today: date, seed: int
) -> Times:
    """Draw them all. Two at the same time are two rooms. `confirmed`: when each clinic last confirmed its
    capacity."""
    rng = np.random.default_rng([seed, 2])
    pairs = tuple(pair for pair, _ in quota)
    pair, inpatient, length = _laid_out(quota)
    starts = _starts(pair * 2 + inpatient, length, calendar(today), rng)
    published = _published(len(pair), minute(start_of_day(today) - timedelta(hours=6)), rng)
    short = starts - published < _minutes(SHORT_NOTICE)
    said = np.array([minute(confirmed[clinic.id]) for clinic, _ in pairs], dtype=np.int64)
    may_be_video = np.array([_may_be_video(care) for _, care in pairs])
    return Times(
        pairs=pairs,
        pair=pair,
        inpatient=inpatient,
        video=may_be_video[pair] & ~inpatient & (rng.random(len(pair)) < VIDEO_SHARE),
        starts=starts,
        ends=starts + length,
        published=published,
        opens=published + np.where(short, 0, _minutes(RELEASE)),
        confirmed=np.maximum(published, said[pair]),
    )


def minute(moment: datetime) -> int:
    """Whole minutes since 1970."""
    return _minutes(moment - EPOCH)


def _minutes(length: timedelta) -> int:
    return length // timedelta(minutes=1)


def _laid_out(quota: Sequence[tuple[Pair, int]]) -> tuple[Counts, Marks, Counts]:
    """For every time its pair, whether it is for an admitted patient, and its minutes."""
    inside = np.array([_inpatient(care, count) for (_, care), count in quota], dtype=np.int64)
    count = np.array([count for _, count in quota], dtype=np.int64)
    sizes = np.stack([count - inside, inside], axis=1).ravel()
    lengths = [[_length(care, form) for form in ("open", "inpatient")] for (_, care), _ in quota]
    group = np.repeat(np.arange(len(sizes)), sizes)
    return group // 2, group % 2 == 1, np.array(lengths, dtype=np.int64).ravel()[group]


def _starts(group: Counts, length: Counts, when: Calendar, rng: np.random.Generator) -> Counts:
    """A working day and a quarter of an hour for each; within a group in the order of days."""
    drawn = rng.choice(len(when.days), size=len(group), p=when.weights)
    day = drawn[np.lexsort((drawn, group))]
    step = (rng.random(len(group)) * ((CLOSES - OPENS - length) // STEP + 1)).astype(np.int64)
    midnights = np.array([minute(one) for one in when.midnights], dtype=np.int64)
    starts: Counts = midnights[day] + OPENS + step * STEP
    return starts


def _published(size: int, newest: int, rng: np.random.Generator) -> Counts:
    """The evening before (not yet open to free booking) or some day in the three weeks before that."""
    before = rng.integers(24 * 60 + 1, 21 * 24 * 60, size=size)
    published: Counts = newest - np.where(rng.random(size) < JUST_PUBLISHED, 0, before)
    return published


def _may_be_video(care: CareRow) -> bool:
    return care.form == "open" and care.kind in VIDEO_KINDS


def _inpatient(care: CareRow, count: int) -> int:
    return {"open": 0, "inpatient": count}.get(care.form, round(count * INPATIENT_SHARE))


def _length(care: CareRow, form: str) -> int:
    if care.form == "open":
        return MINUTES[care.kind]
    return MINUTES_INPATIENT if form == "inpatient" else MINUTES_DAY_SURGERY

"""Synthetic free times: how many each clinic and care has, and when, in Swedish working hours."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
from holidays.countries import Sweden

from brokering.sweden.capacity import Capacity, Clinic
from brokering.sweden.fit import Counts, Weights, apportion
from brokering.sweden.identifiers import stable_id
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

Pair = tuple[Clinic, CareRow]


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


COLUMNS = (
    "id",
    "clinic_id",
    "care_id",
    "form",
    "starts_at",
    "ends_at",
    "state",
    "published_at",
    "opens_at",
    "confirmed_at",
    "source_key",
    "synthetic",
)


def slots(
    quota: Sequence[tuple[Pair, int]], confirmed: Mapping[UUID, datetime], today: date, seed: int
) -> Iterator[tuple[Any, ...]]:
    """Rows of providers_slot (COLUMNS). `confirmed`: when each clinic last confirmed its capacity."""
    rng = np.random.default_rng([seed, 2])
    when, newest = calendar(today), start_of_day(today) - timedelta(hours=6)
    number = 0
    for (clinic, care), count in quota:
        for form, starts, length in _times(care, count, when, rng):
            for start in starts:
                number += 1
                published = _published(rng, newest)
                short = start - published < SHORT_NOTICE
                yield (
                    stable_id(seed, "slot", number),
                    clinic.id,
                    care.code,
                    form,
                    start,
                    start + length,
                    "open",
                    published,
                    published if short else published + RELEASE,
                    max(published, confirmed[clinic.id]),
                    f"syntetisk-{number}",
                    True,
                )


def _published(rng: np.random.Generator, newest: datetime) -> datetime:
    """The evening before (not yet open to free booking) or some day in the three weeks before that."""
    if rng.random() < JUST_PUBLISHED:
        return newest
    return newest - timedelta(minutes=int(rng.integers(24 * 60 + 1, 21 * 24 * 60)))


def _times(
    care: CareRow, count: int, when: Calendar, rng: np.random.Generator
) -> Iterator[tuple[str, list[datetime], timedelta]]:
    """Starts per form. Two at the same time are two rooms."""
    inpatient = _inpatient(care, count)
    for form, number in (("open", count - inpatient), ("inpatient", inpatient)):
        length = _length(care, form)
        days = np.sort(rng.choice(len(when.days), size=number, p=when.weights))
        steps = rng.integers(0, (CLOSES - OPENS - length) // STEP + 1, size=number)
        yield form, list(_starts(when, days, steps)), timedelta(minutes=length)


def _starts(when: Calendar, days: Counts, steps: Counts) -> Iterator[datetime]:
    for day, step in zip(days.tolist(), steps.tolist(), strict=True):
        yield when.midnights[day] + timedelta(minutes=OPENS + step * STEP)


def _inpatient(care: CareRow, count: int) -> int:
    return {"open": 0, "inpatient": count}.get(care.form, round(count * INPATIENT_SHARE))


def _length(care: CareRow, form: str) -> int:
    if care.form == "open":
        return MINUTES[care.kind]
    return MINUTES_INPATIENT if form == "inpatient" else MINUTES_DAY_SURGERY

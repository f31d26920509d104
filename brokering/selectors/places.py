"""Slots as frozen places."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from brokering.matching.reception import Reception
from brokering.verdict import CareValue, Place
from contracts.terms import Terms
from providers.models import Care, Slot
from providers.week_places import possible_days, spans_week

SWEDEN = ZoneInfo("Europe/Stockholm")


def swedish_day(now: datetime) -> date:
    """The Swedish civil date of a moment."""
    return now.astimezone(SWEDEN).date()


def midnight(day: date) -> datetime:
    """When a Swedish civil day begins."""
    return datetime.combine(day, time(), SWEDEN)


def care_value(care: Care) -> CareValue:
    """A care of the catalogue as a value."""
    return CareValue(
        code=care.code,
        name=care.name_sv,
        kind=care.kind,
        level=care.level,
        area=care.area,
        guarantee=care.guarantee,
        hospital_level=care.hospital_level,
    )


def is_any_time(slot: Slot) -> bool:
    """Whether a slot stands for a whole week, in which the clinic will name the time."""
    return spans_week(slot.statement_id is not None, slot.starts_at, slot.ends_at)


def reception_of(slot: Slot) -> Reception:
    """How patients are received at a slot (with its clinic fetched)."""
    clinic = slot.clinic
    return Reception(slot.mode, frozenset(clinic.languages), frozenset(clinic.accessibility))


def place_of(slot: Slot) -> Place:
    """A slot (with clinic, municipality and care fetched) as a place on its Swedish civil day.

    A week's place is measured by its last day, and its terms must hold on the first one too.
    """
    first, last = possible_days(slot.statement_id is not None, slot.starts_at, slot.ends_at)
    return Place(
        slot=slot.id,
        clinic=slot.clinic_id,
        clinic_name=slot.clinic.name,
        clinic_region=slot.clinic.municipality.region_id,
        care=care_value(slot.care),
        form=slot.form,
        day=last,
        first_day=first,
    )


def designations_at(terms: Terms, first: date, day: date) -> tuple[str, ...]:
    """Which designations are in force on the two ends of a visit's time, as part of a key."""
    numbers = enumerate(terms.designated.clinics)
    return tuple(
        f"d{number}:{int(one.in_force(first))}{int(one.in_force(day))}" for number, one in numbers
    )

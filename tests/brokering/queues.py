"""A clinic with a past: weeks in which people joined its queue, and places that they had."""

from datetime import date, datetime, time, timedelta

from accounts.tenancy import acting_as
from brokering.actions.forecasts import lay_forecasts
from brokering.models import Booking, Forecast, Patient, Referral
from contracts.models import Lot
from providers.models import Claim, Clinic
from providers.patterns import monday_of
from tests.factories import EYES, NOW, OWNER, SWEDEN, TODAY, a_claim, a_login, a_referral, a_slot

WEEKS = 10
MONDAY = monday_of(TODAY)


def noon(day: date) -> datetime:
    """A moment of a Swedish day."""
    return datetime.combine(day, time(12), SWEDEN)


def a_visit(
    need: Referral, clinic: Clinic, lot: Lot, on: date, *, why: str = "fulfilled", before: int = 0
) -> Claim:
    """A visit that has been, at a place published some days before."""
    published = noon(on - timedelta(days=before)) - timedelta(hours=3)
    slot = a_slot(
        clinic, need.care_id, starts_at=noon(on), published_at=published, opens_at=published
    )
    claim = a_claim(slot, lot, state="ended", ended_why=why, changed_at=noon(on))
    Booking.objects.using(OWNER).create(
        tenant_id=need.tenant_id,
        subject_id=need.subject_id,
        patient_id=need.patient_id,
        referral=need,
        claim=claim,
        care_id=need.care_id,
        route="own_region",
        state=why,
        receipt={},
        booked_by=a_login("Dana"),
        created_at=NOW,
        changed_at=NOW,
        synthetic=True,
    )
    return claim


def joined(patient: Patient, clinic: Clinic, on: date, **also) -> Referral:
    """Somebody who joined the clinic's queue on a day."""
    fields = {"created_at": noon(on), "issued_on": on, "priority": 3} | also
    return a_referral(patient, EYES, registered_at=clinic, addressed_to=clinic.tenant, **fields)


def a_past(patient: Patient, clinic: Clinic, lot: Lot, *, weeks: int = WEEKS) -> None:
    """Each week two joined on Monday and were served on Wednesday, by places published the day before."""
    for number in range(1, weeks + 1):
        monday = MONDAY - timedelta(weeks=number)
        for _ in range(2):
            need = joined(patient, clinic, monday, state="closed")
            a_visit(need, clinic, lot, monday + timedelta(days=2), before=1)


def forecast_made(by, *, now: datetime = NOW, care: str = EYES) -> list[Forecast]:
    """The day's forecasts, made as the system."""
    with acting_as(by):
        lay_forecasts(by=by, care=care, now=now)
    return list(Forecast.objects.order_by("id"))

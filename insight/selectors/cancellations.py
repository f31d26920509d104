"""A clinic's late cancellations of planned operations, as the register counts them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from brokering.law.cancellations import OPERATION_FORMS, OPERATION_KIND, cancel_reasons
from brokering.models import Booking
from brokering.selectors.places import swedish_day
from brokering.states import BookingState
from insight.disclosure import protected_list, shown
from providers.models import Clinic

BACK = timedelta(days=365)


@dataclass(frozen=True, kw_only=True)
class LateShare:
    """Operations planned on days of the last year: performed, cancelled late, of those avoidable.

    None for what is suppressed: fewer than ten, or what would give such a number back by subtraction.
    Shares are per cent: late and avoidable of the performed, avoidable also of the late.
    """

    first: date
    last: date
    performed: int | None
    late: int | None
    avoidable: int | None
    late_percent: float | None
    avoidable_of_late_percent: float | None
    avoidable_percent: float | None


def late_share(clinic: Clinic, *, now: datetime) -> LateShare:
    """What the clinic's own bookings say; reads inside the acting tenant, and no person comes out."""
    operations = Booking.objects.filter(
        addressed_to=clinic.tenant_id,
        claim__slot__clinic=clinic,
        care__kind=OPERATION_KIND,
        care__form__in=OPERATION_FORMS,
        claim__slot__starts_at__gte=now - BACK,
        claim__slot__starts_at__lt=now,
    )
    performed = operations.filter(state=BookingState.FULFILLED).count()
    late = operations.filter(state=BookingState.CANCELLED, cancelled_late=True)
    today = swedish_day(now)
    avoidable = [code for code, one in cancel_reasons().items() if one.is_avoidable(today)]
    could = late.filter(cancel_reason__in=avoidable).count()
    (seen_could, _), seen = protected_list([could, late.count() - could])
    return LateShare(
        first=swedish_day(now - BACK),
        last=today,
        performed=shown(performed),
        late=seen,
        avoidable=seen_could,
        late_percent=_percent(seen, shown(performed)),
        avoidable_of_late_percent=_percent(seen_could, seen),
        avoidable_percent=_percent(seen_could, shown(performed)),
    )


def _percent(part: int | None, whole: int | None) -> float | None:
    return None if part is None or not whole else round(100 * part / whole, 1)

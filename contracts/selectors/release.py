"""How a clinic shares its places between regions: windows and quotas, past and coming."""

from collections.abc import Iterable
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from accounts.database.prepared import Asked, Prepared
from accounts.database.statements import tuples_of
from contracts.models import RegionQuota, ReleasePolicy
from providers.models import Clinic, SeriousEvent

WITH_WINDOWS = "SELECT DISTINCT clinic_id FROM contracts_releasepolicy"


def windows_of(clinic: Clinic) -> list[ReleasePolicy]:
    """Every window of a clinic with who set it, the latest first."""
    rows = ReleasePolicy.objects.filter(clinic=clinic).select_related("care", "set_by")
    return list(rows.order_by("-valid_from", "-set_at"))


def quotas_of(clinic: Clinic) -> list[RegionQuota]:
    """Every quota of a clinic with who set it, the latest first."""
    rows = RegionQuota.objects.filter(clinic=clinic).select_related("care", "region", "set_by")
    return list(rows.order_by("-valid_from", "-set_at"))


def windows_at(clinics: Iterable[UUID]) -> list[ReleasePolicy]:
    """The windows that some clinics have set, past and coming; none where a serious event goes on."""
    wanted = set(clinics)
    if not wanted:
        return []
    if len(wanted) == 1:
        return OF_ONE.all(clinic=min(wanted))
    return list(_free_to_keep().filter(clinic__in=wanted))


def clinics_with_windows() -> frozenset[UUID]:
    """The clinics that have ever set a window: most have none."""
    return frozenset(clinic for (clinic,) in tuples_of(WITH_WINDOWS, {}))


def _free_to_keep() -> QuerySet[ReleasePolicy]:
    event = SeriousEvent.objects.filter(
        region=OuterRef("clinic__municipality__region"), ended_at__isnull=True
    )
    return ReleasePolicy.objects.filter(~Exists(event))


OF_ONE = Prepared(lambda: _free_to_keep().filter(clinic=Asked("clinic")))


def window_among(
    windows: Iterable[ReleasePolicy], *, clinic: UUID, care: str, on: date
) -> timedelta:
    """For how long a place published that day is kept; a care's own window before the clinic's. Else 0."""
    found = [
        one
        for one in windows
        if one.clinic_id == clinic
        and one.care_id in {None, care}
        and one.valid_from <= on
        and (one.valid_to is None or on <= one.valid_to)
    ]
    best = max(found, key=lambda one: (one.care_id is not None, one.set_at), default=None)
    return best.own_regions_first if best else timedelta(0)

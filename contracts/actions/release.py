"""A clinic decides how it shares its places between regions where the law leaves that to agreement."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.actions.trail import record
from accounts.errors import Invalid, NotAllowed, NotFound
from accounts.roles import Permission
from accounts.tenancy import Actor
from contracts.errors import BeginsTooEarly, OpenCareIsEveryones
from contracts.models import RegionQuota, ReleasePolicy
from contracts.terms import DAY
from providers.models import Care, Clinic, Region
from providers.patterns import SWEDEN

Policy = TypeVar("Policy", ReleasePolicy, RegionQuota)


@dataclass(frozen=True, kw_only=True)
class Scope:
    """For which clinic and care (None: all), from which Swedish day, until which (None: further notice)."""

    clinic: UUID
    care: str | None
    valid_from: date
    valid_to: date | None = None


@dataclass(frozen=True)
class Quota:
    """So many places for a region's patients in every month, quarter or year."""

    region: str
    places: int
    period: str


def set_window(*, by: Actor, scope: Scope, window: timedelta, now: datetime) -> ReleasePolicy:
    """Keep new places for the agreement's own regions for a time, nought for none; what was before gives way.

    Raises NotFound, NotAllowed, Invalid, BeginsTooEarly for a day that has passed, OpenCareIsEveryones:
    open care is given on the same terms to everyone (8 kap. 3 § HSL).
    """
    with transaction.atomic():
        clinic = _checked(scope, by, now)
        if window < timedelta(0):
            raise Invalid(field="window")
        if window and not _gives_inpatient(clinic, scope.care):
            raise OpenCareIsEveryones(care=scope.care)
        _make_room(ReleasePolicy.objects.filter(clinic=clinic), scope)
        policy = ReleasePolicy.objects.create(
            own_regions_first=window, **_said(scope, clinic, by, now)
        )
        minutes = int(window.total_seconds() // 60)
        record("releasepolicy.set", policy.id, by=by, now=now, minutes=minutes)
        return policy


def set_quota(*, by: Actor, scope: Scope, quota: Quota, now: datetime) -> RegionQuota:
    """Say how many places another region's patients may use in a period; raises as `set_window`.

    It binds inpatient care and reroutes alone, so it can be set for any care: nobody's own choice of
    open care is counted.
    """
    with transaction.atomic():
        clinic = _checked(scope, by, now)
        known = Region.objects.filter(code=quota.region).exists()
        if not known or quota.places < 0 or quota.period not in RegionQuota.Period.values:
            raise Invalid(field="region" if not known else "places")
        _make_room(RegionQuota.objects.filter(clinic=clinic, region=quota.region), scope)
        row = RegionQuota.objects.create(
            region_id=quota.region,
            places=quota.places,
            period=quota.period,
            **_said(scope, clinic, by, now),
        )
        places = quota.places
        record("regionquota.set", row.id, by=by, now=now, region=quota.region, places=places)
        return row


def _checked(scope: Scope, by: Actor, now: datetime) -> Clinic:
    clinic = Clinic.objects.filter(id=scope.clinic).first()
    if clinic is None:
        raise NotFound
    if not by.may_in(clinic.tenant_id, Permission.DECIDE_CAPACITY):
        raise NotAllowed(permission=Permission.DECIDE_CAPACITY.value)
    if scope.care and not clinic.cares.filter(code=scope.care).exists():
        raise Invalid(field="care")
    if scope.valid_from < now.astimezone(SWEDEN).date():
        raise BeginsTooEarly(valid_from=scope.valid_from.isoformat())
    if scope.valid_to is not None and scope.valid_to < scope.valid_from:
        raise Invalid(field="valid_to")
    # Two that set the same at once come one after the other.
    return Clinic.objects.select_for_update(no_key=True).get(id=clinic.id)


def _gives_inpatient(clinic: Clinic, care: str | None) -> bool:
    cares = clinic.cares.exclude(form=Care.Form.OPEN)
    return (cares.filter(code=care) if care else cares).exists()


def _make_room(rows: QuerySet[Policy], scope: Scope) -> None:
    """What was said before gives way while the new one is in force, and comes back after its last day.

    What begins after that day stays as it was said.
    """
    same = rows.filter(care=scope.care)
    if scope.valid_to is not None:
        same = same.filter(valid_from__lte=scope.valid_to)
        outlasts = Q(valid_to__isnull=True) | Q(valid_to__gt=scope.valid_to)
        for one in same.filter(outlasts):
            _come_back(one, scope.valid_to + DAY)
        # What has come back begins later and is not among the same any longer.
    runs = Q(valid_to__isnull=True) | Q(valid_to__gte=scope.valid_from)
    earlier = same.filter(runs, valid_from__lt=scope.valid_from)
    earlier.update(valid_to=scope.valid_from - DAY)
    same.filter(valid_from__gte=scope.valid_from).delete()


def _come_back(one: Policy, on: date) -> None:
    """The same once more from a day on, as it was said then; a quota's count goes on."""
    kind = type(one)
    fields = {field.attname: getattr(one, field.attname) for field in kind._meta.concrete_fields}
    if isinstance(one, RegionQuota):
        fields["counts_with"] = one.counts_with or one.id
    kind._default_manager.create(**fields | {"id": uuid4(), "valid_from": on})


def _said(scope: Scope, clinic: Clinic, by: Actor, now: datetime) -> dict[str, object]:
    return {
        "clinic": clinic,
        "tenant_id": clinic.tenant_id,
        "care_id": scope.care,
        "valid_from": scope.valid_from,
        "valid_to": scope.valid_to,
        "set_by_id": by.id,
        "set_at": now,
    }

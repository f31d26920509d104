"""Clinics: those that an actor publishes for, and those that anyone may look up."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.utils.translation import get_language

from accounts.tenancy import Actor
from providers.freshness import Standing, Told
from providers.models import Care, Claim, Clinic, Slot


@dataclass(frozen=True, kw_only=True)
class ClinicCard:
    """A clinic in the list of one's own: what lies ahead, and how old the information is."""

    id: UUID
    name: str
    place: str
    free: int
    booked: int
    confirmed_at: datetime
    is_late: bool


def own_clinics(actor: Actor, *, now: datetime) -> list[ClinicCard]:
    """The clinics of the actor's tenants, with what lies ahead of them."""
    clinics = list(
        Clinic.objects.filter(tenant_id__in=actor.tenants).select_related("municipality")
    )
    ahead = _ahead([clinic.id for clinic in clinics], now)
    return [_card(clinic, ahead.get(clinic.id, (0, 0)), now) for clinic in clinics]


def public_clinics(*, region: str = "", care: str = "") -> QuerySet[Clinic]:
    """All clinics, or those in a region or with a care; for a paginator."""
    clinics = Clinic.objects.select_related("provider", "municipality").prefetch_related("cares")
    if region:
        clinics = clinics.filter(municipality__region_id=region)
    if care:
        clinics = clinics.filter(cares=care)
    return clinics.order_by("name", "id")


def cares_of(clinic: Clinic) -> list[Care]:
    """What the clinic offers, by name."""
    return list(clinic.cares.order_by("name_sv"))


def care_names(codes: Iterable[str]) -> dict[str, Care]:
    """The cares of these codes."""
    return Care.objects.in_bulk(list(set(codes)))


def care_name(care: Care | None) -> str:
    """The care's name in English for English readers, otherwise in Swedish; empty for nothing."""
    if care is None:
        return ""
    return care.name_en if (get_language() or "").startswith("en") else care.name_sv


def _ahead(clinics: list[UUID], now: datetime) -> dict[UUID, tuple[int, int]]:
    """Free and booked places ahead, by clinic."""
    confirmed = Q(claims__state=Claim.State.CONFIRMED)
    held = Q(claims__state=Claim.State.HELD, claims__held_until__gt=now)
    rows = (
        Slot.objects.filter(clinic_id__in=clinics, state=Slot.State.OPEN, starts_at__gt=now)
        .values("clinic_id")
        .annotate(
            all=Count("id", distinct=True),
            booked=Count("id", filter=confirmed, distinct=True),
            held=Count("id", filter=held, distinct=True),
        )
    )
    return {
        row["clinic_id"]: (row["all"] - row["booked"] - row["held"], row["booked"]) for row in rows
    }


def _card(clinic: Clinic, ahead: tuple[int, int], now: datetime) -> ClinicCard:
    return ClinicCard(
        id=clinic.id,
        name=clinic.name,
        place=clinic.municipality.name,
        free=ahead[0],
        booked=ahead[1],
        confirmed_at=clinic.confirmed_at,
        is_late=is_late(clinic, now),
    )


def is_late(clinic: Clinic, now: datetime) -> bool:
    """Whether the clinic's information is older than it has promised."""
    told = Told(confirmed_at=clinic.confirmed_at, promised_age=clinic.promised_age)
    return told.standing(now) != Standing.FRESH

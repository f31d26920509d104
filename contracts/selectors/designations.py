"""Which designations there are, for the page and as data."""

from datetime import date
from uuid import UUID

from django.db.models import Q

from contracts.models import Designation
from providers.models import Care


def designations(*, on: date, care: str | None = None) -> list[Designation]:
    """Those that hold on a day or later, by care, for whom, then clinic."""
    rows = Designation.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=on))
    if care is not None:
        rows = rows.filter(care=care)
    rows = rows.select_related("clinic__municipality__region", "care", "region", "set_by")
    return list(rows.order_by("care__name_sv", "region__name", "clinic__name", "valid_from", "id"))


def nobody_designated(*, on: date) -> list[Care]:
    """National cares of the catalogue for which no designation holds: no machine gives a time in them."""
    known: set[str] = {
        row.care_id for row in designations(on=on) if row.basis == Designation.Basis.NATIONAL
    }
    rows = Care.objects.filter(hospital_level="national").exclude(code__in=known)
    return list(rows.order_by("name_sv"))


def clinics_for(care: str) -> list[tuple[UUID, str]]:
    """The clinics that offer a care, by region and name."""
    rows = Care.objects.get(code=care).clinics.select_related("municipality__region")
    ordered = rows.order_by("municipality__region__name", "name")
    return [(row.id, f"{row.name}, {row.municipality.region.name}") for row in ordered]

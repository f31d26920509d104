"""Which tenant answers for a region."""

from uuid import UUID

from providers.models import Region


def tenant_of_region(code: str) -> UUID | None:
    """The tenant of a region code; None when there is no such region."""
    return Region.objects.filter(code=code).values_list("tenant_id", flat=True).first()

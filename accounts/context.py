"""What every page shows: the band while data are made up, and who is logged in."""

from typing import Any

from django.http import HttpRequest

from accounts.models import Tenant


def screen(request: HttpRequest) -> dict[str, Any]:
    """Context for the base template."""
    return {
        "actor": getattr(request, "actor", None),
        "synthetic_band": Tenant.objects.filter(synthetic=True).exists(),
    }

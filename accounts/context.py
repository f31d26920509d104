"""What every page shows: the band while data are made up, who is logged in, where to go."""

from typing import Any

from django.http import HttpRequest

from accounts.models import Tenant
from accounts.navigation import links_for


def screen(request: HttpRequest) -> dict[str, Any]:
    """Context for the base template."""
    actor = getattr(request, "actor", None)
    return {
        "actor": actor,
        "navigation": links_for(actor, request.path),
        "synthetic_band": Tenant.objects.filter(synthetic=True).exists(),
    }

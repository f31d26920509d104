"""The serious event that goes on in a region, for banners and hits."""

from typing import Any

from django import template

from providers.models import SeriousEvent
from providers.selectors.decisions import events_now

register = template.Library()
KEY = "serious_events"


@register.simple_tag(takes_context=True)
def serious_event(context: template.Context, region_name: str) -> SeriousEvent | None:
    """The event in the region of that name; read once, however many hits a page shows."""
    kept: dict[Any, Any] = context.render_context.dicts[0]
    if KEY not in kept:
        kept[KEY] = {one.region.name: one for one in events_now()}
    found: SeriousEvent | None = kept[KEY].get(region_name)
    return found

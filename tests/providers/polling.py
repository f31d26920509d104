"""Feeds in tests: a publisher's server, a clinic's feed, one poll as when nobody had asked for a while."""

from datetime import datetime, timedelta

from django.utils import timezone

from accounts.roles import Role
from accounts.selectors.actors import system_actor
from accounts.tenancy import acting_as
from providers.actions.feeds import NewFeed, add_feed, claim_poll
from providers.models import Delivery, Feed, Slot
from providers.tasks import polled
from tests.factories import acting, at, staff
from tests.providers.publisher import Publisher, a_location, a_schedule, a_time

PROMISED = timedelta(hours=4)


def added(clinic, url, **also):
    by = acting(staff(Role.CLINIC_STAFF, clinic.tenant))
    new = {"kind": Feed.Kind.SMART, "promised_age": PROMISED} | also
    with acting_as(by):
        return add_feed(
            by=by, new=NewFeed(provider=clinic.provider_id, url=url, **new), now=timezone.now()
        )


def moment(days: int, hour: int = 9, minute: int = 0) -> str:
    return at(days, hour, minute).isoformat()


def half_an_hour(id: str, days: int = 10, hour: int = 9, **also):
    return a_time(id, moment(days, hour), moment(days, hour, 30), **also)


def published(site: Publisher, clinic, *times, **also):
    """A whole publication with one location and one schedule."""
    return site.put_manifest(
        ("Location", site.put_lines("/loc.ndjson", a_location(clinic.hsa_id))),
        ("Schedule", site.put_lines("/cal.ndjson", a_schedule())),
        ("Slot", site.put_lines("/slots.ndjson", *times, **also)),
    )


def poll(feed, *, ahead: timedelta = timedelta(0)) -> Feed:
    """One poll, as when nobody had asked for a while."""
    begun = timezone.now() + ahead
    with acting_as(system_actor(feed.tenant_id)):
        Feed.objects.filter(id=feed.id).update(polled_at=None)
        claim_poll(by=system_actor(feed.tenant_id), feed=feed.id, now=begun)
    polled(feed.id)
    return Feed.objects.get(id=feed.id)


def deliveries(feed) -> int:
    """How many times its content has been taken in; seen by its own tenant alone."""
    with acting_as(system_actor(feed.tenant_id)):
        return Delivery.objects.filter(feed=feed).count()


def starts(**having) -> list[datetime]:
    found = Slot.objects.filter(state="open", **having).order_by("starts_at")
    return [slot.starts_at for slot in found]

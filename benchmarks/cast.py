"""People of the country who may lawfully book a place, each with a login and a session of their own."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import connections
from django.test import Client

from accounts.models import User
from accounts.selectors.actors import actor_of, system_actor
from accounts.tenancy import Actor, acting_as
from brokering.actions.holds import HoldRequest
from brokering.law.decision import Bookable
from brokering.law.facts import Route
from brokering.models import Patient, Referral
from brokering.selectors.free_places import place_known
from brokering.selectors.places import swedish_day
from brokering.selectors.search import hit_of
from brokering.selectors.seekers import seeker_of
from brokering.verdict import Verdict

STAGES = """
    SELECT m.region_id, s.care_id FROM providers_slot s
      JOIN providers_clinic c ON c.id = s.clinic_id
      JOIN providers_municipality m ON m.code = c.municipality_id
      JOIN providers_care k ON k.code = s.care_id AND k.form = 'open'
     WHERE s.state = 'open' AND s.opens_at <= %(now)s AND s.starts_at > %(now)s + interval '5 days'
     GROUP BY 1, 2 ORDER BY count(*) DESC, 1, 2 LIMIT 40
"""
PLACES = """
    SELECT s.id FROM providers_slot s JOIN providers_clinic c ON c.id = s.clinic_id
      JOIN providers_municipality m ON m.code = c.municipality_id
     WHERE m.region_id = %(region)s AND s.care_id = %(care)s AND s.state = 'open'
       AND s.opens_at <= %(now)s AND s.starts_at > %(now)s + interval '5 days'
       AND (%(clinic)s::uuid IS NULL OR s.clinic_id = %(clinic)s)
       AND NOT EXISTS (SELECT FROM providers_claim k WHERE k.slot_id = s.id)
     ORDER BY s.clinic_id, s.starts_at, s.id LIMIT %(limit)s
"""
EACH_STAGE = 200
"""So many people of one region and care at most: bookings of a country do not all meet in one clinic."""


class Pair(NamedTuple):
    """Somebody, and a place that law and terms let the person book at once."""

    need: Referral
    slot: UUID
    lot: UUID
    route: Route
    clinic: UUID

    @property
    def asked(self) -> dict[str, str]:
        """The hold as REST takes it."""
        asked = {"slot": self.slot, "referral": self.need.id, "lot": self.lot, "route": self.route}
        return {name: str(value) for name, value in asked.items()}

    def request(self, held_until: datetime) -> HoldRequest:
        """The hold of the place for the person."""
        return HoldRequest(
            slot=self.slot,
            referral=self.need.id,
            lot=self.lot,
            route=self.route,
            held_until=held_until,
        )


def pairs(number: int, *, now: datetime) -> list[Pair]:
    """So many people with distinct places, all without a volume cap, each with a login."""
    found: list[Pair] = []
    for region, care in _rows(STAGES, now=now):
        enough = min(EACH_STAGE, number - len(found))
        found += _of_stage(region, care, enough, now=now)
        if len(found) >= number:
            break
    assert len(found) == number, len(found)
    return with_logins(found)


def with_logins(found: Sequence[Pair]) -> list[Pair]:
    """The same people with a user each."""
    users = [
        User(username=f"benchmark-{pair.need.id}", is_patient=True, synthetic=True, password="!")
        for pair in found
    ]
    User.objects.using("owner").bulk_create(users)
    for pair, user in zip(found, users, strict=True):
        Patient.objects.using("owner").filter(id=pair.need.patient_id).update(subject_id=user.id)
        Referral.objects.using("owner").filter(id=pair.need.id).update(subject_id=user.id)
        pair.need.subject_id = user.id
    return list(found)


def actor(pair: Pair) -> Actor:
    """The patient as the one who acts."""
    user = User.objects.get(id=pair.need.subject_id)
    found = actor_of(user, on=swedish_day(datetime.now(UTC)))
    assert found
    return found


def cookies(found: Sequence[Pair]) -> list[str]:
    """A session for each of them."""
    return [_session(User.objects.get(id=pair.need.subject_id)) for pair in found]


def _session(user: User) -> str:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    name = settings.SESSION_COOKIE_NAME
    return f"{name}={client.cookies[name].value}"


def people_of(region: str, care: str, limit: int) -> list[Referral]:
    """Who waits there for it with a remiss, and has no login."""
    waiting = Referral.objects.using("owner").select_related("patient", "care")
    return list(
        waiting.filter(
            home_region=region,
            care=care,
            state="waiting",
            issued_on__isnull=False,
            subject_id__isnull=True,
            patient__responsibility="resident",
        ).order_by("id")[:limit]
    )


def places_of(
    region: str, care: str, limit: int, *, now: datetime, clinic: UUID | None = None
) -> list[UUID]:
    """Free places of a care in a region, or of one clinic there."""
    asked = {"region": region, "care": care, "limit": limit, "clinic": clinic}
    return [slot for (slot,) in _rows(PLACES, now=now, **asked)]


def judged(need: Referral, slot: UUID, *, now: datetime) -> Verdict | None:
    """What holds for the person and the place; None when it cannot be booked at once."""
    known = place_known(slot, now=now)
    assert known
    with acting_as(system_actor(need.tenant_id)):
        seeker = seeker_of(need, on=swedish_day(now))
        hit = hit_of(known.place, seeker, care=need.care_id, now=now)
    at_once = hit.bookable == Bookable.YES and hit.verdict and not hit.verdict.clinic_approves
    return hit.verdict if at_once else None


def _of_stage(region: str, care: str, number: int, *, now: datetime) -> Iterator[Pair]:
    """Nobody under a cap, and nobody who would lose the guarantee: that needs another answer first."""
    needs, slots = people_of(region, care, number), places_of(region, care, number, now=now)
    for need, slot in zip(needs, slots, strict=False):
        verdict = judged(need, slot, now=now)
        if verdict is None or verdict.terms is None or verdict.terms.caps:
            continue
        if verdict.route == Route.OWN_REGION:
            yield Pair(need, slot, verdict.terms.lot, verdict.route, verdict.place.clinic)


def _rows(sql: str, **asked: object) -> list[tuple[object, ...]]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(sql, asked)
        return cursor.fetchall()

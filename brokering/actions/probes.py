"""Tries whether what is advertised can be held: by the real guarded write, for an invented person, undone.

Nothing of a try remains: no booking, no claim, no reserved volume, no event, no news. Only what it found is
written afterwards, on the place itself.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby, islice
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet

from accounts import topics
from accounts.actions.trail import record_each
from accounts.errors import Refusal
from accounts.identity import encrypt, keyed_hash
from accounts.news import News, tell
from accounts.selectors.actors import system_actor
from accounts.tenancy import Actor, acting_as
from brokering.actions.holds import HoldRequest, hold
from brokering.errors import (
    NotBookable,
    PlaceOutdated,
    SlotPast,
    SlotTaken,
    SlotWithdrawn,
)
from brokering.law.decision import Bookable
from brokering.law.facts import Issuer, Route
from brokering.models import Patient, Referral
from brokering.selectors.places import SWEDEN, place_of, swedish_day
from brokering.selectors.rulebooks import rule_book_ahead
from brokering.selectors.seekers import guarantee_of
from contracts.selectors.terms import terms_of_care
from contracts.terms import Eligibility, Terms
from providers.freshness import HiddenWhy
from providers.models import Clinic, Region, Slot

HELD_FOR = timedelta(minutes=1)
MOST_TRIES = 12
"""How many ways (lot and region) are tried before a place counts as one that nobody can hold."""
SAYS_NOTHING = (SlotTaken, SlotWithdrawn, SlotPast, PlaceOutdated)
"""The place has changed meanwhile: that it could not be held now tells nothing of what was advertised."""
GROWN_UP = 40


@dataclass(frozen=True)
class Found:
    """What a try found: why nobody can hold the place, empty when somebody can."""

    slot: Slot
    why: str


def probe_some(slots: list[Slot], *, now: datetime) -> dict[str, int]:
    """Try some places, one of each kind where it can be held, and write what was found clinic by clinic."""
    tried = changed = 0
    by_clinic = groupby(sorted(slots, key=_clinic_of), key=_clinic_of)
    for _, group in by_clinic:
        tries = _tried_by_kind(group, now)
        tried += len(tries)
        learnt = [found for _, found in tries if found]
        actor = system_actor(tries[0][0].clinic.tenant_id)
        with acting_as(actor):
            set_aside([slot for slot, found in tries if found is None], now=now)
            changed += note(learnt, by=actor, now=now) if learnt else 0
    return {"tried": tried, "changed": changed}


def _tried_by_kind(slots: Iterable[Slot], now: datetime) -> list[tuple[Slot, Found | None]]:
    """A hidden place is always tried itself; of the others none whose kind has just been held."""
    tries, spoken_for = [], set()
    for slot in slots:
        if slot.hidden_why or kind_of(slot) not in spoken_for:
            found = probe(slot, now=now)
            tries.append((slot, found))
            if found and not found.why:
                spoken_for.add(kind_of(slot))
    return tries


def _clinic_of(slot: Slot) -> UUID:
    return slot.clinic_id


def probe(slot: Slot, *, now: datetime) -> Found | None:
    """Try to hold a place (with clinic, municipality and care fetched) for its best-placed person.

    None where the try tells nothing: the place was taken meanwhile, or a human would have to look.
    """
    place = place_of(slot)
    today = swedish_day(now)
    offers = terms_of_care(slot.care_id, first=today, last=place.day, clinics=[slot.clinic_id])
    ways = [
        (terms, region)
        for terms in offers.get(slot.clinic_id, ())
        if all(map(terms.in_force, (today, *place.ends_of_time)))
        for region in sorted(terms.buyers)
    ]
    why = HiddenWhy.NO_USABLE_TERMS
    for terms, region in islice(ways, MOST_TRIES):
        refusal = _refused(slot, terms, region, now)
        if refusal is None:
            return Found(slot, "")
        if isinstance(refusal, SAYS_NOTHING) or _for_a_human(refusal):
            return None
        if not isinstance(refusal, NotBookable):
            why = hidden_by(refusal)
    return Found(slot, why)


def kind_of(slot: Slot) -> Hashable:
    """What a place is but for its hour: one that can be held speaks for the others of its kind."""
    when = slot.statement_id or swedish_day(slot.starts_at)
    return (slot.clinic_id, slot.care_id, slot.form, when)


def note(found: Sequence[Found], *, by: Actor, now: datetime) -> int:
    """Write what tries found on the places of one clinic, and tell of those hidden or shown again.

    `by` is the system for the clinic's tenant. A place that somebody changed meanwhile is left alone.
    One that can be held speaks for its kind; where one no longer can, the others are tried next.
    Returns how many places changed.
    """
    with transaction.atomic():
        clinic = Clinic.objects.select_for_update(no_key=True).get(id=found[0].slot.clinic_id)
        changed = [one for one in found if one.why != one.slot.hidden_why and _set(one, now)]
        Slot.objects.filter(id__in=[one.slot.id for one in found]).update(probed_at=now)
        hidden = [one for one in changed if one.why]
        newly = [one for one in hidden if not one.slot.hidden_why]
        # A place counts once, and once more if it later turns out that nobody can hold it.
        tried = {one.slot.id for one in found if one.slot.probed_at is None}
        counted = len(tried | {one.slot.id for one in newly})
        counted += _speak_for_others(found, newly, now)
        _count(clinic, probed=counted, unheld=len(newly), on=swedish_day(now))
        for why in sorted({one.why for one in changed}):
            ids = [one.slot.id for one in changed if one.why == why]
            record_each(f"slot.{'hidden' if why else 'shown'}", ids, by=by, now=now, code=why)
        _tell(clinic, [one for one in changed if one.why], "slots_hidden", now)
        _tell(clinic, [one for one in changed if not one.why], "slots_shown", now)
    return len(changed)


def _speak_for_others(found: Sequence[Found], newly: Sequence[Found], now: datetime) -> int:
    """How many places had their first word from one of their kind."""
    known = [one.slot.id for one in found]
    kinds = {kind_of(one.slot): one.slot for one in found if not one.why}
    suspect = {kind_of(one.slot): one.slot for one in newly}
    for slot in suspect.values():
        others = _alike(slot).exclude(id__in=known)
        others.filter(probed_at__isnull=False).update(probed_at=now - settings.PROBE_EVERY)
    first_words = 0
    for kind in kinds.keys() - suspect.keys():
        others = _alike(kinds[kind]).exclude(id__in=known)
        first_words += others.filter(probed_at__isnull=True).update(probed_at=now)
        others.update(probed_at=now)
    return first_words


def _alike(slot: Slot) -> QuerySet[Slot]:
    """The advertised places of one kind."""
    advertised = Slot.objects.filter(
        clinic=slot.clinic_id,
        care=slot.care_id,
        form=slot.form,
        state=Slot.State.OPEN,
        hidden_why="",
        statement=slot.statement_id,
    )
    if slot.statement_id:
        return advertised
    midnight = datetime.combine(swedish_day(slot.starts_at), time(), SWEDEN)
    return advertised.filter(starts_at__gte=midnight, starts_at__lt=_next_midnight(midnight))


def _next_midnight(midnight: datetime) -> datetime:
    return datetime.combine(midnight.date() + timedelta(days=1), time(), SWEDEN)


def set_aside(slots: Iterable[Slot], *, now: datetime) -> None:
    """Note that places of one clinic were tried without anything being learnt: their turn comes later."""
    Slot.objects.filter(id__in=[slot.id for slot in slots]).update(probed_at=now)


def hidden_by(refusal: Refusal) -> HiddenWhy:
    """The code under which a place is hidden for a refusal."""
    with suppress(ValueError):
        return HiddenWhy(refusal.code)
    return HiddenWhy.NOT_HOLDABLE


def _refused(slot: Slot, terms: Terms, region: str, now: datetime) -> Refusal | None:
    """What the hold refuses the best-placed person of a region with; None when it succeeds. Undone always."""
    home = Region.objects.get(code=region)
    actor = system_actor(home.tenant_id, slot.clinic.tenant_id)
    with acting_as(actor):
        try:
            Slot.objects.filter(id=slot.id).update(hidden_why="")
            hold(
                by=actor,
                request=HoldRequest(
                    slot=slot.id,
                    referral=_invented(slot, terms, home, swedish_day(now)).id,
                    lot=terms.lot,
                    route=Route.OWN_REGION,
                    held_until=now + HELD_FOR,
                    before_release=True,
                ),
                now=now,
            )
        except Refusal as refusal:
            return refusal
        finally:
            transaction.set_rollback(True)
    return None


def _for_a_human(refusal: Refusal) -> bool:
    """Whether law or terms leave it open rather than say no: unknown is an answer, and hides nothing."""
    return isinstance(refusal, NotBookable) and refusal.data["bookable"] != Bookable.NO


def _invented(slot: Slot, terms: Terms, home: Region, today: date) -> Referral:
    """A marked person with the remiss that the region asks for and whom the lot takes; never kept."""
    number = f"påhittad för prov {uuid4()}"
    sealed = encrypt(number, uuid4().bytes[:12])
    age, issuer, extras = _age(terms.eligibility), *_remiss(slot, home.code, today)
    patient = Patient.objects.create(
        tenant_id=home.tenant_id,
        name="Påhittad för prov",
        identity_encrypted=sealed.data,
        identity_key_version=sealed.version,
        identity_hash=keyed_hash(number),
        birth_date=date(today.year - age, 1, 1),
        home_region=home,
        synthetic=True,
    )
    return Referral.objects.create(
        tenant_id=home.tenant_id,
        patient=patient,
        care=slot.care,
        home_region=home,
        guarantee=guarantee_of(slot.care.guarantee) or Referral.Guarantee.NONE,
        issued_on=today,
        decided_on=today,
        need_approved_on=today,
        issuer=issuer,
        issuer_region=home,
        extras=extras,
        need_key=uuid4(),
        created_at=datetime.combine(today, datetime.min.time(), slot.starts_at.tzinfo),
        synthetic=True,
    )


def _age(eligibility: Eligibility) -> int:
    """An age in completed years that the lot takes, a grown-up's if it can be."""
    youngest, oldest = eligibility.age_min or 0, eligibility.age_max
    return max(youngest, GROWN_UP if oldest is None else min(GROWN_UP, oldest))


def _remiss(slot: Slot, region: str, today: date) -> tuple[str, list[str]]:
    """Issuer and enclosed assessments that meet every rule of the region for the care, where one does."""
    rules = [
        rule
        for rule in rule_book_ahead(on=today, care=slot.care_id).rows
        if rule.region == region and rule.care == slot.care_id and rule.in_force(today)
    ]
    accepted = [rule.accepted_issuers for rule in rules if rule.accepted_issuers]
    usable = (one.value for one in Issuer if all(one.value in listed for listed in accepted))
    extras = frozenset().union(*(rule.extra_requirements for rule in rules))
    return next(usable, Issuer.ALLMANLAKARE.value), sorted(extras)


def _set(found: Found, now: datetime) -> bool:
    """Whether the place still was as the try found it, and now says what was found."""
    same = Slot.objects.filter(
        id=found.slot.id, hidden_why=found.slot.hidden_why, state=Slot.State.OPEN
    )
    return same.update(hidden_why=found.why) == 1


def _count(clinic: Clinic, *, probed: int, unheld: int, on: date) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO providers_clinicday AS d (clinic_id, day, samples, late, gone, age_seconds,"
            " oldest_seconds, probed, unheld, kept, taken_back, unreported)"
            " VALUES (%s, %s, 0, 0, 0, 0, 0, %s, %s, 0, 0, 0)"
            " ON CONFLICT (clinic_id, day) DO UPDATE"
            " SET probed = d.probed + excluded.probed, unheld = d.unheld + excluded.unheld",
            [clinic.id, on, probed, unheld],
        )


def _tell(clinic: Clinic, changed: list[Found], kind: str, now: datetime) -> None:
    counts = Counter(one.slot.care_id for one in changed)
    if not counts:
        return
    told = [topics.clinic(clinic.id), *(topics.care(care) for care in sorted(counts))]
    data = {"clinic": str(clinic.id), "count": len(changed)}
    tell(*(News(topic=one, kind=kind, data=data) for one in told), now=now)

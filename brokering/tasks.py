"""Scheduled and background work: rounds, offers, what ran out. Each is safe to run twice."""

from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from itertools import groupby
from uuid import UUID

import structlog
from celery import Task, shared_task
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from accounts.actions.upkeep import forget_outcomes
from accounts.errors import Refusal
from accounts.selectors.actors import system_actor
from accounts.tenancy import Actor, acting_as
from brokering.actions.approvals import escalate, lapse
from brokering.actions.holds import end_lapsed
from brokering.actions.invitations import end_batch, open_batch
from brokering.actions.messages import About, queue_message
from brokering.actions.offers import expire_booking, lapse_offer, send_offer
from brokering.actions.owners import hand_over
from brokering.actions.probes import probe_some
from brokering.actions.publication import publish_country
from brokering.actions.rematching import rematch
from brokering.actions.reroutes import close_if_settled, look_again, open_case
from brokering.actions.rounds import Proposed, RoundOutcome
from brokering.actions.rounds import run_round as run_round_now
from brokering.actions.seeking import seek
from brokering.actions.sending import Ticket, give_up_waiting, note_outcome, take_next
from brokering.actions.watches import tell_new
from brokering.errors import WrongState
from brokering.forms.watches import query_of
from brokering.messaging.asking import Step
from brokering.messaging.channels import carriers
from brokering.messaging.kinds import MessageKind
from brokering.selectors.approvals import ended_questions, late_answers
from brokering.selectors.batches import batches_to_end
from brokering.selectors.counting import count_country
from brokering.selectors.earlier import earlier_in_line
from brokering.selectors.messages import heard_nothing, to_remind
from brokering.selectors.probes import places_to_probe, share_of_a_run
from brokering.selectors.seeking import to_seek
from brokering.selectors.short_notice import first_in_line, is_short_notice
from brokering.selectors.upkeep import (
    cares_with_someone_waiting,
    case_owners,
    free_again,
    lapsed_holds,
    lapsed_offers,
    region_tenants,
    regions_with_tenants,
)
from brokering.selectors.watches import OVERLAP, has_appeared, watched_cares
from brokering.selectors.worklist import (
    needs_that_trigger,
    settled_cases,
    unforeseen,
    worklist,
)
from providers.actions.freed import forget_freed, take_freed
from providers.models import Slot

log = structlog.get_logger(__name__)


@shared_task
def run_all_rounds() -> int:
    """Start a round for every care with someone waiting, the largest queue first."""
    cares = cares_with_someone_waiting()
    for care in cares:
        run_round.delay(care)
    return len(cares)


@shared_task
def run_round(care: str) -> dict[str, int]:
    """One round for a care, and offers for what it proposes."""
    return offer_round(care, now=timezone.now())


@shared_task
def rematch_freed_slot(slot: str) -> dict[str, int]:
    """Give a freed place to the highest need that may and wants to use it.

    Where that needs more time than is left, those are asked who have consented to short notice.
    """
    return rematched_together([UUID(slot)], now=timezone.now())


@shared_task
def rematch_freed() -> dict[str, int]:
    """Match again every place that has become free, whoever freed it; end batches whose place is gone.

    The database has noted it, so nothing depends on a message that says so: that only makes it quicker.
    """
    now = timezone.now()
    batches = sum(end_batch(batch_id=one, now=now) for one in batches_to_end(now=now))
    freed = take_freed(now=now)
    counts = rematched_together({one.slot for one in freed}, now=now)
    forget_freed(freed)
    return {**counts, "batches": batches}


def rematched_together(slots: Iterable[UUID], *, now: datetime) -> dict[str, int]:
    """What became of places that are free again: one round a care for those far enough ahead."""
    counts = Counter({"proposals": 0, "offers": 0, "asked": 0})
    rows = free_again(slots, now=now).order_by("care_id", "starts_at", "id")
    for care, group in groupby(rows, key=lambda slot: slot.care_id):
        counts.update(_rematched(care, list(group), now))
    return dict(counts)


def _rematched(care: str, slots: list[Slot], now: datetime) -> Counter[str]:
    """First whoever waits without a time; who has one and would come earlier where nobody else can."""
    counts, wanted = Counter[str](), set[UUID]()
    if far := [slot.id for slot in slots if slot.starts_at > now + settings.MATCH_NOTICE]:
        outcome = matched(care, now=now, slots=far)
        wanted = {proposed.slot for proposed in outcome.proposals}
        counts.update(proposals=len(wanted), offers=_sent(outcome, now))
    counts["asked"] = sum(asked_about(slot, now=now) for slot in slots if slot.id not in wanted)
    return counts


def asked_about(slot: Slot, *, now: datetime) -> int:
    """How many are asked about a free place (with clinic and care fetched) that no round gives out.

    Where it begins soon those who wait and want that; where there are none, those who would come earlier.
    """
    asked = first_in_line(slot, now=now) if is_short_notice(slot, now=now) else []
    if not asked:
        with acting_as(system_actor(*region_tenants())):
            asked = earlier_in_line(slot, now=now)
    batch = open_batch(slot=slot, asked=asked, now=now) if asked else None
    return len(asked) if batch else 0


def begun(task: Task, *args: str) -> bool:
    """For a face that starts what the schedule starts anyway: whether Valkey could be told of it now."""
    try:
        task.delay(*args)
    except OperationalError as error:
        log.warning("task not begun", task=task.name, why=type(error).__name__)
        return False
    return True


def rematch_when_committed(slot: UUID) -> None:
    """For a face that has freed a place: match it again as soon as that is a fact.

    A lost message costs a few seconds, nothing else: `rematch_freed` finds the place by itself.
    """
    transaction.on_commit(lambda: rematch_freed_slot.delay(str(slot)), robust=True)


@shared_task
def sweep() -> dict[str, int]:
    """End what ran out. Nothing depends on it for safety; it keeps the screens tidy."""
    now = timezone.now()
    offered: list[UUID] = []
    held: list[UUID] = []
    for tenant in region_tenants():
        with acting_as(system_actor(tenant)):
            offered += _lapse_offers(tenant, now)
            held += _lapse_holds(tenant, now)
    with acting_as(system_actor()):
        ended = end_lapsed(now=now)
    batches = sum(end_batch(batch_id=one, now=now) for one in batches_to_end(now=now))
    for slot in (*offered, *held):
        rematch_freed_slot.delay(str(slot))
    return {"claims": ended, "offers": len(offered), "batches": batches}


@shared_task
def seek_answers() -> dict[str, int]:
    """Seek those who have not answered an offer, as their region has decided; what was done, by kind."""
    now = timezone.now()
    done: Counter[str] = Counter()
    for tenant in region_tenants():
        with acting_as(system_actor(tenant)) as system:
            due = to_seek(now=now)
        for offer in due:
            done[_sought(offer, system, now)] += 1
    return {step: done[step] for step in (Step.SEEK, Step.LETTER)}


def _sought(offer: UUID, system: Actor, now: datetime) -> Step:
    """One offer in a transaction of its own; one that was answered meanwhile is left alone."""
    try:
        with acting_as(system):
            return seek(by=system, offer_id=offer, now=now)
    except Refusal as refusal:
        log.info("offer not pursued", code=refusal.code, offer=str(offer))
        return Step.WAIT


@shared_task
def watch_approvals() -> dict[str, int]:
    """Owners for late answers and for what nobody has any longer; questions end with their hold."""
    now = timezone.now()
    freed: list[UUID] = []
    late = 0
    for tenant in region_tenants():
        actor = system_actor(tenant)
        with acting_as(actor):
            hand_over(by=actor, tenant=tenant, now=now)
            for approval in late_answers(now=now):
                escalate(by=actor, approval=approval, now=now)
                late += 1
            for approval in ended_questions(now=now):
                # Somebody answered at the last moment: then there is nothing left to end.
                with suppress(WrongState):
                    lapse(by=actor, approval=approval, now=now)
                    freed.append(approval.booking.claim.slot_id)
    for slot in freed:
        rematch_freed_slot.delay(str(slot))
    return {"late": late, "ended": len(freed)}


@shared_task
def look_for_watchers() -> int:
    """Start one look for each watched care in which anything has appeared, however many places; how many."""
    now = timezone.now()
    with acting_as(system_actor(*region_tenants())):
        cares = [
            care
            for care, since in watched_cares().items()
            if has_appeared(care, since=since - OVERLAP, now=now)
        ]
    for care in cares:
        tell_watchers.delay(care)
    return len(cares)


@shared_task
def tell_watchers(care: str) -> int:
    """Tell those whose search shows something new of a care; how many."""
    return tell_new(care=care, read=query_of, now=timezone.now())


@shared_task
def watch_guarantees() -> dict[str, int]:
    """Open a reroute case for every need whose guarantee is at risk; close the cases that are settled."""
    now = timezone.now()
    return {"opened": sum(_watch(region, tenant, now) for region, tenant in regions_with_tenants())}


@shared_task
def probe_places() -> dict[str, int]:
    """Try whether advertised places can be held; hide those that nobody can hold, show them again later."""
    now = timezone.now()
    return probe_some(places_to_probe(now=now, most=share_of_a_run(now=now)), now=now)


@shared_task
def send_messages() -> int:
    """Send what waits, one message after the other, each in transactions of its own; how many were taken."""
    system = system_actor(*region_tenants())
    with carriers() as carrier_of:
        for taken in range(settings.MESSAGES_AT_ONCE):
            with acting_as(system):
                ticket = take_next(by=system, now=timezone.now())
            if ticket is None:
                return taken
            if isinstance(ticket, Ticket):
                outcome = carrier_of[ticket.channel].send(ticket.message, ticket.text)
                # A receipt may have been quicker than we are.
                with suppress(WrongState), acting_as(system):
                    note_outcome(ticket.message.id, outcome, by=system, now=timezone.now())
    return settings.MESSAGES_AT_ONCE


@shared_task
def watch_messages() -> dict[str, int]:
    """Lay down reminders and words about silence; give up on what is under way too long."""
    now = timezone.now()
    reminded = quiet = late = 0
    for tenant in region_tenants():
        with acting_as(system_actor(tenant)) as system:
            reminded += _reminded(now)
            quiet += _told_of_silence(now)
            late += give_up_waiting(by=system, now=now)
    return {"reminders": reminded, "silence": quiet, "late": late}


@shared_task
def publish_free_times() -> dict[str, int]:
    """Write the country's times anew for anyone to fetch; lines by type."""
    return publish_country(now=timezone.now())


@shared_task
def forget_old() -> int:
    """Remove outcomes of keys that are older than promised."""
    return forget_outcomes(before=timezone.now() - settings.OUTCOME_KEPT)


def offer_round(care: str, *, now: datetime, slots: list[UUID] | None = None) -> dict[str, int]:
    """Run a round and offer what it proposes, tenant by tenant; counts of both."""
    outcome = matched(care, now=now, slots=slots)
    return {"proposals": len(outcome.proposals), "offers": _sent(outcome, now)}


def _sent(outcome: RoundOutcome, now: datetime) -> int:
    """How many offers could be made of what a round proposes."""
    return sum(offered(one, now=now) for one in outcome.proposals[: settings.ROUND_OFFERS_MAX])


def matched(care: str, *, now: datetime, slots: list[UUID] | None = None) -> RoundOutcome:
    """Run a round as the system; of some places alone, by the index of the queue."""
    by, finished = system_actor(), timezone.now()
    if slots is None:
        return run_round_now(by=by, care=care, now=now, finished=finished)
    return rematch(by=by, care=care, slots=slots, now=now, finished=finished)


def offered(proposed: Proposed, *, now: datetime) -> bool:
    """Whether the offer could be made; a place or need that changed meanwhile is left for the next round."""
    actor = system_actor(proposed.tenant)
    try:
        with acting_as(actor):
            send_offer(by=actor, proposed=proposed, now=now)
    except Refusal as refusal:
        log.info("proposal not offered", code=refusal.code, slot=str(proposed.slot))
        return False
    return True


def _lapse_offers(tenant: UUID, now: datetime) -> list[UUID]:
    actor = system_actor(tenant)
    freed = []
    for offer in list(lapsed_offers(now=now)):
        # Someone answered or let go at the last moment: then there is nothing left to tidy.
        with suppress(WrongState):
            lapse_offer(by=actor, offer=offer, now=now)
            freed.append(offer.booking.claim.slot_id)
    return freed


def _lapse_holds(tenant: UUID, now: datetime) -> list[UUID]:
    """Tidy holds that ran out; the places among them for which there is no time to lose."""
    actor = system_actor(tenant)
    freed = []
    for booking in list(lapsed_holds(now=now)):
        with suppress(WrongState):
            expire_booking(by=actor, booking=booking, now=now)
            if is_short_notice(booking.claim.slot, now=now):
                freed.append(booking.claim.slot_id)
    return freed


def _reminded(now: datetime) -> int:
    near = list(to_remind(now=now))
    for booking in near:
        about = About(patient=booking.patient, booking=booking)
        queue_message(MessageKind.VISIT_REMINDER, about, now=now)
    return len(near)


def _told_of_silence(now: datetime) -> int:
    needs = list(heard_nothing(now=now))
    for need in needs:
        about = About(patient=need.patient, referral=need, mark=str(timezone.localdate(now)))
        queue_message(MessageKind.NOTHING_HAPPENED, about, now=now)
    return len(needs)


def _watch(region: str, tenant: UUID, now: datetime) -> int:
    actor = system_actor(tenant)
    with acting_as(actor):
        owners = case_owners(tenant, on=timezone.localdate(now))
        listed = worklist(region=region, now=now)
        for case in settled_cases(listed, region=region):
            close_if_settled(by=actor, case=case, now=now)
        look_again(listed, now=now)
        at_risk = needs_that_trigger(listed)
        if late := unforeseen(at_risk):
            log.error("guarantees broken before any alarm", region=region, needs=len(late))
        if at_risk and not owners:
            log.error("nobody owns reroute cases", region=region, needs=len(at_risk))
            return 0
        for number, need in enumerate(at_risk):
            open_case(
                by=actor,
                referral=need.referral,
                trigger=str(need.trigger),
                owner=owners[number % len(owners)],
                now=now,
            )
    return len(at_risk)


@shared_task
def count_free_times() -> int:
    """Count the country's free times for the start page."""
    return count_country(now=timezone.now())

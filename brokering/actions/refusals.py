"""Writes down a no to an offer with all that decides what it does to the guarantee, and a change of mind."""

from datetime import datetime

from django.db import transaction

from accounts.actions.trail import record
from accounts.errors import NotAllowed
from accounts.news import tell
from accounts.tenancy import Actor
from brokering.access import belongs, parties
from brokering.actions.clock import add_clock_event, add_refusal
from brokering.actions.holds import news_of_need
from brokering.actions.moves import locked_need
from brokering.errors import NotRefraining
from brokering.models import Offer, Referral
from brokering.selectors.answers import No, no_to
from brokering.selectors.clocks import refuses_care
from brokering.selectors.places import swedish_day
from brokering.states import Party

SPEAK_FOR_A_PATIENT = frozenset({Party.PATIENT, Party.REGION})


def note_refusal(offer: Offer, *, text: str, by: Actor, now: datetime) -> No:
    """Keep the evidence of a no: what was told, offered and answered when, and what the law makes of it.

    `text` is the version of the words on the guarantee and on a no that were read before the answer, empty
    where none were. Nothing here sets a pause: the kernel computes it from these facts (HSF 6 kap. 2 § 3),
    and a place that is no care in accordance with the guarantee leaves no fact at all.
    """
    today = swedish_day(now)
    found = no_to(offer, on=today, informed=bool(text))
    if found.is_of_the_guarantee:
        if text:
            add_clock_event(offer.referral, "informed", on=today, now=now)
        add_refusal(offer.referral, offered_on=found.offered_on, on=today, now=now)
    record(
        "offer.refused",
        offer.id,
        by=by,
        now=now,
        belongs=belongs(offer),
        text=text,
        told="home_region",
        spoken_for=by.id != offer.subject_id,
        **found.as_json(),
    )
    return found


def want_care_again(*, by: Actor, referral: Referral, now: datetime) -> None:
    """The person has changed their mind: from today the days count again (HSF 6 kap. 2 §).

    Raises NotAllowed, NotRefraining when no refusal keeps the clock from running.
    """
    with transaction.atomic():
        if not parties(by, referral) & SPEAK_FOR_A_PATIENT:
            raise NotAllowed
        need = locked_need(referral.id)
        today = swedish_day(now)
        if not refuses_care(need, on=today):
            raise NotRefraining
        add_clock_event(need, "regretted", on=today, now=now)
        record("referral.wants_care_again", need.id, by=by, now=now, belongs=belongs(need))
        kind = "wants_care_again"
        tell(*news_of_need(need, need.home_region_id, kind, referral=str(need.id)), now=now)

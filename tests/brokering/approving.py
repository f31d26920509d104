"""Asking the home region for its yes, answering, and what the watch does: as the tests do it."""

from datetime import timedelta
from functools import partial

from django.test import Client

from accounts.selectors.actors import system_actor
from accounts.tenancy import acting_as
from brokering.access import access_approval
from brokering.actions import approvals
from brokering.actions.referrals import Wish
from brokering.law.facts import Route
from brokering.models import Referral
from brokering.selectors.approvals import (
    ended_questions,
    late_answers,
    to_remind_of,
)
from tests.factories import (
    NOW,
    TODAY,
    a_slot,
    acting,
    at,
)

KNEE = "op-ortopedi"
IN_A_YEAR = TODAY + timedelta(days=365)


def ward(hospital, days=30, hour=9):
    then = NOW - timedelta(days=40)
    said = {"starts_at": at(days, hour), "published_at": then, "opens_at": then}
    return a_slot(hospital, KNEE, form="inpatient", **said)


def asked(slot, need, lot, *, now=NOW):
    by = acting(need.patient.subject)
    wish = Wish(slot=slot.id, lot=lot.id, route=Route.INPATIENT_CHOICE, held_until=now)
    with acting_as(by):
        row = Referral.objects.select_related("patient").get(id=need.id)
        return approvals.ask(by=by, referral=row, wish=wish, now=now)


def answered(act, approval, *, by, now=NOW, **also):
    by = by if hasattr(by, "tenants") else acting(by)
    with acting_as(by):
        row = access_approval(approval.id, by=by, now=now)
        act(by=by, approval=row, now=now, **also)


yes = partial(answered, approvals.grant, valid_to=IN_A_YEAR)
no = partial(answered, approvals.refuse, reason="care_at_home")


def watched(tenant, now):
    """What the watch does for a region at a moment."""
    region = system_actor(tenant)
    with acting_as(region):
        for one in to_remind_of(now=now):
            approvals.remind(by=region, approval=one, now=now)
        for one in late_answers(now=now):
            approvals.escalate(by=region, approval=one, now=now)
        for one in ended_questions(now=now):
            approvals.lapse(by=region, approval=one, now=now)


def browser(user):
    client = Client()
    client.force_login(user)
    return client

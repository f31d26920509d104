"""Valkey is killed under a thousand open screens while places are published; until when all agree again.

The clock runs from the kill. The embedded Valkey's keeper starts it again; the screens come back as the
browser does, with growing pauses, and ask for what they missed. All agree when every change of the topic has
its number in the database and every screen has the last of them.
"""

import os
import signal
import time

from django.db.models import Max

from accounts import topics
from accounts.models import Change
from accounts.roles import Role
from benchmarks.callers import Caller, served
from benchmarks.live_publish import lines
from benchmarks.national import valkey_process
from benchmarks.screens import SCREENS, followed
from benchmarks.stage import tell_of
from providers.models import Care, Clinic

CALLS = 10
PAUSE = 0.3
GOAL = ("the goal", 30.0)


def measure() -> None:
    """Seconds from the kill until every screen has what the database has."""
    clinic = Clinic.objects.filter(cares__form=Care.Form.OPEN).order_by("id")[0]
    care = clinic.cares.filter(form=Care.Form.OPEN).order_by("code")[0]
    topic = topics.care(care.code)
    with served() as address, followed(topic) as screens:
        caller = Caller(address, clinic.tenant_id, Role.CLINIC_STAFF)
        caller.publish(lines(clinic, care, 0))
        screens.wait_until_all_heard()
        begun = time.perf_counter()
        os.kill(valkey_process(), signal.SIGKILL)
        for number in range(1, CALLS + 1):
            caller.publish(lines(clinic, care, number))
            time.sleep(PAUSE)
        published = time.perf_counter() - begun
        screens.wait_until_all_have(lambda: _number(topic))
        took = time.perf_counter() - begun
    more = {"published_for_seconds": round(published, 1)}
    tell_of("live.recovered", (round(took, 1), "seconds"), GOAL, SCREENS, **more)


def _number(topic: str) -> int:
    """The last number of the topic; -1 while a change waits for its own."""
    told = Change.objects.using("owner").filter(topic=topic)
    if told.filter(number__isnull=True).exists():
        return -1
    return int(told.aggregate(last=Max("number"))["last"] or 0)

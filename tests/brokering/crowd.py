"""Many people at once: threads with connections of their own, guards taken away, one stopped half-way."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier, Event
from typing import Any

from django.db import connections

from accounts.errors import Refusal
from tests.brokering.desk import held
from tests.factories import a_patient, a_referral, acting

WON = "won"
Outcomes = Counter[str]
ONE_PATIENT = (
    "DROP INDEX one_patient_per_slot",
    (
        "CREATE UNIQUE INDEX one_patient_per_slot ON providers_claim (slot_id)"
        " WHERE state IN ('held', 'confirmed')"
    ),
)
CAP_CHECK = (
    "ALTER TABLE contracts_capuse DROP CONSTRAINT cap_never_exceeded",
    'ALTER TABLE contracts_capuse ADD CONSTRAINT cap_never_exceeded CHECK (used <= "limit")',
)
COMMITMENT_CHECK = (
    "ALTER TABLE brokering_paymentcommitment DROP CONSTRAINT commitment_never_exceeded",
    (
        "ALTER TABLE brokering_paymentcommitment ADD CONSTRAINT commitment_never_exceeded"
        " CHECK (uses <= uses_max)"
    ),
)
CLAIM_TRIGGERS = (
    (
        "ALTER TABLE providers_claim DISABLE TRIGGER claim_needs_open_slot;"
        " ALTER TABLE providers_claim DISABLE TRIGGER confirmed_claim_needs_open_slot"
    ),
    (
        "ALTER TABLE providers_claim ENABLE TRIGGER claim_needs_open_slot;"
        " ALTER TABLE providers_claim ENABLE TRIGGER confirmed_claim_needs_open_slot"
    ),
)
ONE_BOOKING = (
    "DROP INDEX one_confirmed_booking_per_need",
    (
        "CREATE UNIQUE INDEX one_confirmed_booking_per_need ON brokering_booking (referral_id)"
        " WHERE state = 'booked'"
    ),
)
ONE_OFFER = (
    "DROP INDEX one_open_offer_per_need",
    (
        "CREATE UNIQUE INDEX one_open_offer_per_need ON brokering_offer (referral_id)"
        " WHERE state = 'sent'"
    ),
)
HALF_A_CHAIN = (
    "ALTER TABLE brokering_booking DISABLE TRIGGER no_half_chain",
    "ALTER TABLE brokering_booking ENABLE TRIGGER no_half_chain",
)


def people(number, region="01"):
    """Needs of different patients, each with the patient as actor."""
    needs = [a_referral(a_patient(f"Person{one}", region=region)) for one in range(number)]
    return [(need, acting(need.patient.subject)) for need in needs]


def all_hold(slot, lot, crowd):
    """Everyone in the crowd holds the same place, or one each of a list of places."""
    places = slot if isinstance(slot, list) else [slot] * len(crowd)
    return at_once(
        (lambda place=place, need=need, by=by: held(place, need, lot, by=by))
        for place, (need, by) in zip(places, crowd, strict=True)
    )


class Pause:
    """Stops whoever calls a function for the first time, until told to go on."""

    def __init__(self, monkeypatch, module, name, after=False):
        self.reached, self.going_on = Event(), Event()
        self._real, self._after = getattr(module, name), after
        monkeypatch.setattr(module, name, self)

    def __call__(self, *args, **kwargs):
        if not self._after:
            self._stop()
        result = self._real(*args, **kwargs)
        if self._after:
            self._stop()
        return result

    def _stop(self):
        if not self.reached.is_set():
            self.reached.set()
            assert self.going_on.wait(30)

    def meanwhile(self, work):
        """A work that waits until the other one is stopped, and lets it go on afterwards."""

        def started():
            assert self.reached.wait(30)
            try:
                return work()
            finally:
                self.going_on.set()

        return started


def moved_unseen(row, to, *, by, now, **also):
    """Set a state whatever it has become meanwhile: what the comparison in `move` prevents."""
    type(row).objects.filter(pk=row.pk).update(state=to, **also)
    row.state = to


def at_once(works: Iterable[Callable[[], Any]]) -> Outcomes:
    """Carry out all works in threads and connections of their own, started together; count what came.

    A refusal counts by its code, any other exception by its type.
    """
    todo = list(works)
    start = Barrier(len(todo))

    def one(work: Callable[[], Any]) -> str:
        try:
            connections["default"].ensure_connection()
            start.wait(60)
            work()
        except Refusal as refusal:
            return refusal.code
        except Exception as error:  # every failure is an outcome to be counted
            return type(error).__name__
        finally:
            connections.close_all()
        return WON

    with ThreadPoolExecutor(len(todo)) as pool:
        return Counter(pool.map(one, todo))


def someone_waits() -> None:
    """Return when some transaction on this database waits for another one."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with connections["default"].cursor() as cursor:
            cursor.execute(
                "SELECT EXISTS (SELECT 1 FROM pg_locks JOIN pg_stat_activity USING (pid)"
                " WHERE NOT granted AND datname = current_database() AND usename IS NOT NULL)"
            )
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)
    raise AssertionError("nobody waits")


@contextmanager
def without(drop: str, restore: str) -> Iterator[None]:
    """Take a guard out of the database and put it back, clearing away what came in meanwhile."""
    _as_owner("SET lock_timeout = '10s'", drop)
    try:
        yield
    finally:
        connections["default"].close()
        _as_owner("SET lock_timeout = '10s'", CLEARED, restore)


NEED_ROWS = "brokering_offer, brokering_reroutecase, brokering_rebookingtask, brokering_booking"
CLEARED = f"TRUNCATE {NEED_ROWS}, providers_claim, contracts_capuse, contracts_reservation CASCADE"


def _as_owner(*statements: str) -> None:
    with connections["owner"].cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)

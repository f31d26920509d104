"""Web, worker and Valkey are killed in mid-booking: nothing is lost or double, and every retry agrees."""

import contextlib
import http.client
import itertools
import json
import os
import signal
import threading
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import Change, Outcome
from brokering.models import Booking, Referral
from providers.models import Claim, Slot
from tests.accounts.processes import eventually
from tests.brokering.desk import occupying
from tests.factories import a_clinic, a_patient, a_referral, a_slot, an_agreement, at
from tests.live import LiveStack

PEOPLE, PLACES, AT_ONCE = 20, 12, 8
KILLED_BEFORE = {
    4: "web-1",
    9: "valkey",
    14: "web-2",
    19: "worker",
    24: "web-1",
    29: "valkey",
    34: "web-2",
}
"""Which process is killed before which request is sent; seven others are on their way by then."""
NO_ANSWER = (OSError, http.client.HTTPException, json.JSONDecodeError)
"""What a killed server leaves: no connection, a body that breaks off, or half of a document."""
TOKEN = "t" * 32
REGION = "14"


@dataclass
class Person:
    """Somebody with a session of their own and one key for each thing they ask for."""

    need: Referral
    wants: Slot
    session: str
    keys: dict[str, str] = field(
        default_factory=lambda: {"hold": str(uuid4()), "confirm": str(uuid4())}
    )
    first: dict[str, tuple[int, dict[str, Any]]] = field(default_factory=dict)
    """The answers that reached the person the first time."""


class Killer:
    """Counts the requests and kills, without warning, whatever is due."""

    def __init__(self, stack: LiveStack) -> None:
        self._stack, self._count, self._lock = stack, itertools.count(1), threading.Lock()
        self.killed: list[str] = []

    def next_request(self) -> None:
        with self._lock:
            name = KILLED_BEFORE.get(next(self._count))
        if name == "valkey":
            self._stack.kill_valkey()
            self.killed.append(name)
        elif name and (pid := self._stack.pid(name)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                self.killed.append(name)


@pytest.fixture
def people(database) -> list[Person]:
    clinic = a_clinic(REGION)
    an_agreement(clinic)
    slots = [a_slot(clinic, starts_at=at(10, 8, number)) for number in range(PLACES)]
    return [_person(f"Person{number}", slots[number % PLACES]) for number in range(PEOPLE)]


def _person(name: str, slot: Slot) -> Person:
    patient = a_patient(name, region=REGION)
    client = Client()
    client.force_login(patient.subject)
    return Person(a_referral(patient), slot, client.cookies["sessionid"].value)


def ask(stack: LiveStack, person: Person, what: str, path: str, body: dict) -> tuple[int, dict]:
    """One request with the person's key; raises NO_ANSWER when none came whole."""
    request = urllib.request.Request(
        f"{stack.address.rstrip('/')}/api/v1/{path}",
        json.dumps(body).encode(),
        {
            "Content-Type": "application/json",
            "Idempotency-Key": person.keys[what],
            "X-CSRFToken": TOKEN,
            "Cookie": f"sessionid={person.session}; csrftoken={TOKEN}",
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        if error.code >= 500:
            raise OSError(error.code) from error
        return error.code, json.load(error)


def book(stack: LiveStack, person: Person) -> dict[str, tuple[int, dict]]:
    """Hold the wanted place and confirm it; what was answered, as far as answers came."""
    answers = {"hold": ask(stack, person, "hold", "holds", {"slot": str(person.wants.id)})}
    if answers["hold"][0] == 201:
        path = f"bookings/{answers['hold'][1]['id']}/confirm"
        answers["confirm"] = ask(stack, person, "confirm", path, {})
    return answers


def book_while_killing(stack: LiveStack, person: Person, killer: Killer) -> None:
    """As a browser would: what got no answer is given up for now."""
    with contextlib.suppress(*NO_ANSWER):
        killer.next_request()
        held = ask(stack, person, "hold", "holds", {"slot": str(person.wants.id)})
        person.first["hold"] = held
        if held[0] == 201:
            killer.next_request()
            path = f"bookings/{held[1]['id']}/confirm"
            person.first["confirm"] = ask(stack, person, "confirm", path, {})


def retried(stack: LiveStack, person: Person) -> dict[str, tuple[int, dict]]:
    """Ask again with the same keys until an answer comes."""
    for _ in range(20):
        with contextlib.suppress(*NO_ANSWER):
            return book(stack, person)
        stack.wait_ready()
    raise AssertionError("no answer after twenty retries")


@pytest.mark.slow
def test_kill_9_in_mid_booking_loses_nothing_and_doubles_nothing(
    people: list[Person], live_stack: LiveStack
) -> None:
    live_stack.wait_ready()
    killer = Killer(live_stack)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda person: book_while_killing(live_stack, person, killer), people))
    live_stack.wait_ready()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        again = list(pool.map(lambda person: retried(live_stack, person), people))

    assert {"web-1", "web-2", "valkey", "worker"} <= set(killer.killed)
    every_answer_agrees(people, again)
    every_request_has_one_outcome(people, again)
    every_place_has_one_patient(people)
    every_change_is_announced()


def every_answer_agrees(people: list[Person], again: list[dict]) -> None:
    """Who got an answer the first time gets the same one again."""
    for person, answers in zip(people, again, strict=True):
        for what, (status, body) in person.first.items():
            assert answers[what][0] == status
            assert answers[what][1].get("id") == body.get("id")
            assert answers[what][1].get("code") == body.get("code")


def every_request_has_one_outcome(people: list[Person], again: list[dict]) -> None:
    for person, answers in zip(people, again, strict=True):
        for what, (status, _) in answers.items():
            outcome = Outcome.objects.using("owner").get(key=person.keys[what])
            assert outcome.status == status


def every_place_has_one_patient(people: list[Person]) -> None:
    """Each place that was wanted is booked, once, and each booking has its own claim."""
    bookings = Booking.objects.using("owner").all()
    assert sorted(row.state for row in bookings) == ["booked"] * PLACES
    assert len({row.claim_id for row in bookings}) == PLACES == Claim.objects.count()
    assert [
        occupying(slot) for slot in {person.wants.id: person.wants for person in people}.values()
    ] == [1] * PLACES
    assert len({row.patient_id for row in bookings}) == PLACES


def every_change_is_announced() -> None:
    """The relay has given every committed change its number."""
    eventually(lambda: not Change.objects.using("owner").filter(number__isnull=True).exists())

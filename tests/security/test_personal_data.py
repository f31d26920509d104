"""Names, numbers and birth dates stay in the patient's row: not in addresses, logs, tasks, news or events."""

import inspect
import logging
import re
from datetime import date
from typing import get_type_hints
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver
from django.urls.converters import IntConverter, SlugConverter, StringConverter, UUIDConverter
from django.utils import timezone
from structlog.stdlib import ProcessorFormatter

from accounts.identity import Sealed, decrypt
from accounts.models import Change, Event, User
from accounts.roles import Role
from accounts.selectors.actors import system_actor
from brokering import tasks
from brokering.forms import CONSEQUENCE_VERSION
from brokering.models import Booking, Offer, Proposal, Round
from config.celery import app
from tests.brokering.desk import offered
from tests.factories import (
    a_clinic,
    a_patient,
    a_referral,
    a_region,
    a_slot,
    an_agreement,
    staff,
)

pytestmark = pytest.mark.usefixtures("database")
FIRST, LAST, BORN = "Rutgerina", "Ovanligsson", date(1943, 7, 19)
SHOWS_A_KEY = {
    "api/v1/outcomes/<str:key>": "the key that the client itself chose",
    "api/v1/regions/<str:code>/offer-policy": "a region's code",
    "remissregler/<str:code>/ny/": "a region's code",
    "remissregler/<str:code>/las-in/": "a region's code",
    "remissregler/<str:code>/fullstandig/": "a region's code",
    "fhir/bulk/<str:name>": "a published file, named for its content",
    "avtal/<uuid:agreement_id>/steg/<slug:name>/": "a step in the life of an agreement",
    "remiss/ny/<slug:care>/": "a care of the catalogue, before a person is named",
}
"""Addresses that hold free text, each with what it is."""
PUBLIC_NUMBERS = r"^remissregler/"
"""Where a plain number in an address counts rules, never people."""


class Person:
    """Somebody whose data would be noticed anywhere."""

    def __init__(self):
        self.patient = a_patient(f"{FIRST} {LAST}", region="14", born=BORN)
        User.objects.using("owner").filter(id=self.patient.subject_id).update(
            first_name=FIRST, last_name=LAST, email=f"{FIRST}@example.org"
        )
        self.need = a_referral(self.patient)
        self.client = Client()
        self.client.force_login(User.objects.get(id=self.patient.subject_id))

    def traces(self):
        number = decrypt(
            Sealed(self.patient.identity_key_version, bytes(self.patient.identity_encrypted))
        )
        born = [BORN.isoformat(), f"{BORN:%Y%m%d}", f"{BORN:%y%m%d}"]
        return [FIRST, LAST, FIRST.lower(), number, self.patient.identity_hash, *born]


@pytest.fixture
def person(database):
    return Person()


def found_in(texts, person):
    whole = "\n".join(map(str, texts))
    return [trace for trace in person.traces() if trace in whole]


class Journey:
    """A person searches, holds, confirms, cancels, is offered and rerouted; what it left behind."""

    def __init__(self, person, monkeypatch):
        self.person, self.sent, self.seen = person, [], []
        monkeypatch.setattr(app.Task, "apply_async", self._sent)
        self.away, self.home = a_clinic("12"), a_clinic("14")
        self.lots = [an_agreement(clinic) for clinic in (self.away, self.home)]

    def _sent(self, args=(), kwargs=None, **options):
        self.sent.append((args, kwargs))

    def walk(self):
        self._look()
        self._book(a_slot(self.away))
        self._offer(a_slot(self.home))
        self._reroute(a_slot(self.away))
        tasks.offer_round("besok-ogon", now=timezone.now())
        tasks.sweep()
        return self

    def _get(self, client, path):
        answer = client.get(path, follow=True)
        self.seen += [path, *(place for place, _ in answer.redirect_chain)]
        assert answer.status_code < 500, path

    def _look(self):
        for path in ("/", "/sok/?care=besok-ogon&home_region=14", "/min-vantan/", "/konto/"):
            self._get(self.person.client, path)

    def _post(self, path, **body):
        headers = {"Idempotency-Key": str(uuid4())}
        kind = "application/json"
        answer = self.person.client.post(path, body, content_type=kind, headers=headers)
        assert answer.status_code < 500, answer.content
        self.seen.append(path)
        return answer.json()

    def _book(self, slot):
        self._get(self.person.client, f"/tid/{slot.id}/")
        wish = {"slot": str(slot.id), "consequence_version": CONSEQUENCE_VERSION}
        booking = self._post("/api/v1/holds", **wish)["id"]
        self._post(f"/api/v1/bookings/{booking}/confirm", consequence_version=CONSEQUENCE_VERSION)
        for page in ("", "kalender.ics", "avboka/"):
            self._get(self.person.client, f"/bokning/{booking}/{page}")
        self._post(f"/api/v1/bookings/{booking}/cancel", reason="other")

    def _offer(self, slot):
        region = system_actor(self.person.need.tenant_id)
        offer = offered(slot, self.person.need, self.lots[1], by=region)
        said = {"key": str(uuid4()), "version": CONSEQUENCE_VERSION}
        self.person.client.post(f"/erbjudande/{offer.id}/nej/", said)
        assert Offer.objects.using("owner").get(id=offer.id).state == "declined"

    def _reroute(self, slot):
        navigator = Client()
        navigator.force_login(staff(Role.NAVIGATOR, a_region("14").tenant))
        for page in ("/vantande/", f"/vantande/{self.person.need.id}/"):
            self._get(navigator, page)
        said = {"plats": f"{slot.id}:{self.lots[0].id}", "key": uuid4()}
        answer = navigator.post(f"/vantande/{self.person.need.id}/valj/", said)
        self._get(navigator, answer["Location"])
        navigator.post(f"{answer['Location']}skicka/", {"key": uuid4()})


def test_a_whole_journey_leaves_no_personal_data_in_logs_news_events_tasks_or_addresses(
    person, monkeypatch, caplog
):
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("django.db.backends").setLevel(logging.INFO)
        journey = Journey(person, monkeypatch).walk()
    assert Booking.objects.using("owner").filter(patient=person.patient).count() >= 3
    left = {
        "logs": [record.getMessage() for record in caplog.records],
        "news": Change.objects.using("owner").values_list("topic", "kind", "data"),
        "events": Event.objects.using("owner").values_list("noun", "noun_id", "verb", "data"),
        "tasks": journey.sent,
        "addresses": journey.seen,
        "rounds": Round.objects.using("owner").values_list("summary", "settings"),
        "proposals": Proposal.objects.using("owner").values_list("need_key", "rank", "route"),
        "receipts": Booking.objects.using("owner").values_list("receipt", flat=True),
    }
    assert all(len(left[what]) for what in ("news", "events", "tasks", "addresses"))
    found = {what: found_in(texts, person) for what, texts in left.items()}
    assert found == dict.fromkeys(left, [])


def test_a_failed_login_leaves_no_user_name_in_the_log(person, caplog):
    name = User.objects.get(id=person.patient.subject_id).username
    with caplog.at_level(logging.DEBUG):
        Client().post("/konto/logga-in/", {"username": name, "password": "wrong"})
    messages = [record.getMessage() for record in caplog.records if "backends" not in record.name]
    assert not [message for message in messages if name in message or FIRST.lower() in message]


def written(record):
    """A log record as the product's own handler writes it."""
    handlers = logging.getLogger().handlers
    (handler,) = [one for one in handlers if isinstance(one.formatter, ProcessorFormatter)]
    return handler.format(record)


def test_a_traceback_is_written_without_the_values_of_its_variables(caplog):
    def breaks(name):
        raise ZeroDivisionError

    try:
        breaks(FIRST)
    except ZeroDivisionError:
        logging.getLogger("product").exception("a bug")
    text = written(caplog.records[-1])
    assert "ZeroDivisionError" in text
    assert FIRST not in text


def test_a_calendar_file_says_when_and_where_and_not_who(person, monkeypatch):
    journey = Journey(person, monkeypatch)
    slot = a_slot(journey.home)
    booking = journey._post("/api/v1/holds", slot=str(slot.id))["id"]
    journey._post(f"/api/v1/bookings/{booking}/confirm")
    file = person.client.get(f"/bokning/{booking}/kalender.ics").content.decode()
    assert "BEGIN:VEVENT" in file
    assert found_in([file], person) == []


# Found by reflection


def patterns(found, before=""):
    for one in found:
        if isinstance(one, URLPattern):
            yield before + str(one.pattern), getattr(one.pattern, "converters", {})
        else:
            yield from patterns(one.url_patterns, before + str(one.pattern))


def test_addresses_hold_ids_and_codes_only():
    for address, converters in patterns(get_resolver().url_patterns):
        for converter in converters.values():
            kind = type(converter)
            assert (
                kind is UUIDConverter
                or (kind is IntConverter and re.match(PUBLIC_NUMBERS, address))
                or (kind in (StringConverter, SlugConverter) and address in SHOWS_A_KEY)
            ), address


def test_tasks_take_codes_and_ids_of_places_only():
    app.loader.import_default_modules()
    ours = [task for name, task in app.tasks.items() if not name.startswith("celery.")]
    assert len(ours) >= 6
    for task in ours:
        names = set(inspect.signature(task.run).parameters)
        hints = {name: kind for name, kind in get_type_hints(task.run).items() if name != "return"}
        of_rounds = {"national", "engine", "cares"}
        assert names <= {"care", "slot", "delivery", "feed", "tenant"} | of_rounds, task.name
        assert set(hints.values()) <= {str, UUID}, task.name

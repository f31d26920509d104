"""The country's times for anyone to fetch: honest, in files that never change, and valid to others' eyes."""

import gzip
import json
from datetime import timedelta
from itertools import groupby
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from fhir.resources.R4B.healthcareservice import HealthcareService
from fhir.resources.R4B.location import Location
from fhir.resources.R4B.schedule import Schedule
from fhir.resources.R4B.slot import Slot as FhirSlot

from brokering.actions.publication import publish_country
from brokering.fhir import bulk
from providers.feeds.resources import CARES, HSA_ID
from providers.models import Feed
from tests.factories import EYES, NOW, a_claim, a_clinic, a_slot, an_agreement, at
from tests.factories import _saved as saved
from tests.fhir.validators import complaints, missing

MODELS = {
    "Location": Location,
    "HealthcareService": HealthcareService,
    "Schedule": Schedule,
    "Slot": FhirSlot,
}
"""A second reader of the same resources (R4B, whose differences from R4 they do not touch)."""
MANIFEST = "/fhir/$bulk-publish"
NEEDS_REMISS = "https://vardbryggan.example/fhir/StructureDefinition/referral-required"
FREE_FOR_RESIDENTS = "https://vardbryggan.example/fhir/StructureDefinition/free-for-residents-of"
FREE_FOR = "https://vardbryggan.example/fhir/StructureDefinition/free-for"


@pytest.fixture
def folder(database, settings, tmp_path):
    settings.PUBLICATION_FOLDER = tmp_path
    settings.PUBLIC_URL = "https://vardbryggan.example"
    return tmp_path


def manifest() -> dict:
    return Client().get(MANIFEST).json()


def resources(kind: str) -> list[dict]:
    """Every published resource of a type, fetched as a client would."""
    urls = [one["url"] for one in manifest()["output"] if one["type"] == kind]
    bodies = [Client().get(url.removeprefix("http://testserver")).content for url in urls]
    return [json.loads(line) for body in bodies for line in body.decode().splitlines()]


def statuses() -> dict[str, str]:
    return {one["id"]: one["status"] for one in resources("Slot")}


def published(**also) -> None:
    publish_country(now=timezone.now(), **also)


def test_before_anything_is_written_the_client_is_asked_to_come_back(folder, monkeypatch):
    begun = []
    task = SimpleNamespace(delay=lambda: begun.append(1))
    monkeypatch.setattr(bulk, "publish_free_times", task)
    answer = Client().get(MANIFEST)
    assert (answer.status_code, answer["Retry-After"], begun) == (503, "15", [1])
    assert answer.json()["resourceType"] == "OperationOutcome"


def test_the_manifest_serves_both_guides(folder):
    a_slot(a_clinic(region="12"))
    published()
    told = manifest()
    assert told["request"] == f"http://testserver{MANIFEST}"
    assert (told["requiresAccessToken"], told["error"], told["deleted"]) == (False, [], [])
    kinds = {one["type"]: one for one in told["output"]}
    assert set(kinds) == {"Location", "HealthcareService", "Schedule", "Slot"}
    assert kinds["Slot"]["extension"] == {"state": ["12"]}
    assert kinds["Slot"]["count"] == 1


def test_each_region_has_files_of_its_own(folder):
    for region in ("01", "12", "25"):
        a_slot(a_clinic(region=region))
    published()
    states = [one["extension"]["state"] for one in manifest()["output"] if one["type"] == "Slot"]
    assert states == [["01"], ["12"], ["25"]]


def test_who_has_the_manifest_gets_304_and_it_may_be_kept_for_a_minute(folder):
    published()
    first = Client().get(MANIFEST)
    assert first["Cache-Control"] == "public, max-age=60"
    again = Client().get(MANIFEST, headers={"If-None-Match": first["ETag"]})
    since = Client().get(MANIFEST, headers={"If-Modified-Since": first["Last-Modified"]})
    assert (again.status_code, since.status_code, again.content) == (304, 304, b"")
    assert "Vary" not in first


def test_a_file_never_changes_and_may_be_kept_for_ever(folder):
    a_slot(a_clinic())
    published()
    url = manifest()["output"][-1]["url"].removeprefix("http://testserver")
    plain, packed = Client().get(url), Client().get(url, headers={"Accept-Encoding": "gzip"})
    assert plain["Cache-Control"] == "public, max-age=31536000, immutable"
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert Client().get(url, headers={"If-None-Match": plain["ETag"]}).status_code == 304
    assert plain["Content-Type"] == "application/fhir+ndjson"


@pytest.mark.parametrize(
    "name", ["nothing", "..", "manifest.json", "slot-01-" + "0" * 32 + ".ndjson"]
)
def test_nothing_else_of_the_folder_can_be_fetched(folder, name):
    published()
    assert Client().get(f"/fhir/bulk/{name}").status_code == 404


def test_what_changed_has_a_new_address_and_the_old_one_stays_for_a_while(folder, settings):
    clinic = a_clinic()
    a_slot(clinic)
    published()
    old = manifest()["output"][-1]["url"].removeprefix("http://testserver")
    a_slot(clinic, starts_at=at(11))
    published()
    assert manifest()["output"][-1]["url"] != f"http://testserver{old}"
    assert Client().get(old).status_code == 200
    publish_country(now=timezone.now() + settings.PUBLICATION_GRACE + timedelta(minutes=1))
    assert Client().get(old).status_code == 404


def test_a_place_that_needs_a_remiss_is_not_published_as_free(folder):
    clinic = a_clinic(region="01", cares=("besok-onh",))
    an_agreement(clinic)
    slot = a_slot(clinic, "besok-onh")
    published()
    (told,) = resources("Slot")
    assert (told["id"], told["status"]) == (str(slot.id), "busy-unavailable")
    assert {"url": FREE_FOR, "valueCode": "conditions"} in told["extension"]
    (service,) = resources("HealthcareService")
    assert service["extension"] == [{"url": NEEDS_REMISS, "valueCode": "yes"}]


def test_a_place_that_everyone_may_book_is_published_as_free(folder):
    clinic = a_clinic(cares=("pv-vaccination",))
    an_agreement(clinic)
    slot = a_slot(clinic, "pv-vaccination")
    published()
    assert statuses() == {str(slot.id): "free"}
    assert FREE_FOR not in json.dumps(resources("Slot"))


def test_an_agreement_that_asks_something_of_the_person_is_a_condition(folder):
    clinic = a_clinic(cares=("pv-vaccination",))
    an_agreement(clinic, age_min=65)
    slot = a_slot(clinic, "pv-vaccination")
    published()
    assert statuses() == {str(slot.id): "busy-unavailable"}


def test_an_agreement_that_ends_takes_the_later_places_with_it(folder):
    clinic = a_clinic(cares=("pv-vaccination",))
    an_agreement(clinic, valid_to=at(10).date())
    last, first_after = (a_slot(clinic, "pv-vaccination", starts_at=at(day)) for day in (10, 11))
    published()
    told = statuses()
    assert (told[str(last.id)], told[str(first_after.id)]) == ("free", "busy-unavailable")


def test_a_service_says_for_residents_of_which_regions_it_is_free(folder):
    clinic = a_clinic(region="01", cares=(EYES,))
    an_agreement(clinic)
    published()
    (service,) = resources("HealthcareService")
    told = [one["valueCode"] for one in service["extension"] if one["url"] == FREE_FOR_RESIDENTS]
    assert "12" in told
    assert told == sorted(set(told))
    assert len(told) < 21


def test_a_place_without_any_agreement_is_free_for_nobody(folder):
    slot = a_slot(a_clinic())
    published()
    assert statuses() == {str(slot.id): "busy-unavailable"}
    assert FREE_FOR not in json.dumps(resources("Slot"))


def test_booked_held_outdated_hidden_and_unreleased_places_are_told_as_what_they_are(folder):
    clinic = a_clinic()
    lot = an_agreement(clinic)
    booked, held, lapsed = (a_slot(clinic, starts_at=at(10 + day)) for day in range(3))
    a_claim(booked, lot)
    a_claim(held, lot, state="held")
    a_claim(lapsed, lot, state="held", held_until=NOW - timedelta(minutes=1))
    outdated = a_slot(clinic, starts_at=at(14), confirmed_at=NOW - timedelta(days=30))
    hidden = a_slot(clinic, starts_at=at(15), hidden_why="no_usable_terms")
    unreleased = a_slot(clinic, starts_at=at(16), opens_at=NOW + timedelta(hours=1))
    withdrawn = a_slot(clinic, starts_at=at(17), state="withdrawn")
    published()
    told = statuses()
    assert (told[str(booked.id)], told[str(held.id)]) == ("busy", "busy-tentative")
    assert {told[str(one.id)] for one in (outdated, hidden, unreleased)} == {"busy-unavailable"}
    assert str(withdrawn.id) not in told
    offered = [one["id"] for one in resources("Slot") if FREE_FOR in json.dumps(one)]
    assert offered == [str(lapsed.id)]


def test_references_lead_somewhere_and_the_clinic_keeps_its_own_name(folder):
    clinic = a_clinic(region="12")
    slot = a_slot(clinic)
    published()
    (location,), (service,) = resources("Location"), resources("HealthcareService")
    (calendar,), (time,) = resources("Schedule"), resources("Slot")
    assert location["identifier"] == [{"system": HSA_ID, "value": clinic.hsa_id}]
    assert location["address"]["state"] == "12"
    assert calendar["actor"][0]["reference"] == f"Location/{location['id']}"
    assert calendar["serviceType"][0]["coding"][0]["system"] == CARES
    assert service["location"] == [{"reference": f"Location/{location['id']}"}]
    assert time["schedule"]["reference"] == f"Schedule/{calendar['id']}"
    link = time["extension"][0]["valueUrl"]
    assert link == f"https://vardbryggan.example/tid/{slot.id}/"


def test_what_was_fetched_says_from_where_and_when_but_no_secret(folder):
    clinic = a_clinic()
    about = {
        "provider": clinic.provider,
        "tenant": clinic.tenant,
        "promised_age": timedelta(days=1),
    }
    synced = NOW - timedelta(minutes=3)
    feeds = [
        saved(
            Feed(
                kind=kind,
                url=f"https://a.se/{kind}?key=secret",
                added_at=NOW,
                care_id=EYES,
                clinic=clinic,
                succeeded_at=synced,
                **about,
            )
        )
        for kind in ("smart", "ical")
    ]
    for day, feed in enumerate(feeds):
        a_slot(
            clinic,
            starts_at=at(10 + day),
            feed=feed,
            source_key=f"abcdef12.their-id.0123456789a{day}",
        )
    published()
    smart, ical = sorted(resources("Slot"), key=lambda one: one["start"])
    assert smart["meta"]["source"] == "https://a.se/smart"
    assert ical["meta"]["source"] == f"urn:uuid:{feeds[1].id}"
    assert smart["identifier"][0]["value"] == "their-id"
    assert "identifier" not in ical
    assert smart["meta"]["extension"][0]["valueDateTime"].startswith(f"{synced:%Y-%m-%dT}")


@pytest.mark.skipif(bool(missing()), reason=missing() or "they are here")
def test_every_line_passes_three_validators_that_others_wrote(folder):
    for region in ("01", "12"):
        clinic = a_clinic(region=region, cares=(EYES, "op-ortopedi"))
        lot = an_agreement(clinic)
        a_claim(a_slot(clinic), lot)
        a_slot(clinic, starts_at=at(11))
    feed = saved(
        Feed(
            kind="smart",
            url="https://a.se/x",
            added_at=NOW,
            succeeded_at=NOW,
            provider=clinic.provider,
            tenant=clinic.tenant,
            promised_age=timedelta(days=1),
        )
    )
    a_slot(clinic, starts_at=at(12), feed=feed, source_key=f"abcdef12.{uuid4()}.0123456789ab")
    published()
    kinds = ("Location", "HealthcareService", "Schedule", "Slot")
    every = [one for kind in kinds for one in resources(kind)]
    assert len({one["resourceType"] for one in every}) == 4
    assert [MODELS[one["resourceType"]].model_validate(one).id for one in every]
    assert complaints(every) == []


@pytest.mark.skipif(bool(missing()), reason=missing() or "they are here")
def test_each_validator_finds_what_is_planted():
    good = {
        "resourceType": "Slot",
        "id": "s",
        "schedule": {"reference": "Schedule/x"},
        "status": "free",
        "start": "2027-01-12T09:00:00+01:00",
        "end": "2027-01-12T09:30:00+01:00",
    }
    assert complaints([good]) == []
    faults = [{"status": "fre"}, {"start": "2027-01-12T09:00"}, {"comment": ""}, {"unknown": 1}]
    found = complaints([good | fault for fault in faults])
    told = {who: len(list(them)) for who, them in groupby(sorted(one.split()[0] for one in found))}
    assert {"fhir", "medplum", "schema", "empty:"} <= set(told)

"""Location, HealthcareService, Schedule and Slot as SMART Scheduling Links and FHIR R4 want them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from brokering.publication.access import OpenTo
from providers.feeds.resources import CARE_FORM, CARES, HSA_ID, SMART

BASE = "https://vardbryggan.example/fhir"
NEEDS_REMISS = f"{BASE}/StructureDefinition/referral-required"
"""Extension of a HealthcareService: yes, no, depends (on where one lives) or unknown."""
FREE_FOR_RESIDENTS = f"{BASE}/StructureDefinition/free-for-residents-of"
"""Extension of a HealthcareService, once for each region (länskod) whose residents need no more today."""
FREE_FOR = f"{BASE}/StructureDefinition/free-for"
"""Extension of a Slot that is free, but not for everyone: its status is then busy-unavailable."""
SERVICE = f"{BASE}/StructureDefinition/healthcare-service"
"""Extension of a Schedule: the service that it is the calendar of."""
OF_SOURCE = f"{BASE}/id/source"
"""System of the ids that a time has where it came from."""
ORGANISATION = "urn:oid:2.5.4.97"
LAST_SYNC = "http://hl7.org/fhir/StructureDefinition/lastSourceSync"
ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
SYNTHETIC = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ActReason",
    "code": "HTEST",
    "display": "test health data",
}

Resource = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Site:
    """A clinic as it is published; `region` is the länskod of where it stands."""

    clinic: UUID
    hsa_id: str
    name: str
    provider: str
    organisation_number: str
    street: str
    municipality: str
    region: str
    county: str
    latitude: float
    longitude: float
    synthetic: bool


@dataclass(frozen=True, kw_only=True)
class Service:
    """One care in one form at a clinic, and whether it needs a remiss."""

    clinic: UUID
    care: str
    care_name: str
    form: str
    needs_remiss: str
    free_for: tuple[str, ...]
    """The regions whose residents may book it by themselves without a remiss, by länskod."""
    synthetic: bool

    @property
    def id(self) -> str:
        """The same as long as clinic, care and form are."""
        return str(service_id(self.clinic, self.care, self.form))


@dataclass(frozen=True, kw_only=True)
class Time:
    """A place as it is published. `taken` is empty, held or booked; the source is of a fetched one."""

    slot: UUID
    service: str
    starts_at: datetime
    ends_at: datetime
    taken: str
    offered: bool
    """Open to booking now, by a publisher whose word still carries it."""
    source: str = ""
    source_id: str = ""
    synced_at: datetime | None = None
    synthetic: bool = False


def service_id(clinic: UUID, care: str, form: str) -> UUID:
    """Id of a clinic's service, and of its calendar."""
    return uuid5(clinic, f"{care}|{form}")


def location(site: Site, *, home: str) -> Resource:
    """The clinic as a place; a postal code is not known, and not made up."""
    return _resource("Location", str(site.clinic), site.synthetic) | {
        "identifier": [{"system": HSA_ID, "value": site.hsa_id}],
        "status": "active",
        "name": site.name,
        "telecom": [{"system": "url", "value": home}],
        "address": _some(
            {
                "line": [site.street] if site.street else None,
                "city": site.municipality,
                "district": site.county,
                "state": site.region,
                "_postalCode": {"extension": [{"url": ABSENT, "valueCode": "unknown"}]},
                "country": "SE",
            }
        ),
        "position": {"longitude": site.longitude, "latitude": site.latitude},
    }


def healthcare_service(service: Service, site: Site) -> Resource:
    """What is offered there, by whom, and whether a remiss is needed."""
    provider = {"system": ORGANISATION, "value": site.organisation_number}
    return _resource("HealthcareService", service.id, service.synthetic) | {
        "extension": [
            {"url": NEEDS_REMISS, "valueCode": service.needs_remiss},
            *({"url": FREE_FOR_RESIDENTS, "valueCode": region} for region in service.free_for),
        ],
        "active": True,
        "providedBy": {"identifier": provider, "display": site.provider},
        "type": [_care(service)],
        "location": [{"reference": f"Location/{site.clinic}"}],
        "name": f"{service.care_name}, {site.name}",
    }


def schedule(service: Service, site: Site) -> Resource:
    """The calendar of the service; its one actor is the place, as clients of the original guide expect."""
    return _resource("Schedule", service.id, service.synthetic) | {
        "extension": [
            {"url": CARE_FORM, "valueCode": service.form},
            {"url": SERVICE, "valueReference": {"reference": f"HealthcareService/{service.id}"}},
        ],
        "active": True,
        "serviceType": [_care(service)],
        "actor": [{"reference": f"Location/{site.clinic}", "display": site.name}],
    }


def slot(time: Time, free_for: OpenTo, *, link: str) -> Resource:
    """The time; free only where everyone may book it now."""
    said = _resource("Slot", str(time.slot), time.synthetic)
    if time.source_id:
        said["identifier"] = [{"system": OF_SOURCE, "value": time.source_id}]
    if time.synced_at is not None:
        synced = [{"url": LAST_SYNC, "valueDateTime": instant(time.synced_at)}]
        said["meta"] = {"extension": synced, "source": time.source} | said.get("meta", {})
    extensions = [{"url": f"{SMART}booking-deep-link", "valueUrl": link}]
    status = status_of(time, free_for)
    if status == "busy-unavailable" and time.offered and free_for is OpenTo.CONDITIONS:
        extensions.append({"url": FREE_FOR, "valueCode": free_for.value})
    return said | {
        "extension": extensions,
        "schedule": {"reference": f"Schedule/{time.service}"},
        "status": status,
        "start": instant(time.starts_at),
        "end": instant(time.ends_at),
    }


def status_of(time: Time, free_for: OpenTo) -> str:
    """Code of Slot.status: booked, held, free for everyone, or not to be had by everyone."""
    if time.taken:
        return "busy" if time.taken == "booked" else "busy-tentative"
    return "free" if time.offered and free_for is OpenTo.EVERYONE else "busy-unavailable"


def instant(moment: datetime) -> str:
    """A FHIR instant, to the second. In UTC, because clients disagree on how other offsets are written."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _care(service: Service) -> Resource:
    coding = {"system": CARES, "code": service.care, "display": service.care_name}
    return {"coding": [coding], "text": service.care_name}


def _resource(kind: str, id: str, synthetic: bool) -> Resource:
    said: Resource = {"resourceType": kind, "id": id}
    return said | {"meta": {"security": [SYNTHETIC]}} if synthetic else said


def _some(told: Resource) -> Resource:
    return {name: value for name, value in told.items() if value is not None}

"""Location, Schedule and Slot of a SMART publication, one line each, as what a free time needs."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from providers.feeds.faults import BadLine, LineFault

HSA_ID = "urn:oid:1.2.752.29.4.19"
CARES = "https://vardbryggan.example/fhir/CodeSystem/care"
"""Code system of the care catalogue: `Schedule.serviceType` names the care by it."""
CARE_FORM = "https://vardbryggan.example/fhir/StructureDefinition/care-form"
"""Extension of a Schedule with `open` or `inpatient`, where the care is given in both forms."""
SMART = "http://fhir-registry.smarthealthit.org/StructureDefinition/"
MOST_PLACES = 1000
"""Identical places that one Slot may stand for (`slot-capacity`)."""
ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
STATUSES = {"free", "busy", "busy-unavailable", "busy-tentative", "entered-in-error"}

Resource = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """A Schedule of a clinic of ours: whose times, for which care, in which form (empty where unsaid)."""

    clinic: UUID
    care: str
    form: str


@dataclass(frozen=True, kw_only=True)
class Times:
    """A Slot: `places` identical times, free or not."""

    id: str
    schedule: str
    free: bool
    starts_at: datetime
    ends_at: datetime
    places: int


def read_line(line: bytes | None, kind: str) -> Resource:
    """One resource of the kind, with an id; raises LineFault."""
    if line is None:
        raise LineFault(BadLine.LINE_TOO_LONG)
    try:
        resource = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise LineFault(BadLine.NOT_UTF8) from error
    except (ValueError, RecursionError) as error:
        raise LineFault(BadLine.NOT_JSON) from error
    if not isinstance(resource, dict) or resource.get("resourceType") != kind:
        raise LineFault(BadLine.OTHER_RESOURCE)
    if kind != "Bundle" and not _is_id(resource.get("id")):
        raise LineFault(BadLine.ID_INVALID)
    return resource


def clinic_of(location: Resource, clinics: Mapping[str, UUID]) -> UUID:
    """The clinic that the Location's HSA-id names; raises LineFault when it is none of the provider's."""
    for one in _dicts(location.get("identifier")):
        value = one.get("value")
        if one.get("system") == HSA_ID and isinstance(value, str) and value in clinics:
            return clinics[value]
    raise LineFault(BadLine.LOCATION_UNKNOWN)


def calendar_of(
    schedule: Resource, locations: Mapping[str, UUID], cares: frozenset[str], care: str, form: str
) -> Calendar:
    """What the Schedule is for; `care` and `form` hold where it says nothing. Raises LineFault."""
    referred = (_id_in(one.get("reference"), "Location") for one in _dicts(schedule.get("actor")))
    clinic = next((locations[one] for one in referred if one in locations), None)
    if clinic is None:
        raise LineFault(BadLine.LOCATION_UNKNOWN)
    told = [one for concept in _dicts(schedule.get("serviceType")) for one in _codings(concept)]
    named = [one.get("code") for one in told if one.get("system") == CARES]
    ours = [str(code) for code in named if isinstance(code, str) and code in cares]
    if (named and not ours) or not (ours or care):
        raise LineFault(BadLine.CARE_UNKNOWN)
    said = _extension(schedule, CARE_FORM, "valueCode")
    chosen = said if isinstance(said, str) else form
    return Calendar(clinic=clinic, care=ours[0] if ours else care, form=chosen)


def times_of(slot: Resource) -> Times:
    """What the Slot says; raises LineFault."""
    status = slot.get("status")
    if not isinstance(status, str) or status not in STATUSES:
        raise LineFault(BadLine.STATUS_UNKNOWN)
    reference = slot.get("schedule")
    schedule = _id_in(
        reference.get("reference") if isinstance(reference, dict) else None, "Schedule"
    )
    if not schedule:
        raise LineFault(BadLine.SCHEDULE_UNKNOWN)
    starts, ends = moment(slot.get("start")), moment(slot.get("end"))
    if ends <= starts:
        raise LineFault(BadLine.TIME_OUT_OF_ORDER)
    return Times(
        id=slot["id"],
        schedule=schedule,
        free=status == "free",
        starts_at=starts,
        ends_at=ends,
        places=_places(slot),
    )


def deleted_in(bundle: Resource) -> list[tuple[str, str]]:
    """Type and id of each resource that a `deleted` Bundle takes away; raises LineFault."""
    gone = []
    for entry in _dicts(bundle.get("entry")):
        request = entry.get("request")
        named = request.get("url") if isinstance(request, dict) else None
        kind, _, key = named.rpartition("/") if isinstance(named, str) else ("", "", "")
        if not isinstance(request, dict) or request.get("method") != "DELETE" or not _is_id(key):
            raise LineFault(BadLine.DELETE_UNREADABLE)
        gone.append((kind.rpartition("/")[2], key))
    return gone


def moment(text: Any) -> datetime:
    """A moment with its offset from UTC; raises LineFault for a time that could be two moments or none."""
    if not isinstance(text, str) or "T" not in text:
        raise LineFault(BadLine.TIME_UNREADABLE)
    try:
        read = datetime.fromisoformat(text)
    except ValueError as error:
        raise LineFault(BadLine.TIME_UNREADABLE) from error
    if read.tzinfo is None:
        raise LineFault(BadLine.TIME_WITHOUT_ZONE)
    if not 1 < read.year < 9999:
        raise LineFault(BadLine.TIME_UNREADABLE)
    return read


def _places(slot: Resource) -> int:
    told = _extension(slot, f"{SMART}slot-capacity", "valueInteger")
    if told is None:
        return 1
    if not isinstance(told, int) or isinstance(told, bool) or not 0 <= told <= MOST_PLACES:
        raise LineFault(BadLine.CAPACITY_INVALID)
    return told


def _extension(resource: Resource, url: str, value: str) -> Any:
    for one in _dicts(resource.get("extension")):
        if one.get("url") == url:
            return one.get(value)
    return None


def _codings(concept: Resource) -> list[Resource]:
    return _dicts(concept.get("coding"))


def _dicts(value: Any) -> list[Resource]:
    listed = value if isinstance(value, list) else []
    return [one for one in listed if isinstance(one, dict)]


def _id_in(reference: Any, kind: str) -> str:
    """The id of a reference to a resource of the kind, relative or absolute; empty for anything else."""
    if not isinstance(reference, str):
        return ""
    before, _, key = reference.rpartition("/")
    return key if before.rpartition("/")[2] == kind and _is_id(key) else ""


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and ID.fullmatch(value) is not None

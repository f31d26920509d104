"""Parameters: a question to the law read from them, and its decision and explanation written as them."""

from collections.abc import Iterable, Iterator
from typing import Any

from brokering.fhir.outcomes import Resource, of_explanation
from brokering.fhir.systems import CHANGE, SHORT
from brokering.law.errors import QuestionError
from brokering.templatetags.sentences import Json, change_texts, short_text

VALUES = ("valueString", "valueCode", "valueDate", "valueBoolean", "valueInteger")
LISTS = ("extras", "rows", "complete", "accepted_issuers", "extra_requirements")
"""Parameters that may be repeated."""
NOT_SAID: dict[str, dict[str, Any]] = {
    "": {"referral": None, "guarantee": None, "rules": None},
    "patient": {"home_region": None},
    "referral": {"extras": []},
    "rules": {"rows": [], "complete": []},
}
"""FHIR has neither null nor empty lists: what a part leaves out, where the question needs the word."""


NO_RULES = "none"
"""An empty rule book, which FHIR cannot write as one."""


def question_of(resource: dict[str, Any]) -> dict[str, Any]:
    """The question of `decide` that a Parameters resource asks, by the same names; raises QuestionError."""
    if resource.get("resourceType") != "Parameters":
        raise QuestionError("invalid_value", "resourceType", "must be Parameters")
    said = _read("", resource.get("parameter", []), "parameter")
    return said | ({"rules": NOT_SAID["rules"]} if said["rules"] == NO_RULES else {})


def answer_of(decision: Json, explained: Json) -> Resource:
    """The decision value by value, the short answer, its reasons as an OperationOutcome, the changes."""
    values = [
        {"name": name, "valueCode": value}
        for name, value in decision.items()
        if isinstance(value, str)
    ]
    return {
        "resourceType": "Parameters",
        "parameter": [
            *values,
            {"name": "short", "valueCodeableConcept": _short(explained)},
            {"name": "outcome", "resource": of_explanation(explained)},
            *_changes(explained),
        ],
    }


def _read(part: str, given: Any, at: str) -> dict[str, Any]:
    said: dict[str, Any] = dict(NOT_SAID.get(part, {}))
    seen: set[str] = set()
    for name, value in _named(given, at):
        if name in LISTS:
            said[name] = [*said.get(name, []), value]
        elif name in seen:
            raise QuestionError("invalid_value", _path(part, name), "must not be repeated")
        else:
            said[name] = value
        seen.add(name)
    return said


def _named(given: Any, at: str) -> Iterator[tuple[str, Any]]:
    if not isinstance(given, list):
        raise QuestionError("invalid_value", at, "must be a list")
    for one in given:
        if not isinstance(one, dict) or not isinstance(one.get("name"), str):
            raise QuestionError("invalid_value", at, "every parameter must have a name")
        yield one["name"], _value(one["name"], one)


def _value(name: str, one: dict[str, Any]) -> Any:
    told = [key for key in one if key in VALUES or key == "part"]
    if len(told) != 1:
        wanted = ", ".join(VALUES)
        raise QuestionError("invalid_value", name, f"must have one of {wanted}, or parts")
    return _read(name, one["part"], name) if told == ["part"] else one[told[0]]


def _path(part: str, name: str) -> str:
    return f"{part}.{name}" if part else name


def _short(explained: Json) -> Resource:
    coding = {"system": SHORT, "code": explained["short"]}
    return {"coding": [coding], "text": short_text(explained)}


def _changes(explained: Json) -> Iterable[Resource]:
    for change, text in zip(explained["changes"], change_texts(explained), strict=True):
        codings = [{"system": CHANGE, "code": step} for step in change["steps"]]
        steps = {"coding": codings, "text": text.condition}
        yield {
            "name": "change",
            "part": [
                {"name": "steps", "valueCodeableConcept": steps},
                {"name": "result", "valueCode": change["result"]},
                {"name": "bookable", "valueCode": change["bookable"]},
                {"name": "payer", "valueCode": change["payer"]},
                {"name": "guarantee_effect", "valueCode": change["guarantee_effect"]},
                {"name": "text", "valueString": text.sentence},
            ],
        }

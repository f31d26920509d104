"""OperationOutcome: what the law says, and what went wrong, one issue each with a stable code of ours."""

from collections.abc import Mapping
from typing import Any

from brokering.fhir.systems import PROBLEM, REASON
from brokering.law.explanation import Weight
from brokering.templatetags.sentences import Json, reason_texts
from brokering.templatetags.sources import cited

Resource = dict[str, Any]
WEIGHED = {
    Weight.STOPS: ("error", "business-rule"),
    Weight.OPEN: ("warning", "business-rule"),
    Weight.TELLS: ("information", "informational"),
}
"""Severity and kind of issue by what a reason does to the answer."""
PROBLEMS = {
    "missing_field": "required",
    "invalid_value": "value",
    "invalid_json": "structure",
    "unknown_care": "code-invalid",
    "route_mismatch": "invariant",
    "too_many_requests": "throttled",
    "slot_taken": "conflict",
}
BY_STATUS = {
    400: "invalid",
    401: "login",
    403: "forbidden",
    404: "not-found",
    405: "not-supported",
    406: "not-supported",
    409: "conflict",
    413: "too-long",
    415: "not-supported",
    422: "business-rule",
    429: "throttled",
    500: "exception",
    503: "transient",
}
"""Kind of issue by stable code, else by HTTP status."""


def of_explanation(explained: Json) -> Resource:
    """The reasons of a decision in their order; the citation stands where developers look."""
    told = zip(explained["reasons"], reason_texts(explained), strict=True)
    return _outcome(
        *(
            _issue(
                *WEIGHED[Weight(reason["weight"])],
                coding={"system": REASON, "code": text.code},
                text=text.sentence,
                diagnostics=f"{cited(text)} ({reason['citation']['as_of']})",
            )
            for reason, text in told
        )
    )


def of_problem(problem: Mapping[str, Any]) -> Resource:
    """A problem document of the REST API as an outcome with the same code."""
    code, status = str(problem["code"]), int(problem["status"])
    kind = PROBLEMS.get(code) or BY_STATUS.get(status, "processing")
    issue = _issue(
        "fatal" if status >= 500 else "error",
        kind,
        coding={"system": PROBLEM, "code": code},
        text=str(problem.get("detail") or problem["title"]),
        diagnostics=str(problem.get("because") or ""),
    )
    if field := problem.get("field"):
        issue["expression"] = [expression(str(field))]
    return _outcome(issue)


def expression(field: str) -> str:
    """The FHIRPath of a field of the question, as the Parameters carry it."""
    first, *inner = field.split(".")
    parts = "".join(f".part.where(name='{name}')" for name in inner if not name.isdigit())
    return f"Parameters.parameter.where(name='{first}'){parts}"


def _outcome(*issues: Resource) -> Resource:
    return {"resourceType": "OperationOutcome", "issue": list(issues)}


def _issue(
    severity: str, kind: str, *, coding: Mapping[str, str], text: str, diagnostics: str
) -> Resource:
    issue = {
        "severity": severity,
        "code": kind,
        "details": {"coding": [dict(coding)], "text": text},
    }
    # FHIR knows no empty text.
    return issue | ({"diagnostics": diagnostics} if diagnostics else {})

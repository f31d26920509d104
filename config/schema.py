"""What the description of the API says of every address alike: how it refuses, and by which codes."""

from typing import Any

from accounts.api import PlainProblemOut
from accounts.errors import kinds

PROBLEM = PlainProblemOut.__name__
MEDIA_TYPE = "application/problem+json"


def with_problems(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Hook of drf-spectacular: every operation may answer with a problem; its codes are listed once.

    `x-problems` tells of each code the status, whose fault it is and the next step.
    """
    told = {
        kind.code: {
            "status": kind.status,
            "fault": kind.fault.value,
            "next_step": kind.next_step.value,
        }
        for kind in sorted(kinds(), key=lambda one: one.code)
    }
    code = result["components"]["schemas"][PROBLEM]["properties"]["code"]
    code |= {"enum": list(told), "x-problems": told}
    for path in result["paths"].values():
        for operation in path.values():
            _described(operation["responses"])
    return result


def _described(responses: dict[str, Any]) -> None:
    for status, response in responses.items():
        content = response.get("content", {})
        if status >= "400" and "application/json" in content:
            response["content"] = {MEDIA_TYPE: content["application/json"]}
    responses["default"] = {
        "description": "Refused: `code` says why, `next_step` what to do.",
        "content": {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{PROBLEM}"}}},
    }

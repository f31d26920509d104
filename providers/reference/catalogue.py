"""The care catalogue: which cares exist, their kind, form, area and guarantee."""

import re
from dataclasses import dataclass
from pathlib import Path

from providers.reference.tables import DATA, Line, read_lines, refuse_doubles

KINDS = {"first_visit", "treatment", "investigation", "return_visit", "medical_service", "aid"}
LEVELS = {"primary", "specialised"}
FORMS = {"open", "inpatient", "inpatient_or_day"}
GUARANTEES = {"besok", "behandling", "bedomning", "none"}
HOSPITAL_LEVELS = {"local", "regional", "national"}
COLUMNS = (
    "code",
    "name_sv",
    "name_en",
    "kind",
    "level",
    "form",
    "area",
    "guarantee",
    "medical_service",
    "default_hospital_level",
    "source",
)
CARE_CODE = re.compile(r"[a-z]+(-[a-z]+)+")


@dataclass(frozen=True, kw_only=True)
class CareRow:
    """One care; `guarantee` is None where none follows it, `hospital_level` None where unsaid."""

    code: str
    name_sv: str
    name_en: str
    kind: str
    level: str
    form: str
    area: str
    guarantee: str | None
    medical_service: bool
    hospital_level: str | None
    source: str


def read_cares(path: Path = DATA / "cares.csv") -> tuple[CareRow, ...]:
    """The catalogue in file order; raises UnreadableReference."""
    lines = tuple(read_lines(path, COLUMNS))
    rows = tuple(_care(line) for line in lines)
    refuse_doubles([(line, row.code) for line, row in zip(lines, rows, strict=True)], "code")
    return rows


def _care(line: Line) -> CareRow:
    guarantee = line.choice("guarantee", GUARANTEES)
    return CareRow(
        code=_code(line),
        name_sv=line.text("name_sv"),
        name_en=line.text("name_en"),
        kind=line.choice("kind", KINDS),
        level=line.choice("level", LEVELS),
        form=line.choice("form", FORMS),
        area=line.text("area"),
        guarantee=None if guarantee == "none" else guarantee,
        medical_service=line.choice("medical_service", {"yes", "no"}) == "yes",
        hospital_level=_hospital_level(line),
        source=line.text("source"),
    )


def _code(line: Line) -> str:
    code = line.text("code")
    if not CARE_CODE.fullmatch(code):
        raise line.fault("code", f"{code!r} is not a care code")
    return code


def _hospital_level(line: Line) -> str | None:
    if line.maybe("default_hospital_level") is None:
        return None
    return line.choice("default_hospital_level", HOSPITAL_LEVELS)

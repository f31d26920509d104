"""docs/states.md: each table of states as a diagram and in words."""

from collections.abc import Iterator, Mapping
from enum import StrEnum

from brokering.management.documents import table
from brokering.states import FHIR_APPOINTMENT, WAYS, BookingState, Way

Table = Mapping[StrEnum, tuple[Way, ...]]

HEAD = """# States and the ways between them

Written from `brokering/states.py` by `manage.py states_docs`; change it there. `move()` looks the way up,
compares and swaps in the database, and writes an event; nothing else sets a state.
"""


def states_document() -> str:
    """Every kind of thing that has states."""
    parts = [HEAD]
    for states, ways in WAYS.items():
        parts += _part(states, ways)
    return "\n".join(parts).rstrip() + "\n"


def _part(states: type[StrEnum], ways: Table) -> Iterator[str]:
    name = states.__name__.removesuffix("State")
    yield f"## {name}\n"
    yield f"{states.__doc__}\n"
    yield from _diagram(ways)
    yield from table(["from", "to", "who may"], _rows(ways))
    if states is BookingState:
        yield "As FHIR R4 `Appointment.status`:\n"
        yield from table(["state", "FHIR"], FHIR_APPOINTMENT.items())


def _diagram(ways: Table) -> Iterator[str]:
    """Mermaid; the first state of a table is where a thing begins."""
    yield "```mermaid\nstateDiagram-v2"
    yield f"    [*] --> {next(iter(ways))}"
    for state, out in ways.items():
        yield from (f"    {state} --> {way.to}" for way in out)
        if not out:
            yield f"    {state} --> [*]"
    yield "```\n"


def _rows(ways: Table) -> Iterator[tuple[str, str, str]]:
    for state, out in ways.items():
        for way in out:
            yield state, way.to, ", ".join(sorted(way.by))
        if not out:
            yield state, "–", "the end"

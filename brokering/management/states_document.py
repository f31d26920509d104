"""docs/states.md: each table of states as a diagram and in words."""

from collections.abc import Iterator, Mapping
from enum import StrEnum

from brokering.management.documents import table
from brokering.states import FHIR_APPOINTMENT, WAYS, BookingState, Way
from contracts import lifecycle

Table = Mapping[StrEnum, tuple[Way, ...]]

HEAD = """# States and the ways between them

Written from `brokering/states.py` and `contracts/lifecycle.py` by `manage.py states_docs`; change it there.
An action looks the way up, compares and swaps in the database, and writes an event; nothing else sets a
state.
"""


def states_document() -> str:
    """Every kind of thing that has states."""
    parts = [HEAD]
    for states, ways in WAYS.items():
        parts += _part(states, ways)
    parts += _agreements()
    return "\n".join(parts).rstrip() + "\n"


def _agreements() -> Iterator[str]:
    """The life of an agreement; each kind takes some of the ways."""
    yield "## Agreement\n"
    yield f"{lifecycle.AgreementState.__doc__}\n"
    yield "```mermaid\nstateDiagram-v2"
    yield f"    [*] --> {next(iter(lifecycle.WAYS))}"
    for state, out in lifecycle.WAYS.items():
        yield from (f"    {state} --> {way.to}" for way in out)
        if not out:
            yield f"    {state} --> [*]"
    yield "```\n"
    rows = (
        (state, way.to, ", ".join(sorted(way.by)), ", ".join(sorted(way.kinds)))
        for state, out in lifecycle.WAYS.items()
        for way in out
    )
    yield from table(["from", "to", "who may", "kinds"], rows)
    yield "Standstill, whole days after the day on which the award of a lot was sent out:\n"
    rules = (
        (name, rule.first, rule.days, f"{rule.law} {rule.place}", rule.verify)
        for name, dated in lifecycle.standstill_rules().items()
        for rule in dated
    )
    yield from table(["sent", "from", "days", "law", "to be verified"], rules)


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

"""What one invariant is: a sentence and the question to the database that finds what breaks it."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Invariant:
    """A sentence that must be true; `sql` finds what breaks it.

    The question has one column, ids as text, and may use what `brokering.selectors.invariants.moments` names.
    """

    name: str
    sentence: str
    sql: str

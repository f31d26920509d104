"""Cancellations: which reasons there are, which could have been avoided, when one counts as late."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path

from brokering.law.parameters import parameter
from brokering.states import Party
from providers.patterns import SWEDEN

FILE = Path(__file__).with_name("cancellations.toml")
OPERATION_KIND = "treatment"
OPERATION_FORMS = frozenset({"inpatient", "inpatient_or_day"})
"""What the catalogue calls an operation: a treatment in a ward or as day surgery."""


@dataclass(frozen=True, kw_only=True)
class CancelReason:
    """Why a time is given up. `spor` is empty where the source gives no code.

    `frees_capacity`: whether somebody else can have the time; None where only the clinic knows.
    """

    code: str
    spor: str
    may: frozenset[Party]
    frees_capacity: bool | None
    of_operation: bool
    """Whether only a planned operation can be given up for it."""
    source: str

    def is_avoidable(self, on: date) -> bool:
        """Whether the register counts it among those that could have been avoided, on that day."""
        return self.spor in parameter("cancellation.avoidable_reasons").at(on).value


@lru_cache(maxsize=1)
def cancel_reasons() -> Mapping[str, CancelReason]:
    """Every reason by its code, in the order in which a list shows them."""
    tables = tomllib.loads(FILE.read_bytes().decode())
    return {
        code: CancelReason(
            code=code,
            spor=table.get("spor", ""),
            may=frozenset(map(Party, table["may"])),
            frees_capacity=table.get("frees_capacity"),
            of_operation=table.get("of") == "operation",
            source=table["source"],
        )
        for code, table in tables.items()
    }


def reasons_of(parties: frozenset[Party], *, operation: bool) -> tuple[CancelReason, ...]:
    """The reasons that somebody in one of these capacities may give for a visit or a planned operation."""
    return tuple(
        one
        for one in cancel_reasons().values()
        if one.may & parties and (operation or not one.of_operation)
    )


def is_operation(*, kind: str, form: str, immediate: bool = False) -> bool:
    """Whether a care of the catalogue is a planned operation; an acute one is never counted."""
    return kind == OPERATION_KIND and form in OPERATION_FORMS and not immediate


def late_from(planned_on: date) -> datetime:
    """From when on a planned operation's cancellation counts as late, by the Swedish clock."""
    hour = parameter("cancellation.late_from_hour").at(planned_on).value
    return datetime.combine(planned_on - timedelta(days=1), time(hour), SWEDEN).astimezone(UTC)


def is_late(*, planned_on: date, cancelled_at: datetime) -> bool:
    """Whether a planned operation was given up at that hour the day before, or later."""
    return cancelled_at >= late_from(planned_on)

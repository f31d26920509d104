"""Price lines that say what they are: lists whose amounts are not known here, or invented amounts."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from brokering.sweden.capacity import Agreement, Lot
from providers.reference import CareRow

INVENTED_LIST = "Påhittad prislista"
INVENTED = {"first_visit": 1000, "treatment": 5000, "investigation": 3000}
INVENTED_OTHERWISE = 500
"""Kronor. Round on purpose: nobody should take them for prices."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """What a lot costs for one care; `amount` in Swedish kronor."""

    lot: UUID
    care: str
    model: str
    amount: Decimal | None = None
    list_name: str = ""

    def row(self) -> tuple[object, ...]:
        """The columns up to the list's version."""
        version = "påhittad" if self.list_name else ""
        return self.lot, self.care, self.model, self.amount, self.list_name, version


def price_lines(agreement: Agreement, lot: Lot) -> Iterator[Line]:
    """One line per care of the lot."""
    for care in lot.cares:
        yield _line(agreement, lot, care)


def _line(agreement: Agreement, lot: Lot, care: CareRow) -> Line:
    """Own production: the riksavtal's list, amounts not known here. Doctors and physiotherapists under
    the tariff acts: the national tariff, likewise. LOU and LOV: invented amounts; every fifth LOU none."""
    if agreement.regime == "own":
        return Line(lot=lot.id, care=care.code, model="riksavtal_list")
    if agreement.regime in {"lol", "lof"}:
        return Line(lot=lot.id, care=care.code, model="national_tariff")
    if agreement.regime == "lou" and agreement.clinic.number % 5 == 0:
        return Line(lot=lot.id, care=care.code, model="not_agreed")
    return Line(
        lot=lot.id,
        care=care.code,
        model="fixed_list" if agreement.regime == "lov" else "per_unit",
        amount=Decimal(INVENTED.get(care.kind, INVENTED_OTHERWISE)),
        list_name=INVENTED_LIST,
    )

"""Price lines that say what they are: lists whose amounts are not known here, or invented amounts."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from brokering.sweden.capacity import Agreement, Lot
from providers.reference import CareRow

INVENTED_LIST = "Påhittad prislista"
INVENTED = {"first_visit": 1000, "treatment": 5000, "investigation": 3000}
INVENTED_OTHERWISE = 500
"""Kronor. Round on purpose: nobody should take them for prices."""


INVENTED_SUBSCRIPTION = Decimal(100_000)
"""Kronor a year and region."""
DEARER_NEXT_YEAR = 100
UNITS = {"digital_contact": "per digital kontakt", "subscription_and_unit": "per operation"}
DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Line:
    """What a lot costs for one care in a period; amounts in Swedish kronor."""

    lot: UUID
    care: str
    valid_from: date
    valid_to: date | None = None
    model: str
    amount: Decimal | None = None
    subscription: Decimal | None = None
    unit: str = ""
    list_name: str = ""
    list_version: str = ""


def price_lines(agreement: Agreement, lot: Lot) -> Iterator[Line]:
    """The lines of every care of the lot: one, or two where a list is new every year."""
    for care in lot.cares:
        line = _line(agreement, lot, care)
        yield from _by_year(line, agreement) if line.model == "fixed_list" else (line,)


def _line(agreement: Agreement, lot: Lot, care: CareRow) -> Line:
    """Own production: the riksavtal's list, amounts not known here. Doctors and physiotherapists under
    the tariff acts: the national tariff, likewise. All else: invented amounts; every fifth LOU none."""
    line = Line(
        lot=lot.id,
        care=care.code,
        valid_from=agreement.valid_from,
        model=_model(agreement, lot, care),
    )
    if line.model in {"riksavtal_list", "national_tariff", "not_agreed"}:
        return line
    return replace(
        line,
        amount=Decimal(INVENTED.get(care.kind, INVENTED_OTHERWISE) - agreement.cheaper_by),
        subscription=INVENTED_SUBSCRIPTION if line.model == "subscription_and_unit" else None,
        unit=UNITS.get(line.model, ""),
        list_name=INVENTED_LIST,
        list_version="påhittad",
    )


def _model(agreement: Agreement, lot: Lot, care: CareRow) -> str:
    """A subscription is paid once in an agreement: with the first operation; the rest is paid by unit."""
    if agreement.price_model == "subscription_and_unit":
        first = care.kind == "treatment" and care is lot.cares[0]
        return agreement.price_model if first else "per_unit"
    if agreement.price_model:
        return agreement.price_model
    if agreement.regime == "lou":
        return "not_agreed" if agreement.clinic.number % 5 == 0 else "per_unit"
    if agreement.regime == "lov":
        return "fixed_list"
    return "riksavtal_list" if agreement.regime == "own" else "national_tariff"


def _by_year(line: Line, agreement: Agreement) -> Iterator[Line]:
    """The list of the agreement's first years, and the one that replaces it in its last."""
    turns = date(agreement.valid_to.year, 1, 1) if agreement.valid_to else line.valid_from
    if turns <= line.valid_from or line.amount is None:
        yield line
        return
    yield replace(line, valid_to=turns - DAY)
    yield replace(
        line,
        valid_from=turns,
        amount=line.amount + DEARER_NEXT_YEAR,
        list_version=f"påhittad {turns.year}",
    )

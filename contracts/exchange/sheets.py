"""Agreements as CSV: one row a lot and care."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from contracts.drafts import (
    AgreementDraft,
    CapDraft,
    Fault,
    FollowOnDraft,
    LotDraft,
    OptionDraft,
    PriceDraft,
)
from contracts.exchange.structured import MOST_DIGITS, ReadAgreement, Unreadable, from_json

AGREEMENT_TEXTS = ("reference", "name", "regime", "cooperation", "party", "seller")
AGREEMENT_DAYS = ("valid_from", "valid_to", "valid_to_at_most")
LOT_NUMBERS = ("age_min", "age_max", "bmi_max", "asa_max")
PRICE_TEXTS = ("model", "unit", "list_name", "list_version")
CSV_COLUMNS = (
    *AGREEMENT_TEXTS,
    *("buyers", "usable_by", "open_for_others"),
    *AGREEMENT_DAYS,
    *("options", "confidentiality", "source_document"),
    *("lot", "clinic", "care", "qualified"),
    *LOT_NUMBERS,
    *("excluded_needs", "accepts_referrer_assessment", "follow_ons", "caps"),
    *("price_model", "price_amount", "price_subscription", "price_unit"),
    *("price_list_name", "price_list_version", "price_from", "price_to"),
)
"""One row a lot and care; a care with several price lines has a row for each. Lists are written with `|`."""
OWN_COLUMNS = CSV_COLUMNS[: CSV_COLUMNS.index("lot")]
LOT_COLUMNS = ("clinic", "qualified", *LOT_NUMBERS) + (
    *("excluded_needs", "accepts_referrer_assessment", "follow_ons", "caps"),
)
YES_NO = {"yes": True, "no": False}


def csv_text(drafts: Iterable[AgreementDraft]) -> str:
    """The agreements as CSV that `read_csv` reads back, without sources: those travel as JSON alone.

    An agreement without lots has no row.
    """
    out = io.StringIO()
    writer = csv.DictWriter(out, CSV_COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for draft in drafts:
        own = _own_cells(draft)
        for lot in draft.lots:
            writer.writerows(own | _lot_cells(lot) | cells for cells in _care_cells(lot))
    return out.getvalue()


def read_csv(text: str) -> tuple[ReadAgreement, ...]:
    """Every agreement of a CSV text (comma or semicolon), rows of one reference together, in file order.

    Raises Unreadable when the header lacks a column, a reference is empty or the text is no CSV.
    """
    groups: dict[str, list[tuple[int, dict[str, str]]]] = {}
    for number, cells in _rows(text.removeprefix("\ufeff")):
        if not cells["reference"]:
            raise Unreadable("missing", f"{number}:reference")
        groups.setdefault(cells["reference"], []).append((number, cells))
    return tuple(_read_group(rows) for rows in groups.values())


def _own_cells(draft: AgreementDraft) -> dict[str, str]:
    same = (*AGREEMENT_TEXTS, *AGREEMENT_DAYS, "open_for_others", "source_document")
    return {name: _cell(getattr(draft, name)) for name in same} | {
        "buyers": "|".join(draft.buyers),
        "usable_by": "|".join(draft.usable_by),
        "options": "|".join(_option_cell(option) for option in draft.options),
        "confidentiality": "|".join(":".join(pair) for pair in draft.confidentiality),
    }


def _option_cell(option: OptionDraft) -> str:
    return f"{option.months}@{option.decide_by}" if option.decide_by else str(option.months)


def _lot_cells(lot: LotDraft) -> dict[str, str]:
    same = ("clinic", "qualified", "accepts_referrer_assessment", *LOT_NUMBERS)
    return {name: _cell(getattr(lot, name)) for name in same} | {
        "lot": lot.name,
        "excluded_needs": "|".join(lot.excluded_needs),
        "follow_ons": "|".join(f"{one.investigation}>{one.treatment}" for one in lot.follow_ons),
        "caps": "|".join(f"{cap.region or ''}:{cap.places}:{cap.period}" for cap in lot.caps),
    }


def _care_cells(lot: LotDraft) -> Iterator[dict[str, str]]:
    for care in lot.cares:
        lines = [_price_cells(price) for price in lot.prices if price.care == care]
        yield from ({"care": care} | cells for cells in lines or [{}])


def _price_cells(price: PriceDraft) -> dict[str, str]:
    days = {"price_from": _cell(price.valid_from), "price_to": _cell(price.valid_to)}
    names = (*PRICE_TEXTS, "amount", "subscription")
    return days | {f"price_{name}": _cell(getattr(price, name)) for name in names}


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    head = text.partition("\n")[0]
    delimiter = ";" if head.count(";") > head.count(",") else ","
    reader = csv.DictReader(io.StringIO(text), delimiter=delimiter, strict=True)
    try:
        missing = [name for name in CSV_COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise Unreadable("missing", missing[0])
        for cells in reader:
            whole = {name: (cells.get(name) or "").strip() for name in CSV_COLUMNS}
            if None in cells:
                raise Unreadable("too_many_cells", f"{reader.line_num}:")
            if any(whole.values()):
                yield reader.line_num, whole
    except csv.Error as error:
        raise Unreadable("not_csv", f"{reader.line_num}:") from error


def _read_group(rows: Sequence[tuple[int, Mapping[str, str]]]) -> ReadAgreement:
    """The rows of one agreement; its own columns say the same on each."""
    numbers, cells = tuple(number for number, _ in rows), rows[0][1]
    for _, other in rows[1:]:
        if differing := [name for name in OWN_COLUMNS if other[name] != cells[name]]:
            return ReadAgreement(numbers, None, Fault("rows_disagree", differing[0]))
    try:
        lots = _lots_of([cells for _, cells in rows])
        return ReadAgreement(numbers, from_json(_own_value(cells) | {"lots": lots}))
    except Unreadable as error:
        return ReadAgreement(numbers, None, error.fault)


def _own_value(cells: Mapping[str, str]) -> dict[str, Any]:
    texts = ("reference", "name", "regime", "cooperation", "seller")
    named = {name: cells[name] for name in (*texts, "open_for_others", "source_document")}
    maybe = {name: cells[name] or None for name in ("party", "valid_to", "valid_to_at_most")}
    return {
        **{name: text for name, text in named.items() if text or name in texts[:2]},
        **maybe,
        "valid_from": cells["valid_from"],
        "buyers": _items(cells["buyers"]),
        "usable_by": _items(cells["usable_by"]),
        "options": [_option(item) for item in _items(cells["options"])],
        "confidentiality": dict(
            _parts(item, ":", 2, "confidentiality") for item in _items(cells["confidentiality"])
        ),
    }


def _lots_of(rows: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
    lots: dict[str, dict[str, Any]] = {}
    said: dict[str, Mapping[str, str]] = {}
    for cells in rows:
        name = cells["lot"]
        if name not in lots:
            lots[name], said[name] = _lot_value(cells), cells
        if differing := [one for one in LOT_COLUMNS if cells[one] != said[name][one]]:
            raise Unreadable("rows_disagree", f"lots.{differing[0]}")
        if cells["care"] and cells["care"] not in lots[name]["cares"]:
            lots[name]["cares"].append(cells["care"])
        if cells["price_model"]:
            lots[name]["prices"].append(_price_value(cells))
    return list(lots.values())


def _lot_value(cells: Mapping[str, str]) -> dict[str, Any]:
    pairs = [_parts(item, ">", 2, "lots.follow_ons") for item in _items(cells["follow_ons"])]
    caps = [_parts(item, ":", 3, "lots.caps") for item in _items(cells["caps"])]
    return {
        "name": cells["lot"],
        "clinic": cells["clinic"],
        "cares": [],
        "prices": [],
        "qualified": _yes_no(cells, "qualified", default=True),
        "accepts_referrer_assessment": _yes_no(cells, "accepts_referrer_assessment", default=False),
        "excluded_needs": _items(cells["excluded_needs"]),
        "follow_ons": [asdict(FollowOnDraft(investigation=a, treatment=b)) for a, b in pairs],
        "caps": [
            asdict(CapDraft(region=region or None, places=_whole(n, "lots.caps"), period=period))
            for region, n, period in caps
        ],
        **{name: _maybe_whole(cells[name], f"lots.{name}") for name in LOT_NUMBERS},
    }


def _price_value(cells: Mapping[str, str]) -> dict[str, Any]:
    texts = {name: cells[f"price_{name}"] for name in PRICE_TEXTS}
    amounts = {name: cells[f"price_{name}"] or None for name in ("amount", "subscription")}
    days = {"valid_from": cells["price_from"], "valid_to": cells["price_to"] or None}
    return {"care": cells["care"], **texts, **amounts, **days}


def _option(item: str) -> dict[str, Any]:
    months, _, day = item.partition("@")
    return {"months": _whole(months, "options"), "decide_by": day or None}


def _items(text: str) -> list[str]:
    return [item.strip() for item in text.split("|")] if text else []


def _parts(item: str, mark: str, number: int, field: str) -> list[str]:
    parts = item.split(mark)
    if len(parts) != number:
        raise Unreadable("not_readable", field)
    return parts


def _whole(text: str, field: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS):
        raise Unreadable("not_whole", field)
    return int(text)


def _maybe_whole(text: str, field: str) -> int | None:
    return _whole(text, field) if text else None


def _yes_no(cells: Mapping[str, str], name: str, *, default: bool) -> bool:
    if not cells[name]:
        return default
    if cells[name] not in YES_NO:
        raise Unreadable("not_yes_or_no", f"lots.{name}")
    return YES_NO[cells[name]]

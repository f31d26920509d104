"""Agreements as JSON, whole."""

import json
import types
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, is_dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from contracts.drafts import AgreementDraft, Fault, LotDraft

MOST_DIGITS = 12
"""Digits of a number that somebody may write."""


class Unreadable(ValueError):
    """The text cannot be read as an agreement: a stable code and the field."""

    def __init__(self, code: str, field: str) -> None:
        super().__init__(f"{field}: {code}")
        self.fault = Fault(code, field)


@dataclass(frozen=True)
class ReadAgreement:
    """One agreement of a file: its rows (its number in JSON), and the draft or what is wrong with it."""

    rows: tuple[int, ...]
    draft: AgreementDraft | None
    fault: Fault | None = None


def as_json(draft: AgreementDraft) -> dict[str, Any]:
    """The draft as JSON values: days as ISO text, amounts as text, so that nothing is rounded."""
    plain: dict[str, Any] = _plain(asdict(draft))
    return plain | {"confidentiality": dict(draft.confidentiality)}


def json_text(drafts: Iterable[AgreementDraft]) -> str:
    """A file with several agreements."""
    whole = {"agreements": [as_json(draft) for draft in drafts]}
    return json.dumps(whole, ensure_ascii=False, indent=1)


def read_json(text: str) -> tuple[ReadAgreement, ...]:
    """Every agreement of a file, each with its fault if it has one; raises Unreadable where it is none."""
    try:
        value = json.loads(text, parse_float=_no_float, parse_constant=_no_float)
    except (ValueError, RecursionError) as error:
        raise Unreadable("not_json", "") from error
    if isinstance(value, dict) and set(value) == {"agreements"}:
        value = value["agreements"]
    if not isinstance(value, list):
        raise Unreadable("not_a_list", "agreements")
    return tuple(_read_one(number, one) for number, one in enumerate(value, start=1))


def from_json(value: object) -> AgreementDraft:
    """One agreement; raises Unreadable with the first fault."""
    if isinstance(value, dict) and isinstance(value.get("confidentiality", {}), dict):
        pairs = sorted(value.get("confidentiality", {}).items())
        value = value | {"confidentiality": [list(pair) for pair in pairs]}
    draft: AgreementDraft = _read(AgreementDraft, value, "")
    return _in_order(draft)


def _read_one(number: int, value: object) -> ReadAgreement:
    try:
        return ReadAgreement((number,), from_json(value))
    except Unreadable as error:
        return ReadAgreement((number,), None, error.fault)


def _no_float(text: str) -> Decimal:
    raise ValueError(f"amounts are written as text, not as {text}")


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, date | Decimal) else value


@lru_cache(maxsize=32)
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _read(kind: Any, value: Any, path: str) -> Any:
    """A JSON value as a value of the kind; raises Unreadable."""
    if get_origin(kind) in (Union, types.UnionType):
        other = next(one for one in get_args(kind) if one is not types.NoneType)
        return None if value is None else _read(other, value, path)
    if is_dataclass(kind):
        return _read_draft(kind, value, path)
    if get_origin(kind) is tuple:
        return _read_list(get_args(kind), value, path)
    return _read_plain(kind, value, path)


def _read_draft(kind: Any, value: Any, path: str) -> Any:
    if not isinstance(value, dict):
        raise Unreadable("not_an_object", path)
    prefix = f"{path}." if path else ""
    hints = _hints(kind)
    if strange := sorted(set(value) - set(hints)):
        raise Unreadable("unknown_field", prefix + strange[0][:40])
    read = {name: _read(hints[name], one, prefix + name) for name, one in value.items()}
    try:
        return kind(**read)
    except TypeError as error:
        needed = [one.name for one in fields(kind) if one.name not in value]
        raise Unreadable("missing", prefix + needed[0]) from error


def _read_list(kinds: tuple[Any, ...], value: Any, path: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise Unreadable("not_a_list", path)
    if kinds[-1] is Ellipsis:
        return tuple(_read(kinds[0], one, path) for one in value)
    if len(value) != len(kinds):
        raise Unreadable("not_a_pair", path)
    return tuple(_read(kind, one, path) for kind, one in zip(kinds, value, strict=True))


def _read_plain(kind: type, value: Any, path: str) -> Any:
    if kind is date:
        return _read_day(value, path)
    if kind is Decimal:
        return _read_amount(value, path)
    if kind is str and isinstance(value, str) and "\0" in value:
        raise Unreadable("not_text", path)
    if type(value) is not kind:
        raise Unreadable({str: "not_text", int: "not_whole", bool: "not_yes_or_no"}[kind], path)
    if isinstance(value, int) and not -(2**31) <= value < 2**31:
        raise Unreadable("out_of_range", path)
    return value


def _read_day(value: Any, path: str) -> date:
    try:
        return date.fromisoformat(value) if len(value) == len("2026-01-01") else _raise()
    except (ValueError, TypeError) as error:
        raise Unreadable("not_a_day", path) from error


def _raise() -> date:
    raise ValueError("another way to write a day")


def _read_amount(value: Any, path: str) -> Decimal:
    text = str(value) if type(value) in (str, int) else ""
    digits = text.removeprefix("-").replace(".", "", 1)
    if not (digits.isascii() and digits.isdigit() and len(digits) <= MOST_DIGITS):
        raise Unreadable("not_an_amount", path)
    try:
        return _amount(Decimal(text))
    except InvalidOperation as error:
        raise Unreadable("not_an_amount", path) from error


def _amount(value: Decimal) -> Decimal:
    """As the database keeps it: two decimals, where that changes nothing."""
    kept = value.quantize(Decimal("0.01"))
    return kept if kept == value else value


def _in_order(draft: AgreementDraft) -> AgreementDraft:
    """Lists whose order means nothing, in one order: the same agreement is always the same value."""
    return replace(
        draft,
        buyers=tuple(sorted(draft.buyers)),
        usable_by=tuple(sorted(draft.usable_by)),
        confidentiality=tuple(sorted(draft.confidentiality)),
        lots=tuple(sorted(map(_lot_in_order, draft.lots), key=lambda lot: lot.name)),
        sources=tuple(sorted(draft.sources, key=lambda one: (one.field, one.retrieved_on))),
    )


def _lot_in_order(lot: LotDraft) -> LotDraft:
    return replace(
        lot,
        cares=tuple(sorted(lot.cares)),
        follow_ons=tuple(sorted(lot.follow_ons, key=lambda x: (x.investigation, x.treatment))),
        caps=tuple(sorted(lot.caps, key=lambda cap: (cap.region or "", cap.period))),
        prices=tuple(sorted(lot.prices, key=lambda price: (price.care, price.valid_from))),
    )

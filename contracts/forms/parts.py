"""Where a part stands in a whole agreement: named in a form, put in, taken out."""

from dataclasses import dataclass, replace
from typing import Any

from contracts.drafts import AgreementDraft

NEW = "new"
OWN = ("base", "confidentiality")
LISTS = ("lots", "options", "sources")
LOT_LISTS = ("caps", "prices", "follow_ons")


@dataclass(frozen=True)
class Place:
    """A part of an agreement: its list, the lot that it lies in, its number there; None for a new one."""

    kind: str
    index: int | None = None
    lot: int | None = None

    @property
    def path(self) -> str:
        """How a form names it: `base`, `lots.0`, `lots.0.caps.new`."""
        number = NEW if self.index is None else str(self.index)
        if self.lot is not None:
            return f"lots.{self.lot}.{self.kind}.{number}"
        return self.kind if self.kind in OWN else f"{self.kind}.{number}"


def place_of(path: str, draft: AgreementDraft) -> Place | None:
    """The place that a path names in the draft; None where there is no such place."""
    if path in OWN:
        return Place(path)
    names = path.split(".")
    if len(names) == 2 and names[0] in LISTS:
        return _numbered(names[0], names[1], getattr(draft, names[0]), None)
    if len(names) == 4 and names[0] == "lots" and names[2] in LOT_LISTS:
        lot = _number(names[1], draft.lots)
        if lot is not None:
            return _numbered(names[2], names[3], getattr(draft.lots[lot], names[2]), lot)
    return None


def part_at(draft: AgreementDraft, place: Place) -> Any:
    """The part that stands at a place; None for a new one, the agreement itself for its own terms."""
    if place.kind in OWN:
        return draft
    return None if place.index is None else _list(draft, place)[place.index]


def put(draft: AgreementDraft, place: Place, part: Any) -> AgreementDraft:
    """The draft with a part at the place; a part of OWN is the whole draft anew."""
    if place.kind in OWN:
        whole: AgreementDraft = part
        return whole
    there = list(_list(draft, place))
    if place.index is None:
        there.append(part)
    else:
        there[place.index] = part
    return _with(draft, place, tuple(there))


def without(draft: AgreementDraft, place: Place) -> AgreementDraft:
    """The draft without what stands at the place; what stands nowhere leaves it as it is."""
    if place.kind in OWN or place.index is None:
        return draft
    there = _list(draft, place)
    return _with(draft, place, there[: place.index] + there[place.index + 1 :])


def _list(draft: AgreementDraft, place: Place) -> tuple[Any, ...]:
    owner = draft if place.lot is None else draft.lots[place.lot]
    found: tuple[Any, ...] = getattr(owner, place.kind)
    return found


def _with(draft: AgreementDraft, place: Place, there: tuple[Any, ...]) -> AgreementDraft:
    changed: dict[str, Any] = {place.kind: there}
    if place.lot is None:
        return replace(draft, **changed)
    lots = list(draft.lots)
    lots[place.lot] = replace(lots[place.lot], **changed)
    return replace(draft, lots=tuple(lots))


def _numbered(kind: str, number: str, there: tuple[Any, ...], lot: int | None) -> Place | None:
    if number == NEW:
        return Place(kind, None, lot)
    index = _number(number, there)
    return None if index is None else Place(kind, index, lot)


def _number(text: str, there: tuple[Any, ...]) -> int | None:
    small = text.isascii() and text.isdigit() and len(text) < 5
    return int(text) if small and int(text) < len(there) else None

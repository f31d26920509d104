"""Reads one JSON object field by field; what is missing or wrong is told by its dotted path."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, NoReturn, TypeVar

from brokering.law.errors import QuestionError

DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
Choice = TypeVar("Choice", bound=StrEnum)
Item = TypeVar("Item")


@dataclass(frozen=True)
class Catalogue:
    """What a question is checked against: all länskoder, and the area of every care code."""

    regions: frozenset[str]
    areas: Mapping[str, str]


@dataclass(frozen=True)
class Fields:
    """One JSON object at a dotted path; `maybe_…` reads a field that may be absent or null.

    With `blank_is_absent` an empty text is absent too, as an empty cell of a file is.
    """

    data: Mapping[str, Any]
    path: str = ""
    blank_is_absent: bool = False

    def at(self, name: str) -> str:
        """Dotted path of a field of this object."""
        return f"{self.path}.{name}" if self.path else name

    def wrong(self, name: str, detail: str) -> NoReturn:
        """Raise `invalid_value` for a field."""
        raise QuestionError("invalid_value", self.at(name), detail)

    def needed(self, name: str) -> Any:
        """The raw value; raises `missing_field` where the key is absent."""
        if name not in self.data:
            raise QuestionError("missing_field", self.at(name), f"{self.at(name)} is needed")
        return self.data[name]

    def is_given(self, name: str) -> bool:
        """Whether an optional field says anything."""
        value = self.data.get(name)
        return value is not None and not (self.blank_is_absent and value == "")

    def part(self, name: str) -> "Fields":
        """A nested object."""
        value = self.needed(name)
        if not isinstance(value, dict):
            self.wrong(name, "must be an object")
        return Fields(value, self.at(name))

    def maybe_part(self, name: str) -> "Fields | None":
        """A nested object that may be null; the key itself is needed."""
        return None if self.needed(name) is None else self.part(name)

    def text(self, name: str) -> str:
        """A text that is not empty."""
        value = self.needed(name)
        if not isinstance(value, str) or not value.strip():
            self.wrong(name, "must be a text")
        return value

    def maybe_text(self, name: str) -> str | None:
        """A text, or None."""
        return self.text(name) if self.is_given(name) else None

    def truth(self, name: str) -> bool:
        """A JSON boolean."""
        value = self.needed(name)
        if not isinstance(value, bool):
            self.wrong(name, "must be true or false")
        return value

    def maybe_truth(self, name: str, default: bool) -> bool:
        """A JSON boolean, or the default."""
        return self.truth(name) if self.is_given(name) else default

    def day(self, name: str) -> date:
        """A civil date, YYYY-MM-DD."""
        value = self.needed(name)
        if not isinstance(value, str) or not DAY.fullmatch(value):
            self.wrong(name, "must be a date, YYYY-MM-DD")
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.wrong(name, "is no day of the calendar")

    def maybe_day(self, name: str) -> date | None:
        """A civil date, or None."""
        return self.day(name) if self.is_given(name) else None

    def maybe_age(self, name: str) -> int | None:
        """An age in completed years, or None."""
        if not self.is_given(name):
            return None
        value = self.needed(name)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            self.wrong(name, "must be an age in completed years")
        return value

    def choice(self, name: str, kinds: type[Choice]) -> Choice:
        """One value of an enumeration."""
        value = self.needed(name)
        if not isinstance(value, str) or value not in {kind.value for kind in kinds}:
            self.wrong(name, f"must be one of {', '.join(kind.value for kind in kinds)}")
        return kinds(value)

    def maybe_choice(self, name: str, kinds: type[Choice]) -> Choice | None:
        """One value of an enumeration, or None."""
        return self.choice(name, kinds) if self.is_given(name) else None

    def region(self, name: str, regions: Collection[str]) -> str:
        """A länskod of a region."""
        value = self.needed(name)
        if not isinstance(value, str) or value not in regions:
            self.wrong(name, "must be the two-digit code of a region")
        return value

    def texts(self, name: str) -> frozenset[str]:
        """A list of texts."""
        value = self.needed(name)
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.wrong(name, "must be a list of texts")
        return frozenset(value)

    def maybe_texts(self, name: str) -> frozenset[str]:
        """A list of texts; absent is empty."""
        return self.texts(name) if self.is_given(name) else frozenset()

    def each(self, name: str, read: Callable[["Fields"], Item]) -> tuple[Item, ...]:
        """A list of objects, each read by `read`."""
        value = self.needed(name)
        if not isinstance(value, list):
            self.wrong(name, "must be a list")
        return tuple(read(self._item(name, index, item)) for index, item in enumerate(value))

    def _item(self, name: str, index: int, item: Any) -> "Fields":
        if not isinstance(item, dict):
            self.wrong(f"{name}.{index}", "must be an object")
        return Fields(item, self.at(f"{name}.{index}"))

"""Where a topic is, and what somebody missed on it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from accounts.models import Change, Topic

MOST_REPLAYED = 500
"""Changes; a screen that is further behind reads itself anew instead."""


@dataclass(frozen=True)
class Numbered:
    """A change that has its number."""

    number: int
    kind: str
    data: dict[str, Any]


@dataclass(frozen=True)
class Missed:
    """The last number of a topic and, in order, every change after the number asked about.

    `is_whole` is False when they cannot all be given: too many, no longer kept, not all visible to the
    one who asks, or the asker is ahead of the topic.
    """

    number: int
    changes: tuple[Numbered, ...] = ()
    is_whole: bool = True


def last_numbers(topics: Iterable[str]) -> dict[str, int]:
    """The last number given out on each topic; a topic without changes is at 0."""
    names = list(topics)
    found = dict(Topic.objects.filter(name__in=names).values_list("name", "last_number"))
    return {name: found.get(name, 0) for name in names}


def missed(topic: str, *, after: int) -> Missed:
    """What came after a number, read under the row policies of the surrounding transaction."""
    last = last_numbers([topic])[topic]
    if last == after:
        return Missed(last)
    if not 0 < last - after <= MOST_REPLAYED:
        return Missed(last, is_whole=False)
    rows = Change.objects.filter(topic=topic, number__gt=after, number__lte=last)
    changes = tuple(
        Numbered(number, kind, data)
        for number, kind, data in rows.order_by("number").values_list("number", "kind", "data")
        if number is not None
    )
    if len(changes) < last - after:
        return Missed(last, is_whole=False)
    return Missed(last, changes)

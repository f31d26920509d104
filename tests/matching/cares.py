"""Small invented cares as arrays, where ties, clashes and unknowns are common; what each pair is worth."""

from dataclasses import replace
from random import Random
from typing import Any

import numpy as np

from brokering.matching.problem import (
    NO_DUE_DAY,
    NO_LIMIT,
    NO_WAY,
    NOBODY,
    UNKNOWN,
    Problem,
)
from brokering.matching.snapshot import Settings, WithinClass

TODAY = 100
HOMES, SITES, CLASSES, KINDS = 3, 4, 3, 3
FAR = (UNKNOWN, 0, 50, 50, 700, 9000)
BY_NEED = (
    "priority", "due", "waited_days", "earliest", "latest", "home", "reach", "need_class", "previous",
)  # fmt: skip


def random_care(seed: int, people: int, offers: int, places: int = 3) -> Problem:
    """A care whose people stand in the order of `turn`, with up to so many places an offer."""
    draw = Random(seed)
    needs = [_person(draw, offers) for _ in range(people)]
    needs.sort(key=lambda x: (x["priority"], -x["waited_days"]))
    free = sorted(
        (_offer(draw, places) for _ in range(offers)), key=lambda x: (x["day"], x["site"])
    )
    barred = [
        sorted(draw.sample(range(offers), draw.choice((0, 0, 0, min(1, offers)))))
        for _ in range(people)
    ]
    kinds = {"priority": np.int8}
    rows = {k: np.array([x[k] for x in needs], kinds.get(k, np.int32)) for k in BY_NEED}
    columns = {
        k: np.array([x[k] for x in free], np.int32)
        for k in ("day", "begins", "site", "kind", "count")
    }
    return Problem(
        **rows,
        **columns,
        hectometres=np.array(
            [[draw.choice(FAR) for _ in range(SITES)] for _ in range(HOMES)], np.int32
        ),
        way=np.array(
            [[draw.choice((NO_WAY, 0, 0, 1, 2)) for _ in range(KINDS)] for _ in range(CLASSES)],
            np.int32,
        ),
        tier=np.array([0, 1, 2], np.int8),
        barred_from=np.cumsum([0, *map(len, barred)]).astype(np.int64),
        barred=np.array([j for one in barred for j in one], np.int32),
        horizon=TODAY + 40,
    )


def reordered(care: Problem, order: list[int]) -> Problem:
    """The same people in other rows."""
    rows = {k: getattr(care, k)[order] for k in BY_NEED}
    barred = [care.barred[care.barred_from[i] : care.barred_from[i + 1]] for i in order]
    bounds = np.cumsum([0, *map(len, barred)]).astype(np.int64)
    return replace(
        care, **rows, barred_from=bounds, barred=np.concatenate([*barred, np.zeros(0, np.int32)])
    )


def possible(care: Problem, i: int, j: int) -> bool:
    """Whether a pair may be, as the contract of `Problem` says it."""
    far = -1 if care.home[i] == UNKNOWN else care.hectometres[care.home[i], care.site[j]]
    within = care.reach[i] == NO_LIMIT or (far != UNKNOWN and far <= care.reach[i])
    return bool(
        care.way[care.need_class[i], care.kind[j]] != NO_WAY
        and care.begins[j] >= care.earliest[i]
        and care.day[j] <= care.latest[i]
        and within
        and j not in care.barred[care.barred_from[i] : care.barred_from[i + 1]]
    )


def late(care: Problem, i: int, j: int) -> int:
    """Days late of a pair."""
    return 0 if care.due[i] == NO_DUE_DAY else max(int(care.day[j]) - int(care.due[i]), 0)


def wish(care: Problem, i: int, j: int) -> tuple[int, ...]:
    """What a person goes by in choosing, lower is better."""
    far = (
        0 if care.home[i] == UNKNOWN else max(int(care.hectometres[care.home[i], care.site[j]]), 0)
    )
    tier = int(care.tier[care.way[care.need_class[i], care.kind[j]]])
    return (late(care, i, j), int(care.previous[i] != j), tier, far, int(care.day[j]), j)


def stands(care: Problem, i: int, settings: Settings) -> tuple[int, ...]:
    """Where a person stands in the queue, lower is earlier."""
    due, waited = int(care.due[i]), int(care.waited_days[i])
    if settings.within_class is WithinClass.LONGEST_WAITING_FIRST:
        return (int(care.priority[i]), -waited, i)
    if due < TODAY:
        return (int(care.priority[i]), 1, 0, -waited, i)
    return (int(care.priority[i]), 0, due, -waited, i)


def obvious(care: Problem, settings: Settings) -> list[int]:
    """One after the other takes the best place left: slow and plain."""
    left, at = care.count.tolist(), [NOBODY] * len(care.due)
    for i in sorted(range(len(at)), key=lambda i: stands(care, i, settings)):
        open_to = [j for j, room in enumerate(left) if room and possible(care, i, j)]
        if open_to:
            at[i] = min(open_to, key=lambda j: wish(care, i, j))
            left[at[i]] -= 1
    return at


def taken(care: Problem, at: Any) -> list[int]:
    """How many sit in each offer."""
    return np.bincount([j for j in at if j != NOBODY], minlength=len(care.day)).tolist()


def _person(draw: Random, offers: int) -> dict[str, int]:
    waited = draw.choice((10, 60, 60, 85, 200))
    return {
        "priority": draw.choice((1, 2, 2, 3, 3, 4)),
        "waited_days": waited,
        "due": draw.choice((TODAY + 90 - waited, TODAY + 12, TODAY + 5, NO_DUE_DAY)),
        "earliest": draw.choice((0, 0, TODAY + 8)),
        "latest": draw.choice((NO_LIMIT, NO_LIMIT, TODAY + 20)),
        "home": draw.choice((UNKNOWN, *range(HOMES))),
        "reach": draw.choice((NO_LIMIT, NO_LIMIT, 700)),
        "need_class": draw.randrange(CLASSES),
        "previous": draw.choice((NOBODY, draw.randrange(offers))) if offers else NOBODY,
    }


def _offer(draw: Random, places: int) -> dict[str, int]:
    day = TODAY + draw.choice((1, 3, 9, 10, 15, 28))
    return {
        "day": day,
        "begins": day - draw.choice((0, 0, 4)),
        "site": draw.randrange(SITES),
        "kind": draw.randrange(KINDS),
        "count": draw.randint(1, places),
    }

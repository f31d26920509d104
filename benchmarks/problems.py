"""Synthetic rounds of any size for the matching engines: invented people and places, the same for a seed."""

import numpy as np

from brokering.matching.problem import (
    NO_DUE_DAY,
    NO_LIMIT,
    NO_WAY,
    NOBODY,
    Days,
    Problem,
    Small,
)

TODAY = 739_700
WEEKS = 13
HOMES = 290
REGIONS = 21
PROFILES = 4
FORMS = 3
SHARES = {"scarce": 0.5, "short": 0.9, "rich": 1.5}
"""Places to one waiting person, of the three standard cases."""


def problem(people: int, share: float, seed: int = 1) -> Problem:
    """One care with `share` places for each who waits, over 13 weeks of weekdays.

    People and clinics crowd where few municipalities hold most of the country; 36 % are overdue; half
    would travel at most 150 km; three in four offers outside the home region are lawful.
    """
    draw = np.random.default_rng(seed)
    homes, crowd, region = _country(draw)
    sites = int(np.clip(people // 60, 6, 800))
    site_at = draw.choice(HOMES, sites, p=crowd)
    offers = _offers(draw, sites, people, share)
    needs = _needs(draw, people, crowd)
    far = np.hypot(*(homes[:, None, :] - homes[None, site_at, :]).transpose(2, 0, 1)) * 10
    kinds = region[site_at][offers["site"]] * FORMS + draw.integers(0, FORMS, sites)[offers["site"]]
    way, tier = _ways(draw)
    need_class = region[needs["home"]] * PROFILES + draw.integers(0, PROFILES, people)
    return Problem(
        **needs,
        **offers,
        need_class=need_class.astype(np.int32),
        previous=np.full(people, NOBODY, np.int32),
        kind=kinds.astype(np.int32),
        hectometres=np.rint(far).astype(np.int32),
        way=way,
        tier=tier,
        barred_from=np.zeros(people + 1, np.int64),
        barred=np.zeros(0, np.int32),
        horizon=TODAY + WEEKS * 7,
    )


def next_day(before: Problem, at: np.ndarray, seed: int = 2, churn: float = 0.05) -> Problem:
    """The same care a day later: `at` is what was planned, and so many people and places are new."""
    draw = np.random.default_rng(seed)
    other = problem(len(before.priority), before.count.sum() / len(before.priority), seed)
    fresh = draw.random(len(before.priority)) < churn
    changed = {
        name: np.where(fresh, getattr(other, name), getattr(before, name))
        for name in ("due", "earliest", "latest", "home", "reach")
    }
    changed["previous"] = np.where(fresh, NOBODY, at).astype(np.int32)
    count = np.maximum(
        before.count + draw.choice((-1, 0, 1), len(before.count), p=(0.03, 0.94, 0.03)), 1
    )
    fields = {name: getattr(before, name) for name in before.__dataclass_fields__}
    return Problem(**(fields | changed | {"count": count.astype(np.int32)}))


def _country(draw: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where municipalities lie (km), how many of all people live there, and their regions."""
    homes = np.column_stack([draw.uniform(0, 400, HOMES), draw.uniform(0, 1500, HOMES) ** 1.0])
    homes[:, 1] = 1500 * (homes[:, 1] / 1500) ** 2
    crowd = 1 / np.arange(1, HOMES + 1)
    region = np.argsort(np.argsort(homes[:, 1])) * REGIONS // HOMES
    return homes, crowd / crowd.sum(), region


def _needs(draw: np.random.Generator, people: int, crowd: np.ndarray) -> dict[str, np.ndarray]:
    """Everybody who waits, in the order of `ranking.turn`: class, then longest wait."""
    priority = np.sort(draw.choice((1, 2, 3, 4), people, p=(0.05, 0.2, 0.5, 0.25)))
    waited = np.rint(draw.gamma(1.6, 50, people)).astype(np.int64)
    waited = waited[np.lexsort((-waited, priority))]
    due = np.where(draw.random(people) < 0.03, NO_DUE_DAY, TODAY + 90 - waited)
    wishes = draw.random((2, people))
    earliest = np.where(wishes[0] < 0.15, TODAY + draw.integers(1, 40, people), 0)
    latest = np.where(wishes[1] < 0.1, TODAY + draw.integers(30, 91, people), NO_LIMIT)
    reach = draw.choice((400, 800, 1500, 3000, NO_LIMIT), people, p=(0.15, 0.2, 0.25, 0.2, 0.2))
    return {
        "priority": _small(priority),
        "due": _days(due),
        "waited_days": _days(waited),
        "earliest": _days(earliest),
        "latest": _days(latest),
        "home": _days(draw.choice(HOMES, people, p=crowd)),
        "reach": _days(reach),
    }


def _offers(
    draw: np.random.Generator, sites: int, people: int, share: float
) -> dict[str, np.ndarray]:
    """Places at sites and weekdays; little is free in the next days, and clinics are of unlike size."""
    weekdays = np.array([x for x in range(1, WEEKS * 7) if (TODAY + x) % 7 < 5])
    later = np.minimum(weekdays / 30, 1.0) + 0.1
    size = 1 / np.arange(1, sites + 1) ** 0.6
    places = max(round(people * share), 1)
    site = draw.choice(sites, places, p=size / size.sum())
    day = draw.choice(weekdays, places, p=later / later.sum())
    keys, count = np.unique(day * sites + site, return_counts=True)
    days = TODAY + keys // sites
    return {
        "day": _days(days),
        "begins": _days(days),
        "site": _days(keys % sites),
        "count": _days(count),
    }


def _ways(draw: np.random.Generator) -> tuple[Days, Small]:
    """Each class at each kind: its own region always, others by agreement, in one of three tiers."""
    classes, kinds = REGIONS * PROFILES, REGIONS * FORMS
    own = np.arange(classes)[:, None] // PROFILES == np.arange(kinds)[None, :] // FORMS
    number = draw.integers(1, 4, (classes, kinds))
    lawful = own | (draw.random((classes, kinds)) < 0.75)
    return _days(np.where(own, 0, np.where(lawful, number, NO_WAY))), _small(np.arange(4))


def _days(values: np.ndarray) -> Days:
    return values.astype(np.int32)


def _small(values: np.ndarray) -> Small:
    return values.astype(np.int8)

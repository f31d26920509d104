"""Small invented worlds for the matching: four named people, or many drawn at random."""

from collections.abc import Iterable
from datetime import date, timedelta
from random import Random
from typing import Any

from brokering.matching.reception import Reception, Wished
from brokering.matching.snapshot import (
    ClassDecision,
    ClassKey,
    Lot,
    Need,
    Place,
    Point,
    Settings,
    Snapshot,
    class_keys,
)

TODAY = date(2026, 1, 12)
UMEA = Point(63.826, 20.263)
VAXJO = Point(56.879, 14.806)
LUND = Point(55.705, 13.191)
TOWNS = (UMEA, VAXJO, LUND, Point(59.33, 18.07), Point(57.70, 11.97))
RECEPTIONS = (
    (Reception(), Reception("video")),
    (
        Reception("on_site", frozenset({"fi", "en"}), frozenset({"step_free"})),
        Reception("video", frozenset({"fi", "en"}), frozenset({"step_free"})),
    ),
)
REGIONS = ("01", "07", "12", "24")
LAWFUL = ClassDecision(lawful=True)
CAPPED = ClassDecision(lawful=True, caps=("volym",))


def after(days: int) -> date:
    """The day so many days after today."""
    return TODAY + timedelta(days=days)


def need(key: str, **facts: Any) -> Need:
    """Someone in Växjö who waits for an eye appointment with medium need, due in 30 days."""
    usual: dict[str, Any] = {
        "care": "besok-ogon",
        "priority": 2,
        "waiting_since": after(-60),
        "home_region": "07",
        "routes": ("own_region", "guarantee_reroute"),
        "due": after(30),
        "home": VAXJO,
    }
    return Need(key=key, **(usual | facts))


def place(slot_id: str, **facts: Any) -> Place:
    """A time at the eye clinic in Växjö in ten days."""
    usual: dict[str, Any] = {
        "clinic": "vaxjo",
        "region": "07",
        "care": "besok-ogon",
        "form": "open",
        "day": after(10),
        "lots": ("avtal",),
        "point": VAXJO,
    }
    return Place(slot_id=slot_id, **(usual | facts))


def snapshot(
    needs: Iterable[Need],
    places: Iterable[Place],
    *lots: Lot,
    decisions: dict[ClassKey, ClassDecision] | None = None,
    otherwise: ClassDecision = LAWFUL,
    **rest: Any,
) -> Snapshot:
    """A round today where everything not decided by name is decided as `otherwise` says."""
    needs, places = tuple(needs), tuple(places)
    named = {lot.key for lot in lots}
    plain = sorted({lot for x in places for lot in x.lots} - named)
    table = dict.fromkeys(class_keys(needs, places), otherwise) | (decisions or {})
    return Snapshot(
        on=TODAY,
        needs=needs,
        places=places,
        lots=(*lots, *(Lot(key) for key in plain)),
        decisions=table,
        **rest,
    )


def random_world(seed: int, people: int, places: int, settings: Settings | None = None) -> Snapshot:
    """A world with few days, distances and terms, so that ties and clashes are common."""
    draw = Random(seed)
    needs = tuple(_person(draw, f"n{i:03}") for i in range(people))
    free = tuple(_place(draw, f"s{i:03}") for i in range(places))
    lots = (Lot("adults", age_from=18), Lot("all"), Lot("slim", bmi_to=35.0))
    decisions = {key: _decision(draw, key) for key in sorted(class_keys(needs, free), key=str)}
    previous = {x.key: draw.choice(free).slot_id for x in needs if free and draw.random() < 0.2}
    return Snapshot(
        on=TODAY,
        needs=needs,
        places=free,
        lots=lots,
        decisions=decisions,
        settings=settings or Settings(),
        previous=previous,
    )


def _person(draw: Random, key: str) -> Need:
    waited = draw.choice((10, 60, 60, 85, 200, 700))
    return need(
        key,
        priority=draw.choice((1, 2, 2, 3, 3, 4)),
        waiting_since=after(-waited),
        home_region=draw.choice(REGIONS),
        profile=draw.choice(("a", "b")),
        routes=draw.choice((("own_region",), ("own_region", "guarantee_reroute"))),
        due=draw.choice((after(90 - waited), after(12), None)),
        home=draw.choice((*TOWNS, None)),
        earliest=draw.choice((None, None, after(8))),
        latest=draw.choice((None, None, after(20))),
        max_distance_km=draw.choice((None, None, 450.0)),
        regions=draw.choice((None, None, frozenset({"01", "07"}))),
        age=draw.choice((9, 44, 71)),
        bmi=draw.choice((None, 24.0, 38.0)),
        wished=draw.choice(
            (Wished(), Wished(), Wished("video"), Wished("", "fi", frozenset({"step_free"})))
        ),
    )


def _place(draw: Random, slot_id: str) -> Place:
    number = draw.randrange(4)
    return place(
        slot_id,
        clinic=f"clinic {number}",
        region=REGIONS[number],
        point=TOWNS[number],
        day=after(draw.choice((3, 9, 15, 28))),
        lots=draw.choice((("all",), ("adults",), ("slim",), ("adults", "all"))),
        released=draw.random() < 0.95,
        kept=draw.random() < 0.2,
        reception=draw.choice(RECEPTIONS[number % 2]),
    )


def _decision(draw: Random, key: ClassKey) -> ClassDecision:
    if draw.random() < 0.2:
        return ClassDecision(lawful=False, reasons=("remiss_missing",))
    rerouted = "reroute" in key.route
    tier = draw.randrange(3) if rerouted else 0
    return ClassDecision(lawful=True, tier=tier, lets_own_first=rerouted and draw.random() < 0.3)

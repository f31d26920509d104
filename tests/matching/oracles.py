"""Slow, obvious ways to the same answer, written without the code that they check."""

from collections.abc import Iterator
from functools import cache
from itertools import product
from math import asin, cos, radians, sin, sqrt

import numpy as np
from ortools.linear_solver import pywraplp
from scipy.optimize import Bounds, LinearConstraint, milp

from brokering.matching.snapshot import (
    ClassDecision,
    ClassKey,
    Need,
    Place,
    Point,
    Snapshot,
    WithinClass,
)

ROUTES = ("own_region", "guarantee_reroute", "free_choice", "inpatient_choice")
Plan = tuple[Place | None, ...]
Vector = tuple[int, ...]


@cache
def kilometres(a: Point, b: Point) -> float:
    """Great-circle distance."""
    lat1, lon1, lat2, lon2 = map(radians, (*a, *b))
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * 6371.0088 * asin(sqrt(half))


def tier(world: Snapshot, need: Need, place: Place) -> int | None:
    """The search tier of the best lawful way, None if there is none."""
    ways = lawful(world, need, place)
    return ways[0].tier if ways else None


def lawful(world: Snapshot, need: Need, place: Place) -> list[ClassDecision]:
    """The decisions of every way that is lawful and within the terms, the best first."""
    lots = {lot.key: lot for lot in world.lots}
    ways = []
    for route in need.routes:
        for key in place.lots:
            lot = lots[key]
            decision = world.decisions[
                ClassKey(
                    need.home_region, key, place.care, route, place.form, need.profile, place.period
                )
            ]
            old_enough = lot.age_from is None or need.age is not None and need.age >= lot.age_from
            slim_enough = lot.bmi_to is None or need.bmi is not None and need.bmi <= lot.bmi_to
            in_turn_now = not (place.kept and decision.lets_own_first)
            if decision.lawful and in_turn_now and old_enough and slim_enough:
                ways.append((ROUTES.index(route), decision.tier, decision))
    return [way[2] for way in sorted(ways, key=lambda way: way[:2])]


def possible(world: Snapshot, need: Need, place: Place) -> bool:
    """May this pair be, by law, terms and wishes?"""
    far = need.max_distance_km is not None and (
        need.home is None
        or place.point is None
        or round(kilometres(need.home, place.point), 1) > need.max_distance_km
    )
    return (
        place.released
        and place.care == need.care
        and world.on <= place.day
        and (need.earliest is None or need.earliest <= place.day)
        and (need.latest is None or place.day <= need.latest)
        and (need.regions is None or place.region in need.regions)
        and not far
        and _received(need, place)
        and tier(world, need, place) is not None
    )


def _received(need: Need, place: Place) -> bool:
    """Does the reception suit? A visit by video asks nothing of premises."""
    wished, there = need.wished, place.reception
    on_screen = there.mode == "video"
    return (
        (not wished.mode or (wished.mode == "video") == on_screen)
        and (not wished.language or wished.language in there.languages)
        and (on_screen or all(one in there.premises for one in wished.premises))
    )


def cost(world: Snapshot, need: Need, place: Place | None) -> Vector:
    """What one person's outcome adds to each line of the order."""
    waited = (world.on - need.waiting_since).days
    until = place.day if place else world.horizon
    late = max((until - need.due).days, 0) if need.due else 0
    untreated = int(place is None)
    mine = [untreated, int(bool(untreated or late))]
    if world.settings.within_class == WithinClass.LONGEST_WAITING_FIRST:
        mine.insert(1, waited * untreated)
    by_class = [x * int(need.priority == p) for p in (1, 2, 3, 4) for x in mine]
    slot = world.previous.get(need.key)
    before = next((x for x in world.places if x.slot_id == slot and possible(world, need, x)), None)
    lost = int(before is not None and (place is None or not alike(before, place)))
    days = (until - min((x.day for x in world.places), default=world.horizon)).days
    turn = (len(world.needs) - in_turn(world).index(need)) * days
    if place is None:
        return (*by_class, late, lost, 0, 0, turn)
    hm = round(kilometres(need.home, place.point) * 10) if need.home and place.point else 0
    return (*by_class, late, lost, tier(world, need, place) or 0, hm, turn)


def alike(a: Place, b: Place) -> bool:
    """Can nobody tell these places apart?"""
    return (a.clinic, a.day, a.lots, a.released, a.kept, a.reception) == (
        b.clinic,
        b.day,
        b.lots,
        b.released,
        b.kept,
        b.reception,
    )


def in_turn(world: Snapshot) -> list[Need]:
    """Highest need, then longest wait, then key."""
    return sorted(world.needs, key=lambda x: (x.priority, x.waiting_since, x.key))


def plans(world: Snapshot) -> Iterator[Plan]:
    """Every plan there is."""
    choices = [
        [None, *(x for x in world.places if possible(world, need, x))] for need in in_turn(world)
    ]
    for plan in product(*choices):
        used = [x.slot_id for x in plan if x]
        if len(set(used)) == len(used):
            yield plan


def enumerated(world: Snapshot) -> Vector:
    """The best vector over all plans."""
    needs = in_turn(world)
    paid = {(need.key, x): cost(world, need, x) for need in needs for x in (None, *world.places)}

    def vector(plan: Plan) -> Vector:
        costs = [paid[need.key, x] for need, x in zip(needs, plan, strict=True)]
        return tuple(map(sum, zip(*costs, strict=True)))

    return min(map(vector, plans(world)))


def within_caps_by_highs(world: Snapshot) -> Vector:
    """Line by line with HiGHS within every cap: by which of the lawful ways each goes is free."""
    columns, costs, drawn = [], [], []
    for i, need in enumerate(world.needs):
        columns.append((i, -1))
        costs.append(cost(world, need, None))
        drawn.append(frozenset[str]())
        for j, place in enumerate(world.places):
            for decision in lawful(world, need, place) if possible(world, need, place) else ():
                columns.append((i, j))
                costs.append(cost(world, need, place))
                costs[-1] = (*costs[-1][:-3], decision.tier, *costs[-1][-2:])
                drawn.append(frozenset(decision.caps))
    needs = np.array([[i == c[0] for c in columns] for i in range(len(world.needs))], float)
    places = np.array([[j == c[1] for c in columns] for j in range(len(world.places))], float)
    caps = np.array([[cap.key in x for x in drawn] for cap in world.caps], float)
    rules = [LinearConstraint(needs, 1, 1), LinearConstraint(places, 0, 1)]
    rules.append(LinearConstraint(caps, 0, [cap.left for cap in world.caps]))
    return _staged(np.array(costs, float).T, rules)


def _program(world: Snapshot) -> tuple[list[tuple[int, int | None]], np.ndarray]:
    """Columns (need, place or nobody) of the staged programs, and their costs line by line."""
    columns: list[tuple[int, int | None]] = []
    costs = []
    for i, need in enumerate(world.needs):
        for j, place in [(None, None), *enumerate(world.places)]:
            if place is None or possible(world, need, place):
                columns.append((i, j))
                costs.append(cost(world, need, place))
    return columns, np.array(costs, float).T


def staged_by_highs(world: Snapshot) -> Vector:
    """Line by line with HiGHS, in whole numbers: each line's optimum is fixed before the next is asked."""
    columns, costs = _program(world)
    needs = np.array([[i == c[0] for c in columns] for i in range(len(world.needs))], float)
    places = np.array([[j == c[1] for c in columns] for j in range(len(world.places))], float)
    rules = [LinearConstraint(needs, 1, 1), LinearConstraint(places, 0, 1)]
    return _staged(costs, rules)


def _staged(costs: np.ndarray, rules: list[LinearConstraint]) -> Vector:
    """Each line's least is fixed before the next is asked."""
    best: list[int] = []
    for line in costs:
        answer = milp(
            line,
            integrality=np.ones(costs.shape[1]),
            bounds=Bounds(0, 1),
            constraints=rules,
            options={"mip_rel_gap": 0.0},
        )
        best.append(round(answer.fun))
        rules = [*rules, LinearConstraint(line, -np.inf, best[-1] + 0.5)]
    return tuple(best)


def staged_by_ortools(world: Snapshot) -> Vector:
    """The same with OR-tools' linear solver; corners of each face are whole numbers."""
    columns, costs = _program(world)
    solver = pywraplp.Solver.CreateSolver("GLOP")
    x = [solver.NumVar(0, 1, "") for _ in columns]
    for i in range(len(world.needs)):
        solver.Add(sum(v for v, c in zip(x, columns, strict=True) if c[0] == i) == 1)
    for j in range(len(world.places)):
        solver.Add(sum(v for v, c in zip(x, columns, strict=True) if c[1] == j) <= 1)
    best = []
    for line in costs:
        total = sum(float(price) * v for price, v in zip(line, x, strict=True) if price)
        solver.Minimize(total)
        assert solver.Solve() == pywraplp.Solver.OPTIMAL
        best.append(round(solver.Objective().Value()))
        solver.Add(total <= best[-1])
    return tuple(best)

"""What is proven where volume caps cut a plan, against the same asked of HiGHS with the caps in it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from brokering.matching.round import Proposal, Result, run
from brokering.matching.snapshot import (
    Cap,
    ClassDecision,
    ClassKey,
    Need,
    Place,
    Settings,
    Snapshot,
    WithinClass,
    class_keys,
)
from tests.matching import oracles
from tests.matching.worlds import random_world

SEEDS = st.integers(0, 2**32)
SETTINGS = st.sampled_from([Settings(within) for within in WithinClass])
CARES = ("besok-ogon", "op-ogon")
CAPS = ("volume", "share", "quota")
BINDS: dict[str, Callable[[ClassKey], bool]] = {
    "volume": lambda key: True,
    "share": lambda key: key.home_region == "01",
    "quota": lambda key: "reroute" in key.route,
}


def linked_world(seed: int, people: int, places: int, chosen: Settings) -> Snapshot:
    """Two cares whose places draw on the same caps: of all, of one region's people, of reroutes."""
    draw, world = Random(seed), random_world(seed, people, places, chosen)
    needs = tuple(replace(x, care=draw.choice(CARES)) for x in world.needs)
    free = tuple(replace(x, care=draw.choice(CARES)) for x in world.places)
    lots = {lot.key: draw.choice((CAPS, CAPS[:1], ())) for lot in world.lots}
    decided = dict(zip(sorted(lots), draw.choices((True, True, False), k=len(lots)), strict=True))
    decisions = {
        key: ClassDecision(
            lawful=decided[key.lot] or key.home_region != "07",
            tier=draw.randrange(3) if "reroute" in key.route and seed % 2 else 0,
            caps=tuple(cap for cap in lots[key.lot] if BINDS[cap](key)),
        )
        for key in sorted(class_keys(needs, free), key=str)
    }
    caps = tuple(Cap(cap, draw.randrange(1, 5)) for cap in CAPS)
    return replace(world, needs=needs, places=free, decisions=decisions, caps=caps)


def used(world: Snapshot, result: Result) -> Counter[str]:
    """How many proposals draw on each cap."""
    needs, places = (
        {x.key: x for x in world.needs},
        {x.slot_id: x for x in world.places},
    )
    return Counter(
        cap
        for x in result.proposals
        for cap in world.decisions[_key(needs[x.need], places[x.slot_id], x)].caps
    )


def _key(need: Need, place: Place, by: Proposal) -> ClassKey:
    return ClassKey(
        need.home_region, by.lot, need.care, by.route, place.form, need.profile, place.period
    )


@settings(max_examples=40, deadline=None)
@given(SEEDS, SETTINGS, st.integers(1, 14), st.integers(1, 14))
def test_no_cap_is_exceeded_and_the_best_is_no_better_than_the_gap_says(
    seed: int, chosen: Settings, people: int, places: int
) -> None:
    world = linked_world(seed, people, places, chosen)
    result = run(world)
    assert all(used(world, result)[cap.key] <= cap.left for cap in world.caps)
    best = dict(zip(result.objective, oracles.within_caps_by_highs(world), strict=True))
    for code in result.certificate.proven:
        assert result.objective[code] == best[code]
    for code, gap in result.certificate.gap.items():
        assert 0 <= result.objective[code] - best[code] <= gap

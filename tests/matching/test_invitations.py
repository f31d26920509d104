"""Who is asked about a place at short notice, checked against a slow and obvious answer."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brokering.matching.invitations import Consent, InLine, line
from brokering.matching.snapshot import Snapshot
from tests.matching import oracles
from tests.matching.worlds import LUND, UMEA, need, place, random_world, snapshot

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
SEEDS = st.integers(0, 2**32)


def consent(key: str, **also: object) -> Consent:
    return Consent(key, **({"notice": DAY} | also))  # type: ignore[arg-type]


def keys(found: tuple[InLine, ...]) -> list[str]:
    return [one.need for one in found]


def asked(*needs: object, left: timedelta = 2 * DAY, **said: object) -> list[str]:
    world = snapshot(needs, [place("s1")])  # type: ignore[arg-type]
    return keys(line(world, [consent(one.key, **said) for one in world.needs], left=left))


def test_the_highest_need_comes_first() -> None:
    assert asked(need("alice", priority=3), need("bob", priority=1)) == ["bob", "alice"]


def test_nobody_is_asked_who_has_not_consented() -> None:
    world = snapshot([need("alice"), need("bob", priority=1)], [place("s1")])
    assert keys(line(world, [consent("alice")], left=2 * DAY)) == ["alice"]


@pytest.mark.parametrize(
    ("left", "found"),
    [(DAY, ["alice"]), (DAY - HOUR, [])],
    ids=["just enough", "an hour too little"],
)
def test_who_must_know_a_day_ahead_is_asked_a_day_ahead(left, found) -> None:
    assert asked(need("alice"), left=left) == found


def test_a_day_ahead_counts_from_when_somebody_can_be_told() -> None:
    assert asked(need("alice"), left=DAY + 9 * HOUR, asleep=9 * HOUR) == ["alice"]
    assert asked(need("alice"), left=DAY + 8 * HOUR, asleep=9 * HOUR) == []


def test_who_has_not_ticked_off_everything_is_not_asked() -> None:
    assert asked(need("alice"), is_ready=False) == []


def test_the_shorter_of_the_two_ways_counts() -> None:
    far = need("alice", home=LUND, max_distance_km=500.0)
    assert asked(far, max_distance_km=100.0) == []
    assert asked(replace(far, max_distance_km=100.0), max_distance_km=500.0) == []
    assert asked(far, max_distance_km=500.0) == ["alice"]


def test_who_would_go_anywhere_is_asked_from_afar_but_after_the_nearer() -> None:
    assert asked(need("alice", home=UMEA), need("bob")) == ["bob", "alice"]


def test_without_a_place_nobody_is_asked() -> None:
    assert line(snapshot([need("alice")], []), [consent("alice")], left=DAY) == ()


def drawn(seed: int, people: int) -> tuple[Snapshot, list[Consent]]:
    """A world with one place, in which most have consented to something."""
    draw, world = Random(seed), random_world(seed, people, 1)
    said = [
        Consent(
            one.key,
            notice=draw.choice((2 * HOUR, DAY, 3 * DAY)),
            max_distance_km=draw.choice((None, 50.0, 450.0)),
            is_ready=draw.random() < 0.9,
            asleep=draw.choice((timedelta(0), 9 * HOUR)),
        )
        for one in world.needs
        if draw.random() < 0.9
    ]
    return world, said


def slowly(world: Snapshot, said: list[Consent], left: timedelta) -> list[str]:
    """Every plan that gives the place to one person, the best first, then that person's turn."""
    free = world.places[0]
    by_key = {one.need: one for one in said}
    people = []
    for one in oracles.in_turn(world):
        told = by_key.get(one.key)
        if told is None or not told.is_ready or told.notice > left - told.asleep:
            continue
        far = [x for x in (one.max_distance_km, told.max_distance_km) if x is not None]
        people.append(replace(one, max_distance_km=min(far) if far else None))
    consenting = replace(world, needs=tuple(people))
    lines = []
    for turn, chosen in enumerate(people):
        if oracles.possible(consenting, chosen, free):
            costs = [
                oracles.cost(consenting, one, free if one is chosen else None) for one in people
            ]
            lines.append(([sum(x) for x in zip(*costs, strict=True)], turn, chosen.key))
    return [key for _, _, key in sorted(lines)]


@settings(max_examples=120, deadline=None)
@given(SEEDS, st.integers(1, 9), st.sampled_from((3 * HOUR, 30 * HOUR, 4 * DAY)))
def test_line_and_filters_are_those_of_the_slow_answer(seed, people, left) -> None:
    world, said = drawn(seed, people)
    assert keys(line(world, said, left=left)) == slowly(world, said, left)

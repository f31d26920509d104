"""The order of choices between people, as sentences."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from brokering.matching.ranking import order
from brokering.matching.round import Result, run
from brokering.matching.snapshot import ClassDecision, ClassKey, Settings, Snapshot, WithinClass
from tests.matching import oracles
from tests.matching.worlds import REGIONS, UMEA, after, need, place, random_world, snapshot

OLDEST_FIRST = Settings(WithinClass.LONGEST_WAITING_FIRST)


def slots(world: Snapshot) -> dict[str, str]:
    return {x.need: x.slot_id for x in run(world).proposals}


def test_the_only_place_goes_to_the_highest_need() -> None:
    world = snapshot([need("alice", priority=3), need("bob", priority=1)], [place("s1")])
    assert slots(world) == {"bob": "s1"}


def test_higher_need_is_in_time_before_lower_need_is_treated() -> None:
    late = place("s2", day=after(40))
    alice, bob = need("alice", priority=1), need("bob", priority=2, latest=after(20))
    assert slots(snapshot([alice, bob], [place("s1"), late])) == {"alice": "s1"}


def test_two_of_higher_need_are_treated_before_one_of_them_is_in_time() -> None:
    early, late = place("s1"), place("s2", day=after(40))
    alice, bob = need("alice", priority=1), need("bob", priority=1, latest=after(20))
    assert slots(snapshot([alice, bob], [early, late])) == {"alice": "s2", "bob": "s1"}


def test_among_equal_need_whoever_can_still_be_in_time_goes_first() -> None:
    overdue, rescuable = need("alice", due=after(-300)), need("bob")
    assert slots(snapshot([overdue, rescuable], [place("s1")])) == {"bob": "s1"}


def test_with_the_other_setting_whoever_waited_longest_goes_first() -> None:
    overdue = need("alice", due=after(-300), waiting_since=after(-390))
    world = snapshot([overdue, need("bob")], [place("s1")], settings=OLDEST_FIRST)
    assert slots(world) == {"alice": "s1"}


def test_leaving_out_the_most_overdue_does_not_make_a_plan_look_better() -> None:
    alice = need("alice", due=after(-600), waiting_since=after(-690))
    bob = need("bob", due=after(-2), waiting_since=after(-92))
    assert slots(snapshot([alice, bob], [place("s1")])) == {"alice": "s1"}


def test_fewer_days_late_come_before_a_shorter_way() -> None:
    near, far = place("s1", day=after(40)), place("s2", day=after(35), point=UMEA)
    assert slots(snapshot([need("alice")], [near, far])) == {"alice": "s2"}


def test_the_nearest_of_the_days_in_time_is_chosen() -> None:
    near, far = place("s1", day=after(20)), place("s2", day=after(5), point=UMEA)
    assert slots(snapshot([need("alice")], [near, far])) == {"alice": "s1"}


def test_an_earlier_proposal_stays_though_another_place_is_nearer() -> None:
    near, far = place("s1"), place("s2", clinic="umea", point=UMEA)
    world = snapshot([need("alice")], [near, far], previous={"alice": "s2"})
    assert slots(world) == {"alice": "s2"}
    assert run(world).summary.kept == 1


def test_an_earlier_proposal_goes_when_a_place_with_fewer_days_late_appears() -> None:
    before, sooner = place("s1", day=after(50)), place("s2", day=after(45), point=UMEA)
    world = snapshot([need("alice")], [before, sooner], previous={"alice": "s1"})
    assert slots(world) == {"alice": "s2"}


def test_in_a_reroute_the_region_search_order_comes_before_distance() -> None:
    near, own = place("s1", lots=("other",)), place("s2", lots=("ours",), point=UMEA)
    alice = need("alice", routes=("guarantee_reroute",))
    tiers = {"other": 2, "ours": 1}
    decisions = {
        ClassKey("07", lot, "besok-ogon", "guarantee_reroute", "open", "", ""): ClassDecision(
            lawful=True, tier=tier
        )
        for lot, tier in tiers.items()
    }
    assert slots(snapshot([alice], [near, own], decisions=decisions)) == {"alice": "s2"}


def test_equal_people_choose_in_the_order_of_wait_and_key() -> None:
    people = [need("dave"), need("charlie"), need("bob", waiting_since=after(-61), due=after(29))]
    places = [place("s1", day=after(3)), place("s2", day=after(4)), place("s3", day=after(5))]
    assert slots(snapshot(people, places)) == {"bob": "s1", "charlie": "s2", "dave": "s3"}


def test_the_order_of_choices_is_the_one_that_was_decided() -> None:
    codes = [level.code for level in order(Settings())]
    assert codes[:4] == ["treated_1", "in_time_1", "treated_2", "in_time_2"]
    assert codes[4:8] == ["treated_3", "in_time_3", "treated_4", "in_time_4"]
    assert codes[8:] == ["lateness", "kept", "tier", "distance", "turn"]
    assert [x.code for x in order(OLDEST_FIRST)][:3] == ["treated_1", "waited_1", "in_time_1"]


SEEDS = st.integers(0, 2**32)
SETTINGS = st.sampled_from([Settings(), OLDEST_FIRST])


def pairs_of(world: Snapshot, result: Result) -> list[tuple[str, str]]:
    """(who is worse off, who is of lower need and has what the first could use in time)."""
    people, places = {x.key: x for x in world.needs}, {x.slot_id: x for x in world.places}
    got = {x.need: x for x in result.proposals}
    return [
        (high.key, low)
        for high in people.values()
        if high.key not in got or not got[high.key].in_time
        for low, theirs in got.items()
        if people[low].priority > high.priority and theirs.in_time
        if oracles.possible(world, high, places[theirs.slot_id])
        if high.due is None or places[theirs.slot_id].day <= high.due
    ]


@settings(max_examples=40, deadline=None)
@given(SEEDS, SETTINGS)
def test_nobody_is_late_beside_a_lower_need_in_time_in_a_place_they_could_use(
    seed: int, chosen: Settings
) -> None:
    world = random_world(seed, 30, 20, chosen)
    assert pairs_of(world, run(world)) == []


@settings(max_examples=40, deadline=None)
@given(SEEDS, SETTINGS)
def test_no_place_stays_empty_that_someone_without_a_place_could_use(
    seed: int, chosen: Settings
) -> None:
    world = random_world(seed, 20, 25, chosen)
    result = run(world)
    used = {x.slot_id for x in result.proposals}
    empty = [x for x in world.places if x.slot_id not in used]
    left = [x for x in world.needs if x.key in result.unmatched]
    assert not [(a.key, b.slot_id) for a in left for b in empty if oracles.possible(world, a, b)]


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.permutations(REGIONS))
def test_where_people_live_never_changes_who_gets_a_place(seed: int, permuted: list[str]) -> None:
    world = random_world(seed, 15, 10)
    new = dict(zip(REGIONS, permuted, strict=True))
    moved = snapshot(
        [replace(x, home_region=new[x.home_region]) for x in world.needs],
        world.places,
        *world.lots,
        decisions={
            key._replace(home_region=new[key.home_region]): decision
            for key, decision in world.decisions.items()
        },
        previous=world.previous,
    )
    assert slots(moved) == slots(world)

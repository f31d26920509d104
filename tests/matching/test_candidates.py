"""Which pairs are possible, and the first reason where one is not."""

from dataclasses import replace

import pytest

from brokering.matching.candidates import Candidates
from brokering.matching.explain import Explanations
from brokering.matching.reception import Reception, Wished
from brokering.matching.round import run
from brokering.matching.snapshot import (
    EVERY_DAY,
    ClassDecision,
    ClassKey,
    Lot,
    Need,
    Place,
    Snapshot,
    class_keys,
)
from tests.matching import oracles
from tests.matching.worlds import LAWFUL, UMEA, after, need, place, random_world, snapshot

STEP_FREE = Wished(premises=frozenset({"step_free"}))
EASY = Reception(premises=frozenset({"step_free", "hearing_loop"}))
PLAIN = Lot("avtal")


def reason(who: Need, where: Place, lot: Lot = PLAIN) -> str:
    return Candidates(snapshot([who], [where], lot)).reasons(who)[0]


@pytest.mark.parametrize(
    ("who", "where", "lot", "code"),
    [
        (need("alice"), place("s1"), PLAIN, ""),
        (need("alice"), place("s1", care="besok-onh"), PLAIN, "other_care"),
        (need("alice"), place("s1", released=False), PLAIN, "not_released"),
        (need("alice"), place("s1", day=after(-1)), PLAIN, "passed"),
        (need("alice"), place("s1", day=after(0)), PLAIN, ""),
        (need("alice", earliest=after(11)), place("s1"), PLAIN, "outside_wished_period"),
        (need("alice", latest=after(9)), place("s1"), PLAIN, "outside_wished_period"),
        (need("alice", earliest=after(10), latest=after(10)), place("s1"), PLAIN, ""),
        (
            need("alice", refused=frozenset({("vaxjo", after(10))})),
            place("s1"),
            PLAIN,
            "refused_before",
        ),
        (need("alice", refused=frozenset({("vaxjo", after(11))})), place("s1"), PLAIN, ""),
        (
            need("alice", refused=frozenset({("vaxjo", EVERY_DAY)})),
            place("s1"),
            PLAIN,
            "clinic_said_no",
        ),
        (need("alice", regions=frozenset({"01"})), place("s1"), PLAIN, "region_not_wanted"),
        (need("alice", max_distance_km=100), place("s1", point=UMEA), PLAIN, "too_far"),
        (need("alice", max_distance_km=0), place("s1"), PLAIN, ""),
        (need("alice", max_distance_km=100), place("s1", point=None), PLAIN, "distance_unknown"),
        (need("alice", home=None), place("s1", point=UMEA), PLAIN, ""),
        (need("alice", wished=Wished("video")), place("s1"), PLAIN, "other_mode"),
        (need("alice", wished=Wished("", "fi")), place("s1"), PLAIN, "language_not_offered"),
        (need("alice", wished=STEP_FREE), place("s1"), PLAIN, "premises_not_stated"),
        (need("alice", wished=STEP_FREE), place("s1", reception=Reception("video")), PLAIN, ""),
        (need("alice", wished=STEP_FREE), place("s1", reception=EASY), PLAIN, ""),
        (need("alice", age=17), place("s1"), Lot("avtal", age_from=18), "terms_age"),
        (need("alice", age=18), place("s1"), Lot("avtal", age_from=18), ""),
        (need("alice", age=65), place("s1"), Lot("avtal", age_to=64), "terms_age"),
        (need("alice", bmi=36.0), place("s1"), Lot("avtal", bmi_to=35.0), "terms_bmi"),
        (need("alice", asa=3), place("s1"), Lot("avtal", asa_to=2), "terms_asa"),
        (need("alice"), place("s1"), Lot("avtal", asa_to=2), "terms_fact_unknown"),
        (
            need("alice", excluding_needs=frozenset({"tolk"})),
            place("s1"),
            Lot("avtal", excludes=frozenset({"tolk"})),
            "terms_excluded_need",
        ),
    ],
)
def test_a_pair_is_possible_or_says_why_not(who: Need, where: Place, lot: Lot, code: str) -> None:
    assert reason(who, where, lot) == code


def test_law_is_named_before_wishes() -> None:
    alice, far = need("alice", routes=("free_choice",), max_distance_km=10), place("s1", point=UMEA)
    key = ClassKey("07", "avtal", "besok-ogon", "free_choice", "open", "", "")
    no = ClassDecision(lawful=False, reasons=("remiss_missing", "payer_undecided"))
    world = snapshot([alice], [far], decisions={key: no})
    assert Candidates(world).reasons(alice) == ["remiss_missing"]


def test_a_class_that_nobody_decided_is_not_lawful() -> None:
    world = replace(snapshot([need("alice")], [place("s1")]), decisions={})
    assert Candidates(world).reasons(world.needs[0]) == ["undecided"]


def test_a_place_without_an_agreement_in_force_is_for_nobody() -> None:
    assert reason(need("alice"), place("s1", lots=())) == "no_agreement"


def test_a_route_that_cannot_lead_there_hides_no_better_reason() -> None:
    def decide(route: str, code: str) -> tuple[ClassKey, ClassDecision]:
        key = ClassKey("07", "avtal", "besok-ogon", route, "open", "", "")
        return key, ClassDecision(lawful=False, reasons=(code,))

    decisions = dict(
        [decide("own_region", "route_mismatch"), decide("guarantee_reroute", "no_guarantee")]
    )
    world = snapshot([need("alice")], [place("s1")], decisions=decisions)
    assert Candidates(world).reasons(world.needs[0]) == ["no_guarantee"]


def test_the_route_that_costs_the_patient_least_is_taken() -> None:
    everything = ("free_choice", "guarantee_reroute")
    result = run(snapshot([need("alice", routes=everything)], [place("s1")]))
    assert [x.route for x in result.proposals] == ["guarantee_reroute"]


def test_another_lot_is_used_where_the_first_does_not_fit() -> None:
    lots = (Lot("a", age_from=18), Lot("b"))
    result = run(snapshot([need("alice", age=9)], [place("s1", lots=("a", "b"))], *lots))
    assert [x.lot for x in result.proposals] == ["b"]


def test_protected_identity_has_no_distance() -> None:
    result = run(snapshot([need("alice", home=None)], [place("s1", point=UMEA)]))
    assert result.proposals[0].distance_km is None
    assert result.objective["distance"] == 0


@pytest.mark.parametrize("seed", range(8))
def test_candidates_are_the_pairs_that_a_plain_reading_allows(seed: int) -> None:
    world = random_world(seed, 20, 20)
    candidates = Candidates(world)
    places = {x.slot_id: x for x in world.places}
    for who in world.needs:
        for offer, code in zip(candidates.offers, candidates.reasons(who), strict=True):
            for slot in offer.slots:
                assert (code == "") == oracles.possible(world, who, places[slot])


def kept_from_guests(*routes: str) -> tuple[Need, Snapshot]:
    """A kept place at a clinic of another region; only the own region's patients may have it yet."""
    guest = need("guest", home_region="01", routes=routes)
    places = [place("kept", kept=True), place("free", day=after(20))]
    decisions = {
        key: replace(LAWFUL, lets_own_first=key.route != "free_choice")
        for key in class_keys((guest,), tuple(places))
    }
    return guest, snapshot([guest], places, decisions=decisions)


def test_a_kept_place_is_not_there_yet_for_a_class_that_lets_own_patients_go_first() -> None:
    guest, world = kept_from_guests("guarantee_reroute")
    assert Candidates(world).reasons(guest) == ["kept_for_own_regions", ""]
    assert [x.slot_id for x in run(world).proposals] == ["free"]
    told = Explanations(world, run(world))
    assert told.need("guest").removed == {"kept_for_own_regions": 1}
    assert told.place("kept").removed == {"kept_for_own_regions": 1}


def test_a_kept_place_is_there_for_own_patients_and_on_a_route_that_no_window_binds() -> None:
    guest, world = kept_from_guests("guarantee_reroute", "free_choice")
    assert {(x.slot_id, x.route) for x in run(world).proposals} == {("kept", "free_choice")}
    own = snapshot([need("own")], [place("kept", kept=True)])
    assert [x.slot_id for x in run(own).proposals] == ["kept"]

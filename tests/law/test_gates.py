"""What a machine may match by law, put together from parts, is what the whole decision says of each pair."""

from hypothesis import given, settings

from brokering.law.decision import decide
from brokering.law.errors import RouteMismatch
from brokering.law.gates import open_pairs
from brokering.law.payer import Payer
from brokering.law.routes import Bookable
from brokering.law.rulebook import RuleBook
from tests.law.test_table import OF_A_SEEKER, OF_AN_OFFER, ON, alike, books, offer_of, seeker_of


def decided(seeker, offer, rules):
    try:
        found = decide(offer.sought_by(seeker, ON), rules)
    except RouteMismatch:
        return False
    return found.bookable == Bookable.YES and found.payer != Payer.UNDECIDED


@settings(max_examples=150)
@given(
    alike(OF_A_SEEKER).map(lambda all_of: list(map(seeker_of, all_of))),
    alike(OF_AN_OFFER).map(lambda all_of: list(map(offer_of, all_of))),
    books,
)
def test_a_pair_is_open_where_the_decision_is_yes_and_the_payer_known(asking, offering, rules):
    found = open_pairs(asking, offering, on=ON, rules=rules)
    told = [[decided(seeker, offer, rules) for offer in offering] for seeker in asking]
    assert found.tolist() == told


def test_nobody_or_nothing_makes_no_pairs():
    assert open_pairs([], [], on=ON, rules=RuleBook()).shape == (0, 0)

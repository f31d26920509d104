"""A round's page says what is proven of its plan, and what the plan may lack."""

from brokering.matching.ranking import order
from brokering.matching.snapshot import Settings
from brokering.models import Round
from brokering.templatetags.proving import proof

LINES = tuple(line.code for line in order(Settings()))


def told(*proven, **gap):
    settings = {"within_class": "rescuable_first"}
    return proof(Round(settings=settings, summary={"proven": list(proven), "gap": gap}))


def test_a_plan_that_is_proven_on_every_line_is_said_to_be_the_best():
    assert told(*LINES) == "Det är bevisat att ingen annan fördelning är bättre."


def test_nothing_is_said_of_a_plan_of_which_nothing_is_proven():
    assert told() == ""


def test_what_may_lack_is_told_of_the_first_line_that_is_not_proven():
    assert told(*LINES[:1], in_time_1=2) == (
        "Bevisat bäst i 1 av ordningens 13 led, uppifrån räknat. "
        "Högst 2 till med behov 1 hade kunnat hinna i tid."
    )


def test_a_distance_is_told_in_whole_kilometres_and_never_as_less_than_it_is():
    assert "högst 57 km" in told(*LINES[:11], distance=568)


def test_every_line_has_words_of_its_own():
    assert len({told(**{code: 3}) for code in LINES}) == len(LINES)

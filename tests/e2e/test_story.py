"""A time in Västra Götaland and a patient from Västerbotten: the whole story in a real browser."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e import story as then
from tests.e2e.conftest import MEASURED
from tests.e2e.people import LIVE_MS, Person
from tests.e2e.world import World

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def told(story: then.Story) -> float:
    """From the first page to the last; the seconds until a published time was seen elsewhere."""
    then.somebody_searches(story)
    seconds = then.the_clinic_publishes_a_weekly_pattern(story)
    then.the_patient_opens_the_time(story)
    then.the_patient_books_it(story)
    then.the_calendar_file_says_nothing_of_the_person(story)
    then.the_patient_cancels(story)
    then.a_round_sends_an_offer(story)
    then.the_round_can_be_read(story)
    then.the_patient_declines_and_keeps_the_place_in_the_queue(story)
    then.the_vardlots_reroutes_in_two_clicks(story)
    then.the_patient_sees_who_read(story)
    return seconds


def test_a_time_is_published_seen_booked_cancelled_offered_and_rerouted_across_a_region_border(
    world: World, somebody: Callable[..., Person], record_property: Callable[[str, Any], None]
) -> None:
    seconds = told(then.begun(world, somebody, script=True))
    record_property(MEASURED, round(seconds, 2))
    assert seconds < LIVE_MS / 1000


def test_the_same_story_works_without_javascript(
    world: World, somebody: Callable[..., Person]
) -> None:
    told(then.begun(world, somebody, script=False))

"""How a place stands is computed from its claims and the time."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from providers.weeks import Occupancy, PlaceInWeek, PlaceState, laid_out, state_of

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
HELD = Occupancy(state="held", held_until=NOW + HOUR)
LAPSED = Occupancy(state="held", held_until=NOW)
BOOKED = Occupancy(state="confirmed")
DONE = Occupancy(state="ended", ended_why="fulfilled")
MISSED = Occupancy(state="ended", ended_why="missed")


def state(
    *claims: Occupancy, withdrawn: bool = False, starts: int = 24, opens: int = -1
) -> PlaceState:
    found, _ = state_of(
        withdrawn=withdrawn,
        starts_at=NOW + starts * HOUR,
        opens_at=NOW + opens * HOUR,
        claims=claims,
        now=NOW,
    )
    return found


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ([], PlaceState.FREE),
        ([HELD], PlaceState.HELD),
        ([LAPSED], PlaceState.FREE),
        ([BOOKED], PlaceState.BOOKED),
        ([DONE], PlaceState.FULFILLED),
        ([MISSED], PlaceState.MISSED),
    ],
)
def test_a_place_stands_as_its_claims_say(claims, expected):
    assert state(*claims) == expected


def test_a_place_that_has_not_opened_is_soon_free():
    assert state(opens=1) == PlaceState.SOON


def test_a_free_place_that_has_begun_was_never_booked():
    assert state(starts=0) == PlaceState.PASSED


def test_a_withdrawn_place_is_withdrawn_whatever_lapsed_on_it():
    assert state(LAPSED, withdrawn=True) == PlaceState.WITHDRAWN


def test_a_booked_place_stays_booked_after_it_began():
    assert state(BOOKED, starts=-1) == PlaceState.BOOKED


def test_only_a_free_place_may_be_withdrawn():
    may = {one for one in PlaceState if a_place(NOW, one).may_be_withdrawn}
    assert may == {PlaceState.FREE, PlaceState.SOON}


def a_place(starts_at: datetime, stands: PlaceState = PlaceState.FREE) -> PlaceInWeek:
    return PlaceInWeek(
        id=uuid4(),
        care="besok-ogon",
        form="open",
        starts_at=starts_at,
        ends_at=starts_at + HOUR,
        opens_at=NOW,
        held_until=None,
        state=stands,
    )


def test_a_place_just_after_swedish_midnight_belongs_to_the_new_day():
    late = a_place(datetime(2026, 11, 23, 23, 15, tzinfo=UTC))
    week = laid_out(date(2026, 11, 23), [late])
    assert [len(day.places) for day in week.days] == [0, 1, 0, 0, 0, 0, 0]


def test_the_weekend_is_shown_only_when_it_has_places():
    week = laid_out(date(2026, 11, 23), [a_place(datetime(2026, 11, 28, 9, tzinfo=UTC))])
    assert [day.is_shown for day in week.days] == [True] * 6 + [False]


def test_the_counts_name_every_state():
    week = laid_out(date(2026, 11, 23), [a_place(NOW), a_place(NOW, PlaceState.BOOKED)])
    assert week.counts == {state.value: 0 for state in PlaceState} | {"free": 1, "booked": 1}

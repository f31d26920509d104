"""Search finds every free place once, in the order asked for, with the answers that law and terms give."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.errors import Invalid, NotFound
from brokering.law.decision import Bookable
from brokering.law.facts import Route
from brokering.selectors.counting import clinics_on_map, counted
from brokering.selectors.queries import Query
from brokering.selectors.search import alternatives, search, widened
from tests.factories import (
    EYES,
    NOW,
    TODAY,
    a_claim,
    a_clinic,
    a_slot,
    an_agreement,
    at,
)

HOME = Query(care=EYES, home_region="01", remiss=True)


def found(query, now=NOW):
    return [hit.place.slot for hit in search(query, now=now).hits]


@pytest.fixture
def clinic(database):
    clinic = a_clinic("01")
    clinic.lot = an_agreement(clinic)
    return clinic


def test_a_place_with_a_patient_is_not_free(clinic):
    a_claim(a_slot(clinic), clinic.lot)
    a_claim(a_slot(clinic), clinic.lot, state="held")
    assert found(HOME) == []


def test_a_place_whose_hold_has_run_out_is_free_before_anyone_tidies(clinic):
    slot = a_slot(clinic)
    a_claim(slot, clinic.lot, state="held", held_until=NOW - timedelta(seconds=1))
    assert found(HOME) == [slot.id]


def test_a_cancelled_place_is_free_again(clinic):
    slot = a_slot(clinic)
    a_claim(slot, clinic.lot, state="ended", ended_why="cancelled")
    assert found(HOME) == [slot.id]


def test_withdrawn_and_past_places_are_not_found(clinic):
    a_slot(clinic, state="withdrawn")
    a_slot(clinic, starts_at=NOW - timedelta(hours=1))
    assert found(HOME) == []


def test_days_are_swedish_and_the_last_one_belongs_to_the_period(clinic):
    late = a_slot(clinic, starts_at=at(10, 23, 45))
    a_slot(clinic, starts_at=at(11, 0, 15))
    day = TODAY + timedelta(days=10)
    assert found(replace(HOME, first=day, last=day)) == [late.id]


def test_first_date_is_first_and_runs_over_region_and_regime(database):
    slots = []
    for days, region, regime in ((3, "25", "lou"), (1, "12", "own"), (2, "01", "lov")):
        clinic = a_clinic(region)
        an_agreement(clinic, regime=regime)
        slots.append((days, a_slot(clinic, starts_at=at(days)).id))
    assert found(HOME) == [slot for _, slot in sorted(slots)]


def test_nearest_is_first_when_distance_is_asked_for(database):
    far, near = a_clinic("25"), a_clinic("01", municipality="0180")
    first, second = a_slot(near, starts_at=at(9)), a_slot(far, starts_at=at(1))
    query = replace(HOME, near="0180", order="distance")
    assert found(query) == [first.id, second.id]
    assert [hit.place.km for hit in search(query, now=NOW).hits][0] == 0
    assert found(replace(query, within_km=100)) == [first.id]


def test_what_is_older_than_promised_comes_last_and_says_so(clinic):
    old = a_slot(clinic, starts_at=at(1), confirmed_at=NOW - timedelta(days=8))
    new = a_slot(clinic, starts_at=at(2))
    assert found(HOME) == [new.id, old.id]
    assert [hit.place.stale for hit in search(HOME, now=NOW).hits] == [False, True]


def test_a_place_that_has_not_opened_is_shown_and_cannot_be_booked(clinic):
    a_slot(clinic, opens_at=NOW + timedelta(hours=5))
    (hit,) = search(HOME, now=NOW).hits
    assert not hit.released
    assert hit.bookable is Bookable.NO
    assert hit.verdict.bookable is Bookable.YES


def test_a_clinic_without_an_agreement_is_shown_grey(database):
    a_slot(a_clinic("01"))
    (hit,) = search(HOME, now=NOW).hits
    assert hit.verdict.terms is None
    assert hit.bookable is Bookable.NO


def test_the_last_day_of_the_calendar_is_a_day_to_search_to(clinic):
    slot = a_slot(clinic)
    assert found(replace(HOME, last=date.max)) == [slot.id]


def test_an_agreement_that_ends_before_the_day_carries_nothing(database):
    clinic = a_clinic("01")
    an_agreement(clinic, valid_to=TODAY + timedelta(days=9))
    a_slot(clinic, starts_at=at(9))
    a_slot(clinic, starts_at=at(10))
    assert [hit.bookable for hit in search(HOME, now=NOW).hits] == [Bookable.YES, Bookable.NO]


def test_another_regions_clinic_is_free_choice_and_ones_own_agreement_is_not(database):
    for buyers in (["12"], ["01"]):
        clinic = a_clinic("12")
        an_agreement(clinic, buyers=buyers)
        a_slot(clinic)
    routes = {hit.verdict.route for hit in search(HOME, now=NOW).hits}
    assert routes == {Route.FREE_CHOICE, Route.OWN_REGION}


def test_without_a_home_region_nothing_is_promised(clinic):
    a_slot(clinic)
    (hit,) = search(Query(care=EYES), now=NOW).hits
    assert hit.bookable is Bookable.UNKNOWN
    assert hit.verdict.decision.payer_region is None


def test_a_page_takes_six_queries_however_many_hits_it_has(clinic):
    def queries():
        with CaptureQueriesContext(
            connection,
        ) as seen:
            search(replace(HOME, size=100), now=NOW)
        return len(seen)

    a_slot(clinic)
    one = queries()
    for number in range(30):
        other = a_clinic("12") if number % 10 == 0 else clinic
        a_slot(other, starts_at=at(10 + number))
    assert queries() == one <= 6


def test_pages_follow_on_one_another_without_gap_or_double(clinic):
    slots = [a_slot(clinic, starts_at=at(1 + n // 3)).id for n in range(11)]
    seen, query = [], replace(HOME, size=3)
    while True:
        page = search(query, now=NOW)
        seen += [hit.place.slot for hit in page.hits]
        if not page.next_cursor:
            break
        query = replace(query, cursor=page.next_cursor)
    assert len(seen) == 11
    assert set(seen) == set(slots)


@pytest.mark.parametrize("cursor", ["%%%", "bm90IGpzb24", "WzFd", "W10"])
def test_a_cursor_that_cannot_be_read_is_refused(database, cursor):
    with pytest.raises(Invalid):
        search(replace(HOME, cursor=cursor), now=NOW)


def test_a_cursor_of_another_search_is_refused(clinic):
    for days in (1, 2):
        a_slot(clinic, starts_at=at(days))
    cursor = search(replace(HOME, size=1), now=NOW).next_cursor
    with pytest.raises(Invalid):
        search(replace(HOME, size=1, first=TODAY, cursor=cursor), now=NOW)


def test_an_unknown_care_is_not_found(database):
    with pytest.raises(NotFound):
        search(Query(care="besok-drakar"), now=NOW)


def test_when_nothing_is_free_the_search_is_widened_as_little_as_helps(clinic):
    slot = a_slot(clinic, starts_at=at(40))
    narrow = replace(HOME, near="2584", within_km=50)
    assert widened(narrow, now=NOW).dropped == ("distance",)
    soon = replace(HOME, last=TODAY + timedelta(days=3))
    answer = widened(soon, now=NOW)
    assert (answer.dropped, answer.hits[0].place.slot) == (("days",), slot.id)


def test_wishes_that_nothing_meets_are_dropped_before_everything_is(clinic):
    slot = a_slot(clinic)
    answer = widened(replace(HOME, language="fi", first=TODAY), now=NOW)
    assert (answer.dropped, answer.hits[0].place.slot) == (("wishes",), slot.id)


def test_alternatives_to_a_lost_place_can_be_booked_and_are_nearest(clinic):
    lost = a_slot(clinic, starts_at=at(10))
    close = [a_slot(clinic, starts_at=at(days)).id for days in (9, 12)]
    a_slot(clinic, opens_at=NOW + timedelta(hours=1))
    far = a_clinic("25")
    an_agreement(far)
    away = a_slot(far, starts_at=at(10)).id
    (hit, *_) = [h for h in search(HOME, now=NOW).hits if h.place.slot == lost.id]
    seeker = HOME.seeker(hit.verdict.place.care, on=TODAY)
    others = alternatives(hit.place, seeker, care=EYES, now=NOW)
    assert [other.place.slot for other in others] == [*close, away]


def test_the_map_counts_every_clinic_of_the_whole_list(clinic):
    for days in (1, 2, 3):
        a_slot(clinic, starts_at=at(days))
    query = replace(HOME, size=1)
    (one,) = on_map(query)
    assert (one.places.count, one.bookable) == (3, Bookable.YES)


def on_map(query):
    page = search(query, now=NOW)
    return clinics_on_map(query, page, counted(query, page, now=NOW), now=NOW)


def test_a_long_list_keeps_its_counts_for_a_moment_and_a_short_one_tells_what_its_page_tells(
    clinic,
):
    for days in (1, 2, 3):
        a_slot(clinic, starts_at=at(days))
    before = [one.places.count for size in (1, 50) for one in on_map(replace(HOME, size=size))]
    a_slot(clinic, starts_at=at(4))
    after = [one.places.count for size in (1, 50) for one in on_map(replace(HOME, size=size))]
    assert (before, after) == ([3, 3], [3, 4])


def test_the_counts_of_one_persons_answers_are_not_told_another(clinic):
    for days in (1, 2):
        a_slot(clinic, starts_at=at(days))
    stranger = replace(HOME, home_region=None, size=1)
    asked = [on_map(query)[0].bookable for query in (replace(HOME, size=1), stranger)]
    assert asked == [Bookable.YES, Bookable.UNKNOWN]

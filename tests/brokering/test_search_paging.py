"""Pages of a list that changes meanwhile: nothing comes twice, nothing that stayed is left out."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st

from brokering.selectors import place_pages
from brokering.selectors.queries import Query
from brokering.selectors.search import search
from providers.models import Claim, Slot
from tests.factories import EYES, NOW, OWNER, a_claim, a_clinic, a_slot, an_agreement, at

LISTS = (
    Query(care=EYES, home_region="01", size=3),
    Query(care=EYES, near="0180", order="distance", size=3),
    Query(care=EYES, near="0180", order="both", size=3),
    Query(care=EYES, home_region="01", remiss=True, bookable=True, size=3),
    Query(care=EYES, home_region="01", near="0180", order="both", regime="lov", size=3),
)
HAPPENING = st.lists(
    st.tuples(
        st.sampled_from(["publish", "book", "withdraw", "give_back", "confirm", "nothing"]),
        st.integers(0, 30),
        st.integers(1, 6),
    ),
    min_size=4,
    max_size=16,
)


@pytest.fixture
def anew(database, baseline):
    """Begins an example where every test begins, with places at two clinics."""

    def begun():
        baseline.put_back()
        clinics = [a_clinic("01"), a_clinic("03")]
        lots = {clinic.id: an_agreement(clinic) for clinic in clinics}
        for number in range(9):
            old = at(-9) if number % 4 == 0 else NOW
            a_slot(clinics[number % 2], starts_at=at(1 + number // 3), confirmed_at=old)
        return clinics, lots

    return begun


def happens(what, number, day, clinics, lots):
    """Something that a clinic or somebody else does between two pages."""
    if what == "publish":
        a_slot(clinics[number % 2], starts_at=at(day))
        return
    slots = list(Slot.objects.filter(state="open").order_by("id"))
    taken = set(Claim.objects.filter(state="confirmed").values_list("slot", flat=True))
    free = [slot for slot in slots if slot.id not in taken]
    if what == "give_back":
        ended = {"state": "ended", "ended_why": "released"}
        Claim.objects.using(OWNER).filter(slot__in=list(taken)[: number % 2]).update(**ended)
    elif free:
        slot = free[number % len(free)]
        if what == "book":
            a_claim(slot, lots[slot.clinic_id])
        elif what == "withdraw":
            Slot.objects.using(OWNER).filter(id=slot.id).update(state="withdrawn")
        elif what == "confirm":
            Slot.objects.using(OWNER).filter(id=slot.id).update(confirmed_at=NOW)


def free_now(query):
    """Every place of the list at this moment, on one page."""
    page = search(replace(query, size=100, cursor=""), now=NOW)
    return {(hit.place.slot, hit.place.stale) for hit in page.hits}


def all_the_time(moments):
    """Places that every moment had at the same place of the order."""
    return {slot for slot, _ in set.intersection(*moments)}


@pytest.mark.parametrize("looked", [1, 500], ids=["by-clinic", "by-date"])
@pytest.mark.parametrize("query", LISTS, ids=["date", "distance", "both", "bookable", "regime"])
@given(happening=HAPPENING)
@how(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_page_repeats_a_place_and_none_that_stayed_is_left_out(
    anew, monkeypatch, query, looked, happening
):
    monkeypatch.setattr(place_pages, "LOOKED", looked)
    clinics, lots = anew()
    events, seen, moments = iter(happening), [], [free_now(query)]
    while True:
        page = search(query, now=NOW)
        seen += [hit.place.slot for hit in page.hits]
        if not page.next_cursor:
            break
        query = replace(query, cursor=page.next_cursor)
        for event in (next(events, None), next(events, None)):
            if event:
                happens(*event, clinics, lots)
        moments.append(free_now(query))
    assert len(seen) == len(set(seen))
    assert all_the_time(moments) <= set(seen)

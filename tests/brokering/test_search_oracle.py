"""The fast search equals a slow and obvious one on small random worlds."""

import math
import random
from dataclasses import replace
from datetime import timedelta

import pytest

from brokering.law.decision import Bookable
from brokering.selectors import place_pages
from brokering.selectors.places import care_value, place_of
from brokering.selectors.queries import Query
from brokering.selectors.rulebooks import rule_book
from brokering.selectors.search import search
from brokering.verdict import LawOn, judge, route_of_own_choice
from contracts.selectors.terms import terms_of_care
from contracts.terms import best_for
from providers.models import Care, Claim, Municipality, Slot
from tests.factories import NOW, TODAY, a_claim, a_clinic, a_slot, an_agreement, at, places_in_week

CARE = "op-ortopedi"
OTHER = "besok-ogon"


def slow_search(query):
    """Look at every place there is, one by one, and sort what is left."""
    hits = [hit for slot in Slot.objects.all() if (hit := looked_at(slot, query))]
    hits = [hit for hit in hits if speaks_for_its_week(hit, hits)]
    hits = [hit for hit in hits if is_asked_for(hit, query)]
    order = query.order if query.near else "date"
    hits.sort(key=lambda h: (h["stale"], *PLACED[order](h), h["at"], h["slot"]))
    return hits


A_KM_LATER = timedelta(days=1) / 10
PLACED = {
    "date": lambda _hit: (),
    "distance": lambda hit: (hit["km"],),
    "both": lambda hit: (hit["at"] + hit["km"] * A_KM_LATER,),
}


def is_asked_for(hit, query):
    """Whether law and terms answer as the search asks."""
    terms = hit["terms"]
    if query.regime and query.regime != (terms.regime if terms else "private"):
        return False
    takes = {"accepts": True, "own": False}.get(query.assessment)
    if takes is not None and (terms is None or terms.accepts_referrer_assessment is not takes):
        return False
    return hit["bookable"] == Bookable.YES or not query.bookable


def speaks_for_its_week(hit, hits):
    """Whether the hit is the one of its week that opens first; tells it how many they are."""
    alike = [one for one in hits if hit["week"] and one["week"] == hit["week"]]
    hit["places"] = len(alike) or 1
    return all((hit["opens"], hit["slot"]) <= (one["opens"], one["slot"]) for one in alike)


def looked_at(slot, query):
    km = kilometres(slot.clinic, query.near)
    if not (is_free(slot) and is_wanted(slot, query)):
        return None
    if query.near and query.within_km is not None and km > query.within_km:
        return None
    verdict = judged(slot, query)
    return {
        "slot": slot.id,
        "at": slot.starts_at,
        "km": km,
        "stale": NOW - slot.confirmed_at > slot.clinic.promised_age,
        "week": slot.statement_id,
        "opens": slot.opens_at,
        "route": verdict.route,
        "bookable": verdict.bookable if slot.opens_at <= NOW else Bookable.NO,
        "lot": verdict.terms and verdict.terms.lot,
        "terms": verdict.terms,
    }


def is_free(slot):
    if slot.state != "open" or slot.starts_at <= NOW or slot.hidden_why:
        return False
    if NOW - slot.confirmed_at > 2 * slot.clinic.promised_age:
        return False
    for claim in Claim.objects.filter(slot=slot):
        if claim.state == "confirmed" or (claim.state == "held" and claim.held_until > NOW):
            return False
    return True


def is_wanted(slot, query):
    first, last = place_of(slot).ends_of_time
    return (
        slot.care_id == query.care
        and query.form in ("", slot.form)
        and query.mode in ("", slot.mode)
        and falls_on(slot, query.weekdays)
        and (not query.language or query.language in slot.clinic.languages)
        and set(query.accessibility) <= set(slot.clinic.accessibility)
        and (query.first is None or query.first <= first)
        and (query.last is None or last <= query.last)
    )


def falls_on(slot, weekdays):
    """A week's place falls on no day that anybody knows."""
    first, last = place_of(slot).ends_of_time
    return not weekdays or (first == last and first.isoweekday() in weekdays)


def judged(slot, query):
    law = LawOn(TODAY, rule_book(on=TODAY))
    care, place = Care.objects.get(code=slot.care_id), place_of(slot)
    seeker = query.seeker(care_value(care), on=TODAY)
    every = terms_of_care(slot.care_id, first=TODAY, last=TODAY + timedelta(days=400))
    days = (TODAY, *place.ends_of_time)
    usable = [
        terms for terms in every.get(slot.clinic_id, []) if all(terms.in_force(day) for day in days)
    ]
    terms = best_for(
        usable, home_region=query.home_region, clinic_region=place.clinic_region, on=place.day
    )
    return judge(seeker, place, terms, route_of_own_choice(seeker, place, terms), law=law)


def kilometres(clinic, near):
    if near is None:
        return None
    start = Municipality.objects.get(code=near)
    a, b = math.radians(start.latitude), math.radians(clinic.latitude)
    angle = math.acos(
        min(
            1,
            math.sin(a) * math.sin(b)
            + math.cos(a)
            * math.cos(b)
            * math.cos(math.radians(start.longitude - clinic.longitude)),
        )
    )
    return round(6371.0088 * angle)


def a_world(dice):
    lots = []
    for _ in range(5):
        clinic = a_clinic(
            dice.choice(["01", "12", "19", "25"]),
            [CARE, OTHER],
            promised_age=timedelta(days=dice.choice([1, 7])),
            languages=dice.choice([[], ["fi"], ["fi", "ar"]]),
            accessibility=dice.choice([[], ["step_free"], ["step_free", "hearing_loop"]]),
        )
        lot = None
        for _ in range(dice.choice([0, 1, 1, 2])):
            lot = an_agreement(
                clinic,
                regime=dice.choice(["own", "lou", "lov"]),
                buyers=dice.choice([(), ("01",), ("12", "19")]),
                usable_by=dice.choice([(), ("01",)]),
                open_for_others=dice.choice(["yes", "no", "after_agreement"]),
                valid_to=dice.choice([None, TODAY + timedelta(days=6)]),
                age_min=dice.choice([None, 18]),
                bmi_max=dice.choice([None, 35]),
                accepts_referrer_assessment=dice.choice([True, False]),
            )
        lots.append((clinic, lot))
    for _ in range(40):
        slot, lot = a_random_slot(dice, *dice.choice(lots))
        meets_its_fate(dice, slot, lot)
    for clinic, lot in lots:
        for slot in some_weeks(dice, clinic):
            meets_its_fate(dice, slot, lot)


def some_weeks(dice, clinic):
    opens_at = NOW + timedelta(hours=dice.choice([-1, -1, 5]))
    confirmed_at = NOW - timedelta(days=dice.choice([0, 3]))
    also = {"opens_at": opens_at, "confirmed_at": confirmed_at}
    return [
        slot
        for weeks in dice.choice([(), (1,), (0, 1)])
        for slot in places_in_week(clinic, CARE, places=3, weeks=weeks, **also)
    ]


def a_random_slot(dice, clinic, lot):
    slot = a_slot(
        clinic,
        dice.choice([CARE, CARE, CARE, OTHER]),
        starts_at=at(dice.randint(-1, 12), dice.choice([0, 9, 23])),
        form=dice.choice(["open", "inpatient"]),
        mode=dice.choice(["on_site", "on_site", "video"]),
        state=dice.choice(["open"] * 5 + ["withdrawn"]),
        opens_at=NOW + timedelta(hours=dice.choice([-1, -1, 5])),
        confirmed_at=NOW - timedelta(days=dice.choice([0, 3, 9, 20])),
        hidden_why=dice.choice(["", "", "", "cap_full"]),
    )
    return slot, lot


def meets_its_fate(dice, slot, lot):
    fate = dice.choice(["free", "free", "held", "lapsed", "confirmed", "ended"])
    if lot is None or fate == "free" or slot.state == "withdrawn":
        return
    if fate == "lapsed":
        a_claim(slot, lot, state="held", held_until=NOW - timedelta(minutes=1))
    else:
        a_claim(slot, lot, state=fate, **({"ended_why": "released"} if fate == "ended" else {}))


def a_question(dice):
    return Query(
        care=CARE,
        home_region=dice.choice([None, "01", "12", "19"]),
        first=dice.choice([None, TODAY + timedelta(days=3)]),
        last=dice.choice([None, TODAY + timedelta(days=9)]),
        near=dice.choice([None, "0180", "1280", "2584"]),
        within_km=dice.choice([None, 100, 600]),
        form=dice.choice(["", "open", "inpatient"]),
        mode=dice.choice(["", "", "", "on_site", "video"]),
        weekdays=dice.choice([(), (), (), (1, 2, 3), (6, 7), (4,)]),
        language=dice.choice(["", "", "", "fi", "so"]),
        accessibility=dice.choice([(), (), (), ("step_free",), ("hearing_loop", "step_free")]),
        order=dice.choice(["date", "distance", "both"]),
        age=dice.choice([None, 12, 40]),
        bmi=dice.choice([None, None, 41]),
        regime=dice.choice(["", "", "", "own", "lov", "private"]),
        assessment=dice.choice(["", "", "", "accepts", "own"]),
        bookable=dice.choice([False, False, True]),
        remiss=dice.choice([True, False]),
        size=dice.choice([3, 50]),
    )


def fast_search(query):
    hits, cursor = [], ""
    while True:
        page = search(replace(query, cursor=cursor), now=NOW)
        hits += [as_looked_at(hit) for hit in page.hits]
        cursor = page.next_cursor
        if not cursor:
            return hits


def comparable(hits):
    """What both searches say of a hit."""
    return [{key: hit[key] for key in hit if key not in ("week", "opens", "terms")} for hit in hits]


def as_looked_at(hit):
    return {
        "slot": hit.place.slot,
        "at": hit.place.starts_at,
        "km": hit.place.km,
        "stale": hit.place.stale,
        "places": hit.place.places,
        "route": hit.verdict.route,
        "bookable": hit.bookable,
        "lot": hit.verdict.terms and hit.verdict.terms.lot,
    }


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("looked", [1, 500], ids=["by-clinic", "by-date"])
def test_fast_and_slow_search_agree_on_places_order_and_answers(
    database, seed, looked, monkeypatch
):
    monkeypatch.setattr(place_pages, "LOOKED", looked)
    dice = random.Random(seed)
    a_world(dice)
    for _ in range(8):
        query = a_question(dice)
        assert fast_search(query) == comparable(slow_search(query)), query

"""Two times that are given together are offered together, where nobody who waits for one comes before."""

from dataclasses import replace
from datetime import date, timedelta
from html import unescape

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from accounts.selectors.actors import system_actor
from accounts.tenancy import acting_as
from brokering.actions import offers
from brokering.actions.national_rounds import begin, run_cares
from brokering.matching.engines import Engine
from brokering.matching.round import run
from brokering.models import Booking, Offer, Proposal, Referral, Round
from brokering.selectors import chain_leads
from brokering.selectors.country.bypasses import given_places
from brokering.selectors.explanations import explain
from brokering.selectors.invariants import broken
from brokering.selectors.need_profiles import profiles_of_care
from brokering.selectors.snapshots import PlacesNow
from brokering.selectors.waits import my_waits
from brokering.tasks import matched, together_now
from brokering.templatetags.worklist import why_words
from providers.models import Clinic
from tests.brokering.chained import (
    EYES,
    OPERATION,
    a_clinic_for_both,
    a_pair,
    held_together,
    states,
)
from tests.brokering.desk import answered, fresh, held
from tests.factories import (
    NOW,
    a_clinic,
    a_patient,
    a_referral,
    a_region,
    a_slot,
    acting,
    ago,
    an_agreement,
    at,
    staff,
)

MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"
pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def clinic(database):
    return a_clinic_for_both()


@pytest.fixture
def slots(clinic):
    return a_slot(clinic), a_slot(clinic, OPERATION, starts_at=at(20))


def offer_of(pair):
    return Offer.objects.using("owner").get(referral=pair[0], state="sent")


def told(need):
    with acting_as(system_actor(a_region("01").tenant_id)):
        return explain(need.care_id, str(need.need_key), now=NOW).code


def test_both_are_offered_by_one_offer_and_one_yes_books_both(slots):
    pair = a_pair()
    assert told(pair[0]) == "together_found"
    assert together_now(now=NOW) == {"offers": 1, "together_found": 1}
    offer = offer_of(pair)
    chain = Booking.objects.using("owner").get(referral=pair[0]).chain
    assert states(chain) == ["held", "held"]
    answered(offer, offers.accept_offer, by=acting(pair[0].patient.subject))
    assert states(chain) == ["booked", "booked"]
    assert Round.objects.using("owner").get(id=offer.round_id).settings["only_places"] == 1


def test_the_card_of_what_follows_tells_of_the_offer_and_not_of_a_hold(slots):
    pair = a_pair()
    together_now(now=NOW)
    with acting_as(acting(pair[0].patient.subject)) as patient:
        waits = {wait.referral.id: wait for wait in my_waits(patient, now=NOW)}
    first, second = (waits[need.id] for need in pair)
    assert first.offer is not None
    assert second.held is None
    assert second.with_offer.claim.slot_id == slots[1].id


def test_both_places_of_an_offer_are_looked_at_as_offered(slots):
    a_pair()
    together_now(now=NOW)
    assert [(one.is_chosen, one.round is None) for one in given_places(9)] == [(False, False)] * 2


def test_a_no_frees_both_and_a_no_by_mistake_has_both_back(slots):
    pair = a_pair()
    together_now(now=NOW)
    offer = offer_of(pair)
    me = acting(pair[0].patient.subject)
    answered(offer, offers.decline_offer, by=me, informed="")
    chains = Booking.objects.using("owner").values_list("chain", flat=True).distinct()
    assert states(chains[0]) == ["released", "released"]
    answered(offer, offers.regret_no, by=me)
    standing = Booking.objects.using("owner").filter(state="held")
    assert {one.claim.slot_id for one in standing.select_related("claim")} == {x.id for x in slots}


def test_silence_ends_both_and_both_needs_wait_on(slots):
    pair = a_pair()
    together_now(now=NOW)
    offer = offer_of(pair)
    with acting_as(by := system_actor(offer.tenant_id)):
        row = Offer.objects.select_related("booking__claim__slot", "referral").get(id=offer.id)
        Offer.objects.filter(id=offer.id).update(answer_by=NOW)
        for part in Booking.objects.select_related("claim"):
            type(part.claim).objects.filter(id=part.claim_id).update(held_until=NOW)
        offers.lapse_offer(by=by, offer=row, now=NOW)
    chain = Booking.objects.using("owner").get(referral=pair[0]).chain
    assert states(chain) == ["expired", "expired"]
    assert {fresh(need).state for need in pair} == {"waiting"}


def test_where_no_clinic_has_both_nothing_is_offered_and_it_is_said_why(clinic):
    a_slot(clinic)
    elsewhere = a_clinic(cares=(EYES, OPERATION))
    an_agreement(elsewhere)
    a_slot(elsewhere, OPERATION, starts_at=at(20))
    a_slot(elsewhere, starts_at=at(25))
    pair = a_pair()
    assert together_now(now=NOW) == {"offers": 0, "together_nowhere": 1}
    assert (told(pair[0]), told(pair[1])) == ("together_nowhere", "given_together")


def test_what_is_left_to_a_person_is_not_offered_along_with_the_other(slots):
    pair = a_pair(priority=None)
    assert together_now(now=NOW) == {"offers": 0, "no_priority": 1}
    assert told(pair[0]) == "no_priority"


@pytest.mark.parametrize("care", [EYES, OPERATION], ids=["first", "second"])
def test_who_comes_before_at_either_place_alone_is_not_passed(slots, care):
    alone = a_referral(a_patient("Bob"), care, priority=2)
    pair = a_pair()
    assert together_now(now=NOW) == {"offers": 0, "together_others_first": 1}
    assert told(pair[0]) == "together_others_first"
    assert [one.need_key for one in matched(care, now=NOW).proposals] == [alone.need_key]


@pytest.mark.parametrize("care", [EYES, OPERATION], ids=["first", "second"])
def test_a_chain_with_the_greater_need_or_the_longer_wait_goes_first(slots, care):
    a_referral(a_patient(), care, priority=4, issued_on=ago(90))
    a_referral(a_patient(), care, issued_on=ago(5), decided_on=None)
    a_pair()
    assert together_now(now=NOW) == {"offers": 1, "together_found": 1}
    assert matched(care, now=NOW).proposals == ()


def test_those_for_whom_there_is_nothing_keep_nobody_else_waiting(slots, settings):
    settings.ROUND_OFFERS_MAX = 1
    far, near = a_pair("Far"), a_pair("Near")
    Referral.objects.using("owner").filter(id=far[0].id).update(
        priority=1, earliest_on=at(80).date()
    )
    assert together_now(now=NOW) == {"offers": 1, "together_nowhere": 1, "together_found": 1}
    assert offer_of(near).referral_id == near[0].id


def test_of_two_chains_for_one_pair_of_places_the_greater_need_has_both(slots):
    low, high = a_pair("Low"), a_pair("High")
    type(high[0]).objects.using("owner").filter(id__in=[x.id for x in high]).update(priority=1)
    counts = together_now(now=NOW)
    assert (counts["offers"], counts["together_nowhere"]) == (1, 1)
    assert offer_of(high)
    assert not Offer.objects.using("owner").filter(referral=low[0]).exists()


def test_a_place_that_others_need_more_is_left_for_the_next_that_may_follow(clinic, slots):
    later = a_slot(clinic, starts_at=at(12))
    a_referral(a_patient("Bob"), priority=1)
    held(slots[0], a_referral(a_patient("Charlie")), an_agreement(clinic))
    a_pair()
    assert together_now(now=NOW) == {"offers": 0, "together_others_first": 1}
    assert matched(EYES, now=NOW).proposals[0].slot == later.id


def test_what_chains_leave_behind_breaks_nothing_that_must_hold(clinic, slots):
    together_now(now=NOW)
    a_pair("Offered")
    together_now(now=NOW)
    places = a_slot(clinic, starts_at=at(11)), a_slot(clinic, OPERATION, starts_at=at(21))
    held_together(places, a_pair("Held"), clinic.lot)
    names = {one.invariant.name for one in broken(now=NOW)}
    assert not names & {"no_half_chain_is_active", "linked_needs_have_no_time_alone"}


def found_for(lead):
    with acting_as(system_actor(a_region("01").tenant_id)):
        return chain_leads.both_for(Referral.objects.get(id=lead.id), now=NOW)


def best_of_all(lead):
    """The place that a round over every place of the first care gives the need, if it stood by itself."""
    with acting_as(system_actor(a_region("01").tenant_id)):
        board = PlacesNow(EYES, now=NOW, slots=None, notice=timedelta(days=1))
        alone = [replace(one, given_together=False) for one in profiles_of_care(EYES)]
        snapshot = board.given(
            [one for one in alone if one.need_key == lead.need_key], calm=False
        ).snapshot
    return run(snapshot).proposals[0].slot_id


@pytest.mark.parametrize(
    "wish",
    [{}, {"max_distance_km": 300}, {"earliest_on": at(25).date()}, {"issued_on": ago(400)}],
    ids=["none", "near", "later", "overdue"],
)
def test_the_place_found_is_the_best_of_all_that_there_are(database, wish):
    for region in ("25", "01", "12"):
        clinic = a_clinic(region, cares=(EYES, OPERATION))
        an_agreement(clinic, accepts_referrer_assessment=False)
        for day in (9, 30, 12):
            a_slot(clinic, starts_at=at(day + (region == "01")))
        a_slot(clinic, OPERATION, starts_at=at(60))
    lead, _ = a_pair()
    Referral.objects.using("owner").filter(id=lead.id).update(**wish)
    (place,) = found_for(lead).given.snapshot.places
    assert place.slot_id == best_of_all(lead)


def test_many_days_at_a_clinic_where_nothing_may_follow_hide_no_clinic_farther_away(slots, clinic):
    near = a_clinic(cares=(EYES, OPERATION))
    an_agreement(near, accepts_referrer_assessment=False)
    for day in range(5, 5 + 2 * chain_leads.TRIED):
        a_slot(near, starts_at=at(day))
    a_slot(near, OPERATION, starts_at=at(4))
    Clinic.objects.using("owner").filter(id=clinic.id).update(latitude=60.0)
    assert found_for(a_pair()[0]).follow.slot.id == slots[1].id


def test_a_place_that_went_since_it_was_read_is_passed_by(slots, clinic, monkeypatch):
    later, lead = a_slot(clinic, starts_at=at(12)), a_pair()[0]
    read = chain_leads.best_within
    answer = read(EYES, lead.need_key, now=NOW, within={clinic.id: date.max}, most=9)
    held(slots[0], a_referral(a_patient("Bob")), an_agreement(clinic))
    monkeypatch.setattr(chain_leads, "best_within", lambda *_, **__: answer)
    (place,) = found_for(lead).given.snapshot.places
    assert place.slot_id == str(later.id)


def test_whom_the_matching_role_does_not_see_is_not_told_of_clinics(slots, monkeypatch):
    lead = a_pair()[0]
    monkeypatch.setattr(chain_leads, "profiles_of_care", lambda *_, **__: [])
    assert found_for(lead).code == "not_in_round"


@pytest.mark.parametrize("engine", list(Engine))
def test_a_round_over_the_country_gives_neither_of_two_and_says_so(slots, engine):
    lead, _ = a_pair()
    alone = a_referral(a_patient("Bob"))
    national = begin(cares=[EYES, OPERATION], engine=engine, now=NOW)
    run_cares(by=system_actor(), national=national, cares=[EYES, OPERATION], now=NOW, explained=9)
    rows = Proposal.objects.using("owner").filter(round__national=national)
    assert set(rows.values_list("need_key", flat=True)) == {alone.need_key}
    of_each = Round.objects.using("owner").filter(national=national)
    assert [one.summary["left_out"] for one in of_each] == [{"given_together": 1}] * 2


def test_the_page_of_a_round_and_the_command_say_that_two_are_looked_for_apart(clinic, capsys):
    pair = a_pair()
    national = begin(cares=[EYES], engine=Engine.GREEDY, now=NOW)
    run_cares(by=system_actor(), national=national, cares=[EYES], now=NOW, explained=0)
    client = Client()
    client.force_login(staff(Role.NAVIGATOR, a_region("01").tenant), backend=MODEL_BACKEND)
    of_care = Round.objects.using("owner").get(national=national)
    page = unescape(client.get(reverse("round", args=[of_care.id])).content.decode())
    assert f"1: {why_words('given_together')}" in page
    for need, code in zip(pair, ("together_nowhere", "given_together"), strict=True):
        call_command("match", explain=str(need.id))
        assert why_words(code) in capsys.readouterr().out

"""Who has waited over two years is asked first, and gets nothing before (SOU 2021:59 part B G13, R23)."""

from uuid import uuid4

import pytest
from django.test import Client

from accounts.errors import NotAllowed, NotFound
from accounts.roles import Role
from accounts.tenancy import acting_as
from brokering.actions.chains import NewPlace
from brokering.actions.confirmations import answer_whether_needed
from brokering.actions.reroutes import hold_for_reroute, open_case
from brokering.errors import NeedNotConfirmed, WrongState
from brokering.models import ClockEvent, RerouteCase
from brokering.selectors.confirmations import is_to_be_asked
from brokering.selectors.snapshots import round_input
from brokering.selectors.worklist import worklist
from brokering.states import CaseState, ReferralState
from brokering.templatetags.worklist import worklist_row
from tests.brokering.desk import fresh, held
from tests.factories import (
    EYES,
    NOW,
    TODAY,
    a_clinic,
    a_patient,
    a_referral,
    a_region,
    a_slot,
    acting,
    ago,
    an_agreement,
    staff,
)

pytestmark = pytest.mark.usefixtures("database")
LONG = 731


@pytest.fixture
def need(database):
    return a_referral(a_patient("Alice"), issued_on=ago(LONG), confirmed_on=None)


@pytest.fixture
def navigator(database):
    return staff(Role.NAVIGATOR, a_region("01").tenant)


def answered(by, need, *, is_needed):
    with acting_as(by):
        answer_whether_needed(by=by, referral_id=need.id, is_needed=is_needed, now=NOW)


def listed(by):
    with acting_as(by):
        (one,) = worklist(region="01", now=NOW)
    return one


def client_of(user):
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


WAITS = [
    ("two years to the day", 730, None, False),
    ("a day more", 731, None, True),
    ("confirmed since", 900, 20, False),
    ("confirmed too long ago", 1600, 731, True),
    ("confirmed before it began", 731, 900, True),
]


@pytest.mark.parametrize(
    ("waited", "confirmed", "asked"), [row[1:] for row in WAITS], ids=[row[0] for row in WAITS]
)
def test_who_is_asked(waited, confirmed, asked):
    told = None if confirmed is None else ago(confirmed)
    assert is_to_be_asked(since=ago(waited), confirmed_on=told, on=TODAY) is asked


def test_no_round_gives_a_place_to_who_is_not_confirmed(need):
    a_slot(a_clinic())
    given = round_input(EYES, now=NOW)
    assert (given.snapshot.needs, list(given.left_out.values())) == ((), ["not_confirmed"])


def test_the_region_is_told_to_ask_first_and_cannot_give_a_place(need, navigator):
    by, away = acting(navigator), a_clinic("03")
    slot, lot = a_slot(away), an_agreement(away)
    assert worklist_row(listed(by))["best"] == "Fråga först om vården behövs"
    with acting_as(by), pytest.raises(NeedNotConfirmed):
        hold_for_reroute(
            by=by, referral_id=need.id, place=NewPlace(slot=slot.id, lot=lot.id), now=NOW
        )


@pytest.mark.parametrize("who", ["patient", "navigator"])
def test_a_yes_puts_the_need_back_in_the_rounds(need, navigator, who):
    a_slot(a_clinic())
    by = acting(need.patient.subject if who == "patient" else navigator)
    answered(by, need, is_needed=True)
    assert fresh(need).confirmed_on == TODAY
    assert [one.key for one in round_input(EYES, now=NOW).snapshot.needs] == [str(need.need_key)]


@pytest.mark.parametrize("who", ["patient", "navigator"])
def test_a_no_ends_the_wait_with_its_reason_and_the_regions_case(need, navigator, who, clinic, lot):
    booking, region = held(a_slot(clinic), need, lot), acting(navigator)
    with acting_as(region):
        open_case(by=region, referral=need, trigger="due_date_passed", owner=region.id, now=NOW)
    by = acting(need.patient.subject if who == "patient" else navigator)
    answered(by, need, is_needed=False)
    assert fresh(need).state == ReferralState.CLOSED
    told = ClockEvent.objects.using("owner").get(referral=need)
    assert (told.type, told.reason, told.on) == ("removed", "not_needed", TODAY)
    assert fresh(booking).state == "released"
    assert RerouteCase.objects.using("owner").get().state == CaseState.CLOSED


def test_only_the_patient_and_the_home_region_answer(need, navigator):
    with pytest.raises(NotFound):
        answered(acting(staff(Role.NAVIGATOR, a_region("03").tenant)), need, is_needed=True)
    with pytest.raises(NotAllowed):
        answered(
            acting(staff(Role.REGION_ADMINISTRATOR, a_region("01").tenant)), need, is_needed=True
        )


def test_a_wait_that_has_ended_is_not_confirmed(need, navigator):
    answered(acting(navigator), need, is_needed=False)
    with pytest.raises(WrongState):
        answered(acting(navigator), need, is_needed=True)


def test_the_regions_list_counts_who_is_to_be_asked_and_shows_them_alone(need, navigator):
    a_referral(a_patient("Bob"))
    client = client_of(navigator)
    assert "1 ska frågas om vården fortfarande behövs" in client.get("/vantande/").content.decode()
    page = client.get("/vantande/?fraga=ja").content.decode()
    assert "Alice" in page
    assert "Bob" not in page


def test_the_region_asks_where_it_would_have_chosen_a_place(need, navigator):
    a_slot(a_clinic())
    client = client_of(navigator)
    page = client.get(f"/vantande/{need.id}/").content.decode()
    assert "Fråga först: behövs vården fortfarande?" in page
    assert "/valj/" not in page
    told = client.post(
        f"/vantande/{need.id}/behovs/", {"needed": "yes", "key": uuid4()}, follow=True
    )
    assert "Det är antecknat att vården behövs." in told.content.decode()
    assert fresh(need).confirmed_on is not None


@pytest.mark.parametrize(
    ("answer", "told"), [("yes", "Du står kvar i kön"), ("no", "Du väntar inte längre")]
)
def test_the_patient_is_asked_and_answers_on_the_own_page(need, answer, told):
    client = client_of(need.patient.subject)
    assert "Behöver du fortfarande vården?" in client.get("/min-vantan/").content.decode()
    address, pressed = f"/min-vantan/{need.id}/behovs/", {"needed": answer, "key": uuid4()}
    for page in [client.post(address, pressed, follow=True) for _ in range(2)]:
        assert told in page.content.decode()

"""Every waiting need can be told why it has its place, or none, whatever has become of it."""

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.roles import Role
from brokering.selectors.explanations import explain
from brokering.tasks import offer_round
from tests.factories import (
    EYES,
    NOW,
    a_clinic,
    a_patient,
    a_referral,
    a_region,
    a_slot,
    ago,
    an_agreement,
    staff,
)

pytestmark = pytest.mark.usefixtures("database")
SKIN = "besok-hud"


@pytest.fixture
def place(database):
    clinic = a_clinic(cares=[EYES, SKIN])
    an_agreement(clinic)
    return a_slot(clinic)


def told(need, care=EYES):
    return explain(care, str(need.need_key), now=NOW)


def test_who_lacks_the_remiss_that_the_region_requires_is_told_so(place):
    a_slot(place.clinic, care=SKIN)
    need = a_referral(a_patient("Alice"), SKIN, issued_on=None, issuer="", contact_on=ago(20))
    found = told(need, SKIN)
    assert (found.code, dict(found.removed)) == ("nobody_possible", {"short.no_remiss": 1})


def test_who_the_terms_shut_out_is_told_which_term(database):
    clinic = a_clinic()
    an_agreement(clinic, asa_max=1)
    a_slot(clinic)
    need = a_referral(a_patient("Alice"), asa=3)
    assert dict(told(need).removed) == {"terms_asa": 1}


def test_who_has_an_offer_is_told_why_that_place(place):
    low, high = (a_referral(a_patient(name), priority=p) for name, p in (("Bob", 4), ("Alice", 1)))
    offer_round(EYES, now=NOW)
    found = told(high)
    assert (found.code, found.place["slot_id"], found.round_at) == (
        "best_for_person",
        str(place.id),
        NOW,
    )
    assert told(low).code != "not_in_round"


def test_who_is_left_out_is_told_the_reason(place):
    need = a_referral(a_patient("Alice"), priority=None)
    assert told(need).code == "no_priority"


def test_the_command_says_it_in_words_for_each_of_them(place, capsys):
    a_slot(place.clinic, care=SKIN)
    without = a_referral(a_patient("Alice"), SKIN, issued_on=None, issuer="", contact_on=ago(20))
    unset = a_referral(a_patient("Bob"), priority=None)
    for need in (without, unset):
        call_command("match", explain=str(need.id))
    said = capsys.readouterr().out
    assert "1 × Nej, inte utan remiss." in said
    assert "match." not in said
    assert "short." not in said


def test_the_vardlots_reads_the_same_on_a_page_that_the_alternatives_lead_to(place):
    need = a_referral(a_patient("Alice"), priority=None)
    client = Client()
    client.force_login(
        staff(Role.NAVIGATOR, a_region("01").tenant),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    page = client.get(f"/vantande/{need.id}/").content.decode()
    address = f"/vantande/{need.id}/varfor/"
    assert address in page
    assert "match." not in client.get(address).content.decode()

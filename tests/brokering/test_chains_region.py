"""The region's pages where two needs are given together: clinics that have both, chosen by one click."""

import re
from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest
from django.test import Client

from accounts.roles import Role
from brokering.models import Booking, RebookingTask, Referral
from brokering.selectors import alternatives_together
from providers.templatetags.visiting import visit_time
from tests.brokering.chained import EYES, OPERATION, a_pair, closed, held_together
from tests.brokering.desk import confirmed
from tests.factories import NOW, a_clinic, a_region, a_slot, an_agreement, at, staff

pytestmark = pytest.mark.usefixtures("database")
SAID = "Två tider hör ihop"


@pytest.fixture
def clinic(database):
    return a_clinic(cares=(EYES, OPERATION))


@pytest.fixture
def navigator(database):
    client = Client()
    client.force_login(
        staff(Role.NAVIGATOR, a_region("01").tenant),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    return client


def choice(page):
    """Address and value of the only button that chooses a place."""
    [action] = re.findall(r'<form[^>]*action="([^"]+/valj/)"', page) or [""]
    [value] = re.findall(r'name="plats" value="([^"]+)"', page)
    return action, value


@pytest.mark.parametrize("part", [0, 1], ids=["first", "second"])
def test_one_click_on_either_page_holds_both_and_the_next_page_tells_of_both(
    clinic, navigator, part
):
    lot = an_agreement(clinic)
    pair = a_pair()
    slots = a_slot(clinic), a_slot(clinic, OPERATION, starts_at=at(20))
    page = navigator.get(f"/vantande/{pair[part].id}/").content.decode()
    action, value = choice(page)
    assert value == f"{slots[0].id}:{lot.id}:{slots[1].id}"
    review = navigator.post(action, {"plats": value, "key": uuid4()}, follow=True)
    assert review.status_code == 200
    held = Booking.objects.using("owner").filter(state="held").values_list("claim__slot", flat=True)
    assert set(held) == {slot.id for slot in slots}
    for slot in slots:
        assert visit_time(slot) in unescape(review.content.decode()).lower()


def test_clinics_with_one_of_two_do_not_crowd_out_the_one_with_both(clinic, navigator, monkeypatch):
    monkeypatch.setattr(alternatives_together, "LOOKED_AT", 1)
    lot, sooner = an_agreement(clinic), a_clinic(cares=(EYES, OPERATION))
    an_agreement(sooner)
    a_slot(sooner, starts_at=at(8))
    slots = a_slot(clinic, starts_at=at(12)), a_slot(clinic, OPERATION, starts_at=at(20))
    page = navigator.get(f"/vantande/{a_pair()[0].id}/").content.decode()
    assert choice(page)[1] == f"{slots[0].id}:{lot.id}:{slots[1].id}"


def test_who_is_to_be_asked_about_the_other_of_two_is_asked_on_this_page(clinic, navigator):
    an_agreement(clinic)
    pair = a_pair()
    a_slot(clinic), a_slot(clinic, OPERATION, starts_at=at(20))
    longest = timedelta(days=900)
    Referral.objects.using("owner").filter(id=pair[1].id).update(
        issued_on=NOW.date() - longest, contact_on=NOW.date() - longest, confirmed_on=None
    )
    page = navigator.get(f"/vantande/{pair[0].id}/").content.decode()
    assert "Fråga först" in page
    assert f'action="/vantande/{pair[1].id}/' in page
    assert 'name="plats"' not in page


@pytest.mark.parametrize("part", [0, 1], ids=["first", "second"])
def test_a_clinic_that_has_one_of_two_alone_is_not_to_be_chosen(clinic, navigator, part):
    lot = an_agreement(clinic)
    pair = a_pair()
    slot = a_slot(clinic, (EYES, OPERATION)[part])
    page = navigator.get(f"/vantande/{pair[part].id}/").content.decode()
    assert SAID in page
    assert f"{slot.id}:{lot.id}" not in page


def test_so_does_the_page_of_one_whose_two_times_a_decision_took_back(clinic, navigator):
    slots = a_slot(clinic), a_slot(clinic, OPERATION, starts_at=at(20))
    confirmed(held_together(slots, a_pair(), an_agreement(clinic)).first)
    closed(clinic, until=at(19, 0))
    a_slot(clinic, starts_at=at(25))
    task = RebookingTask.objects.using("owner").get()
    page = navigator.get(f"/ombokning/{task.id}/").content.decode()
    assert SAID in page
    assert 'name="slot"' not in page
    assert "val-" not in page

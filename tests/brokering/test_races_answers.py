"""Two answers to one offer at the same moment: the first counts, because each names the state it read."""

import pytest

from accounts.selectors.actors import system_actor
from brokering.actions import bookings, offers
from tests.brokering.crowd import WON, Pause, at_once, moved_unseen, people
from tests.brokering.desk import answered, fresh, occupying, offered
from tests.factories import a_slot

pytestmark = pytest.mark.usefixtures("database")


def declined_while_it_is_accepted(clinic, lot, monkeypatch):
    """A no has read the open offer; before it is written, the yes is."""
    need, by = people(1)[0]
    offer = offered(a_slot(clinic), need, lot, by=system_actor(need.tenant_id))
    pause = Pause(monkeypatch, offers, "_open_offer")
    outcomes = at_once(
        [
            lambda: answered(offer, offers.decline_offer, by=by, informed=""),
            pause.meanwhile(lambda: answered(offer, offers.accept_offer, by=by)),
        ]
    )
    return outcomes, fresh(offer).state, occupying(offer.booking.claim.slot)


def test_of_a_yes_and_a_no_that_was_on_its_way_the_first_counts(clinic, lot, monkeypatch):
    outcomes = declined_while_it_is_accepted(clinic, lot, monkeypatch)
    assert outcomes == ({WON: 1, "wrong_state": 1}, "accepted", 1)


def test_without_comparing_the_state_an_accepted_offer_would_be_declined(clinic, lot, monkeypatch):
    monkeypatch.setattr(offers, "move", moved_unseen)
    monkeypatch.setattr(bookings, "move", moved_unseen)
    outcomes = declined_while_it_is_accepted(clinic, lot, monkeypatch)
    assert outcomes[:2] == ({WON: 2}, "declined")

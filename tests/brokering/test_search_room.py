"""A place whose agreed volume is used up says so wherever the hit is shown."""

from django.test import Client

from brokering.selectors.queries import Query
from brokering.selectors.search import search
from brokering.templatetags.hits import card_of
from tests.brokering.desk import booked
from tests.factories import EYES, NOW, a_clinic, a_patient, a_referral, a_slot, an_agreement


def test_a_full_volume_is_told_on_the_card_and_over_the_wire(database):
    clinic = a_clinic("01")
    lot = an_agreement(clinic, cap_places=1, cap_period="whole")
    booked(a_slot(clinic), a_referral(a_patient("Bob")), lot)
    a_slot(clinic)
    (hit,) = search(Query(care=EYES, home_region="01", remiss=True), now=NOW).hits
    assert card_of(hit).way_there.startswith("Avtalets volym för perioden är slut.")
    asked = {"care": EYES, "home_region": "01", "referral": "yes"}
    (told,) = Client().get("/api/v1/slots", asked).json()["items"]
    assert (told["bookable"], told["room"]) == ("no", "cap_full")

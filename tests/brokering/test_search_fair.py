"""The order of the list knows nothing of operator, payer, agreement, names or prices."""

import random
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st

from brokering.selectors.queries import Query
from brokering.selectors.search import search
from contracts.models import Agreement, PriceLine
from providers.models import Clinic, Provider
from tests.baseline import superuser
from tests.factories import EYES, NOW, a_clinic, a_price, a_region, a_slot, an_agreement, at
from tests.servers import own_database

WHERE = ("01", "01", "03", "12", "19", "25")
ORDERS = (
    Query(care=EYES, home_region="01", remiss=True, size=4),
    Query(care=EYES, home_region="12", near="1280", order="distance", size=4),
    Query(care=EYES, near="0180", order="distance", within_km=700),
    Query(care=EYES, home_region="01", near="1280", order="both", size=4),
)


@pytest.fixture
def market(database):
    """Places at six clinics, many at one moment, each clinic with another regime, buyer and price."""
    dice = random.Random(7)
    for number, region in enumerate(WHERE):
        clinic = a_clinic(region)
        lot = an_agreement(clinic, regime=("own", "lou", "lov")[number % 3], buyers=[region])
        a_price(lot, amount=1000 + number)
        for _ in range(4):
            a_slot(clinic, starts_at=at(dice.randint(1, 3)))


def listed(query):
    """The whole list, page by page."""
    seen = []
    while True:
        page = search(query, now=NOW)
        seen += [hit.place.slot for hit in page.hits]
        if not page.next_cursor:
            return seen
        query = replace(query, cursor=page.next_cursor)


def swap(rows, field, values):
    """Give each row another value of a field, also where a signed agreement could not change."""
    with superuser(own_database()) as connection:
        connection.execute("SET session_replication_role = replica")
        for row, value in zip(rows, values, strict=True):
            table = row._meta.db_table
            connection.execute(f'UPDATE {table} SET "{field}" = %s WHERE id = %s', [value, row.pk])


def names(kind, letters):
    return [f"{letter} {kind} {number}" for number, letter in enumerate(letters)]


SHUFFLED = st.permutations(range(len(WHERE)))


@given(
    regimes=st.lists(st.sampled_from(["own", "lou", "lov"]), min_size=6, max_size=6),
    payers=SHUFFLED,
    operators=SHUFFLED,
    letters=st.permutations("ABCÅÄÖ"),
    prices=st.lists(st.integers(1, 90000), min_size=6, max_size=6),
)
@how(max_examples=18, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_operator_payer_regime_names_and_prices_change_nothing_in_the_order(
    market, regimes, payers, operators, letters, prices
):
    before = [listed(query) for query in ORDERS]
    agreements = list(Agreement.objects.order_by("id"))
    clinics, providers = list(Clinic.objects.order_by("id")), list(Provider.objects.order_by("id"))
    swap(agreements, "regime", regimes)
    swap(agreements, "name", names("avtal", letters))
    swap(clinics, "name", names("mottagning", letters))
    swap(clinics, "provider_id", [providers[number].id for number in operators])
    swap(providers, "name", names("AB", reversed(letters)))
    swap(list(PriceLine.objects.order_by("id")), "amount", prices)
    buying = list(Agreement.buyers.through.objects.order_by("id"))
    swap(buying, "region_id", [a_region(WHERE[number]).code for number in payers])
    assert [listed(query) for query in ORDERS] == before

"""Lots that law and terms cannot tell apart are decided once: each by itself would be told the same."""

import pytest

from brokering.selectors.need_profiles import profiles_of_care
from brokering.selectors.snapshots import PlacesNow
from brokering.selectors.terms_book import kept_terms
from contracts.selectors.changes import terms_mark
from tests.factories import (
    EYES,
    NOW,
    TODAY,
    a_clinic,
    a_patient,
    a_referral,
    a_slot,
    ago,
    an_agreement,
    at,
)

pytestmark = pytest.mark.usefixtures("database")
TERMS = (
    {},
    {},
    {"cap_places": 3},
    {"open_for_others": "no"},
    {"open_for_others": "after_agreement"},
    {"regime": "lov"},
)


def board(slots):
    from_now = {"now": NOW, "notice": NOW - NOW}
    return PlacesNow(EYES, slots=slots, **from_now)


@pytest.fixture
def slots():
    places = [
        (region, terms, form)
        for region in ("01", "06", "12")
        for terms in TERMS
        for form in ("open", "inpatient")
    ]
    found = []
    for region, terms, form in places:
        clinic = a_clinic(region, name=f"Clinic {len(found)}")
        an_agreement(clinic, **terms)
        found.append(a_slot(clinic, starts_at=at(20), form=form).id)
    for number, region in enumerate(("01", "06", "12", "14")):
        for priority in (1, 2):
            a_referral(
                a_patient(f"Person{number}{priority}", region=region),
                priority=priority,
                issued_on=ago(100) if priority == 1 else None,
                contact_on=ago(90),
                accepts_other_regions=number % 2 == 0,
            )
    return found


def test_each_lot_by_itself_is_decided_as_with_all_others(slots):
    kept_terms.cache_clear()
    people = profiles_of_care(EYES)
    together = board(slots).given(people).snapshot.decisions
    kinds = kept_terms(terms_mark(), TODAY).alike
    alone = {}
    for slot in slots:
        kept_terms.cache_clear()
        alone |= board([slot]).given(people).snapshot.decisions
    assert together == alone
    assert 1 < len(kinds) < len(slots)
    assert {one.lawful for one in alone.values()} == {True, False}

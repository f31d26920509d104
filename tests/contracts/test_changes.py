"""A mark tells whether terms, rules or windows have changed, whoever changed them and however it ended."""

import pytest
from django.db import connections, transaction

from brokering.selectors.country.places import CLINIC
from contracts.actions.changes import fold_changes
from contracts.models import (
    Adoption,
    Agreement,
    Cap,
    CapUse,
    Designation,
    Lot,
    Party,
    PriceLine,
    ReferralRule,
    RegionQuota,
    ReleasePolicy,
    RuleCompleteness,
    TermsChange,
)
from contracts.selectors.changes import terms_mark
from providers.models import Care, Clinic, Municipality, SeriousEvent
from tests.factories import OWNER, a_clinic, an_agreement

pytestmark = pytest.mark.usefixtures("database")
READ = (
    *(Agreement, Agreement.buyers.through, Agreement.usable_by.through, Adoption, Cap, PriceLine),
    *(Lot, Lot.cares.through, Party.members.through, ReferralRule, RegionQuota, ReleasePolicy),
    *(RuleCompleteness, SeriousEvent, Designation, Care),
)


def touched(model):
    """Whether a statement that writes to the model's table moves the mark."""
    before = terms_mark()
    with connections[OWNER].cursor() as cursor:
        cursor.execute(f"DELETE FROM {model._meta.db_table} WHERE false")
    return terms_mark() != before


def test_whatever_decides_who_may_use_a_place_moves_the_mark(database):
    assert [model for model in READ if not touched(model)] == []


def updated(model, name):
    """Whether a statement that writes one column of the model's table moves the mark."""
    before, column = terms_mark(), model._meta.get_field(name).column
    with connections[OWNER].cursor() as cursor:
        cursor.execute(f"UPDATE {model._meta.db_table} SET {column} = {column} WHERE false")
    return terms_mark() != before


def test_each_column_of_a_clinic_that_is_kept_moves_the_mark_and_no_other(database):
    """Of a clinic what `all_clinics` reads; when it last confirmed its capacity changes by the minute."""
    kept = {name.split("__")[0] for name in CLINIC} - {"id"}
    names = {field.name for field in Clinic._meta.concrete_fields}
    assert {name for name in names if updated(Clinic, name)} == kept
    assert updated(Municipality, "region")
    assert not updated(Municipality, "latitude")


@pytest.mark.parametrize("model", [Clinic, Municipality])
def test_a_clinic_or_municipality_that_comes_or_goes_moves_the_mark(database, model):
    assert touched(model)


def test_a_visit_that_counts_against_a_cap_does_not_move_it(database):
    assert not touched(CapUse)


def test_what_was_undone_leaves_no_mark_that_comes_again():
    clinic = a_clinic()
    before = terms_mark()
    with transaction.atomic(using=OWNER):
        an_agreement(clinic)
        with connections[OWNER].cursor() as cursor:
            cursor.execute("SELECT sum(many), sum(total) FROM contracts_termschange")
            seen = cursor.fetchone()
        transaction.set_rollback(True, using=OWNER)
    assert terms_mark() == before
    an_agreement(clinic)
    assert terms_mark() not in {before, tuple(map(int, seen))}


def test_changes_put_together_leave_the_mark_as_it_was():
    an_agreement(a_clinic())
    before, rows = terms_mark(), TermsChange.objects.count()
    folded = fold_changes()
    assert (terms_mark(), TermsChange.objects.count()) == (before, rows - folded)

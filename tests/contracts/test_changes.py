"""A mark tells whether terms, rules or windows have changed, whoever changed them and however it ended."""

import pytest
from django.db import connections, transaction

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
from providers.models import Care, SeriousEvent
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


def test_a_visit_that_counts_against_a_cap_does_not_move_it(database):
    assert not touched(CapUse)


def test_what_was_undone_leaves_no_mark_that_comes_again():
    before, clinic = terms_mark(), a_clinic()
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

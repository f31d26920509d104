"""A region is told once of an agreement that ends soon, and of an option that must be used by a day."""

from datetime import timedelta

import pytest

from accounts.models import Change, Event
from accounts.tenancy import acting_as
from contracts.actions import agreement_states as states
from contracts.actions.reminders import remind
from contracts.drafts import OptionDraft
from contracts.models import Agreement
from contracts.selectors.reminders import reminders
from contracts.tasks import watch_agreements
from tests.contracts.agreements import YEAR, a_draft, active, administrator, amended, does
from tests.factories import NOW, TODAY, a_clinic, an_agreement

pytestmark = pytest.mark.usefixtures("database")
DAY = timedelta(days=1)
LEAD = 365


@pytest.fixture
def by(database):
    return administrator()


def ahead(by, on=TODAY):
    return [(one.kind, one.day) for one in reminders(by.tenants, on=on)]


def told(by, now=NOW):
    with acting_as(by):
        return remind(by=by, now=now)


@pytest.mark.parametrize(("days", "expected"), [(LEAD, 1), (LEAD + 1, 0), (0, 1)])
def test_an_end_within_the_lead_time_is_ahead(by, days, expected):
    active(a_draft(valid_to=TODAY + days * DAY), by)
    assert len(ahead(by)) == expected


def test_an_option_is_ahead_instead_of_the_end_and_the_end_comes_back_without_it(by):
    row = active(a_draft(options=(OptionDraft(months=1, decide_by=TODAY + 5 * DAY),)), by)
    assert ahead(by) == [("option_due", TODAY + 5 * DAY)]
    last = does(states.extend_agreement, by, row, decided_on=TODAY, reference="RS 1")
    assert ahead(by, last - DAY) == [("expires", last)]


def test_what_was_amended_ended_or_is_another_regions_is_not_ahead(by):
    old = active(a_draft(), by)
    amended(old, by, TODAY + DAY, valid_to=TODAY + 10 * YEAR)
    ended = active(a_draft(), by)
    does(states.end_agreement, by, ended, last_day=TODAY + 3 * DAY)
    an_agreement(a_clinic("03"), valid_to=TODAY)
    assert ahead(by) == []


def test_each_day_is_told_once_on_the_regions_topic(by):
    row = active(a_draft(), by)
    assert (told(by), told(by, NOW + DAY)) == (1, 0)
    assert (
        Change.objects.using("owner").filter(topic="region:01", kind="agreement_expires").count()
        == 1
    )
    assert Event.objects.get(verb="expires").data == {"day": row.valid_to.isoformat()}


def test_the_clock_ends_what_is_over_and_reminds_of_what_is_ahead(by):
    lot = an_agreement(a_clinic(), valid_to=TODAY - DAY)
    an_agreement(a_clinic(), valid_to=TODAY + DAY)
    assert watch_agreements() == {"ended": 1, "reminded": 1}
    assert watch_agreements() == {"ended": 0, "reminded": 0}
    assert Agreement.objects.get(id=lot.agreement_id).state == "ended"

"""A region decides how its patients are asked; where it has not, the product's default holds and says so."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import Error

from accounts.errors import Invalid, NotAllowed
from accounts.models import Event
from accounts.roles import Role
from accounts.tenancy import acting_as
from brokering.selectors.offer_policies import DEFAULT, offer_policies_of, offer_policy_of
from contracts.actions.offer_policies import Asking, set_offer_policy
from contracts.errors import OfferPolicyBeginsTooEarly
from contracts.models import OfferPolicy
from tests.brokering.crowd import WON, at_once
from tests.factories import NOW, OWNER, TODAY, a_region, acting, staff

DAY = timedelta(days=1)


@pytest.fixture
def ada(database):
    return acting(staff(Role.REGION_ADMINISTRATOR, a_region("01").tenant))


def asking(**also):
    fields = {"answer_days": 10, "attempts": 3, "letter_days": 14, "batch": 1}
    return Asking(**{"decision_reference": "RS 2026-17"} | fields | also)


def decide(by, *, valid_from=TODAY, region="01", **also):
    with acting_as(by):
        return set_offer_policy(
            by=by, region=region, asking=asking(**also), valid_from=valid_from, now=NOW
        )


def test_without_a_decision_the_products_default_holds_and_names_itself(database):
    found = offer_policy_of("01", on=TODAY)
    assert found.source == DEFAULT
    assert found.answer_time == settings.OFFER_LENGTH
    assert (found.attempts, found.letter_days) == (2, 7)


def test_a_need_without_a_home_region_is_asked_by_the_default(database):
    assert offer_policy_of(None, on=TODAY).source == DEFAULT


def test_a_decision_holds_from_its_day_in_its_own_region_alone(ada):
    decide(ada, valid_from=TODAY + DAY)
    assert offer_policy_of("01", on=TODAY).source == DEFAULT
    assert offer_policy_of("01", on=TODAY + DAY).source == "RS 2026-17"
    assert offer_policy_of("01", on=TODAY + DAY).answer_days == 10
    assert offer_policy_of("03", on=TODAY + DAY).source == DEFAULT


def test_a_later_decision_ends_the_earlier_one_the_day_before(ada):
    decide(ada)
    decide(ada, valid_from=TODAY + 5 * DAY, answer_days=5)
    listed = [(one.valid_from, one.valid_to, one.answer_days) for one in offer_policies_of("01")]
    assert listed == [
        (TODAY + 5 * DAY, None, 5),
        (TODAY, TODAY + 4 * DAY, 10),
    ]


def test_a_decision_that_never_came_to_hold_is_replaced(ada):
    decide(ada, valid_from=TODAY + 5 * DAY)
    decide(ada, valid_from=TODAY + 3 * DAY, answer_days=5)
    assert [one.answer_days for one in offer_policies_of("01")] == [5]


def test_who_decided_what_is_in_the_trail(ada):
    row = decide(ada)
    event = Event.objects.using(OWNER).get(noun="offerpolicy", noun_id=str(row.id))
    assert (event.actor_id, event.data["answer_days"], event.data["region"]) == (ada.id, 10, "01")


def test_nothing_is_decided_for_a_day_that_has_passed(ada):
    with pytest.raises(OfferPolicyBeginsTooEarly):
        decide(ada, valid_from=TODAY - DAY)
    assert not OfferPolicy.objects.using(OWNER).exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"answer_days": 0},
        {"answer_days": 61},
        {"attempts": 0},
        {"letter_days": 0},
        {"batch": 21},
        {"decision_reference": " "},
    ],
    ids=lambda wrong: "-".join(f"{name}_{value}".strip() for name, value in wrong.items()),
)
def test_a_decision_gives_time_and_names_itself(ada, wrong):
    with pytest.raises(Invalid):
        decide(ada, **wrong)


def test_another_region_and_another_role_decide_nothing(ada):
    with pytest.raises(NotAllowed):
        decide(ada, region="03")
    navigator = acting(staff(Role.NAVIGATOR, a_region("01").tenant, "Nils"))
    with pytest.raises(NotAllowed):
        decide(navigator)


def test_the_database_lets_no_region_write_for_another(ada):
    other = a_region("03")
    row = {"tenant_id": other.tenant_id, "valid_from": TODAY, "set_by_id": ada.id, "set_at": NOW}
    figures = {"answer_days": 1, "attempts": 1, "letter_days": 1, "decision_reference": "x"}
    with pytest.raises(Error), acting_as(ada):
        OfferPolicy.objects.create(region=other, **row, **figures)


def test_of_two_who_decide_at_the_same_moment_one_is_told_to_look_again(ada):
    told = at_once([lambda: decide(ada)] * 4)
    assert set(told) <= {WON, "offer_policy_decided_meanwhile"}
    assert OfferPolicy.objects.using(OWNER).filter(valid_to__isnull=True).count() == 1

"""The table of an agreement's life: which ways there are, how long a standstill is, what an option adds."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.lifecycle import (
    WAYS,
    AgreementState,
    Kind,
    Taker,
    first_day_to_sign,
    kind_of,
    may_move,
    months_later,
    next_states,
    standstill_rules,
)
from contracts.models import Agreement

S = AgreementState
days = st.dates(date(2017, 1, 1), date(2060, 12, 31))


def walked(kind: Kind) -> list[str]:
    """The way to an active agreement that the region takes when it never breaks off."""
    state, taken = S.INITIATED, [S.INITIATED]
    while state != S.ACTIVE:
        state = next(to for to in next_states(state, kind) if to != S.ENDED)
        taken.append(state)
    return taken


def test_the_database_and_the_table_know_the_same_states():
    assert {state.value for state in S} == set(Agreement.State.values) == set(WAYS)


def test_what_is_procured_goes_through_every_step_with_a_standstill():
    assert walked(Kind.PROCURED) == [state for state in S if state != S.ENDED]


@pytest.mark.parametrize(
    ("kind", "steps"),
    [
        (Kind.CHOICE, [S.INITIATED, S.ADVERTISED, S.EVALUATING, S.AWARDED, S.SIGNED, S.ACTIVE]),
        (Kind.DIRECT, [S.INITIATED, S.SIGNED, S.ACTIVE]),
        (Kind.OWN, [S.INITIATED, S.ACTIVE]),
    ],
)
def test_what_is_not_procured_has_no_standstill(kind, steps):
    assert walked(kind) == steps


@pytest.mark.parametrize(
    ("regime", "cooperation", "kind"),
    [
        ("own", "alone", Kind.OWN),
        ("own", "inter_regional", Kind.DIRECT),
        ("lou", "joint", Kind.PROCURED),
        ("lov", "alone", Kind.CHOICE),
        ("lol", "alone", Kind.DIRECT),
        ("lof", "alone", Kind.DIRECT),
    ],
)
def test_the_kind_follows_from_regime_and_cooperation(regime, cooperation, kind):
    assert kind_of(regime, cooperation) == kind


@pytest.mark.parametrize("kind", Kind)
def test_only_the_clock_ends_an_active_agreement_and_nothing_comes_after(kind):
    assert not may_move(S.ACTIVE, S.ENDED, kind, Taker.REGION)
    assert may_move(S.ACTIVE, S.ENDED, kind, Taker.SYSTEM)
    assert next_states(S.ENDED, kind) == ()


def test_an_award_sent_on_the_fifth_is_signed_on_the_sixteenth_at_the_earliest():
    assert first_day_to_sign(date(2021, 11, 5), electronic=True) == date(2021, 11, 16)
    assert first_day_to_sign(date(2021, 11, 5), electronic=False) == date(2021, 11, 21)


def test_before_the_law_that_is_known_here_no_standstill_is_known():
    assert first_day_to_sign(date(2016, 12, 31), electronic=True) is None


def test_every_figure_of_the_standstill_says_where_it_stands_and_what_is_to_be_verified():
    for rules in standstill_rules().values():
        assert all(rule.law and rule.place and rule.source and rule.verify for rule in rules)


@pytest.mark.parametrize(
    ("last", "months", "then"),
    [
        (date(2022, 11, 30), 12, date(2023, 11, 30)),
        (date(2026, 3, 31), 24, date(2028, 3, 31)),
        (date(2023, 2, 28), 12, date(2024, 2, 29)),
        (date(2024, 2, 28), 12, date(2025, 2, 28)),
        (date(2026, 1, 30), 1, date(2026, 2, 28)),
        (date(2026, 3, 30), 12, date(2027, 3, 30)),
    ],
)
def test_an_option_adds_whole_months(last, months, then):
    assert months_later(last, months) == then


@given(days, st.integers(1, 60))
def test_an_extension_is_as_long_as_its_months(last, months):
    then = months_later(last, months)
    assert 28 * months <= (then - last).days <= 31 * months


@given(days, st.integers(1, 24), st.integers(1, 24))
def test_from_the_end_of_a_month_two_options_are_as_long_as_one_of_both(last, one, other):
    first = last.replace(day=1) - timedelta(days=1)
    assert months_later(months_later(first, one), other) == months_later(first, one + other)

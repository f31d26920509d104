"""How somebody who does not answer is sought: a few times, then a letter, then silence, never too late."""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from brokering.messaging.asking import Next, Plan, SoFar, Step, next_step
from tests.factories import NOW

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
PLAN = Plan(attempts=2, letter_time=7 * DAY, under_way=2 * DAY)
FRESH = SoFar(begins=NOW, answer_by=NOW + 4 * DAY, latest=NOW + 30 * DAY)

plans = st.builds(
    Plan,
    attempts=st.integers(1, 10),
    letter_time=st.integers(1, 60).map(lambda days: days * DAY),
    under_way=st.integers(0, 5).map(lambda days: days * DAY),
)
offers = st.builds(
    lambda answer, visit: SoFar(
        begins=NOW, answer_by=NOW + min(answer, visit) * HOUR, latest=NOW + visit * HOUR
    ),
    st.integers(1, 60 * 24),
    st.integers(1, 90 * 24),
)


def done(so_far: SoFar, found: Next, now: datetime) -> SoFar:
    """What has happened once a step was taken."""
    if found.step == Step.SEEK:
        return replace(so_far, attempts=(*so_far.attempts, now))
    if found.step == Step.LETTER:
        return replace(so_far, letter_at=now, answer_by=found.answer_by)
    return so_far


def life(plan: Plan, so_far: SoFar, looks: list[int]) -> list[tuple[datetime, Next, SoFar]]:
    """Every step that a worker takes who looks after so many hours, again and again, until the end."""
    now, taken, turn = so_far.begins, [], 0
    while not taken or taken[-1][1].step != Step.LAPSE:
        now += looks[turn % len(looks)] * HOUR
        turn += 1
        found = next_step(plan, so_far, now)
        if found.is_due(now):
            so_far = done(so_far, found, now)
            taken.append((now, found, so_far))
    return taken


looks = st.lists(st.integers(1, 100), min_size=1, max_size=5)


def test_a_quarter_of_the_time_passes_before_each_of_two_attempts_and_the_letter():
    steps = [(found.step, (now - NOW) / HOUR) for now, found, _ in life(PLAN, FRESH, [1])]
    assert steps == [
        (Step.SEEK, 24),
        (Step.SEEK, 48),
        (Step.LETTER, 72),
        (Step.LAPSE, 72 + 7 * 24),
    ]


def test_a_call_counts_as_an_attempt_and_puts_the_next_one_off():
    called = replace(FRESH, attempts=(NOW + 6 * HOUR,))
    assert next_step(PLAN, called, NOW + 7 * HOUR).at == NOW + 30 * HOUR


def test_whoever_has_been_spoken_to_hears_no_more_until_the_time_is_over():
    spoken = replace(FRESH, attempts=(NOW + HOUR,), is_spoken_to=True)
    assert [one.step for _, one, _ in life(PLAN, spoken, [1])] == [Step.LAPSE]


def test_no_letter_goes_out_that_would_come_too_late():
    soon = replace(FRESH, latest=FRESH.answer_by)
    assert Step.LETTER not in [one.step for _, one, _ in life(PLAN, soon, [1])]


def test_a_place_that_was_not_looked_after_in_time_is_not_called_back():
    assert next_step(PLAN, FRESH, FRESH.answer_by).step == Step.LAPSE


@given(plans, offers, looks)
def test_nobody_is_sought_oftener_than_decided_and_a_letter_comes_after_that_once(
    plan, offer, looks
):
    steps = [found.step for _, found, _ in life(plan, offer, looks)]
    assert steps.count(Step.SEEK) <= plan.attempts
    assert steps.count(Step.LETTER) <= 1
    if Step.LETTER in steps:
        assert steps[: plan.attempts] == [Step.SEEK] * plan.attempts
        assert steps[plan.attempts] == Step.LETTER


@given(plans, offers, looks)
def test_what_was_promised_is_never_taken_back_and_never_passes_the_last_moment(plan, offer, looks):
    promised = offer.answer_by
    for now, found, so_far in life(plan, offer, looks):
        assert promised <= so_far.answer_by <= offer.latest
        promised = so_far.answer_by
        assert (found.step == Step.LAPSE) == (now >= so_far.answer_by)


@given(plans, offers, looks)
def test_two_messages_never_come_closer_than_a_stretch(plan, offer, looks):
    stretch = (offer.answer_by - offer.begins) / (plan.attempts + 2)
    sought = [now for now, found, _ in life(plan, offer, looks) if found.step != Step.LAPSE]
    pairs = zip([offer.begins, *sought], sought, strict=False)
    assert all(later - earlier >= stretch for earlier, later in pairs)


@given(plans, offers, looks)
def test_every_letter_leaves_more_time_than_it_is_under_way(plan, offer, looks):
    for now, found, so_far in life(plan, offer, looks):
        if found.step == Step.LETTER:
            assert so_far.answer_by - now > plan.under_way


@given(plans, offers, st.integers(0, 100 * 24))
def test_waiting_changes_no_step_that_is_due(plan, offer, hours):
    """A step that is due stays the next one until it is taken or the time is over."""
    now = NOW + hours * HOUR
    found, later = next_step(plan, offer, now), next_step(plan, offer, now + HOUR)
    if found.is_due(now) and later.step != Step.LAPSE:
        assert later.step in {found.step, Step.WAIT}

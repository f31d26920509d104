"""The side of a drawing has round numbers."""

from hypothesis import given
from hypothesis import strategies as st

from insight.simulation.plots import long_queues


def drawn(most: int) -> list[int]:
    """The numbers at the side of a drawing of one week."""
    year = {"first_visit": {"in_queue": [(most, 0), (0, 0)]}}
    text = long_queues({"without": year, "shared": year}, "first_visit", "Queue")
    numbers = [part.split(">")[1].split("<")[0] for part in text.split('text-anchor="end"')[1:]]
    return [int(number.replace(",", "")) for number in numbers]


@given(st.integers(0, 10**7))
def test_the_side_has_few_round_numbers_from_nought_to_no_less_than_the_most(most: int) -> None:
    nought, step, *_ = steps = drawn(most)
    assert (nought, steps) == (0, list(range(0, steps[-1] + step, step)))
    assert str(step).strip("0") in {"1", "2", "5"}
    assert steps[-1] - step < max(most, 1) <= steps[-1]
    assert len(steps) <= 6

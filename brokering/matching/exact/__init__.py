"""The exact engine: the best plan by the order of choices, and the proof."""

from brokering.matching.exact.engine import Solver, solve, warm_up

__all__ = ["Solver", "solve", "warm_up"]

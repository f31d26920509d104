"""What a reading of the database had seen, as PostgreSQL tells transactions apart (`pg_snapshot`)."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from brokering.matching.problem import Bools


@dataclass(frozen=True)
class Seen:
    """Which transactions were over: all before `first`, of the others those before `after` but `open`."""

    first: int
    after: int
    open: frozenset[int]

    @classmethod
    def of(cls, text: str) -> "Seen":
        """`first:after:open,open`, as the database writes it. Raises ValueError for anything else."""
        first, after, still = text.split(":")
        return cls(int(first), int(after), frozenset(map(int, still.split(",") if still else ())))

    def holds(self, stamps: npt.NDArray[np.int64]) -> Bools:
        """Whether each of these transactions had been seen."""
        still = np.isin(stamps, np.array(sorted(self.open), np.int64))
        return (stamps < self.first) | ((stamps < self.after) & ~still)

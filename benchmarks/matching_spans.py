"""Spans of days at a clinic as nodes of a network: so the country's largest care has room in OR-tools."""

import numpy as np

from brokering.matching.problem import NO_WAY, Ints, Problem


class Spans:
    """Nodes for spans of 1, 2, 4 … days at each shelf: a clinic's places of one kind."""

    def __init__(self, care: Problem) -> None:
        self.first = int(care.day.min())
        self.days = int(care.day.max()) - self.first + 1
        self.levels = self.days.bit_length()
        self.shelf, of_offer = np.unique(
            np.array([care.site, care.kind]), axis=1, return_inverse=True
        )
        self.many = self.levels * self.shelf.shape[1] * self.days
        self._at = self._node(0, of_offer.ravel(), care.day - self.first)
        self._count = care.count

    def _node(self, level: Ints | int, shelf: Ints, day: Ints) -> Ints:
        """The span of 2 ** level days from a day on."""
        found: Ints = (level * self.shelf.shape[1] + shelf) * self.days + day
        return found

    def places(self) -> tuple[Ints, Ints]:
        """How many there are, and the day and shelf of each."""
        return self._count.astype(np.int64), self._at

    def halves(self) -> tuple[Ints, Ints]:
        """Each span, twice, and the two that it is made of."""
        shelves, none = np.arange(self.shelf.shape[1])[:, None], np.zeros(0, np.int64)
        over, under = [none], [none]
        for level in range(1, self.levels):
            day = np.arange(self.days - (1 << level) + 1)[None, :]
            for second in (0, 1 << (level - 1)):
                over.append(self._node(level, shelves, day).ravel())
                under.append(self._node(level - 1, shelves, day + second).ravel())
        return np.concatenate(over), np.concatenate(under)

    def reached(self, care: Problem, i: int) -> tuple[Ints, Ints]:
        """The spans that make up the days a person may have in time, then those that are late (True)."""
        site, kind = self.shelf
        far = care.hectometres[care.home[i], site]
        here = np.flatnonzero(
            (care.way[care.need_class[i], kind] != NO_WAY) & (far <= care.reach[i])
        )
        due = int(care.due[i])
        from_ = max(int(care.earliest[i]), self.first)
        until = min(int(care.latest[i]), self.first + self.days - 1)
        in_time = self._span(here, from_, min(until, due))
        late = self._span(here, max(from_, min(due, until) + 1), until)
        return np.concatenate((in_time, late)), np.repeat([False, True], [len(in_time), len(late)])

    def _span(self, shelves: Ints, from_: int, until: int) -> Ints:
        """Two spans of one length at each shelf that together are all days from one to another."""
        if until < from_:
            return np.zeros(0, np.int64)
        level = (until - from_ + 1).bit_length() - 1
        ends = {from_ - self.first, until - self.first + 1 - (1 << level)}
        return np.concatenate([self._node(level, shelves, day) for day in sorted(ends)])

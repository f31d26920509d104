"""The transport problem, exact: each need gets one column at least total cost. Integers only.

Columns are the offers with their counts, and a last one, "nobody", with room for everyone. What
an offer has left over is taken by one more row, the spare: with it every column is always full,
and complementary slackness says that a plan is optimal if and only if it uses only *tight* pairs
(cost equal to the two prices). So the tight pairs are all optimal plans at once, and the next
line of the order is solved on them alone: `settle` can be called line after line.

Method: successive shortest augmenting paths with prices (Dijkstra on reduced costs, all rows of a
distance at a time). Each call ends with feasible prices: they prove the optimum.
"""

from dataclasses import dataclass

import numpy as np

from brokering.matching.ranking import Bools, Ints

# Costs of one call, summed over all rows, stay below LARGEST; a pair that may not be costs BARRED.
# Prices and distances are sums of cost differences along a path, so nothing can reach BARRED.
LARGEST = 1 << 55
BARRED = 1 << 60
UNREACHED = 1 << 62
NOT_YET = 1 << 62
NOWHERE = -1


@dataclass(slots=True)
class Path:
    """A shortest path search from one row: distance to each column, and when it was done."""

    row: int
    distance: Ints
    step: Ints
    steps: int = 0
    spare_entered: int = NOWHERE

    @property
    def done(self) -> Bools:
        """The columns whose distance is final."""
        return self.step < NOT_YET


class Transport:
    """Needs (rows) and offers (columns, the last one "nobody"), solved line after line."""

    def __init__(self, possible: Bools, count: Ints) -> None:
        rows, offers = possible.shape
        self.rows = rows
        self.open = np.hstack([possible, np.ones((rows, 1), bool)])
        self.spare_open = np.ones(offers + 1, bool)
        self.at = np.full(rows, NOWHERE, np.int64)
        self.spare = np.zeros(offers + 1, np.int64)
        self.room = np.append(count, rows).astype(np.int64)
        self.price = np.zeros(offers + 1, np.int64)
        self.worth = np.zeros(rows, np.int64)
        self.spare_worth = 0

    def settle(self, cost: Ints) -> None:
        """Make the plan cheapest by `cost` among the open pairs, then leave open the tight ones.

        `cost` is rows × columns and at least 0; its largest values, summed over the rows, stay
        below LARGEST.
        """
        self.cost = np.where(self.open, cost, BARRED)
        self.price[:] = 0
        self.worth = self.cost.min(axis=1, initial=BARRED)
        self.spare_worth = 0
        self._release_dear_seats()
        for row in self._standing():
            self._seat_at_once(row)
        for row in self._standing():
            self._augment(row)
        self.spare += self.room
        self.room[:] = 0
        self._close_loose_pairs()

    def _standing(self) -> list[int]:
        """The rows without a seat."""
        return [int(row) for row in np.flatnonzero(self.at == NOWHERE)]

    def _release_dear_seats(self) -> None:
        """Give up the seats that are not cheapest for their row under the new prices."""
        seated = np.flatnonzero(self.at != NOWHERE)
        dear = seated[self.cost[seated, self.at[seated]] > self.worth[seated]]
        np.add.at(self.room, self.at[dear], 1)
        self.at[dear] = NOWHERE

    def _seat_at_once(self, row: int) -> None:
        """Take a cheapest column with room, if there is one."""
        free = np.flatnonzero((self.cost[row] == self.worth[row]) & (self.room > 0))
        if free.size:
            self.at[row] = free[0]
            self.room[free[0]] -= 1

    def _augment(self, row: int) -> None:
        """Seat one more row by the cheapest chain of moves, and adjust the prices."""
        path = Path(
            row=row,
            distance=self.cost[row] - self.worth[row] - self.price,
            step=np.full(len(self.price), NOT_YET, np.int64),
        )
        end, length = self._search(path)
        moves = self._chain(path, end)
        self._reprice(path, length)
        self.room[end] -= 1
        for mover, column in moves:
            self.reseat(mover, column, path.spare_entered)

    def _search(self, path: Path) -> tuple[int, int]:
        """Dijkstra until a column with room is reached; answers the column and its distance."""
        waiting = self.room > 0
        while True:
            ahead = np.where(path.done, UNREACHED, path.distance)
            nearest = int(ahead.min())
            front = ahead == nearest
            if path.spare_entered == NOWHERE and (front & (self.spare > 0)).any():
                self._relax_spare(path, front, nearest)
                front = ~path.done & (path.distance == nearest)
            if (front & waiting).any():
                return int((front & waiting).argmax()), nearest
            path.steps += 1
            path.step[front] = path.steps
            self._relax_rows(path, front, nearest)

    def _relax_spare(self, path: Path, front: Bools, nearest: int) -> None:
        """What is left over in a reached column may move on to any other open to the spare."""
        path.spare_entered = int((front & (self.spare > 0)).argmax())
        self._shorten(path, nearest + np.where(self.spare_open, 0, BARRED) - self.spare_worth)

    def _relax_rows(self, path: Path, front: Bools, nearest: int) -> None:
        """Whoever sits in a reached column may move on to any other."""
        movers = np.flatnonzero(front[self.at] & (self.at != NOWHERE))
        if movers.size:
            beyond = self.cost[movers]
            beyond -= self.worth[movers, None]
            self._shorten(path, nearest + beyond.min(axis=0))

    def _shorten(self, path: Path, ways: Ints) -> None:
        path.distance = np.where(
            path.done, path.distance, np.minimum(path.distance, ways - self.price)
        )

    def _chain(self, path: Path, end: int) -> list[tuple[int, int]]:
        """The moves (who, to which column) along the shortest path, from its end."""
        moves = []
        column, mover = end, NOWHERE
        while mover != path.row:
            mover = self._came_from(path, column)
            moves.append((mover, column))
            column = path.spare_entered if mover == self.rows else int(self.at[mover])
        return moves

    def _came_from(self, path: Path, column: int) -> int:
        """The row (or the spare) through which the column was reached at its distance.

        Only what was done in an earlier step counts, so that moves of cost 0 make no circle.
        """
        reduced = self.cost[:, column] - self.worth - self.price[column]
        length, step = int(path.distance[column]), int(path.step[column])
        if reduced[path.row] == length:
            return path.row
        seated = np.flatnonzero(self.at != NOWHERE)
        seat = self.at[seated]
        earlier = path.step[seat] < step
        on_path = earlier & (path.distance[seat] + reduced[seated] == length)
        return int(seated[on_path.argmax()]) if on_path.any() else self.rows

    def _reprice(self, path: Path, length: int) -> None:
        """Keep every reduced cost at least 0 and those along the path at exactly 0."""
        gain = np.where(path.done, length - path.distance, 0)
        self.price -= gain
        seated = self.at != NOWHERE
        self.worth[seated] += gain[self.at[seated]]
        self.worth[path.row] += length
        if path.spare_entered != NOWHERE:
            self.spare_worth += length - int(path.distance[path.spare_entered])

    def reseat(self, mover: int, column: int, spare_from: int) -> int:
        """Move a row (or one unit of the spare) to a column; answers the column it left."""
        if mover == self.rows:
            self.spare[column] += 1
            self.spare[spare_from] -= 1
            return spare_from
        left = int(self.at[mover])
        self.at[mover] = column
        return left

    def _close_loose_pairs(self) -> None:
        self.open &= self.cost - self.worth[:, None] - self.price == 0
        self.spare_open &= self.price + self.spare_worth == 0

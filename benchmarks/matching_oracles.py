"""A matching problem for solvers that know nothing of ours: one word of the order, every pair an arc.

Of the largest care not every pair: an arc leads to all days of a clinic in a span at once.
"""

from collections.abc import Sequence
from dataclasses import replace

import highspy
import numpy as np
from ortools.graph.python import min_cost_flow

from benchmarks.matching_spans import Spans
from brokering.matching.encoding import encode
from brokering.matching.problem import NOBODY, Ints, Problem, possible
from brokering.matching.ranking import Counted, Line, paid

BY_PERSON = (
    "priority", "due", "waited_days", "earliest", "latest", "home", "reach", "need_class", "previous",
)  # fmt: skip


def prices(care: Problem, lines: Sequence[Line], at: Ints) -> Ints:
    """What each person pays on these lines, in one word. They must have room in one."""
    (units,) = encode(care, lines).units
    each = paid(care, lines, at)
    return np.sum([each[line.code] * unit for line, unit in zip(lines, units, strict=True)], axis=0)


def arcs(care: Problem, lines: Sequence[Line]) -> tuple[Ints, Ints, Ints]:
    """Person, offer (the number after the last one is nobody) and price of every pair that may be."""
    people, offers = len(care.priority), len(care.day)
    may = np.array([possible(care, i) for i in range(people)])
    who, where = np.nonzero(may)
    row = np.append(np.arange(people), who)
    at = np.append(np.full(people, NOBODY), where)
    (units,) = encode(care, lines).units
    each = paid(_repeated(care, row), lines, at)
    cost = np.sum([each[line.code] * unit for line, unit in zip(lines, units, strict=True)], axis=0)
    return row, np.where(at == NOBODY, offers, at), cost


def _repeated(care: Problem, row: Ints) -> Problem:
    """The care with a row of its own for every pair."""
    return replace(care, **{name: getattr(care, name)[row] for name in BY_PERSON})


def ortools(care: Problem, pairs: tuple[Ints, Ints, Ints]) -> int:
    """The least that all pay together, by OR-tools' minimum cost flow."""
    row, column, cost = pairs
    people, offers = len(care.priority), len(care.day)
    end = people + offers + 1
    network = min_cost_flow.SimpleMinCostFlow()
    add = network.add_arcs_with_capacity_and_unit_cost
    add(row, people + column, np.ones_like(row), cost)
    room = np.append(care.count, people)
    add(people + np.arange(offers + 1), np.full(offers + 1, end), room, np.zeros(offers + 1, int))
    return _least(network, people, end)


def ortools_by_span(care: Problem, lines: Sequence[Line]) -> tuple[int, int]:
    """The same of need lines alone, for a care whose pairs have no room; and how many arcs that were.

    Whoever is in none of the lines pays nothing, and is left out. All days in time cost a person the same,
    and so do all that are late: two spans of days that overlap stand for all of either at a clinic.
    """
    care, (nobody, late) = _of_lines(care, lines)
    people = len(care.priority)
    spans = Spans(care)
    reached = [spans.reached(care, i) for i in range(people)]
    row = np.repeat(np.arange(people), [len(node) for node, _ in reached])
    node, is_late = (np.concatenate(found) for found in zip(*reached, strict=True))
    network = min_cost_flow.SimpleMinCostFlow()
    add = network.add_arcs_with_capacity_and_unit_cost
    add(row, people + node, np.ones_like(row), np.where(is_late, late[row], 0))
    inside, below = spans.halves()
    add(people + inside, people + below, np.full(len(inside), people), np.zeros(len(inside), int))
    end = people + spans.many
    places, shelves = spans.places()
    add(people + shelves, np.full(len(shelves), end), places, np.zeros(len(shelves), int))
    add(np.arange(people), np.full(people, end), np.ones(people, int), nobody)
    return _least(network, people, end), len(row)


def _least(network: min_cost_flow.SimpleMinCostFlow, people: int, end: int) -> int:
    supplies = np.zeros(end + 1, int)
    supplies[:people], supplies[end] = 1, -people
    network.set_nodes_supplies(np.arange(end + 1), supplies)
    if network.solve() != network.OPTIMAL:
        raise ArithmeticError("OR-tools found no best plan")
    return int(network.optimal_cost())


def _of_lines(care: Problem, lines: Sequence[Line]) -> tuple[Problem, tuple[Ints, Ints]]:
    """The people of the lines' need classes; what each pays without a place, and with one that is late."""
    (units,) = encode(care, lines).units
    unit = {(one.need_class, one.counted): x for one, x in zip(lines, units, strict=True)}
    rows = np.flatnonzero(np.isin(care.priority, [one.need_class for one in lines]))
    some = replace(care, **{name: getattr(care, name)[rows] for name in BY_PERSON})
    late = np.array([unit[one, Counted.NOT_IN_TIME] for one in some.priority])
    return some, (late + [unit[one, Counted.UNTREATED] for one in some.priority], late)


def highs(care: Problem, pairs: tuple[Ints, Ints, Ints]) -> int:
    """The same by HiGHS, as a linear program; its corners are whole numbers."""
    row, column, cost = pairs
    people, offers = len(care.priority), len(care.day)
    program = highspy.HighsLp()
    program.num_col_, program.num_row_ = len(row), people + offers + 1
    program.col_cost_ = cost.astype(float)
    program.col_lower_, program.col_upper_ = np.zeros(len(row)), np.ones(len(row))
    program.row_lower_ = np.append(np.ones(people), np.zeros(offers + 1))
    program.row_upper_ = np.append(np.ones(people), np.append(care.count, people)).astype(float)
    program.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    program.a_matrix_.start_ = 2 * np.arange(len(row) + 1)
    program.a_matrix_.index_ = np.column_stack([row, people + column]).ravel()
    program.a_matrix_.value_ = np.ones(2 * len(row))
    solver = highspy.Highs()
    solver.silent()
    solver.passModel(program)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise ArithmeticError("HiGHS found no best plan")
    return round(solver.getObjectiveValue())

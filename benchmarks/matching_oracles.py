"""A matching problem for solvers that know nothing of ours: one word of the order, every pair an arc."""

from collections.abc import Sequence
from dataclasses import replace

import highspy
import numpy as np
from ortools.graph.python import min_cost_flow

from brokering.matching.encoding import encode
from brokering.matching.problem import NOBODY, Ints, Problem, possible
from brokering.matching.ranking import Line, paid

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
    supplies = np.zeros(end + 1, int)
    supplies[:people], supplies[end] = 1, -people
    network.set_nodes_supplies(np.arange(end + 1), supplies)
    if network.solve() != network.OPTIMAL:
        raise ArithmeticError("OR-tools found no best plan")
    return int(network.optimal_cost())


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

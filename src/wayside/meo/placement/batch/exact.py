"""The same question as a mixed-integer linear programme, solved by HiGHS.

HiGHS computes with tolerances: what it finds is counted again in whole numbers, and what it proves
is a bound alone. Never loads the library before it is needed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from wayside.core.errors import Unavailable

from .question import NOWHERE, Arrangement, Integers, Question, Reals

Solver = Any
Model = Any
"""Of HiGHS, whose own types do not name all that it has."""

FEASIBLE = 2
"""``primal_solution_status`` of HiGHS where it has a solution."""
ON = 0.5


class Rows(NamedTuple):
    """Some rows of the matrix: entries by row, variable and value, and what each row may be."""

    row: Integers
    variable: Integers
    value: Reals
    lower: Reals
    upper: Reals


@dataclass(frozen=True)
class Solved:
    """What came of it."""

    arrangement: Arrangement
    """Empty where nothing was found in time."""
    bound: float
    """The objective of no arrangement is less."""


@dataclass(frozen=True)
class Programme:
    """A variable for each bundle and host that it may go to: does it?"""

    question: Question

    @cached_property
    def pairs(self) -> tuple[Integers, Integers]:
        """The bundle and the host of each variable."""
        bundle, host = np.nonzero(self.question.may)
        return bundle, host

    def most_placed(self, start: Arrangement, *, seconds: float) -> Solved:
        """Place as many applications as can be; the objective is their number, negative."""
        weight = -self.question.weight.astype(np.float64)
        return self._solve(weight[self.pairs[0]], (), start, seconds)

    def least_distance(self, start: Arrangement, *, seconds: float) -> Solved:
        """Place no fewer than ``start`` does, with the least sum of distances: the objective."""
        at_least = self._at_least(start.placed)
        return self._solve(self.question.distance[self.pairs], (at_least,), start, seconds)

    def _solve(
        self, cost: Reals, more: tuple[Rows, ...], start: Arrangement, seconds: float
    ) -> Solved:
        library = _library()
        solver = library._Highs()  # Highs, made from it, prints a banner as it is made
        for option, value in _options(seconds).items():
            solver.setOptionValue(option, value)
        rows = (self._once(), *self._capacities(), *self._apart(), *more)
        solver.passModel(_model(library, cost, rows))
        self._begin_with(start, solver, library)
        solver.run()
        return Solved(self._found(solver), float(solver.getInfo().mip_dual_bound))

    def _begin_with(self, start: Arrangement, solver: Solver, library: ModuleType) -> None:
        bundle, host = self.pairs
        known = library.HighsSolution()
        known.col_value = (start.host[bundle] == host).astype(np.float64)
        solver.setSolution(known)

    def _found(self, solver: Solver) -> Arrangement:
        bundle, host = self.pairs
        placed = np.full(len(self.question.asked), NOWHERE)
        if solver.getInfo().primal_solution_status == FEASIBLE:
            on = np.asarray(solver.getSolution().col_value) > ON
            placed[bundle[on]] = host[on]
        return Arrangement(self.question, placed)

    def _once(self) -> Rows:
        """No bundle is on two hosts."""
        bundle, _ = self.pairs
        return _at_most(
            bundle, np.arange(len(bundle)), 1.0, limit=np.ones(len(self.question.asked))
        )

    def _capacities(self) -> Iterator[Rows]:
        """No host is overfull, in any resource: the shares of what is free there are one at most.

        Where nothing is free, who asks for nothing may go there, and nobody else.
        """
        bundle, host = self.pairs
        free = self.question.free.clip(0)
        for resource in range(free.shape[1]):
            scale = np.maximum(free[:, resource], 1)
            share = self.question.asked[bundle, resource] / scale[host]
            yield _at_most(host, np.arange(len(host)), share, limit=np.ones(len(free)))

    def _apart(self) -> Iterator[Rows]:
        """No host has two of those that are to be apart."""
        bundle, host = self.pairs
        for number in range(len(self.question.apart)):
            (of_it,) = np.nonzero(self.question.sets[bundle, number])
            yield _at_most(host[of_it], of_it, 1.0, limit=np.ones(len(self.question.free)))

    def _at_least(self, placed: int) -> Rows:
        bundle, _ = self.pairs
        weight = self.question.weight[bundle].astype(np.float64)
        none = np.zeros(len(bundle), dtype=np.int64)
        return Rows(none, np.arange(len(bundle)), weight, np.array([placed]), np.array([np.inf]))


def _at_most(row: Integers, variable: Integers, value: Reals | float, *, limit: Reals) -> Rows:
    values = np.broadcast_to(value, row.shape)
    return Rows(row, variable, values, np.full(len(limit), -np.inf), limit)


def _model(library: ModuleType, cost: Reals, rows: tuple[Rows, ...]) -> Model:
    offsets = np.cumsum([0, *(len(each.upper) for each in rows)])
    row = np.concatenate([each.row + by for each, by in zip(rows, offsets, strict=False)])
    variable = np.concatenate([each.variable for each in rows])
    value = np.concatenate([each.value for each in rows])
    order = variable.argsort(kind="stable")
    order = order[value[order] != 0]
    model = library.HighsLp()
    model.num_col_, model.num_row_ = len(cost), int(offsets[-1])
    model.col_cost_ = cost
    model.col_lower_, model.col_upper_ = np.zeros(len(cost)), np.ones(len(cost))
    model.row_lower_ = np.concatenate([each.lower for each in rows])
    model.row_upper_ = np.concatenate([each.upper for each in rows])
    model.integrality_ = [library.HighsVarType.kInteger] * len(cost)
    matrix = model.a_matrix_
    matrix.format_ = library.MatrixFormat.kColwise
    counts = np.bincount(variable[order], minlength=len(cost))
    matrix.start_ = np.concatenate([[0], counts.cumsum()])
    matrix.index_, matrix.value_ = row[order], value[order]
    return model


def _options(seconds: float) -> dict[str, bool | int | float]:
    return {
        "output_flag": False,
        "time_limit": seconds,
        "threads": 1,  # the others of the machine have work too
        "mip_rel_gap": 1e-7,
        "mip_abs_gap": 1e-7,
    }


def _library() -> ModuleType:
    try:
        import highspy
    except ImportError as missing:
        raise Unavailable(
            f"The library highspy (HiGHS) is needed for exact plans and cannot be loaded "
            f"({missing}); install it, or ask for a plan with 0 seconds for the exact search."
        ) from missing
    return highspy

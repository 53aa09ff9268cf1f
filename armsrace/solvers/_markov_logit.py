r"""The logit Markov perfect equilibria of a game: their equations and Newton's method for them.

With values in total (:math:`V = r + \gamma P V`, rewards of both roles brought to a range of 1),
precision p and a start :math:`\nu`, the logarithms y of the probabilities and the values V solve

.. math:: y_{rsa} = \log \nu_{rsa} + p \, u_{rsa} - c_{rs}, \qquad
          V_{rs} = \sum_a e^{y_{rsa}} u_{rsa},

where :math:`u_{rsa}` is what action a is worth in state s, the future included, and c makes the
probabilities sum to one. The unknowns of a state stand together: logarithms of the learner's and
the adversary's probabilities, then both values. Their equations tie them to each other and to the
values of the next states, so the derivatives are a matrix of small blocks along the diagonal and of
columns as sparse as the transitions. It is factorized whole: a state by itself can be singular
where the game is regular, since one state's mixture may have to keep a role indifferent in another.
"""

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from armsrace.forms.markov import MarkovGame
from armsrace.forms.normal import Array
from armsrace.solvers._unit_rewards import unit_rewards

NEWTON_STEPS = 12  # of the exact solution
DENSE = 700  # unknowns up to which one dense matrix is quicker than a sparse one


@final
class StateSystems:
    """Linear systems that tie each state's unknowns to each other and to values of next states."""

    def __init__(self, form: MarkovGame) -> None:
        size, m, n = form.shape
        self._form = form
        self.unknowns = m + n + 2
        # Whose value of the next state an equation depends on.
        self._role = np.concatenate([np.zeros(m), np.ones(n), [0.0, 1.0]]).astype(np.intp)
        self._dense = None
        if size * self.unknowns <= DENSE:
            self._dense = form.transitions.toarray().reshape(size, m * n, size)

    def expected_next(self, values: Array) -> Array:
        """Expected values of the next state, by role, state and pair of actions: (2, S, m, n)."""
        size, m, n = self._form.shape
        if self._dense is not None:
            expected: Array = self._dense @ values
            return expected.reshape(size, m, n, 2).transpose(3, 0, 1, 2)
        later: Array = self._form.transitions @ values
        return later.T.reshape(2, size, m, n)

    def solve(self, local: Array, weights: Array, right: Array) -> tuple[Array, float]:
        """Solve for some right sides, and return the sign of the system's determinant.

        Parameters
        ----------
        local
            Coefficients of a state's own unknowns in its equations, shape (S, k, k).
        weights
            By which the role's value of the next state, after each pair of actions, enters each
            equation: shape (S, k, m n).
        right
            Shape (S, k, q).
        """
        size, count = right.shape[:2]
        flat = right.reshape(size * count, -1)
        if self._dense is not None:
            system = self._assembled(local, weights)
            dense: Array = np.linalg.solve(system, flat).astype(np.float64)
            return dense.reshape(right.shape), float(np.linalg.slogdet(system)[0])
        from scipy.sparse.linalg import splu

        factors = splu(self._sparse(local, weights))
        sign = float(np.prod(np.sign(factors.U.diagonal())))
        sign *= _parity(factors.perm_r) * _parity(factors.perm_c)
        return factors.solve(np.ascontiguousarray(flat)).reshape(right.shape), sign

    def nearest(self, local: Array, weights: Array, right: Array) -> Array:
        """Solve for one right side, (S, k), where small by least squares if it is singular."""
        if self._dense is None:
            return self.solve(local, weights, right[:, :, None])[0][:, :, 0]
        system = self._assembled(local, weights)
        solved = np.linalg.lstsq(system, right.reshape(-1), rcond=1e-12)[0].astype(np.float64)
        return solved.reshape(right.shape)

    def _assembled(self, local: Array, weights: Array) -> Array:
        assert self._dense is not None
        size, count = local.shape[:2]
        system = np.zeros((size, count, size, count))
        states = np.arange(size)
        system[states, :, states] = local
        mixed = weights @ self._dense
        for role in (0, 1):
            told = self._role == role
            by_value = system[:, :, :, count - 2 + role]
            by_value[:, told] += mixed[:, told]
        return system.reshape(size * count, -1)

    def _sparse(self, local: Array, weights: Array) -> Any:
        from scipy import sparse

        size, count = local.shape[:2]
        pairs = weights.shape[2]
        column = np.repeat(np.arange(size * pairs).reshape(size, 1, pairs), count, axis=1)
        mixing = sparse.csr_array(
            (weights.reshape(-1), column.reshape(-1), np.arange(size * count + 1) * pairs),
            shape=(size * count, size * pairs),
        )
        mixing.eliminate_zeros()
        mixed = (mixing @ self._form.transitions).tocoo()
        place = mixed.col * count + count - 2 + self._role[mixed.row % count]
        state, row, own = np.nonzero(local)
        rows = np.concatenate([mixed.row, state * count + row])
        columns = np.concatenate([place, state * count + own])
        data = np.concatenate([mixed.data, local[state, row, own]])
        return sparse.csc_array((data, (rows, columns)), shape=(size * count, size * count))


@final
@dataclass(frozen=True, eq=False)
class Point:
    """A point on the way: each state's unknowns, shape (S, m + n + 2), and the precision."""

    unknowns: Array
    precision: float

    @property
    def logs(self) -> Array:
        """Logarithms of the probabilities, (S, m + n)."""
        return self.unknowns[:, :-2]

    @property
    def values(self) -> Array:
        """Values of both roles, (S, 2)."""
        return self.unknowns[:, -2:]

    def after(self, step: "Point", length: float) -> "Point":
        """The point so many times a step further."""
        precision = self.precision + length * step.precision
        return Point(self.unknowns + length * step.unknowns, precision)

    def scaled(self, factor: float) -> "Point":
        """A step that is so many times as long."""
        return Point(factor * self.unknowns, factor * self.precision)

    def __matmul__(self, other: "Point") -> float:
        return float(np.vdot(self.unknowns, other.unknowns) + self.precision * other.precision)


@final
class LogitEquations:
    """The equations of a game's logit Markov perfect equilibria, from a start on.

    Parameters
    ----------
    form
        The game, without a horizon.
    start
        Probabilities at precision 0, (S, m) and (S, n), positive where an action is available.
    """

    def __init__(self, form: MarkovGame, start: tuple[Array, Array]) -> None:
        _, m, n = form.shape
        self.form = form
        self.systems = StateSystems(form)
        self.available = np.concatenate(form.masks, axis=1)
        self.parts = (slice(0, m), slice(m, m + n))
        self.rewards, _, _ = unit_rewards(form)
        given = np.concatenate(start, axis=1)
        self._prior = np.log(np.where(self.available, given, 1.0))

    def opening(self) -> Point:
        """The equilibrium at precision 0: the start itself, and what it is worth."""
        size = len(self._prior)
        unknowns = np.concatenate([self._prior, np.zeros((size, 2))], axis=1)
        # At precision 0 the equations are linear in the values.
        step, _, _ = self.linearized(Point(unknowns, 0.0))
        return Point(unknowns, 0.0).after(step, 1.0)

    def probabilities(self, logs: Array) -> Array:
        """Probabilities of all actions, (S, m + n), zero where they are not available."""
        return np.where(self.available, np.exp(logs), 0.0)

    def policies(self, point: Point) -> tuple[Array, Array]:
        """Distributions for both roles at a point."""
        played = self.probabilities(point.logs)
        x, y = (played[:, part] for part in self.parts)
        return x / x.sum(axis=1, keepdims=True), y / y.sum(axis=1, keepdims=True)

    def worth(self, values: Array) -> Array:
        """What pairs of actions are worth to both roles, the future included, (2, S, m, n)."""
        later = self.systems.expected_next(values)
        total: Array = self.rewards + self.form.discount * later
        return total

    def linearized(self, at: Point) -> tuple[Point, Point, float]:
        """Newton's step at a fixed precision, how the solution moves with it, and the sense.

        Returns
        -------
        step, slope, sense
            The equations are met, to first order, along ``step + t slope``, at precision + t; the
            sense is the sign of the determinant of their derivatives by the unknowns.
        """
        m, gamma, (first, second) = self.form.shape[1], self.form.discount, self.parts
        size, count = at.logs.shape
        played = self.probabilities(at.logs)
        x, y = played[:, first], played[:, second]
        worth = self.worth(at.values)
        against = worth[0] * y[:, None, :], worth[1] * x[:, :, None]
        earned = np.concatenate([against[0].sum(axis=2), against[1].sum(axis=1)], axis=1)
        wanted, reply = self._replies(at.precision, earned)
        local = np.zeros((size, count + 2, count + 2))
        local[:, :m, m:count] = against[0]
        local[:, m:count, :m] = against[1].transpose(0, 2, 1)
        local[:, :count, :count] = self._centered(local[:, :count, :count], reply)
        local *= -at.precision
        local[:, np.arange(count + 2), np.arange(count + 2)] = 1.0
        local[:, count, first] = -x * earned[:, first]
        local[:, count, second] = -(x[:, None, :] @ against[0])[:, 0]
        local[:, count + 1, first] = -(against[1] @ y[:, :, None])[:, :, 0]
        local[:, count + 1, second] = -y * earned[:, second]
        weights = np.zeros((size, count + 2, m, count - m))
        weights[:, np.arange(m), np.arange(m)] = y[:, None, :]
        weights[:, m + np.arange(count - m), :, np.arange(count - m)] = x
        weights = weights.reshape(size, count + 2, -1)
        weights[:, :count] = self._centered(weights[:, :count], reply) * at.precision
        weights[:, count:] = (x[:, :, None] * y[:, None, :]).reshape(size, 1, -1)
        weights *= -gamma
        right = np.zeros((size, count + 2, 2))
        right[:, :count, 0] = np.where(self.available, wanted - at.logs, 0.0)
        right[:, :count, 1] = self._centered(earned[:, :, None], reply)[:, :, 0]
        for role, part in enumerate(self.parts):
            total = (played * earned)[:, part].sum(axis=1)
            right[:, count + role, 0] = total - at.values[:, role]
        solved, sign = self.systems.solve(local, weights, right)
        return Point(solved[:, :, 0], 0.0), Point(solved[:, :, 1], 1.0), sign

    def _replies(self, precision: float, earned: Array) -> tuple[Array, Array]:
        """Logarithms of the logit replies, (S, m + n), and the replies."""
        raw = np.where(self.available, self._prior + precision * earned, -np.inf)
        logs = np.empty_like(raw)
        for part in self.parts:
            top = raw[:, part] - raw[:, part].max(axis=1, keepdims=True)
            logs[:, part] = top - np.log(np.exp(top).sum(axis=1, keepdims=True))
        return logs, np.exp(logs)

    def _centered(self, columns: Array, reply: Array) -> Array:
        """Rows less their average under the reply, role by role, zero where not available."""
        centered = np.empty_like(columns)
        for part in self.parts:
            mean = reply[:, None, part] @ columns[:, part]
            centered[:, part] = columns[:, part] - mean
        centered *= self.available[:, :, None]
        return centered

    def exact(self, point: Point, played: float) -> tuple[Array, Array] | None:
        """Make all actions played more often than that earn the same, by Newton's method.

        Where small games leave a choice, or the equations cannot be met, the nearest solution is
        taken; None where Newton's method does not settle.
        """
        chosen = self.probabilities(point.logs)
        support = chosen > played
        m, (first, second) = self.form.shape[1], self.parts
        size, count = chosen.shape
        chosen = np.where(support, chosen, 0.0)
        values = point.values
        for _ in range(NEWTON_STEPS):
            x, y = chosen[:, first], chosen[:, second]
            worth = self.worth(values)
            earned = [(worth[0] @ y[:, :, None])[:, :, 0], (x[:, None, :] @ worth[1])[:, 0]]
            local = np.zeros((size, count + 2, count + 2))
            local[:, :m, m:count] = worth[0]
            local[:, m:count, :m] = worth[1].transpose(0, 2, 1)
            local[:, :count, :count] *= support[:, :, None] & support[:, None, :]
            local[:, np.arange(count), np.arange(count)] += ~support
            weights = np.zeros((size, count + 2, m, count - m))
            weights[:, np.arange(m), np.arange(m)] = y[:, None, :]
            weights[:, m + np.arange(count - m), :, np.arange(count - m)] = x
            weights = weights.reshape(size, count + 2, -1) * self.form.discount
            weights[:, :count] *= support[:, :, None]
            right = np.zeros((size, count + 2))
            for role, part in enumerate(self.parts):
                local[:, part, count + role] = -1.0 * support[:, part]
                local[:, count + role, part] = support[:, part]
                gains = earned[role] - values[:, [role]]
                right[:, part] = np.where(support[:, part], -gains, 0.0)
                right[:, count + role] = 1.0 - chosen[:, part].sum(axis=1)
            try:
                step = self.systems.nearest(local, weights, right)
            except (np.linalg.LinAlgError, RuntimeError):
                return None
            chosen, values = chosen + step[:, :count], values + step[:, count:]
            if not np.abs(step[:, :count]).max() < 10.0:
                return None
            if np.abs(step[:, :count]).max() <= 1e-13:
                break
        chosen = np.where(support, np.maximum(chosen, 0.0), 0.0)
        totals = [chosen[:, part].sum(axis=1, keepdims=True) for part in self.parts]
        if min(float(total.min()) for total in totals) < 0.5:
            return None
        return chosen[:, first] / totals[0], chosen[:, second] / totals[1]


def _parity(permutation: NDArray[np.intp]) -> float:
    """1 for an even permutation, -1 for an odd one."""
    from scipy import sparse
    from scipy.sparse.csgraph import connected_components

    count = len(permutation)
    edges = sparse.csr_array((np.ones(count), (np.arange(count), permutation)), (count, count))
    cycles, _ = connected_components(edges, directed=False)
    return -1.0 if (count - cycles) % 2 else 1.0

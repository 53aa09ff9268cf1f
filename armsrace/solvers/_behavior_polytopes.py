"""The best-reply polyhedra of a Bayesian game of two, and their vertices.

A role that *moves* has T types with n actions each, and its behavior y gives every type a
distribution over them. The role that *replies* has S types with m actions each, and its action a at
type s earns (A y)_sa against y, with one matrix A because the types of the mover add up. Behaviors
and what the replying types earn at best make the *best-reply polyhedron* ::

    {(y, v) : y >= 0,  sum_b y_tb = 1 for each t,  (A y)_sa <= v_s for each s and a}

with one such polyhedron for each role as the mover. A point has a *label* for each action of the
mover that y does not play and for each reply that is tight. A point of the one and a point of the
other are an equilibrium when they have all labels between them, as in a game of complete
information (`armsrace.solvers._complementarity`), which is the case of one type each: a type plays
best replies only. Only v is unbounded, and where each s has a tight reply it is not; so the set of
equilibria is made of products of bounded faces, whose corners are pairs of vertices. This is the
sequence form (von Stengel 1996) of a game in which each role moves once; plans for all types, of
which there are n^T, are not needed.

*Vertices.* From a vertex, where each type of the mover plays its action 0 and each type that
replies has a best reply, the others are reached by exchanging variables
(`armsrace.solvers._dictionary`). At that vertex the actions other than 0 and the slacks of these
best replies are zero; the rest is expressed by them. One more row keeps v bounded; its vertices are
left out.
"""

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from armsrace.forms.normal import Array
from armsrace.solvers._exact_dictionary import ExactDictionary, whole_rows
from armsrace.solvers._polytopes import Indices, members
from armsrace.solvers._scaling import ROUNDING
from armsrace.solvers.equilibrium import distribution

Matrix = NDArray[Any]  # of floats, or of fractions


@final
@dataclass(frozen=True)
class BehaviorPolytope:
    """A best-reply polyhedron, cut off far out, seen from one of its vertices: {z >= 0 : M z <= d}.

    Parameters
    ----------
    stakes
        What the replying role earns, A, shape (S, m, T, n).
    rows
        M and d, shape (rows, columns + 1), d not negative.
    labels
        Those of the variables, the columns first, then the slacks of the rows: the mover's actions
        t n + b, then the replies T n + s m + a. The last row, which cuts off, has the one after.
    """

    stakes: Matrix
    rows: Matrix
    labels: Indices

    @classmethod
    def of(cls, stakes: Matrix) -> "BehaviorPolytope":
        """Build the polyhedron, in the arithmetic of the stakes; these are not negative."""
        s_count, m, t_count, n = stakes.shape
        best = stakes[:, :, :, 0].sum(axis=2).argmax(axis=1)
        # lost[s, a]: what the best reply to the actions 0 earns more than a, by the mover's action.
        lost = stakes[np.arange(s_count), best][:, None] - stakes
        others = np.arange(m) != best[:, None]
        played, slacks = t_count * (n - 1), int(others.sum())
        rows = np.zeros((t_count + slacks + 1, played + s_count + 1), dtype=stakes.dtype)
        rows[:t_count, :played] = np.repeat(np.eye(t_count, dtype=int), n - 1, axis=1)
        rows[:t_count, -1] = 1
        replies = rows[t_count:-1]
        replies[:, :played] = (lost[..., :1] - lost[..., 1:])[others].reshape(slacks, played)
        replies[np.arange(slacks), played + np.nonzero(others)[0]] = -1
        replies[:, -1] = lost[others][:, :, 0].sum(axis=1)
        rows[-1, played:-1] = 1
        rows[-1, -1] = 1 + stakes.max(axis=(1, 3)).sum()  # no vertex has so much slack
        actions = np.arange(t_count * n).reshape(t_count, n)
        answers = t_count * n + np.arange(s_count * m).reshape(s_count, m)
        labels = (actions[:, 1:], answers[~others], actions[:, :1], answers[others])
        flat = [part.reshape(-1) for part in labels]
        return cls(stakes, rows, np.concatenate((*flat, [(t_count * n) + s_count * m])))

    @property
    def dimension(self) -> int:
        """The number of labels of a vertex that is not degenerate."""
        return int(self.rows.shape[1]) - 1

    def label_sets(self) -> list[int] | None:
        """Find the labels of all vertices in floating point, or nothing if rounding hides some."""
        from armsrace.solvers._reverse_search import traverse

        rows, columns = self.rows.shape[0], self.dimension
        tableau = np.ones((columns + 1, rows + 1))
        tableau[:, :-1] = self.rows.T
        tableau[:-1, -1] = 2.0 + np.sin(np.arange(1, columns + 1))  # as in `search`
        words, complete = traverse(tableau, np.arange(columns, columns + rows), np.arange(columns))
        if not complete:
            return None
        bits = np.unpackbits(words.astype("<u8").view(np.uint8), axis=1, bitorder="little")
        return self._kept(np.unique(bits[:, : columns + rows], axis=0).astype(bool))

    def exact_vertices(self) -> dict[int, Array]:
        """Find all vertices by their labels, with the mover's behavior, without rounding."""
        start = ExactDictionary.at_zero(whole_rows(self.rows))
        _, _, t_count, n = self.stakes.shape
        found: dict[int, Array] = {}
        for vertex in start.reachable():
            zero = [vertex.zeros() >> k & 1 for k in range(len(self.labels))]
            for labels in self._kept(np.array([zero], dtype=bool)):
                values = np.zeros(len(self.labels))
                numerators = vertex.numerators[:, -1] / vertex.denominator
                values[self.labels[list(vertex.basic)]] = numerators.astype(np.float64)
                found[labels] = values[: t_count * n].reshape(t_count, n)
        return found

    def behavior(self, labels: int) -> Array:
        """Compute the mover's behavior at a vertex, shape (T, n), from its labels."""
        s_count, m, t_count, n = self.stakes.shape
        at = np.array(list(members(labels)))
        played = np.delete(np.arange(t_count * n), at[at < t_count * n])
        tight = at[at >= t_count * n] - t_count * n
        matrix = np.zeros((t_count + len(tight), len(played) + s_count))
        matrix[played // n, np.arange(len(played))] = 1.0
        earned = self.stakes.reshape(s_count * m, t_count * n)
        matrix[t_count:, : len(played)] = earned[np.ix_(tight, played)]
        matrix[np.arange(t_count, len(matrix)), len(played) + tight // m] = -1.0
        sides = np.repeat([1.0, 0.0], (t_count, len(tight)))
        weights = np.zeros(t_count * n)
        weights[played] = np.linalg.lstsq(matrix, sides)[0][: len(played)]
        return distribution(weights.reshape(t_count, n))

    def _kept(self, zero: NDArray[np.bool_]) -> list[int]:
        """Turn the variables that are zero into label sets, without those that were cut off."""
        kept = np.zeros(zero.shape, dtype=bool)
        kept[:, self.labels] = zero
        places = [np.flatnonzero(row).tolist() for row in kept if not row[-1]]
        return [sum(1 << place for place in row) for row in places]


def scaled(stakes: Array) -> Array:
    """Scale what each type that replies earns to at most 1, shape (S, m, T, n).

    Of what its replies earn against one action of the mover, the lowest is taken from all; what
    then remains of the rounding is zero.
    """
    lowest = stakes.min(axis=1, keepdims=True)
    above = stakes - lowest
    above[above <= ROUNDING * np.abs(lowest)] = 0.0
    highest = above.max(axis=(1, 2, 3), keepdims=True)
    result: Array = above / np.where(highest > 0.0, highest, 1.0)
    return result

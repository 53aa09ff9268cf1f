"""The zero-sum matrix games of all states of a Markov game, solved at once."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from armsrace.forms.markov import MarkovGame
from armsrace.forms.normal import Array
from armsrace.solvers.minimax import minimax_batch


class Stages:
    """The stage games of a zero-sum Markov game.

    States in which both roles have the same actions are solved together.

    Raises
    ------
    ValueError
        When the game is not zero-sum.
    """

    def __init__(self, form: MarkovGame) -> None:
        if not form.is_zero_sum():
            raise ValueError(
                "rewards must add up to zero; for general-sum games use markov_nash or "
                "markov_stackelberg"
            )
        self._form = form
        self._groups = list(_groups(form))

    def solve(self, values: Array, now: float, later: float) -> tuple[Array, Array, Array]:
        """The learner's value of each state, (S,), and optimal strategies, (S, m) and (S, n).

        Parameters
        ----------
        values
            The learner's, of the next state, shape (S,).
        now, later
            Weights of the reward and of the next state's value.
        """
        size, m, n = self._form.shape
        payoffs = self._form.expected_next(values)
        payoffs *= later
        payoffs += now * self._form.rewards[0]
        solved = np.empty(size), np.zeros((size, m)), np.zeros((size, n))
        for states, rows, columns in self._groups:
            games = payoffs[states[:, None, None], rows[:, None], columns]
            worth, x, y = minimax_batch(games)
            solved[0][states] = worth
            solved[1][states[:, None], rows] = x
            solved[2][states[:, None], columns] = y
        return solved


def _groups(form: MarkovGame) -> Iterator[tuple[NDArray[np.intp], ...]]:
    """States, and the actions of both roles that they have in common."""
    learner, adversary = form.masks
    both = np.concatenate([learner, adversary], axis=1)
    patterns, which = np.unique(both, axis=0, return_inverse=True)
    for index, pattern in enumerate(patterns):
        rows, columns = np.split(pattern, [learner.shape[1]])
        yield np.flatnonzero(which == index), np.flatnonzero(rows), np.flatnonzero(columns)

"""Transitions between the states of a grid: seen, counted, and made into a Markov game.

See `armsrace.empirical_markov` for the confidence sets.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
from numpy.typing import NDArray

from armsrace.grid import Grid
from armsrace.theory.concentration import empirical_bernstein_radius, weissman_radius

if TYPE_CHECKING:
    from armsrace.forms.markov import MarkovGame
    from armsrace.solvers.robust_markov import MarkovSets

Array = NDArray[np.float64]
Indices = NDArray[np.intp]


@final
@dataclass(frozen=True, eq=False)
class Transitions:
    """What was seen of a game on a grid: one entry for each round with a known state before it.

    Attributes
    ----------
    before, after
        States of the grid, shape (N,).
    learner, adversary
        Indices of the actions, shape (N,).
    rewards
        Shape (2, N).
    opening
        The features before the first round: as they were told or, if not, the mean of what they
        were after it.
    """

    before: Indices
    after: Indices
    learner: Indices
    adversary: Indices
    rewards: Array
    opening: Array


@final
@dataclass(frozen=True, eq=False)
class Tally:
    """Transitions counted by state and pair of actions.

    Attributes
    ----------
    counts
        n of each, shape (S, m, n).
    frequencies
        Of the next states, shape (S, m, n, S); zero where n is 0.
    means, variances
        Of the rewards, shape (2, S, m, n), with n - 1 in the denominator of the variances; zero
        where n is 0, or less than 2.
    """

    counts: Indices
    frequencies: Array
    means: Array
    variances: Array

    @classmethod
    def of(cls, seen: Transitions, shape: tuple[int, int, int]) -> "Tally":
        """Count.

        Parameters
        ----------
        seen
            What is counted.
        shape
            S, m, n.

        Notes
        -----
        Memory is S^2 m n numbers.
        """
        size, cells = shape[0], int(np.prod(shape))
        cell = np.ravel_multi_index((seen.before, seen.learner, seen.adversary), shape)
        counts = np.bincount(cell, minlength=cells)
        nexts = np.bincount(cell * size + seen.after, minlength=cells * size)
        often = np.maximum(counts, 1)
        sums = [np.bincount(cell, weights=earned, minlength=cells) for earned in seen.rewards]
        means = np.stack(sums) / often
        squares = [
            np.bincount(cell, weights=(earned - mean[cell]) ** 2, minlength=cells)
            for earned, mean in zip(seen.rewards, means, strict=True)
        ]
        variances = np.stack(squares) / np.maximum(counts - 1, 1)
        return cls(
            counts.reshape(shape),
            (nexts.reshape(cells, size) / often[:, None]).reshape(*shape, size),
            means.reshape(2, *shape),
            variances.reshape(2, *shape),
        )

    def nearest_tried(self, grid: Grid) -> tuple[Indices, Indices, Indices]:
        """Where each state and pair of actions takes its estimate from: an index of (S, m, n).

        Itself where it was tried; otherwise the nearest state in which the pair was, by steps on
        the grid, the first of equals. A pair that was tried nowhere has nothing to take.
        """
        tried = self.counts > 0
        places = np.stack(np.unravel_index(np.arange(len(grid)), grid.shape), axis=1)
        steps = np.abs(places[:, None] - places).sum(axis=-1).astype(np.float64)
        far = np.where(tried[None], steps[:, :, None, None], np.inf)
        indices: Indices = np.indices(tried.shape)
        return far.argmin(axis=1), indices[1], indices[2]

    def form(
        self, grid: Grid, actions: tuple[Sequence[str], Sequence[str]], discount: float
    ) -> "MarkovGame":
        """The Markov game of the frequencies and the mean rewards.

        Parameters
        ----------
        grid
            The states.
        actions
            Names of the learner's and of the adversary's actions.
        discount
            In [0, 1).

        Raises
        ------
        ValueError
            When a pair of actions was tried nowhere.
        """
        from armsrace.forms.markov import MarkovGame

        never = np.argwhere(~self.counts.any(axis=0))
        if len(never):
            i, j = never[0]
            raise ValueError(
                f"the pair {actions[0][i]!r} and {actions[1][j]!r} was never tried; play more "
                "seeds or rounds, or name fewer actions"
            )
        source = self.nearest_tried(grid)
        return MarkovGame(
            self.means[(slice(None), *source)],
            self.frequencies[source],
            discount,
            None,
            (tuple(actions[0]), tuple(actions[1])),
            grid.labels,
        )

    def sets(
        self, form: "MarkovGame", ranges: Array, *, quantities: int, level: float
    ) -> "MarkovSets":
        """The Markov games that the counts do not exclude, at a joint level.

        Parameters
        ----------
        form
            The estimate.
        ranges
            The least and the largest payoff of each role, shape (2, 2).
        quantities
            How many confidence sets there are for each state and pair of actions: transitions and
            the rewards of one role, if those of the other follow, or of both.
        level
            Probability that all sets hold the truth, in (0, 1).
        """
        from armsrace.solvers.robust_markov import MarkovSets

        visits = np.maximum(self.counts, 1).astype(np.float64)
        failure = (1.0 - level) / (quantities * self.counts.size * visits * (visits + 1.0))
        low, high = np.empty_like(self.means), np.empty_like(self.means)
        for role, (least, most) in enumerate(ranges.tolist()):
            radius = empirical_bernstein_radius(
                self.counts, self.variances[role], most - least, failure
            )
            low[role] = np.maximum(self.means[role] - radius, least)
            high[role] = np.minimum(self.means[role] + radius, most)
        radii = weissman_radius(self.counts, self.counts.shape[0], failure)
        return MarkovSets(form, radii, low, high)

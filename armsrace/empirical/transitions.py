"""Transitions between the states of a grid: seen, counted, and made into a Markov game.

See `armsrace.empirical.markov_game` for the confidence sets.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
from numpy.typing import NDArray

from armsrace.grid import Grid
from armsrace.theory.concentration import anytime_interval

if TYPE_CHECKING:
    from armsrace.forms.markov import MarkovGame
    from armsrace.solvers.robust_markov import MarkovSets

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

REFERENCE_SHARE = 1 / 3  # of the plays, the first ones, for the reference values


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
    play
        Number of the play that the entry comes from, not decreasing, shape (N,).
    opening
        The features before the first round: as they were told or, if not, the mean of what they
        were after it.
    """

    before: Indices
    after: Indices
    learner: Indices
    adversary: Indices
    rewards: Array
    play: Indices
    opening: Array

    def and_then(self, later: "Transitions") -> "Transitions":
        """What was seen here and in later plays; the opening is that of here."""
        return Transitions(
            np.concatenate([self.before, later.before]),
            np.concatenate([self.after, later.after]),
            np.concatenate([self.learner, later.learner]),
            np.concatenate([self.adversary, later.adversary]),
            np.concatenate([self.rewards, later.rewards], axis=1),
            np.concatenate([self.play, 1 + int(self.play.max()) + later.play]),
            self.opening,
        )

    def by_cell(self, shape: tuple[int, int, int]) -> list[Indices]:
        """Entries of each state and pair of actions, in the order in which they were seen."""
        cell = np.ravel_multi_index((self.before, self.learner, self.adversary), shape)
        counts = np.bincount(cell, minlength=int(np.prod(shape)))
        return np.split(np.argsort(cell, kind="stable"), np.cumsum(counts)[:-1])

    def only(self, which: NDArray[np.bool_]) -> "Transitions":
        """Some of the entries, which are given by a mask of shape (N,)."""
        return Transitions(
            self.before[which],
            self.after[which],
            self.learner[which],
            self.adversary[which],
            self.rewards[:, which],
            self.play[which],
            self.opening,
        )


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


def confidence_sets(
    seen: Transitions,
    form: "MarkovGame",
    grid: Grid,
    ranges: Array,
    *,
    opposed: bool,
    level: float,
) -> "MarkovSets":
    """The Markov games that what was seen does not exclude, at a joint level.

    Parameters
    ----------
    seen
        What was seen, all of it.
    form
        The estimate made of it.
    grid
        The states.
    ranges
        The least and the largest payoff of each role, shape (2, 2).
    opposed
        Whether the payoffs of one role are the other's with their signs turned: then what holds
        for one holds for both.
    level
        Probability that all sets hold the truth, in (0, 1).
    """
    from armsrace.solvers.robust_markov import MarkovSets

    size, m, n = form.shape
    gamma, cells = form.discount, size * m * n
    roles = (0,) if opposed else (0, 1)
    share = (1.0 - level) / (cells * (size + len(roles)))
    first = seen.play < REFERENCE_SHARE * (1 + int(seen.play.max()))
    reference = _reference(seen.only(first), form, grid, opposed)
    low, high = np.empty((2, cells)), np.empty((2, cells))
    rare, often = np.zeros((cells, size)), np.ones((cells, size))
    rest, groups = seen.only(~first), seen.only(~first).by_cell(form.shape)
    state = np.arange(cells) // (m * n)
    for role in roles:
        values = reference[role] / (1.0 - gamma)
        gained = rest.rewards[role] + gamma * values[rest.after] - values[rest.before]
        spread = gamma * np.array([values.min(), values.max()])
        for k, group in enumerate(groups):
            ends = ranges[role] + spread - values[state[k]]
            low[role, k], high[role, k] = anytime_interval(gained[group], tuple(ends), share)
    if opposed:
        low[1], high[1] = 0.0 - high[0], 0.0 - low[0]
    if size > 1:
        for k, group in enumerate(seen.by_cell(form.shape)):
            came = seen.after[group][:, None] == np.arange(size)
            for target in range(size) if len(group) else ():
                rare[k, target], often[k, target] = anytime_interval(
                    came[:, target], (0.0, 1.0), share
                )
    shape = (2, *form.shape)
    return MarkovSets(
        form,
        rare.reshape(*form.shape, size),
        often.reshape(*form.shape, size),
        low.reshape(shape),
        high.reshape(shape),
        reference,
        ranges,
    )


def _reference(seen: Transitions, form: "MarkovGame", grid: Grid, opposed: bool) -> Array:
    """Values of the Markov game of some plays, shape (2, S); zero where they do not make one.

    Those of its solution or, where it need not have a value, of actions drawn uniformly.
    """
    from armsrace.solvers.markov_certificate import policy_values
    from armsrace.solvers.pollatschek_avi_itzhak import pollatschek_avi_itzhak

    size, m, n = form.shape
    tally = Tally.of(seen, form.shape)
    if not tally.counts.any(axis=0).all():
        return np.zeros((2, size))
    names = ([str(action) for action in actions] for actions in form.actions)
    early = tally.form(grid, tuple(names), form.discount)  # type: ignore[arg-type]
    if opposed:
        return pollatschek_avi_itzhak(early).values
    uniform = np.full((size, m), 1.0 / m), np.full((size, n), 1.0 / n)
    return policy_values(early, uniform)

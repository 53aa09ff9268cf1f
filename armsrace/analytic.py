r"""Analytic games: the state is a few numbers, and chance has a formula.

The state of an `AnalyticGame` is a vector s of k sufficient *statistics*. A round under the
actions i and j has these parts, each a formula that serves R replicates at once:

* chance: the next statistics s' follow the `Law` of (s, i, j), a mixture of finitely many
  *branches* b, in each of which the statistics are independent normal variables,

  .. math:: s' \sim \sum_b p_b(s, i, j) \, N(m_b(s, i, j), \operatorname{diag} v_b(s, i, j)^2);

* its *aftermath*, in some games: what follows from where chance has led, such as an alarm that the
  moved model raises, is a second law of that kind, of (s', i, j); the round ends where it leads;

* payoffs: u(s, i, j, s'), with s' where the round ends, is a function; it draws nothing, and counts
  events by their expectation.

A game without chance has one branch and v = 0, a finite one has v = 0. Because the laws are known
and not merely sampled, a grid over the statistics makes a Markov game by formula
(`armsrace.markov`).

Shapes: statistics (R, k); actions (R,), as indices into ``game.actions(role)``, or (1,) if all
replicates do the same; payoffs (2, R), learner first; each event (R,), or (1,) likewise.
"""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np
from numpy.typing import NDArray

from armsrace.game import Game, Outcome, Role, check_horizon
from armsrace.streams import RoundStreams

Array = NDArray[np.float64]
Actions = NDArray[np.intp]


@final
@dataclass(frozen=True, eq=False)
class Law:
    """Where the statistics of R replicates go: a mixture of B branches of independent normals.

    Attributes
    ----------
    means
        Shape (B, R, k).
    deviations
        Standard deviations by the index of the statistic, shape (B, R) each; a statistic that is
        not among them is certain, given the branch.
    probabilities
        Of the branches, shape (B, R) or (B, 1); they sum to 1.

    Examples
    --------
    A step of 1 to the right or, less often, to the left, with some blur:

    >>> law = Law(
    ...     means=np.array([[[1.0]], [[-1.0]]]),
    ...     deviations={0: np.array([[0.5], [0.5]])},
    ...     probabilities=np.array([[0.7], [0.3]]),
    ... )
    >>> law.distribution(0, np.array([0.0])).round(3).tolist()
    [[[0.023]], [[0.977]]]
    """

    means: Array
    deviations: Mapping[int, Array]
    probabilities: Array

    def draw(self, rng: np.random.Generator) -> Array:
        """Next statistics, shape (R, k); certain ones take nothing from the generator."""
        branches, replicates, _ = self.means.shape
        place: Any = 0
        if branches > 1:
            borders = np.cumsum(self.probabilities[:-1], axis=0)
            branch = (rng.random(replicates) >= borders).sum(axis=0)
            place = branch, np.arange(replicates)
        drawn: Array = self.means[place].copy(order="K")
        for statistic, deviation in self.deviations.items():
            drawn[:, statistic] += deviation[place] * rng.standard_normal(replicates)
        return drawn

    def distribution(self, statistic: int, values: Array) -> Array:
        """Distribution function of one statistic within each branch.

        Since a branch's statistics are independent, the probability of a box is the product over
        its sides of the differences of these, averaged over the branches.

        Parameters
        ----------
        statistic
            Index of the statistic.
        values
            Shape (n,).

        Returns
        -------
        Array
            P(s' <= value) in each branch, shape (B, R, n).
        """
        from scipy.special import ndtr

        above = values - self.means[..., statistic, None]
        deviation = self.deviations.get(statistic, np.zeros(1))[..., None]
        certain = deviation == 0
        with np.errstate(over="ignore"):  # so many deviations that they are infinitely many
            normal = ndtr(above / np.where(certain, 1.0, deviation))
        return np.where(certain, above >= 0, normal)


@final
@dataclass(frozen=True, eq=False)
class Settlement:
    """What a round brought to R replicates.

    Attributes
    ----------
    payoffs
        Shape (2, R), learner first.
    events
        Numbers for the record by name, each of shape (R,), or (1,) if it is the same everywhere.
    """

    payoffs: Array
    events: Mapping[str, Array]


class AnalyticGame(Game):
    """A game whose state is a vector of statistics and whose rounds are formulas.

    A concrete game is a frozen dataclass that says where it starts (`opening`), what chance does
    (`law`) and what a round is worth (`settle`); the rest is here. Both roles see everything on
    record: an analytic game is one of perfect monitoring, with chance the only unknown.

    Attributes
    ----------
    statistics
        Names of the k statistics, in order.
    events
        Names of the numbers that `settle` puts on record.
    """

    statistics: ClassVar[tuple[str, ...]]
    events: ClassVar[tuple[str, ...]]

    @property
    @abstractmethod
    def opening(self) -> Array:
        """Statistics before the first round, shape (k,)."""

    @property
    @abstractmethod
    def axes(self) -> Mapping[str, Array]:
        """Points of the statistics that make up the state of its Markov game, by name.

        A statistic that is not among them stays at its opening value there.
        """

    @abstractmethod
    def covered(self, role: Role) -> tuple[str, ...]:
        """The actions of a role that depend on no statistic but those of `axes`."""

    @abstractmethod
    def law(self, statistics: Array, learner: Actions, adversary: Actions) -> Law:
        """The law of the next statistics.

        Parameters
        ----------
        statistics
            Shape (R, k).
        learner, adversary
            Indices of the actions, shape (R,) or (1,).
        """

    def aftermath(self, after: Array, learner: Actions, adversary: Actions) -> Law | None:
        """The law of the statistics at the round's end, given where `law` has led; None: there.

        Parameters
        ----------
        after
            Shape (R, k).
        learner, adversary
            Indices of the actions, shape (R,) or (1,).
        """
        return None

    @abstractmethod
    def settle(
        self, statistics: Array, learner: Actions, adversary: Actions, after: Array
    ) -> Settlement:
        """Payoffs and events of the round that led from `statistics` to `after`.

        Parameters
        ----------
        statistics, after
            Shape (R, k).
        learner, adversary
            Indices of the actions, shape (R,) or (1,).
        """

    def advance(
        self, statistics: Array, learner: Actions, adversary: Actions, rng: np.random.Generator
    ) -> tuple[Array, Settlement]:
        """Play one round of R replicates: the next statistics, shape (R, k), and what it brought.

        Parameters
        ----------
        statistics
            Shape (R, k).
        learner, adversary
            Indices of the actions, shape (R,) or (1,).
        rng
            Where chance comes from.
        """
        after = self.law(statistics, learner, adversary).draw(rng)
        following = self.aftermath(after, learner, adversary)
        if following is not None:
            after = following.draw(rng)
        return after, self.settle(statistics, learner, adversary, after)

    def start(self, rng: RoundStreams) -> Array:
        """The opening statistics, shape (k,)."""
        check_horizon(self.rounds, self.discount)
        return self.opening

    def step(
        self, state: Array, learner: str, adversary: str, rng: RoundStreams
    ) -> tuple[Array, Outcome]:
        """One round of a single play, which is `advance` with one replicate."""
        after, settled = self.advance(
            state[None],
            np.array([list(self.learner_actions).index(learner)]),
            np.array([list(self.adversary_actions).index(adversary)]),
            rng.traffic,
        )
        numbers = {name: float(number[0]) for name, number in settled.events.items()}
        numbers.update(zip(self.statistics, after[0].tolist(), strict=True))
        learner_payoff, adversary_payoff = settled.payoffs[:, 0].tolist()
        return after[0], Outcome((learner_payoff, adversary_payoff), numbers)

    def reveals(self, role: Role) -> frozenset[str]:
        """Everything on record."""
        return frozenset((*self.events, *self.statistics, "learner_payoff", "adversary_payoff"))

    def __repr__(self) -> str:
        from armsrace.rulebook import rulebook

        return rulebook(self)

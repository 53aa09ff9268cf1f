r"""Markov perfect equilibria as a complementarity problem, by a smoothed Newton method.

With values in total and rewards as in `armsrace.solvers._markov_logit`, stationary policies are an
equilibrium exactly when in every state s, for each role r and action a,

.. math:: x_{rsa} \ge 0, \quad b_{rsa} = V_{rs} - u_{rsa} \ge 0, \quad x_{rsa} b_{rsa} = 0,
          \qquad \textstyle\sum_a x_{rsa} = 1,

where u is what an action is worth against the other role's policy, the future included. The
function of Fischer and Burmeister writes the three conditions as one equation, which a smoothing
:math:`\mu \ge 0` makes differentiable,

.. math:: \varphi_\mu(x, b) = x + b - \sqrt{x^2 + b^2 + 2 \mu} = 0
          \quad\Longleftrightarrow\quad x, b \ge 0, \; x b = \mu.

Newton's method, its step shortened until the squared residual falls below the largest of the last
few, follows the solutions as :math:`\mu` falls to 0. Unlike a path it goes through states that turn
one by one all at once, and it may end where the residual is least without being zero. The states
that are stuck there then go to the nearest equilibrium of their stage, the future being as it is
valued there; with more actions than can be enumerated, back to the start. Then the smoothing rises
again, a little or more in turn. Nothing promises that this succeeds; whether it did, the
certificate says.

Source: A. Fischer, "A special Newton-type optimization method", Optimization 24 (1992) 269-284;
C. Kanzow, "Some noninterior continuation methods for linear complementarity problems", SIAM J.
Matrix Anal. Appl. 17 (1996) 851-868, for the smoothing; L. Grippo, F. Lampariello, S. Lucidi, "A
nonmonotone line search technique for Newton's method", SIAM J. Numer. Anal. 23 (1986) 707-716.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from armsrace.forms.normal import Array
from armsrace.solvers._markov_logit import LogitEquations
from armsrace.solvers._nearest_equilibria import count_supports, nearest_equilibria
from armsrace.solvers._unit_rewards import unit_rewards
from armsrace.solvers.markov_certificate import Policies, policy_values

ATTEMPTS = 20
SMOOTHINGS = (1.0, 0.3, 0.1, 0.03, 0.01, 3e-3, 1e-3, 3e-4, 1e-4, 1e-5, 1e-6, 1e-8, 1e-10, 1e-12)
RESTARTS = (6, 6, 6, 3, 6, 6, 1)  # where among them the next attempts begin, in turn
SUPPORTS = 300  # pairs of supports up to which stages are enumerated
SMOOTH_STEPS = 20  # of Newton's method at one smoothing
SHARP_STEPS = 40  # without any
SOLVED = 1e-12  # norm of the residual
HALVINGS = 12
DECREASE = 1e-4
REMEMBERED = 5  # residuals that the next one is compared with
STUCK = 0.1  # of the largest residual: that of states that begin anew


@final
@dataclass(frozen=True, eq=False)
class _At:
    """A point and what holds there.

    Attributes
    ----------
    played, values
        Probabilities, (S, m + n), and values, (S, 2); they need be neither positive nor normal.
    residual
        Of the equations, (S, m + n + 2).
    worth
        Of pairs of actions, (2, S, m, n).
    by_played, by_gap
        Derivatives of each action's equation by x and by b, (S, m + n).
    """

    played: Array
    values: Array
    residual: Array
    worth: Array
    by_played: Array
    by_gap: Array

    @property
    def size(self) -> float:
        """The squared norm of the residual."""
        return float(np.vdot(self.residual, self.residual))


@final
class ComplementarityEquations:
    """The conditions of a game's Markov perfect equilibria.

    Parameters
    ----------
    equations
        Those of its logit equilibria, for the rewards, the linear systems and the start.
    """

    def __init__(self, equations: LogitEquations) -> None:
        self._logit = equations
        self._form = equations.form
        _, self._units, self._lowest = unit_rewards(equations.form)
        self.steps = 0

    def attempts(self) -> Iterator[Policies]:
        """Policies that may be an equilibrium, one an attempt."""
        opening = self._logit.opening()
        start = self._logit.probabilities(opening.logs)
        played, values = start, opening.values
        smoothings: tuple[float, ...] = SMOOTHINGS
        for attempt in range(ATTEMPTS):
            for smoothing in smoothings:
                reached = 1e-3 * smoothing
                played, values = self._solved(played, values, smoothing, SMOOTH_STEPS, reached)
            played, values = self._solved(played, values, 0.0, SHARP_STEPS, SOLVED)
            yield self._policies(played)
            left = np.abs(self._at(played, values, 0.0).residual).max(axis=1)
            stuck = left > STUCK * left.max()
            played = self._moved(self._policies(played), values, stuck, start)
            values = self._values(self._policies(played))
            smoothings = SMOOTHINGS[RESTARTS[attempt % len(RESTARTS)] :]

    def _moved(
        self, policies: Policies, values: Array, stuck: NDArray[np.bool_], start: Array
    ) -> Array:
        """What is played where nothing is stuck; elsewhere an equilibrium of the stage."""
        played = np.concatenate(policies, axis=1)
        whole = stuck & self._logit.available.all(axis=1)
        played[stuck & ~whole] = start[stuck & ~whole]
        if count_supports(*self._form.shape[1:]) > SUPPORTS:
            played[whole] = start[whole]
        else:
            worth = self._logit.worth(values)[:, whole]
            x, y = policies
            nearest = nearest_equilibria(worth, (x[whole], y[whole]))
            played[whole] = np.concatenate(nearest, axis=1)
        return played

    def _policies(self, played: Array) -> Policies:
        """Distributions from what may miss one by a little."""
        kept = np.where(self._logit.available, np.maximum(played, 0.0), 0.0)
        x, y = (kept[:, part] for part in self._logit.parts)
        return x / x.sum(axis=1, keepdims=True), y / y.sum(axis=1, keepdims=True)

    def _values(self, policies: Policies) -> Array:
        """What policies are worth in total, (S, 2)."""
        means = policy_values(self._form, policies).T
        total: Array = (means - self._lowest) / self._units / (1.0 - self._form.discount)
        return total

    def _solved(
        self, played: Array, values: Array, smoothing: float, steps: int, reached: float
    ) -> tuple[Array, Array]:
        """Where Newton's method comes to in so many steps, or until the residual is so small."""
        here = self._at(played, values, smoothing)
        sizes = [here.size]
        for _ in range(steps):
            if here.size < reached**2:
                break
            try:
                step = self._step(here)
            except (np.linalg.LinAlgError, RuntimeError):
                break
            self.steps += 1
            limit = max(sizes[-REMEMBERED:])
            for halving in range(HALVINGS):
                length = 0.5**halving
                tried = self._at(
                    here.played + length * step[:, :-2],
                    here.values + length * step[:, -2:],
                    smoothing,
                )
                if tried.size <= (1.0 - DECREASE * length) * limit:
                    break
            else:
                break
            here = tried
            sizes.append(here.size)
        return here.played, here.values

    def _at(self, played: Array, values: Array, smoothing: float) -> _At:
        available, (first, second) = self._logit.available, self._logit.parts
        x, y = played[:, first], played[:, second]
        worth = self._logit.worth(values)
        earned = np.concatenate(
            [(worth[0] @ y[:, :, None])[:, :, 0], (x[:, None, :] @ worth[1])[:, 0]], axis=1
        )
        gap = np.repeat(values, [x.shape[1], y.shape[1]], axis=1) - earned
        root = np.sqrt(played**2 + gap**2 + 2.0 * smoothing)
        residual = np.empty((len(played), played.shape[1] + 2))
        residual[:, :-2] = np.where(available, played + gap - root, played)
        residual[:, -2] = x.sum(axis=1) - 1.0
        residual[:, -1] = y.sum(axis=1) - 1.0
        # At the kink any element of the generalized derivative will do.
        smooth = root > 1e-14
        safe = np.where(smooth, root, 1.0)
        by_played = 1.0 - np.where(smooth, played / safe, np.sqrt(0.5))
        by_gap = 1.0 - np.where(smooth, gap / safe, np.sqrt(0.5))
        by_played = np.where(available, by_played, 1.0)
        by_gap = np.where(available, by_gap, 0.0)
        return _At(played, values, residual, worth, by_played, by_gap)

    def _step(self, here: _At) -> Array:
        """Newton's step, (S, m + n + 2)."""
        m, (first, second) = self._form.shape[1], self._logit.parts
        size, count = here.played.shape
        x, y = here.played[:, first], here.played[:, second]
        local = np.zeros((size, count + 2, count + 2))
        local[:, :m, m:count] = -here.worth[0]
        local[:, m:count, :m] = -here.worth[1].transpose(0, 2, 1)
        local[:, first, count] = 1.0
        local[:, second, count + 1] = 1.0
        local[:, :count] *= here.by_gap[:, :, None]
        local[:, np.arange(count), np.arange(count)] += here.by_played
        local[:, count, first] = 1.0
        local[:, count + 1, second] = 1.0
        weights = np.zeros((size, count + 2, m, count - m))
        weights[:, np.arange(m), np.arange(m)] = y[:, None, :]
        weights[:, m + np.arange(count - m), :, np.arange(count - m)] = x
        weights = weights.reshape(size, count + 2, -1) * -self._form.discount
        weights[:, :count] *= here.by_gap[:, :, None]
        solved, _ = self._logit.systems.solve(local, weights, -here.residual[:, :, None])
        step: Array = solved[:, :, 0]
        return step

"""How patient roles must be to keep to a path of a repeated game.

On a path a(0), a(1), ... of a repeated game, role i may at any round t take its best deviation,
which earns d_i(t) once, and be punished by p_i in every round after. It stays when ::

    sum_{k >= 0} delta^k (u_i(a(t + k)) - p_i)  >=  d_i(t) - p_i

When punishments are themselves equilibria, such as Nash equilibria of the stage game for ever (a
*grim trigger*), the path is then a subgame-perfect equilibrium (Friedman 1971). For a path that
ends in a cycle of L rounds, both sides times 1 - delta^L are polynomials in delta, so the smallest
discount that keeps all roles on the path is zero or a root of one of them.
"""

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.polynomial import Polynomial
from numpy.typing import ArrayLike

from armsrace.forms.normal import Array, NormalForm
from armsrace.forms.repeated import Path, RepeatedGame
from armsrace.solvers.pure import pure_equilibria

ROUNDING = 1e-10  # the shortfall of an incentive, as a share of the payoffs' range, let pass
NEVER = 1.0


def critical_discount(
    stage: NormalForm,
    cycle: Path,
    prefix: Path = (),
    *,
    punishment: ArrayLike | None = None,
) -> float:
    """Return the smallest discount at which no role gains by leaving a path.

    Parameters
    ----------
    stage
        The game of one round.
    cycle
        The rounds that are played for ever, one at least: for each the label of every role's
        action.
    prefix
        The rounds that come before them.
    punishment
        What each role earns in every round after it has deviated, shape (N,). By default what its
        worst pure equilibrium of the stage game earns it.

    Returns
    -------
    float
        In [0, 1), or 1 when no discount below it is enough. With a cycle of several rounds the path
        may be lost again at a larger discount. The roots of one polynomial for each round
        and role are tried: its time grows as the fourth power of the number of rounds.

    Raises
    ------
    ValueError
        When the cycle is empty, a round has not one action for each role, the punishment has
        another shape or is not finite, or is not given where the stage game has no pure
        equilibrium.
    LookupError
        When a role has no such action.

    References
    ----------
    J. Friedman, "A non-cooperative equilibrium for supergames", Review of Economic Studies 38
    (1971).

    Examples
    --------
    In the prisoner's dilemma with payoffs T > R > P > S it is (T - R) / (T - P):

    >>> labels = [["calm", "arm"], ["calm", "arm"]]
    >>> race = NormalForm.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]], actions=labels)
    >>> critical_discount(race, [("calm", "calm")])
    0.5
    """
    punished = _punishment(stage, punishment)
    game = RepeatedGame(stage, 0.0)
    rounds = [*prefix, *cycle]
    earned = game.continuation_payoffs(cycle, prefix) - punished  # at discount 0: round by round
    tempting = np.array([_deviations(stage, actions) for actions in rounds]) - punished
    span = np.ptp(stage.payoffs) or 1.0
    incentives = [
        _incentive(earned[:, i] / span, tempting[t, i] / span, t, len(cycle))
        for t in range(len(rounds))
        for i in range(len(stage.roles))
    ]
    candidates = {0.0}
    for incentive in incentives:
        roots = incentive.trim().roots()
        real = roots.real[np.abs(roots.imag) < 1e-7]
        candidates |= set(real[(real > 0.0) & (real < 1.0 - 1e-9)].tolist())
    for discount in sorted(candidates):
        if all(incentive(discount) >= -ROUNDING for incentive in incentives):
            return float(discount)
    return NEVER


def _incentive(earned: Array, tempting: float, t: int, length: int) -> Polynomial:
    """Return what staying at round t earns more than leaving, times 1 - delta^length."""
    first = len(earned) - length  # of the cycle
    ahead = max(first - t, 0)
    before = Polynomial(np.append(earned[t : t + ahead], 0.0))
    cycle = np.roll(earned[first:], -max(t - first, 0))
    once = Polynomial(np.append(1.0, np.append(np.zeros(length - 1), -1.0)))
    delay = Polynomial(np.append(np.zeros(ahead), 1.0))
    return once * (before - tempting) + delay * Polynomial(cycle)


def _punishment(stage: NormalForm, punishment: ArrayLike | None) -> Array:
    """Return what each role earns after it has deviated."""
    if punishment is None:
        found = pure_equilibria(stage)
        if not found:
            raise ValueError(
                "the stage game has no pure equilibrium to punish with; give a punishment, such "
                "as RepeatedGame.minmax for the severest"
            )
        worst: Array = np.stack([equilibrium.payoffs for equilibrium in found]).min(axis=0)
        return worst
    array = np.asarray(punishment, dtype=np.float64)
    if array.shape != (len(stage.roles),) or not np.isfinite(array).all():
        raise ValueError(
            f"punishment must hold a finite number for each of {len(stage.roles)} roles, "
            f"got {array.tolist()}"
        )
    return array


def _deviations(stage: NormalForm, actions: Sequence[Hashable]) -> Array:
    """Return the most that each role earns in a round in which the others do as on the path."""
    best = []
    for i, role in enumerate(stage.roles):
        others = {r: [a] for r, a in zip(stage.roles, actions, strict=True) if r != role}
        best.append(stage.restrict(others).payoffs[i].max())
    return np.array(best)

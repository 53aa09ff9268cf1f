"""What a solver answers: strategies, how they were found, and how good they are.

A solver states its strategies and nothing about their quality. Payoffs, regrets and intervals are
computed from the payoffs of the form by `armsrace.solvers.certificate` when they are asked for, so
that no error of a solver can hide in its own account.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, final

import numpy as np
from numpy.typing import ArrayLike

from armsrace.forms.normal import Array, NormalForm
from armsrace.solvers import certificate

if TYPE_CHECKING:
    import pandas as pd


@final
@dataclass(frozen=True, eq=False, repr=False)
class Equilibrium:
    """Strategies of all roles in a normal form, with their certificate.

    Parameters
    ----------
    form
        The game that was solved.
    strategies
        One distribution over its actions for each role, of shape (m_i,); kept as read-only copies.
    method
        The name of the solver.
    parameters
        What the solver was told besides the form, or what it reports about its way.
    status
        "solved", or what went wrong and what to do about it.
    leader
        The role that committed to its strategy before the others chose, if there is one. It forgoes
        best replies, so its own regret does not count against the solution.

    Raises
    ------
    ValueError
        When the strategies are not one distribution for each role.
    LookupError
        When the form has no such leader.

    Examples
    --------
    >>> actions = [["hold", "retrain"], ["wait", "flood"]]
    >>> game = NormalForm.zero_sum([[2, -3], [0, 1]], actions=actions)
    >>> answer = Equilibrium(game, ([1 / 6, 5 / 6], [2 / 3, 1 / 3]), method="guess")
    >>> answer
    Equilibrium by guess: solved, regret 0
      learner earns 0.333333: hold 0.166667, retrain 0.833333
      adversary earns -0.333333: wait 0.666667, flood 0.333333
    >>> answer.adversary["wait"]
    0.6666666666666666
    """

    form: NormalForm
    strategies: tuple[Array, ...]
    method: str
    parameters: Mapping[str, object] = field(default_factory=dict)
    status: str = "solved"
    leader: str | None = None

    def __post_init__(self) -> None:
        roles, shape = self.form.roles, self.form.shape
        if len(self.strategies) != len(roles):
            raise ValueError(
                f"strategies must hold one array for each of {len(roles)} roles, "
                f"got {len(self.strategies)}"
            )
        strategies = tuple(np.array(strategy, dtype=np.float64) for strategy in self.strategies)
        for role, strategy, m in zip(roles, strategies, shape, strict=True):
            _check_distribution(role, strategy, m)
            strategy.flags.writeable = False
        if self.leader is not None:
            self.form.role_index(self.leader)
        object.__setattr__(self, "strategies", strategies)
        object.__setattr__(self, "parameters", dict(self.parameters))

    @cached_property
    def payoffs(self) -> Array:
        """What each role earns on average, shape (N,)."""
        return certificate.expected_payoffs(self.form, self.strategies)

    @property
    def value(self) -> float:
        """What the first role, the learner, earns on average: a zero-sum game's value."""
        return float(self.payoffs[0])

    @cached_property
    def regrets(self) -> Array:
        """What the best unilateral deviation of each role gains, shape (N,)."""
        return certificate.regrets(self.form, self.strategies)

    @property
    def regret(self) -> float:
        """The largest of the regrets, that of a committed leader left out.

        Zero in an exact Nash equilibrium; after a commitment, zero when the followers reply best.
        """
        regrets = self.regrets.tolist()
        if self.leader is not None:
            del regrets[self.form.role_index(self.leader)]
        return float(max(regrets))

    @property
    def regret_bound(self) -> float:
        """What the regret in the true game stays below at 95 %.

        In an empirical game regret + 2 eps, where all payoffs at once are within eps of the truth
        at 95 % (`certificate.simultaneous_error`). With exact payoffs the regret itself.
        """
        return self.regret + 2.0 * certificate.simultaneous_error(self.form)

    @cached_property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the value, for these strategies as given.

        Student's t over the replicates of an empirical game (`certificate.payoff_interval`); the
        value twice when the payoffs are exact.
        """
        return certificate.payoff_interval(self.form, self.strategies, self.form.roles[0])

    @property
    def learner(self) -> dict[Hashable, float]:
        """The learner's actions of positive probability, with their probabilities."""
        return self.strategy("learner")

    @property
    def adversary(self) -> dict[Hashable, float]:
        """The adversary's actions of positive probability, with their probabilities."""
        return self.strategy("adversary")

    def strategy(self, role: str) -> dict[Hashable, float]:
        """Return a role's actions of positive probability, with their probabilities.

        Raises
        ------
        LookupError
            When the game has no such role.
        """
        index = self.form.role_index(role)
        pairs = zip(self.form.actions[index], self.strategies[index].tolist(), strict=True)
        return {action: probability for action, probability in pairs if probability > 0.0}

    def frame(self) -> "pd.DataFrame":
        """Return a table with one row for each action of each role.

        The columns are role, action, probability, and payoff: what the action earns against the
        strategies of the other roles.
        """
        import pandas as pd

        earned = certificate.deviation_payoffs(self.form, self.strategies)
        columns = zip(self.form.roles, self.form.actions, self.strategies, earned, strict=True)
        parts = [
            pd.DataFrame({"role": role, "action": actions, "probability": played, "payoff": payoff})
            for role, actions, played, payoff in columns
        ]
        return pd.concat(parts, ignore_index=True)

    def __repr__(self) -> str:
        lines = [f"Equilibrium by {self.method}: {self.status}, regret {_shown(self.regret)}"]
        for role, payoff in zip(self.form.roles, self.payoffs.tolist(), strict=True):
            name = f"{role} (leader)" if role == self.leader else role
            mixture = [f"{action} {chance:.6g}" for action, chance in self.strategy(role).items()]
            lines.append(f"  {name} earns {_shown(payoff)}: {', '.join(mixture)}")
        return "\n".join(lines)


def distribution(weights: ArrayLike) -> Array:
    """Make distributions along the last axis of a solver's weights, free of its rounding.

    Weights below 1e-13 of the largest, negative ones among them, become zero; sums become one.

    Examples
    --------
    >>> distribution([3.0, 1.0, -1e-17]).tolist()
    [0.75, 0.25, 0.0]
    """
    values = np.asarray(weights, dtype=np.float64)
    kept: Array = np.where(values > 1e-13 * values.max(axis=-1, keepdims=True), values, 0.0)
    kept /= kept.sum(axis=-1, keepdims=True)
    return kept


def _shown(number: float) -> str:
    """Show a number without its rounding, which differs between machines."""
    return f"{round(number, 12) + 0.0:.6g}"


def _check_distribution(role: str, strategy: Array, m: int) -> None:
    if strategy.shape != (m,):
        raise ValueError(f"strategy of {role} must have shape ({m},), got {strategy.shape}")
    least = strategy.item(strategy.argmin())  # takes a quarter of the time of min
    if not least >= 0.0:  # nor is NaN
        raise ValueError(f"strategy of {role} must not be negative, got {least:g}")
    total = float(np.add.reduce(strategy))  # what sum comes down to
    if abs(total - 1.0) > 1e-9:
        raise ValueError(f"strategy of {role} must sum to 1, got {total:.12g}")

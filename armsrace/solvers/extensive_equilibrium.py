"""What a solver of games in extensive form answers, with its certificate.

A solver states a behavior strategy for each role and nothing about its quality: payoffs and regrets
are computed from the tree by `armsrace.solvers.extensive_certificate` when they are asked for.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, final

import numpy as np

from armsrace.forms.extensive import ExtensiveForm
from armsrace.forms.normal import Array
from armsrace.solvers import extensive_certificate

if TYPE_CHECKING:
    import pandas as pd


@final
@dataclass(frozen=True, eq=False, repr=False)
class ExtensiveEquilibrium:
    """Behavior strategies of all roles in an extensive form, with their certificate.

    Parameters
    ----------
    form
        The game that was solved.
    strategies
        One behavior strategy for each role, of shape (S_i,), as `armsrace.forms.role_sequences`
        describes; kept as read-only copies.
    method
        The name of the solver.
    parameters
        What the solver was told besides the form, or what it reports about its way.
    status
        "solved", or what went wrong and what to do about it.

    Raises
    ------
    ValueError
        When the strategies are not one behavior strategy for each role.

    Examples
    --------
    >>> from armsrace.forms import matching_pennies
    >>> half = [1, 1 / 2, 1 / 2]
    >>> answer = ExtensiveEquilibrium(matching_pennies(), (half, half), method="guess")
    >>> answer
    ExtensiveEquilibrium by guess: solved, regret 0
      learner earns 0, 1 information set, 3 sequences
      adversary earns 0, 1 information set, 3 sequences
    >>> answer.adversary
    {'unseen': {'heads': 0.5, 'tails': 0.5}}
    """

    form: ExtensiveForm
    strategies: tuple[Array, ...]
    method: str
    parameters: Mapping[str, object] = field(default_factory=dict)
    status: str = "solved"

    def __post_init__(self) -> None:
        sequences = self.form.sequence_form().sequences
        if len(self.strategies) != len(sequences):
            raise ValueError(
                f"strategies must hold one array for each of {len(sequences)} roles, "
                f"got {len(self.strategies)}"
            )
        strategies = tuple(np.array(strategy, dtype=np.float64) for strategy in self.strategies)
        for role, strategy in zip(sequences, strategies, strict=True):
            role.check(strategy)
            strategy.flags.writeable = False
        object.__setattr__(self, "strategies", strategies)
        object.__setattr__(self, "parameters", dict(self.parameters))

    @cached_property
    def payoffs(self) -> Array:
        """What each role earns on average, shape (N,)."""
        return extensive_certificate.expected_payoffs(self.form.sequence_form(), self.strategies)

    @property
    def value(self) -> float:
        """What the first role, the learner, earns on average: a zero-sum game's value."""
        return float(self.payoffs[0])

    @cached_property
    def regrets(self) -> Array:
        """What the best response of each role gains, shape (N,), never negative."""
        return extensive_certificate.regrets(self.form.sequence_form(), self.strategies)

    @property
    def regret(self) -> float:
        """The largest of the regrets: zero in an exact Nash equilibrium."""
        return float(self.regrets.max())

    @property
    def exploitability(self) -> float:
        """The mean of the regrets, the measure by which solvers of poker are compared."""
        return float(self.regrets.mean())

    @property
    def learner(self) -> dict[Hashable, dict[Hashable, float]]:
        """The learner's actions of positive probability at each of its information sets."""
        return self.strategy("learner")

    @property
    def adversary(self) -> dict[Hashable, dict[Hashable, float]]:
        """The adversary's actions of positive probability at each of its information sets."""
        return self.strategy("adversary")

    def strategy(self, role: str) -> dict[Hashable, dict[Hashable, float]]:
        """Return a role's actions of positive probability at each of its information sets.

        Raises
        ------
        LookupError
            When the game has no such role.
        """
        form = self.form.sequence_form()
        table = form.of(role).table(self.strategies[form.role_index(role)])
        return {
            label: {action: chance for action, chance in actions.items() if chance > 0.0}
            for label, actions in table.items()
        }

    def frame(self) -> "pd.DataFrame":
        """Return a table with one row for each action at each information set of each role.

        The columns are role, information_set, action, probability, and realization: the
        probability that the role's own choices lead up to the action and take it.
        """
        import pandas as pd

        parts = [
            pd.DataFrame(
                {
                    "role": role.role,
                    "information_set": [label for label, _ in role.pairs],
                    "action": [action for _, action in role.pairs],
                    "probability": played[1:],
                    "realization": role.plan(played)[1:],
                }
            )
            for role, played in zip(
                self.form.sequence_form().sequences, self.strategies, strict=True
            )
        ]
        return pd.concat(parts, ignore_index=True)

    def __repr__(self) -> str:
        regret = _shown(self.regret)
        lines = [f"ExtensiveEquilibrium by {self.method}: {self.status}, regret {regret}"]
        sequences = self.form.sequence_form().sequences
        for role, payoff in zip(sequences, self.payoffs.tolist(), strict=True):
            size = role.summary.removeprefix(f"{role.role}: ")
            lines.append(f"  {role.role} earns {_shown(payoff)}, {size}")
        return "\n".join(lines)


def tolerances(form: ExtensiveForm) -> Array:
    """Return the regret that each role may have in a game that counts as solved, shape (N,).

    1e-10 of the range of its payoffs, plus 1e-13 of their size for the rounding of the regret, as
    in a normal form.

    Examples
    --------
    >>> from armsrace.forms import kuhn_poker
    >>> tolerances(kuhn_poker()).tolist()
    [4.002e-10, 4.002e-10]
    """
    payoffs = form.sequence_form().payoffs
    bounds: Array = 1e-10 * np.ptp(payoffs, axis=1) + 1e-13 * np.abs(payoffs).max(axis=1)
    return bounds


def check_zero_sum(form: ExtensiveForm, method: str) -> None:
    """Make sure that a game is one of two whose payoffs add up to zero, or any other constant.

    Raises
    ------
    TypeError
        When it is not in extensive form.
    ValueError
        When there are not two roles, or their payoffs do not add up to a constant.
    """
    if not isinstance(form, ExtensiveForm):
        raise TypeError(
            f"{method} needs an ExtensiveForm, got {type(form).__name__}; "
            "for normal forms use minimax or regret_matching_plus"
        )
    if len(form.roles) != 2:
        raise ValueError(f"{method} needs a game of two roles, got {len(form.roles)}")
    if not form.is_constant_sum():
        totals = form.sequence_form().payoffs.sum(axis=0)
        raise ValueError(
            f"payoffs must add up to a constant, got sums from {totals.min():g} to "
            f"{totals.max():g}; for general-sum games solve form.to_reduced_normal_form()"
        )


def _shown(number: float) -> str:
    """Show a number without its rounding, which differs between machines."""
    return f"{round(number, 12) + 0.0:.6g}"

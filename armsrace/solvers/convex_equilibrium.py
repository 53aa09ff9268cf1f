"""What a solver of convex games answers: a strategy of each role, with its certificate.

As with `armsrace.solvers.equilibrium`, a solver states its strategies and nothing about their
quality; residual, regrets and distance are computed from the game by
`armsrace.solvers.convex_certificate` when they are asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, final

import numpy as np

from armsrace.forms.convex import ConvexGame, Strategies
from armsrace.forms.normal import Array
from armsrace.solvers import convex_certificate

if TYPE_CHECKING:
    import pandas as pd


@final
@dataclass(frozen=True, eq=False, repr=False)
class ConvexEquilibrium:
    """Strategies of all roles in a convex game, with their certificate.

    Parameters
    ----------
    form
        The game that was solved.
    strategies
        For each role an array of shape (d_i,); kept as read-only copies.
    method
        The name of the solver.
    parameters
        What the solver was told besides the form, or what it reports about its way.
    status
        "solved", or what went wrong and what to do about it.
    leader
        The role that committed to its strategy, if there is one; its regret does not count.

    Raises
    ------
    ValueError
        When a strategy is not in its role's set.
    LookupError
        When the form has no such leader.

    Examples
    --------
    >>> from armsrace.forms.strategy_sets import Box
    >>> square = Box([-1.0], [1.0])
    >>> game = ConvexGame.zero_sum(square, square, lambda x, y: x[0] * y[0], lambda x, y: (y, x))
    >>> ConvexEquilibrium(game, (np.array([0.5]), np.array([0.0])), method="guess")
    ConvexEquilibrium by guess: solved, regret at most 5.0e-01, residual 5.0e-01
      learner earns 0: 0.5
      adversary earns 0: 0
    """

    form: ConvexGame
    strategies: Strategies
    method: str
    parameters: Mapping[str, object] = field(default_factory=dict)
    status: str = "solved"
    leader: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "strategies", self.form.checked(self.strategies))
        object.__setattr__(self, "parameters", dict(self.parameters))
        if self.leader is not None:
            self.form.role_index(self.leader)

    @cached_property
    def payoffs(self) -> Array:
        """What each role earns, shape (N,)."""
        return self.form.earned(self.strategies)

    @property
    def value(self) -> float:
        """What the first role, the learner, earns."""
        return float(self.payoffs[0])

    @cached_property
    def residual(self) -> float:
        """The step that all roles take together along their gradients: 0 at an equilibrium."""
        return convex_certificate.residual(self.form, self.strategies)

    @cached_property
    def regrets(self) -> Array:
        """No deviation of a role gains more than this, shape (N,)."""
        return convex_certificate.regrets(self.form, self.strategies)

    @property
    def regret(self) -> float:
        """The largest of the regrets, that of a committed leader left out."""
        named = zip(self.form.roles, self.regrets.tolist(), strict=True)
        return max(float(regret) for role, regret in named if role != self.leader)

    @cached_property
    def distance_bound(self) -> float:
        """The one equilibrium is no farther away; infinite when the game has no modulus."""
        return convex_certificate.distance_bound(self.form, self.strategies)

    def strategy(self, role: str) -> Array:
        """What a role plays, shape (d,).

        Raises
        ------
        LookupError
            When there is no such role.
        """
        return self.strategies[self.form.role_index(role)]

    def frame(self) -> "pd.DataFrame":
        """One row for each role and coordinate of its strategy."""
        import pandas as pd

        parts = [
            pd.DataFrame({"role": role, "coordinate": np.arange(len(own)), "strategy": own})
            for role, own in zip(self.form.roles, self.strategies, strict=True)
        ]
        return pd.concat(parts, ignore_index=True)

    def __repr__(self) -> str:
        lines = [
            f"ConvexEquilibrium by {self.method}: {self.status}, "
            f"regret at most {self.regret:.1e}, residual {self.residual:.1e}"
        ]
        for role, earned, own in zip(
            self.form.roles, self.payoffs.tolist(), self.strategies, strict=True
        ):
            name = f"{role} (leader)" if role == self.leader else role
            shown = ", ".join(f"{round(x, 9) + 0.0:.6g}" for x in own[:4].tolist())
            more = f", ... ({len(own)} numbers)" if len(own) > 4 else ""
            lines.append(f"  {name} earns {round(earned, 12) + 0.0:.6g}: {shown}{more}")
        return "\n".join(lines)


def check_convex_task(tolerance: float, iterations: int) -> None:
    """Refuse a tolerance or a number of iterations that no iterative solver can obey.

    Raises
    ------
    ValueError
        When tolerance is not positive, or iterations is less than 1.
    """
    if not tolerance > 0.0:
        raise ValueError(f"tolerance must be positive, got {tolerance}")
    if iterations < 1:
        raise ValueError(f"iterations must be at least 1, got {iterations}")


def check_step(step: float | None) -> None:
    """Refuse a step length that is not positive and finite; None asks for a line search.

    Raises
    ------
    ValueError
        When it is neither.
    """
    if step is not None and not 0.0 < step < np.inf:
        raise ValueError(f"step must be positive and finite, or None to search, got {step}")


def answer(
    form: ConvexGame, point: Array, method: str, tolerance: float, iterations: int, remedy: str
) -> ConvexEquilibrium:
    """What an iterative solver answers with the point where it stopped.

    Parameters
    ----------
    form, point, method
        The game, the stacked strategies, the solver's name.
    tolerance
        Residual at which it counts as solved.
    iterations
        How many it took.
    remedy
        What to do if it is not.
    """
    left = convex_certificate.residual(form, form.split(point))
    status = "solved"
    if not left <= tolerance:
        status = f"residual {left:.1g} after {iterations} iterations, above {tolerance:g}: {remedy}"
    parameters = {"tolerance": tolerance, "iterations": iterations}
    return ConvexEquilibrium(form, form.split(point), method, parameters, status)

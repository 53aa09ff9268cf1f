"""Correlated equilibria: joint play that nobody gains by leaving.

The distributions over profiles that give no role a swap regret (correlated equilibria) or an
external regret (coarse correlated equilibria; `armsrace.solvers.joint_certificate` defines both)
form a polytope. It contains the Nash equilibria, so it is never empty, and a linear objective on it
is a linear program with one variable for each profile. Regret-minimizing learners end up there:
the time average of swap-regret learners in the first, of any no-regret learners in the second.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, final

import numpy as np
from numpy.typing import ArrayLike

from armsrace._linear_program import minimize
from armsrace.forms.normal import Array, NormalForm
from armsrace.solvers import certificate
from armsrace.solvers.equilibrium import distribution
from armsrace.solvers.joint_certificate import (
    external_regrets,
    joint_interval,
    joint_payoffs,
    swap_regrets,
)

if TYPE_CHECKING:
    import pandas as pd
    from scipy.sparse import csr_array

PRECISION = 1e-10  # of HiGHS, for payoffs in [0, 1]; the finest it knows


@final
@dataclass(frozen=True, eq=False, repr=False)
class CorrelatedEquilibrium:
    """A joint distribution over the profiles of a game, with its certificate.

    Parameters
    ----------
    form
        The game that was solved.
    joint
        The probability of every profile, shape (m_1, ..., m_N); kept as a read-only copy.
    method
        The name of the solver.
    coarse
        Whether roles decide to obey before they hear what they are told; then only external regret
        counts.
    parameters
        What the solver was told besides the form, or what it reports about its way.
    status
        "solved", or what went wrong and what to do about it.

    Raises
    ------
    ValueError
        When the joint distribution is none.

    Examples
    --------
    >>> labels = [["dare", "yield"], ["dare", "yield"]]
    >>> chicken = NormalForm.from_bimatrix([[0, 7], [2, 6]], [[0, 2], [7, 6]], actions=labels)
    >>> CorrelatedEquilibrium(chicken, [[0, 0.25], [0.25, 0.5]], method="guess")
    CorrelatedEquilibrium by guess: solved, regret 0
      learner earns 5.25
      adversary earns 5.25
      dare, yield: 0.25
      yield, dare: 0.25
      yield, yield: 0.5
    """

    form: NormalForm
    joint: Array
    method: str
    coarse: bool = False
    parameters: Mapping[str, object] = field(default_factory=dict)
    status: str = "solved"

    def __post_init__(self) -> None:
        joint = np.array(self.joint, dtype=np.float64)
        if joint.shape != self.form.shape:
            raise ValueError(f"joint must have shape {self.form.shape}, got {joint.shape}")
        if not (joint >= 0.0).all():
            raise ValueError(f"joint must not be negative, got {joint.min():g}")
        if abs(joint.sum() - 1.0) > 1e-9:
            raise ValueError(f"joint must sum to 1, got {joint.sum():.12g}")
        joint.flags.writeable = False
        object.__setattr__(self, "joint", joint)
        object.__setattr__(self, "parameters", dict(self.parameters))

    @cached_property
    def payoffs(self) -> Array:
        """What each role earns on average when all obey, shape (N,)."""
        return joint_payoffs(self.form, self.joint)

    @property
    def value(self) -> float:
        """What the first role, the learner, earns on average."""
        return float(self.payoffs[0])

    @cached_property
    def regrets(self) -> Array:
        """What each role gains by disobedience, shape (N,), never negative.

        Swap regrets; external regrets when the equilibrium is coarse.
        """
        regrets = external_regrets if self.coarse else swap_regrets
        return np.maximum(regrets(self.form, self.joint), 0.0)

    @property
    def regret(self) -> float:
        """The largest of the regrets: zero in an exact equilibrium."""
        return float(self.regrets.max())

    @property
    def regret_bound(self) -> float:
        """What the regret in the true game stays below at 95 %.

        In an empirical game regret + 2 eps, where all payoffs at once are within eps of the truth
        at 95 % (`certificate.simultaneous_error`). With exact payoffs the regret itself.
        """
        return self.regret + 2.0 * certificate.simultaneous_error(self.form)

    @cached_property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the value, for this joint distribution as given.

        Student's t over the replicates of an empirical game (`joint_certificate.joint_interval`);
        the value twice when the payoffs are exact.
        """
        return joint_interval(self.form, self.joint, self.form.roles[0])

    @property
    def entropy(self) -> float:
        """The entropy of the joint distribution, in nats."""
        played = self.joint[self.joint > 0.0]
        return float(-(played * np.log(played)).sum())

    def marginal(self, role: str) -> dict[Hashable, float]:
        """Return the actions that a role is ever told, with their probabilities.

        Raises
        ------
        LookupError
            When the game has no such role.
        """
        index = self.form.role_index(role)
        others = tuple(axis for axis in range(self.joint.ndim) if axis != index)
        pairs = zip(self.form.actions[index], self.joint.sum(axis=others).tolist(), strict=True)
        return {action: probability for action, probability in pairs if probability > 0.0}

    def frame(self) -> "pd.DataFrame":
        """Return the table of the form's profiles and payoffs with their probabilities."""
        return self.form.frame().assign(probability=self.joint.ravel())

    def __repr__(self) -> str:
        regret = round(self.regret, 12) + 0.0
        lines = [f"CorrelatedEquilibrium by {self.method}: {self.status}, regret {regret:.6g}"]
        lines += [
            f"  {role} earns {round(payoff, 12) + 0.0:.6g}"
            for role, payoff in zip(self.form.roles, self.payoffs.tolist(), strict=True)
        ]
        for profile in np.argwhere(self.joint > 0.0).tolist():
            labels = [str(own[a]) for own, a in zip(self.form.actions, profile, strict=True)]
            lines.append(f"  {', '.join(labels)}: {self.joint[tuple(profile)]:.6g}")
        return "\n".join(lines)


def correlated(
    form: NormalForm, *, objective: ArrayLike | Mapping[str, float] | None = None
) -> CorrelatedEquilibrium:
    """Find the correlated equilibrium that is best by a linear objective.

    Parameters
    ----------
    form
        The game, of any number of roles.
    objective
        What to maximize: the worth of every profile, shape (m_1, ..., m_N), or the weight of each
        role's payoff (zero for roles not named; negative weights make it suffer). By default the
        sum of all payoffs, the social welfare.

    Returns
    -------
    CorrelatedEquilibrium
        Its regret is within `certificate.tolerances`, or the status says otherwise. One linear
        program by HiGHS, with a variable for each profile and sum_i m_i (m_i - 1) constraints.

    Raises
    ------
    ValueError
        When the objective has another shape or is not finite.
    LookupError
        When the objective weighs a role that the game does not have.
    ArithmeticError
        When HiGHS finds no optimum.

    References
    ----------
    R. Aumann, "Subjectivity and correlation in randomized strategies", Journal of Mathematical
    Economics 1 (1974).

    Examples
    --------
    A mediator makes chicken a better game than any of its Nash equilibria, which earn at most 9
    together (Aumann 1974):

    >>> labels = [["dare", "yield"], ["dare", "yield"]]
    >>> chicken = NormalForm.from_bimatrix([[0, 7], [2, 6]], [[0, 2], [7, 6]], actions=labels)
    >>> correlated(chicken)
    CorrelatedEquilibrium by correlated: solved, regret 0
      learner earns 5.25
      adversary earns 5.25
      dare, yield: 0.25
      yield, dare: 0.25
      yield, yield: 0.5
    """
    worth = _worth(form, objective)
    joint = _best(worth, obedience(form))
    return _certified(CorrelatedEquilibrium(form, joint, "correlated"))


def coarse_correlated(
    form: NormalForm, *, objective: ArrayLike | Mapping[str, float] | None = None
) -> CorrelatedEquilibrium:
    """Find the coarse correlated equilibrium that is best by a linear objective.

    Parameters
    ----------
    form, objective
        As in `correlated`.

    Returns
    -------
    CorrelatedEquilibrium
        One that is ``coarse``. Its regret is within `certificate.tolerances`, or the status says
        otherwise. One linear program by HiGHS, with a variable for each profile and sum_i m_i
        constraints.

    Raises
    ------
    ValueError
        When the objective has another shape or is not finite.
    LookupError
        When the objective weighs a role that the game does not have.
    ArithmeticError
        When HiGHS finds no optimum.

    References
    ----------
    H. Moulin, J.-P. Vial, "Strategically zero-sum games", International Journal of Game Theory 7
    (1978).

    Examples
    --------
    >>> labels = [["dare", "yield"], ["dare", "yield"]]
    >>> chicken = NormalForm.from_bimatrix([[0, 7], [2, 6]], [[0, 2], [7, 6]], actions=labels)
    >>> coarse_correlated(chicken, objective={"learner": 1}).payoffs.round(6).tolist()
    [7.0, 2.0]
    """
    worth = _worth(form, objective)
    joint = _best(worth, _commitment(form))
    return _certified(CorrelatedEquilibrium(form, joint, "coarse_correlated", coarse=True))


def obedience(form: NormalForm) -> "csr_array":
    """Return the constraints ``G p <= 0`` of correlated equilibrium, payoffs brought into [0, 1].

    One row for each role, action told and replacement; one column for each profile, in the order of
    the raveled joint distribution.
    """
    from scipy.sparse import coo_array

    rows, columns, gains = [], [], []
    profiles = np.arange(np.prod(form.shape)).reshape(form.shape)
    first = 0
    for axis, m in enumerate(form.shape):
        payoffs = np.moveaxis(_unit(form.payoffs[axis]), axis, 0).reshape(m, -1)
        told = np.moveaxis(profiles, axis, 0).reshape(m, -1)
        for a in range(m):
            others = np.delete(np.arange(m), a)
            gain = payoffs[others] - payoffs[a]
            rows.append(np.repeat(first + np.arange(m - 1), told.shape[1]))
            columns.append(np.tile(told[a], m - 1))
            gains.append(gain.ravel())
            first += m - 1
    places = (np.concatenate(rows), np.concatenate(columns))
    matrix = coo_array((np.concatenate(gains), places), shape=(first, profiles.size))
    return matrix.tocsr()


def _commitment(form: NormalForm) -> "csr_array":
    """Return the constraints of coarse correlated equilibrium: one row a role and action."""
    from scipy.sparse import csr_array

    blocks = []
    for axis, m in enumerate(form.shape):
        payoffs = _unit(form.payoffs[axis])
        instead = (np.expand_dims(payoffs.take(b, axis), axis) for b in range(m))
        blocks += [(earned - payoffs).ravel() for earned in instead]
    return csr_array(np.stack(blocks))


def _best(worth: Array, constraints: "csr_array") -> Array:
    """Return the distribution over profiles of largest worth that keeps the constraints."""
    from scipy.sparse import csr_array, vstack

    matrix = vstack([constraints, csr_array(np.ones((1, worth.size)))], format="csr")
    total = np.append(np.zeros(constraints.shape[0]), 1.0)
    least = np.append(np.full(constraints.shape[0], -np.inf), 1.0)
    best, _ = minimize(-_unit(worth).ravel(), matrix, (least, total), precision=PRECISION)
    return distribution(best).reshape(worth.shape)


def _worth(form: NormalForm, objective: ArrayLike | Mapping[str, float] | None) -> Array:
    """Return what each profile is worth by an objective."""
    worth: Array
    if objective is None:
        worth = form.payoffs.sum(axis=0)
    elif isinstance(objective, Mapping):
        weights = np.zeros(len(form.roles))
        for role, weight in objective.items():
            weights[form.role_index(role)] = weight
        worth = np.tensordot(weights, form.payoffs, axes=1)
    else:
        worth = np.asarray(objective, dtype=np.float64)
    if worth.shape != form.shape:
        raise ValueError(
            f"objective must have the shape of the profiles {form.shape}, got {worth.shape}; "
            "weights of roles are a mapping such as {'learner': 1}"
        )
    if not np.isfinite(worth).all():
        raise ValueError("objective must be finite, got NaN or infinity")
    return worth


def _unit(payoffs: Array) -> Array:
    """Bring payoffs into [0, 1]: the tolerances of HiGHS are absolute."""
    scaled: Array = (payoffs - payoffs.min()) / (np.ptp(payoffs) or 1.0)
    return scaled


def _certified(answer: CorrelatedEquilibrium) -> CorrelatedEquilibrium:
    """Let the status say when a regret is above its tolerance."""
    if (answer.regrets <= certificate.tolerances(answer.form)).all():
        return answer
    status = f"regret {answer.regret:.1g} is above the tolerance: rescale the payoffs"
    return replace(answer, status=status)

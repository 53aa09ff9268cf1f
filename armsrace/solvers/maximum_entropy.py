"""The correlated equilibrium that tells least: the one of largest entropy.

Among the correlated equilibria of a game, the distribution p of largest entropy H(p) assumes
nothing beyond what equilibrium demands. It is unique, gives positive probability to every profile
that any correlated equilibrium plays, and is a Nash equilibrium only when one has all of that
(Ortiz, Schapire, Kakade 2007). With ``G p <= 0`` the constraints of obedience, weak duality bounds
the entropy for any multipliers lambda >= 0::

    H(p) <= log sum_s exp(-(G' lambda)_s)
"""

import warnings
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from armsrace._linear_program import minimize
from armsrace.forms.normal import NormalForm
from armsrace.solvers import certificate
from armsrace.solvers.correlated import CorrelatedEquilibrium, obedience
from armsrace.solvers.equilibrium import distribution

if TYPE_CHECKING:
    from scipy.sparse import csr_array

MISSING = 1e-7  # the most entropy, in nats, that a solved game may miss
FINEST = {"tol_gap_abs": 1e-12, "tol_gap_rel": 1e-12, "tol_feas": 1e-12}  # of CLARABEL


def maximum_entropy_correlated(form: NormalForm) -> CorrelatedEquilibrium:
    """Find the correlated equilibrium of largest entropy, which is unique.

    Parameters
    ----------
    form
        The game, of any number of roles.

    Returns
    -------
    CorrelatedEquilibrium
        ``parameters["bound"]`` is an entropy, in nats, that no correlated equilibrium exceeds. In a
        solved game the entropy is within 1e-7 of it, and no role has a regret above
        `certificate.tolerances`. One linear program by HiGHS, for the profiles and constraints that
        leave no room, and one exponential cone program by CLARABEL for the rest.

    Raises
    ------
    ArithmeticError
        When CLARABEL finds no optimum.

    References
    ----------
    L. Ortiz, R. Schapire, S. Kakade, "Maximum entropy correlated equilibria", AISTATS 2007.

    Examples
    --------
    >>> pennies = NormalForm.zero_sum([[1, -1], [-1, 1]])
    >>> maximum_entropy_correlated(pennies).joint.round(6).tolist()
    [[0.25, 0.25], [0.25, 0.25]]
    """
    import cvxpy
    from cvxpy.atoms.elementwise.entr import entr
    from scipy.special import logsumexp

    constraints = obedience(form)
    played, strict = _interior(constraints)
    binding, free = constraints[~strict][:, played], constraints[strict][:, played]
    p = cvxpy.Variable(int(played.sum()), nonneg=True)
    total = np.ones(p.size)
    rules = [total @ p == 1, cvxpy.Constant(binding) @ p == 0, cvxpy.Constant(free) @ p <= 0]
    problem = cvxpy.Problem(cvxpy.Maximize(total @ entr(p)), rules)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of inaccuracy: the certificates judge that
        problem.solve(solver=cvxpy.CLARABEL, **FINEST)  # type: ignore[no-untyped-call]
    if p.value is None:
        raise ArithmeticError(f"a convex program was not solved: {problem.status}")
    prices = binding.T @ rules[1].dual_value + free.T @ np.maximum(rules[2].dual_value, 0.0)
    bound = float(logsumexp(-prices))
    joint = np.zeros(form.shape)
    joint[played.reshape(form.shape)] = distribution(p.value)
    answer = CorrelatedEquilibrium(
        form, joint, "maximum_entropy_correlated", parameters={"bound": bound}
    )
    missing = bound - answer.entropy
    if (answer.regrets > certificate.tolerances(form)).any() or missing > MISSING:
        status = f"regret {answer.regret:.1g}, and the entropy may miss {missing:.1g} nats"
        return replace(answer, status=status)
    return answer


def _interior(constraints: "csr_array") -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell which profiles are ever played, and which constraints ever kept with room to spare.

    The others are zero, or binding, in every correlated equilibrium, and an interior-point method
    has to be told. The solutions of ``G p <= 0, p >= 0`` form a cone, so whatever can be positive
    can be 1: one linear program maximizes the sum of all probabilities and slacks, each counted up
    to 1.
    """
    from scipy.sparse import eye_array, hstack

    count, profiles = constraints.shape
    slacks = eye_array(count)
    counted = count + profiles
    best, _ = minimize(
        -np.repeat([1.0, 0.0], counted),
        hstack([constraints, slacks] * 2, format="csr"),
        (0.0, 0.0),
        (0.0, np.repeat([1.0, np.inf], counted)),
    )
    positive = best[:counted] > 0.5
    return positive[:profiles], positive[profiles:]

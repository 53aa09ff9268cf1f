r"""Games of two in extensive form with constant sum, solved exactly by a linear program.

With A the learner's payoffs by the sequences of both roles, and x and y realization plans, which
are the solutions of ``E x = e, x >= 0`` and ``F y = f, y >= 0`` (`armsrace.forms.role_sequences`),
the value of the game is ::

    max_x min_y  x' A y

The inner minimum is a linear program; its dual has one variable q_h for each information set h of
the adversary, what play from there on is worth, and one, q_0, for the whole game. So the learner
solves ::

    max  q_0    subject to    F' q <= A' x,    E x = e,    x >= 0

and the multipliers of the inequalities are an optimal plan y of the adversary. The program is as
large as the tree, where the normal form is exponentially larger.
"""

from dataclasses import replace

import numpy as np

from armsrace._linear_program import minimize
from armsrace.forms.extensive import ExtensiveForm
from armsrace.forms.normal import Array
from armsrace.forms.sequence import SequenceForm
from armsrace.solvers.extensive_equilibrium import (
    ExtensiveEquilibrium,
    check_zero_sum,
    tolerances,
)

PRECISION = 1e-10  # of HiGHS; the finest it knows
ROUNDING = 1e-13  # probabilities below are none


def sequence_form_lp(form: ExtensiveForm) -> ExtensiveEquilibrium:
    """Solve a game of two whose payoffs add up to zero, or to any other constant.

    Parameters
    ----------
    form
        The game.

    Returns
    -------
    ExtensiveEquilibrium
        One equilibrium; there may be more, all of the same value. Its regret is within 1e-10 of
        the range of the payoffs, or the status says otherwise. At an information set that a role's
        own choices rule out its actions are equally likely. One sparse linear program, by HiGHS:
        with S_1, S_2 sequences and H_1, H_2 information sets of the roles and Z terminal nodes,
        S_1 + H_2 + 1 variables, S_2 + H_1 + 1 constraints, and at most Z + 2 (S_1 + S_2) entries.

    Raises
    ------
    TypeError
        When the game is not in extensive form.
    ValueError
        When the game does not have two roles, its payoffs do not add up to a constant, or their
        range exceeds the largest float.
    ArithmeticError
        When HiGHS finds no optimum.

    References
    ----------
    D. Koller, N. Megiddo, B. von Stengel, "Efficient computation of equilibria for extensive
    two-person games", Games and Economic Behavior 14 (1996) 247-259.

    Examples
    --------
    Kuhn's poker is worth -1/18 to the role that moves first; to bet with the middle card is a
    mistake:

    >>> from armsrace.forms import kuhn_poker
    >>> answer = sequence_form_lp(kuhn_poker())
    >>> answer
    ExtensiveEquilibrium by sequence_form_lp: solved, regret 0
      learner earns -0.0555556, 6 information sets, 13 sequences
      adversary earns 0.0555556, 6 information sets, 13 sequences
    >>> answer.learner["Q"]
    {'check': 1.0}
    """
    check_zero_sum(form, "sequence_form_lp")
    sequences = form.sequence_form()
    plans = _optimal_plans(sequences)
    strategies = [s.behavior_of_plan(x) for s, x in zip(sequences.sequences, plans, strict=True)]
    answer = ExtensiveEquilibrium(form, tuple(strategies), "sequence_form_lp")
    if (answer.regrets <= tolerances(form)).all():
        return answer
    status = f"regret {answer.regret:.1g} is above the tolerance: rescale the payoffs"
    return replace(answer, status=status)


def _optimal_plans(form: SequenceForm) -> tuple[Array, Array]:
    """Return an optimal realization plan of each role, exact up to the precision of HiGHS."""
    from scipy.sparse import block_array, csr_array

    learner, adversary = form.sequences
    payoffs = _unit_payoffs(form)
    shape = (learner.count, adversary.count)
    A = csr_array((payoffs, tuple(form.terminals)), shape=shape)
    (E, e), (F, f) = learner.constraints(), adversary.constraints()
    # The learner's plan keeps E x = e, and f @ v is what the best replies to it leave.
    best, multipliers = minimize(
        -np.concatenate([np.zeros(learner.count), f]),
        block_array([[-A.T, F.T], [E, None]], format="csr"),
        (
            np.concatenate([np.full(adversary.count, -np.inf), e]),
            np.concatenate([np.zeros(adversary.count), e]),
        ),
        (np.concatenate([np.zeros(learner.count), np.full(len(f), -np.inf)]), np.inf),
        PRECISION,
    )
    plans = best[: learner.count], -multipliers[: adversary.count]
    x, y = (np.where(plan > ROUNDING, plan, 0.0) for plan in plans)
    return x, y


def _unit_payoffs(form: SequenceForm) -> Array:
    """Return the learner's payoffs times chance, centered and scaled for absolute tolerances."""
    payoffs = form.payoffs[0]
    with np.errstate(over="ignore"):
        span = np.ptp(payoffs)
    if not np.isfinite(span):
        raise ValueError("payoffs must have a range below 1.8e308, got more: rescale them")
    centered = (payoffs - payoffs.min()) / (span or 1.0) - 0.5
    weighted: Array = form.chance * centered
    return weighted / (np.abs(weighted).max() or 1.0)

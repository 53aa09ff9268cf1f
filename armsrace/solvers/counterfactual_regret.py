r"""Counterfactual regret minimization: every information set learns from its own regrets.

Let g(s) be what a sequence s of a role earns against the other's plan, chance included
(`armsrace.solvers.extensive_certificate`). With the role's own strategy below, an action at
information set h, which ends sequence s, and the set itself are worth ::

    v(s) = g(s) + sum of v(h') over the information sets h' that s leads to
    v(h) = sum of strategy(s) v(s) over the actions at h

called *counterfactual* values, since they do not ask whether the role's own strategy reaches h. The
*instantaneous regret* of an action is r(s) = v(s) - v(h). What a role regrets of the whole game is
at most the sum over its information sets of the largest positive regret there. So if each of them
plays by regret matching, in proportion to its own positive regrets R(s), the average plans of a
zero-sum game of two approach an equilibrium (Zinkevich and others 2007).

Four ways to do so differ in how regrets and averages are kept. Round t adds r(s) to R(s).

* *CFR* adds them up and averages all rounds alike. After T rounds the regrets of the averages add
  up to at most D (H_1 sqrt(m_1) + H_2 sqrt(m_2)) / sqrt(T), with D the range of the payoffs, H_i
  the number of information sets of role i, and m_i the largest number of actions at one.
* *CFR+* sets negative regrets to zero and weighs round t by t. At most twice the bound of CFR.
* *Discounted CFR* multiplies positive regrets by t^alpha / (t^alpha + 1) and negative ones by
  t^beta / (t^beta + 1) after round t, which it weighs by t^gamma.
* *Predictive CFR+* plays as CFR+ would after one more round of the same gains g, and weighs round t
  by t^2.

In all of them the roles move in turn, so the second replies to the first one's new strategy, and
what is averaged are the plans that have been replied to. That keeps the bounds: regret matching
never earns less against the plan it has just met (Burch, Moravcik, Schmid 2019).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from armsrace.forms.extensive import ExtensiveForm
from armsrace.forms.normal import Array
from armsrace.forms.role_sequences import Indices
from armsrace.forms.sequence import SequenceForm
from armsrace.solvers import extensive_certificate
from armsrace.solvers.extensive_equilibrium import (
    ExtensiveEquilibrium,
    check_zero_sum,
    tolerances,
)


def cfr(
    form: ExtensiveForm, *, iterations: int, checkpoints: Sequence[int] | None = None
) -> ExtensiveEquilibrium:
    """Minimize counterfactual regret in its first form: all rounds count alike.

    Parameters
    ----------
    form
        A game of two whose payoffs add up to zero, or to any other constant.
    iterations
        The number of rounds, 1 or more. All information sets start with equal probabilities.
    checkpoints
        The numbers of rounds after which to measure the averages; by default 1, 2, 4, 8, ... The
        last round is always measured.

    Returns
    -------
    ExtensiveEquilibrium
        The average strategies. ``parameters["exploitability"]`` holds pairs of a number of rounds
        and the exploitability of the averages then. A round takes one step a terminal node and
        sequence.

    Raises
    ------
    TypeError
        When the game is not in extensive form.
    ValueError
        When the game does not have two roles, its payoffs do not add up to a constant, there are
        no iterations, or a checkpoint is not among them.

    References
    ----------
    M. Zinkevich, M. Johanson, M. Bowling, C. Piccione, "Regret minimization in games with
    incomplete information", Advances in Neural Information Processing Systems 20 (2007), equations
    (7) and (8), theorems 3 and 4; there both roles move at once.

    Examples
    --------
    >>> from armsrace.forms import kuhn_poker
    >>> answer = cfr(kuhn_poker(), iterations=1000)
    >>> round(answer.value, 4), round(answer.exploitability, 4)
    (-0.0555, 0.0009)
    """
    rounds = _rounds(iterations)
    return _average_play(
        form,
        np.ones((len(rounds), 2)),
        np.ones(len(rounds)),
        checkpoints,
        method="cfr",
    )


def cfr_plus(
    form: ExtensiveForm, *, iterations: int, checkpoints: Sequence[int] | None = None
) -> ExtensiveEquilibrium:
    """Minimize counterfactual regret, forget what is negative, and let late rounds weigh more.

    Parameters
    ----------
    form, iterations, checkpoints
        As in `cfr`.

    Returns
    -------
    ExtensiveEquilibrium
        As by `cfr`, round t weighted by t.

    Raises
    ------
    TypeError, ValueError
        As by `cfr`.

    References
    ----------
    O. Tammelin, "Solving large imperfect information games using CFR+", arXiv 1407.5042 (2014).

    N. Burch, M. Moravcik, M. Schmid, "Revisiting CFR+ and alternating updates", Journal of
    Artificial Intelligence Research 64 (2019) 429-443: the bound, when roles move in turn.

    Examples
    --------
    >>> from armsrace.forms import kuhn_poker
    >>> answer = cfr_plus(kuhn_poker(), iterations=1000, checkpoints=[10, 100])
    >>> [f"{t}: {e:.0e}" for t, e in answer.parameters["exploitability"]]
    ['10: 3e-02', '100: 1e-03', '1000: 7e-05']
    """
    rounds = _rounds(iterations)
    return _average_play(
        form,
        np.tile([1.0, 0.0], (len(rounds), 1)),
        rounds,
        checkpoints,
        method="cfr_plus",
    )


def discounted_cfr(
    form: ExtensiveForm,
    *,
    iterations: int,
    alpha: float = 1.5,
    beta: float = 0.0,
    gamma: float = 2.0,
    checkpoints: Sequence[int] | None = None,
) -> ExtensiveEquilibrium:
    """Minimize counterfactual regret, and let what is long past count less.

    Parameters
    ----------
    form, iterations, checkpoints
        As in `cfr`.
    alpha, beta
        How fast positive and negative regrets are kept: after round t they are multiplied by
        t^alpha / (t^alpha + 1) and t^beta / (t^beta + 1). May be infinite.
    gamma
        Round t has weight t^gamma in the averages; not negative.

    Returns
    -------
    ExtensiveEquilibrium
        As by `cfr`.

    Raises
    ------
    TypeError, ValueError
        As by `cfr`, and when a rate is not as above.

    References
    ----------
    N. Brown, T. Sandholm, "Solving imperfect-information games via discounted regret
    minimization", Proceedings of the AAAI Conference 33 (2019) 1829-1836.

    Examples
    --------
    >>> from armsrace.forms import kuhn_poker
    >>> answer = discounted_cfr(kuhn_poker(), iterations=1000)
    >>> round(answer.value, 4), round(answer.exploitability, 4)
    (-0.0556, 0.0002)
    """
    if np.isnan([alpha, beta]).any():
        raise ValueError(f"alpha and beta must be numbers, got {alpha} and {beta}")
    if not 0.0 <= gamma < np.inf:
        raise ValueError(f"gamma must be in [0, inf), got {gamma}")
    rounds = _rounds(iterations)
    with np.errstate(over="ignore"):
        kept = 1.0 / (1.0 + rounds[:, None] ** -np.array([alpha, beta]))
    return _average_play(
        form,
        kept,
        (rounds / iterations) ** gamma,
        checkpoints,
        method="discounted_cfr",
        parameters={"alpha": alpha, "beta": beta, "gamma": gamma},
    )


def predictive_cfr_plus(
    form: ExtensiveForm, *, iterations: int, checkpoints: Sequence[int] | None = None
) -> ExtensiveEquilibrium:
    """Minimize counterfactual regret, prepared for the gains of the last round once more.

    Parameters
    ----------
    form, iterations, checkpoints
        As in `cfr`.

    Returns
    -------
    ExtensiveEquilibrium
        As by `cfr`, round t weighted by t^2.

    Raises
    ------
    TypeError, ValueError
        As by `cfr`.

    References
    ----------
    G. Farina, C. Kroer, T. Sandholm, "Faster game solving via predictive Blackwell approachability:
    connecting regret matching and mirror descent", Proceedings of the AAAI Conference 35 (2021)
    5363-5371.

    Examples
    --------
    >>> from armsrace.forms import kuhn_poker
    >>> answer = predictive_cfr_plus(kuhn_poker(), iterations=1000)
    >>> round(answer.value, 6), round(answer.exploitability, 6)
    (-0.055556, 0.0)
    """
    rounds = _rounds(iterations)
    return _average_play(
        form,
        np.tile([1.0, 0.0], (len(rounds), 1)),
        rounds**2,
        checkpoints,
        predictive=True,
        method="predictive_cfr_plus",
    )


def _rounds(iterations: int) -> Array:
    """Return the numbers of the rounds: 1, 2, ..."""
    if iterations < 1:
        raise ValueError(f"iterations must be at least 1, got {iterations}")
    return np.arange(1.0, iterations + 1.0)


def _average_play(
    form: ExtensiveForm,
    discounts: Array,
    weights: Array,
    checkpoints: Sequence[int] | None,
    *,
    method: str,
    predictive: bool = False,
    parameters: Mapping[str, object] | None = None,
) -> ExtensiveEquilibrium:
    """Let both roles minimize their regrets, and return their average strategies."""
    from armsrace.solvers import _counterfactual_regret

    check_zero_sum(form, method)
    iterations = len(weights)
    measured = _measured(iterations, checkpoints)
    game = form.sequence_form()
    numbers = _numbers(game)
    sums = np.zeros((len(measured), sum(map(len, numbers))))
    _counterfactual_regret.minimize_regret(
        *_flat(game, numbers), discounts, weights, predictive, measured, sums
    )
    averages = [
        tuple(
            role.behavior_of_plan(plans[n]) for role, n in zip(game.sequences, numbers, strict=True)
        )
        for plans in sums
    ]
    path = [extensive_certificate.exploitability(game, strategies) for strategies in averages]
    reported = {
        "iterations": iterations,
        **(parameters or {}),
        "exploitability": tuple(zip(measured.tolist(), path, strict=True)),
    }
    answer = ExtensiveEquilibrium(form, averages[-1], method, reported)
    if (answer.regrets <= tolerances(form)).all():
        return answer
    reached = f"regret {answer.regret:.1g} after {iterations} iterations"
    return replace(answer, status=f"{reached}: more iterations lower it")


def _measured(iterations: int, checkpoints: Sequence[int] | None) -> Indices:
    """Return the numbers of rounds after which to measure, ascending."""
    if checkpoints is None:
        chosen = 2 ** np.arange(int(iterations).bit_length())
    else:
        chosen = np.array(checkpoints, dtype=np.intp)
        outside = chosen[(chosen < 1) | (chosen > iterations)]
        if outside.size:
            raise ValueError(f"checkpoints must be from 1 to {iterations}, got {outside[0]}")
    return np.union1d(chosen, iterations)


def _numbers(form: SequenceForm) -> tuple[Indices, Indices]:
    """Return the number that the kernel gives to each sequence of each role."""
    learner, adversary = form.sequences
    first = np.append(0, np.arange(1, learner.count) + 1)
    second = np.append(1, np.arange(1, adversary.count) + learner.count)
    return first, second


def _flat(
    form: SequenceForm, numbers: tuple[Indices, Indices]
) -> tuple[Indices, Indices, Array, Indices, Indices, Indices]:
    """Lay the game out as the kernel needs it: rows, columns, entries, parents, starts, levels."""
    from scipy.sparse import csr_array

    met = [n[own] for n, own in zip(numbers, form.terminals, strict=True)]
    count = sum(map(len, numbers))
    payoffs = csr_array(
        ((form.chance * form.payoffs).ravel(), (np.concatenate(met), np.concatenate(met[::-1]))),
        shape=(count, count),
    )
    roles = list(zip(form.sequences, numbers, strict=True))
    parents = np.concatenate([n[role.parents] for role, n in roles])
    starts = np.concatenate([*(n[role.starts[:-1]] for role, n in roles), [count]])
    depth = max(len(role.levels) for role in form.sequences)
    before = (0, len(form.sequences[0].parents))
    levels = [
        first + np.append(role.levels, np.repeat(role.levels[-1], depth - len(role.levels)))
        for role, first in zip(form.sequences, before, strict=True)
    ]
    rows, columns = payoffs.indptr.astype(np.intp), payoffs.indices.astype(np.intp)
    return rows, columns, payoffs.data, parents, starts, np.stack(levels)

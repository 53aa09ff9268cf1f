r"""Certificates for games in extensive form, computed from the sequence form.

Nothing here knows how the strategies were found. Strategies are behavior strategies, one array of
shape (S_i,) a role, as `armsrace.forms.role_sequences` describes. With x_j the realization plan of
role j, a sequence s of role i earns, given that i itself plays towards it, ::

    g(s) = sum of  chance(z) u_i(z) prod_{j != i} x_j(j's sequence at z)
           over the terminal nodes z where i's sequence is s

and role i earns sum_s x_i(s) g(s). Its best response is found backwards: the value of an
information set is that of its best action, and the value of an action's sequence s is g(s) plus the
values of the information sets that s leads to. Perfect recall makes this exact. The *regret* of a
role is the value of its best response, less what it earns; strategies are a Nash equilibrium
exactly when no role has a positive regret.

Every function takes one step a terminal node and one vectorized step a depth of information sets.
Sums of products of Z float64 numbers carry rounding of about 1e-16 times the size of the payoffs.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from armsrace.forms.normal import Array
from armsrace.forms.sequence import SequenceForm


def sequence_payoffs(form: SequenceForm, behaviors: Sequence[ArrayLike], role: str) -> Array:
    """Return g, what each sequence of a role earns against the strategies of the others.

    Parameters
    ----------
    form
        The game.
    behaviors
        One behavior strategy for each role, of shape (S_i,).
    role
        The role; its own strategy is not used.

    Returns
    -------
    numpy.ndarray
        Shape (S_i,).

    Raises
    ------
    ValueError
        When the strategies are not one behavior strategy for each role.
    LookupError
        When the game has no such role.

    Examples
    --------
    >>> from armsrace.forms import matching_pennies
    >>> form = matching_pennies().sequence_form()
    >>> sequence_payoffs(form, [np.ones(3) / [1, 2, 2], np.array([1, 0.75, 0.25])], "learner")
    array([ 0. ,  0.5, -0.5])
    """
    return _gains(form, _plans(form, behaviors), form.role_index(role))


def expected_payoffs(form: SequenceForm, behaviors: Sequence[ArrayLike]) -> Array:
    """Return what each role earns on average, shape (N,).

    Parameters
    ----------
    form
        The game.
    behaviors
        One behavior strategy for each role, of shape (S_i,).

    Raises
    ------
    ValueError
        When the strategies are not one behavior strategy for each role.

    Examples
    --------
    >>> from armsrace.forms import kuhn_poker
    >>> form = kuhn_poker().sequence_form()
    >>> expected_payoffs(form, [role.uniform() for role in form.sequences]).round(12).tolist()
    [0.125, -0.125]
    """
    return _expected(form, _plans(form, behaviors))


def best_response(
    form: SequenceForm, behaviors: Sequence[ArrayLike], role: str
) -> tuple[float, Array]:
    """Return the most that a role can earn against the strategies of the others, and how.

    Parameters
    ----------
    form
        The game.
    behaviors
        One behavior strategy for each role, of shape (S_i,).
    role
        The role that responds; its own strategy is not used.

    Returns
    -------
    tuple
        The value, and a pure behavior strategy that earns it, shape (S_i,): at each information set
        the first of the best actions.

    Raises
    ------
    ValueError
        When the strategies are not one behavior strategy for each role.
    LookupError
        When the game has no such role.

    Examples
    --------
    >>> from armsrace.forms import matching_pennies
    >>> form = matching_pennies().sequence_form()
    >>> value, response = best_response(form, [np.ones(3) / [1, 2, 2], [1, 0.75, 0.25]], "learner")
    >>> value, form.of("learner").table(response)
    (0.5, {'first': {'heads': 1.0, 'tails': 0.0}})
    """
    return _best_response(form, _plans(form, behaviors), form.role_index(role))


def regrets(form: SequenceForm, behaviors: Sequence[ArrayLike]) -> Array:
    """Return what the best response of each role gains, shape (N,), never negative.

    Parameters
    ----------
    form
        The game.
    behaviors
        One behavior strategy for each role, of shape (S_i,).

    Raises
    ------
    ValueError
        When the strategies are not one behavior strategy for each role.

    Examples
    --------
    >>> from armsrace.forms import matching_pennies
    >>> form = matching_pennies().sequence_form()
    >>> regrets(form, [[1, 0.5, 0.5], [1, 0.75, 0.25]]).tolist()
    [0.5, 0.0]
    """
    plans = _plans(form, behaviors)
    values = [_best_response(form, plans, index)[0] for index in range(len(plans))]
    return np.maximum(values - _expected(form, plans), 0.0)


def exploitability(form: SequenceForm, behaviors: Sequence[ArrayLike]) -> float:
    """Return the mean of the regrets: how much the strategies lose to best responses, a role.

    In a game of two with constant sum this is half the gap between what the two best responses
    earn, the measure by which solvers of poker are compared.

    Examples
    --------
    >>> from armsrace.forms import matching_pennies
    >>> exploitability(matching_pennies().sequence_form(), [[1, 0.5, 0.5], [1, 0.75, 0.25]])
    0.25
    """
    return float(regrets(form, behaviors).mean())


def _plans(form: SequenceForm, behaviors: Sequence[ArrayLike]) -> list[Array]:
    if len(behaviors) != len(form.sequences):
        raise ValueError(
            f"behaviors must hold one array for each of {len(form.sequences)} roles, "
            f"got {len(behaviors)}"
        )
    return [role.plan(b) for role, b in zip(form.sequences, behaviors, strict=True)]


def _expected(form: SequenceForm, plans: Sequence[Array]) -> Array:
    reached = [plan[met] for plan, met in zip(plans, form.terminals, strict=True)]
    payoffs: Array = form.payoffs @ (form.chance * np.prod(reached, axis=0))
    return payoffs


def _gains(form: SequenceForm, plans: Sequence[Array], index: int) -> Array:
    weights = form.chance * form.payoffs[index]
    for other, (plan, met) in enumerate(zip(plans, form.terminals, strict=True)):
        if other != index:
            weights = weights * plan[met]
    gains: Array = np.zeros(form.sequences[index].count)
    np.add.at(gains, form.terminals[index], weights)
    return gains


def _best_response(form: SequenceForm, plans: Sequence[Array], index: int) -> tuple[float, Array]:
    role = form.sequences[index]
    values = _gains(form, plans, index)
    response = np.zeros(role.count)
    response[0] = 1.0
    for sets, block in reversed(list(role.blocks())):
        best = np.maximum.reduceat(values[block], role.starts[sets] - block.start)
        np.add.at(values, role.parents[sets], best)
        owners = role.information_set_of[block]
        choices = np.flatnonzero(values[block] == best[owners - sets.start])
        _, firsts = np.unique(owners[choices], return_index=True)
        response[block.start + choices[firsts]] = 1.0
    return float(values[0]), response

"""Double oracle: solving a zero-sum game from the few actions that matter.

Both roles start with one action. Each round solves the game restricted to the actions known so far
(`armsrace.solvers.minimax`, started from the strategies of the round before, in which the newest
actions have half of the weight), asks an *oracle* of each role for a best reply to the other's
strategy, and adds the replies. With x, y the strategies, the learner's reply shows that the
adversary's y concedes at most ::

    upper = max_i u(i, y),       and the adversary's that x guarantees      lower = min_j u(x, j)

so the value of the whole game is between them. When neither reply is new they are equal, and the
strategies solve the whole game, however many actions it has (McMahan, Gordon, Blum 2003, theorem
1). A finite game ends after at most as many rounds as it has actions, and often far fewer.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from armsrace.forms.normal import NormalForm
from armsrace.solvers import certificate
from armsrace.solvers.equilibrium import Equilibrium
from armsrace.solvers.minimax import minimax

Oracle = Callable[[Mapping[Hashable, float]], Hashable]
"""From the other role's actions, with their probabilities, to a best reply."""

ROUNDING = 1e-12  # the gap, as a share of the payoffs' size, at which to look no further
LEFT = 4e-10  # the gap that the solution of the restricted games may leave


def double_oracle(form: NormalForm) -> Equilibrium:
    """Solve a game of two whose payoffs add up to a constant, from the actions that matter.

    Parameters
    ----------
    form
        The game.

    Returns
    -------
    Equilibrium
        One equilibrium of the whole form. ``parameters["growth"]`` has for each round the number of
        actions that the learner and the adversary knew, and the bounds ``lower`` and ``upper`` that
        their strategies prove for the value.

    Raises
    ------
    ValueError
        When the game does not have two roles or its payoffs do not add up to a constant.

    References
    ----------
    H. B. McMahan, G. Gordon, A. Blum, "Planning in the presence of cost functions controlled by an
    adversary", ICML 2003.

    Examples
    --------
    The learner picks a point between 0 and 1, the adversary wants to be near it. Of 101 points
    they have to look at 2 and 9:

    >>> points = np.linspace(0, 1, 101)
    >>> answer = double_oracle(NormalForm.zero_sum((points[:, None] - points) ** 2))
    >>> round(answer.value, 6), answer.adversary
    (0.25, {'50': 1.0})
    >>> answer.parameters["growth"][-1]
    (2, 9, 0.25, 0.25)
    """
    if len(form.roles) != 2 or not form.is_constant_sum():
        raise ValueError("double_oracle needs a game of two whose payoffs add up to a constant")
    payoffs = form.payoffs[0]
    found = double_oracle_with(
        lambda i, j: float(payoffs[i, j]),
        lambda y: int((payoffs[:, _places(y)] @ [*y.values()]).argmax()),
        lambda x: int(([*x.values()] @ payoffs[_places(x)]).argmin()),
        start=(0, 0),
        iterations=sum(form.shape),
    )
    strategies = [np.zeros(m) for m in form.shape]
    for strategy, actions, played in zip(
        strategies, found.form.actions, found.strategies, strict=True
    ):
        strategy[_places(actions)] = played
    parameters = {"growth": found.parameters["growth"]}
    answer = Equilibrium(form, tuple(strategies), "double_oracle", parameters)
    if (answer.regrets > certificate.tolerances(form)).any():
        return replace(answer, status=f"regret {answer.regret:.1g}: rescale the payoffs")
    return answer


def double_oracle_with(
    payoff: Callable[[Hashable, Hashable], float],
    learner_reply: Oracle,
    adversary_reply: Oracle,
    *,
    start: tuple[Hashable, Hashable],
    tolerance: float = 0.0,
    iterations: int = 1000,
) -> Equilibrium:
    """Solve a zero-sum game of any number of actions, known by its best replies.

    Parameters
    ----------
    payoff
        What the learner earns, and the adversary pays, at an action of each.
    learner_reply, adversary_reply
        The best reply of a role to the other's mixture, among all its actions. The bounds on the
        value are right when replies are best.
    start
        The first action of the learner and of the adversary.
    tolerance
        The gap between the bounds, in units of payoff, at which to stop.
    iterations
        The largest number of rounds.

    Returns
    -------
    Equilibrium
        An equilibrium of the game restricted to the actions found, which is its ``form``.
        ``parameters["gap"]`` is what remains between the bounds: how much both roles together could
        gain by actions outside. ``parameters["growth"]`` as in `double_oracle`. The status says
        when the gap is above the tolerance, or bounds that cross prove a reply not to be best.

    Raises
    ------
    ValueError
        When the tolerance is negative, there are no iterations or a payoff is not finite.

    References
    ----------
    As `double_oracle`.

    Examples
    --------
    The learner picks a point between 0 and 1, the adversary wants to be near it:

    >>> answer = double_oracle_with(
    ...     lambda x, y: (x - y) ** 2,
    ...     lambda y: max((0.0, 1.0), key=lambda x: sum(p * (x - b) ** 2 for b, p in y.items())),
    ...     lambda x: sum(p * a for a, p in x.items()),
    ...     start=(0.3, 0.8),
    ...     tolerance=1e-9,
    ... )
    >>> round(answer.value, 6), answer.parameters["gap"] <= 1e-9
    (0.25, True)
    """
    if not tolerance >= 0.0:
        raise ValueError(f"tolerance must not be negative, got {tolerance:g}")
    if iterations < 1:
        raise ValueError(f"iterations must be at least 1, got {iterations}")
    rows, columns = [start[0]], [start[1]]
    table = [[payoff(*start)]]
    growth = []
    warm: list[NDArray[np.float64]] | None = None
    for _ in range(iterations):
        solved = minimax(NormalForm.zero_sum(table, actions=[rows, columns]), start=warm)
        x, y = solved.learner, solved.adversary
        row, column = learner_reply(y), adversary_reply(x)
        upper = sum(p * payoff(row, j) for j, p in y.items())
        lower = sum(p * payoff(i, column) for i, p in x.items())
        growth.append((len(rows), len(columns), lower, upper))
        size = float(np.abs(table).max())
        if upper - lower <= max(tolerance, ROUNDING * size) or (row in rows and column in columns):
            break
        if row not in rows:
            rows.append(row)
            table.append([payoff(row, j) for j in columns])
        if column not in columns:
            columns.append(column)
            for i, earned in zip(rows, table, strict=True):
                earned.append(payoff(i, column))
        warm = [
            np.append(strategy, np.ones(len(known) - len(strategy)))
            for strategy, known in zip(solved.strategies, (rows, columns), strict=True)
        ]
    gap, status = upper - lower, solved.status
    if gap > max(tolerance, LEFT * size):
        status = f"a gap of {gap:.1g} after {len(growth)} rounds: raise iterations"
    elif gap < -LEFT * size:
        status = f"an oracle does not reply best: its reply misses {-gap:.1g} or more"
    return replace(
        solved,
        method="double_oracle_with",
        parameters={"gap": max(gap, 0.0), "growth": tuple(growth)},
        status=status,
    )


def _places(labels: Iterable[Hashable]) -> NDArray[np.intp]:
    """Return labels that are places as an index."""
    return np.array([*labels], dtype=np.intp)

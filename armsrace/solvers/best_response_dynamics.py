"""Best-response dynamics: roles that move to a best reply to what the others do now.

It is what naive retraining is, and what answering it is. Pure profiles are finitely many and the
rule is deterministic, so it comes to rest, in a pure Nash equilibrium, or is caught in a cycle.
"""

from collections.abc import Hashable, Mapping

import numpy as np

from armsrace.forms.normal import NormalForm
from armsrace.solvers.trajectory import Trajectory


def best_response_dynamics(
    form: NormalForm, start: Mapping[str, Hashable] | None = None, *, at_once: bool = False
) -> Trajectory:
    """Let roles move to their best replies until they rest or repeat themselves.

    Parameters
    ----------
    form
        The game.
    start
        The first action of each role; a role that is not named starts with its first.
    at_once
        Whether all roles move together, each replying to what the others did before. By default
        they move in turn, in their order, and each sees where the others have gone.

    Returns
    -------
    Trajectory
        One step of time is one move of every role. A role that plays a best reply stays;
        otherwise it takes the first of its best replies. ``converged``, in a pure Nash equilibrium,
        or in a cycle of the ``period``, which the last steps run through once. There are at most as
        many steps as profiles. A step looks at each action once and at all profiles seen before.

    Raises
    ------
    LookupError
        When the form has no such role or action.

    References
    ----------
    A. Cournot, Recherches sur les principes mathematiques de la theorie des richesses (1838),
    chapter VII.

    Examples
    --------
    >>> dilemma = NormalForm.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    >>> best_response_dynamics(dilemma)
    Trajectory by best_response_dynamics: 3 times from 0 to 2, at rest, regret 0
    >>> pennies = NormalForm.zero_sum([[1, -1], [-1, 1]])
    >>> best_response_dynamics(pennies, at_once=True)
    Trajectory by best_response_dynamics: 5 times from 0 to 4, in a cycle of period 4, regret 2
    """
    profile = _profile(form, start or {})
    visited: list[tuple[int, ...]] = []
    while profile not in visited:
        visited.append(profile)
        profile = _moved(form, profile, at_once)
    period = len(visited) - visited.index(profile)
    visited.append(profile)
    steps = np.array(visited)
    return Trajectory(
        form,
        np.arange(len(steps), dtype=np.float64),
        tuple(np.eye(m)[own] for m, own in zip(form.shape, steps.T, strict=True)),
        "best_response_dynamics",
        converged=period == 1,
        period=None if period == 1 else float(period),
    )


def _profile(form: NormalForm, start: Mapping[str, Hashable]) -> tuple[int, ...]:
    """Return the places of the first actions."""
    first = [0] * len(form.roles)
    for role, action in start.items():
        index = form.role_index(role)
        labels = form.actions[index]
        if action not in labels:
            known = ", ".join(map(str, labels))
            raise LookupError(f"{role} has no action {action!r}; its actions are {known}")
        first[index] = labels.index(action)
    return tuple(first)


def _moved(form: NormalForm, profile: tuple[int, ...], at_once: bool) -> tuple[int, ...]:
    """Return the profile after every role has moved."""
    moved = list(profile)
    for i, payoffs in enumerate(form.payoffs):
        seen = list(profile) if at_once else moved
        earned = payoffs[(*seen[:i], slice(None), *seen[i + 1 :])]
        if earned[moved[i]] < earned.max():
            moved[i] = int(earned.argmax())
    return tuple(moved)

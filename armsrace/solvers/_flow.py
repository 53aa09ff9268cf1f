"""Following a dynamic in continuous time, which is the same for all of them."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from armsrace.forms.normal import Array, NormalForm
from armsrace.solvers.trajectory import Trajectory

REST = 1e-8  # the largest speed of a probability at which a dynamic counts as at rest
ACCURACY = 1e-10  # of the integration, relative and absolute


def integrated(velocity: Callable[[Array], Array], first: Array, times: ArrayLike) -> Array:
    """Return where a velocity leads, at each time, shape (T, variables)."""
    from scipy.integrate import solve_ivp

    moments = np.asarray(times, dtype=np.float64)
    if moments.ndim != 1 or not len(moments) or not np.isfinite(moments).all():
        raise ValueError(f"times must be finite numbers, one or more, got {moments.tolist()}")
    if moments[0] < 0.0 or (np.diff(moments) <= 0.0).any():
        raise ValueError(f"times must ascend from 0 or later, got {moments.tolist()}")
    if moments[-1] == 0.0:
        return first[None]
    result = solve_ivp(
        lambda _, state: velocity(state),
        (0.0, moments[-1]),
        first,
        method="DOP853",
        t_eval=moments,
        rtol=ACCURACY,
        atol=ACCURACY,
    )
    if not result.success:
        raise ArithmeticError(f"the dynamic was not integrated: {result.message}")
    path: Array = result.y.T
    return path


def trajectory(
    form: NormalForm,
    times: ArrayLike,
    moments: Sequence[Sequence[Array]],
    method: str,
    speed: float,
) -> Trajectory:
    """Join the moments, and call those at rest that move no faster than `REST` at the end."""
    strategies = tuple(np.stack(own) for own in zip(*moments, strict=True))
    return Trajectory(form, np.asarray(times, dtype=np.float64), strategies, method, speed < REST)


def distributions(form: NormalForm, start: Sequence[ArrayLike]) -> list[Array]:
    """Check the strategies to start from."""
    if len(start) != len(form.roles):
        raise ValueError(
            f"start must hold one distribution for each of {len(form.roles)} roles, "
            f"got {len(start)}"
        )
    first = [np.asarray(own, dtype=np.float64) for own in start]
    for role, own, m in zip(form.roles, first, form.shape, strict=True):
        if own.shape != (m,):
            raise ValueError(f"start of {role} must have shape ({m},), got {own.shape}")
        if not (own >= 0.0).all() or abs(own.sum() - 1.0) > 1e-9:
            raise ValueError(f"start of {role} must be a distribution, got {own.tolist()}")
    return first


def split(form: NormalForm, joined: Array) -> list[Array]:
    """Part what is joined into one array for each role."""
    return np.split(joined, np.cumsum(form.shape)[:-1])


def shares(weights: Array) -> Array:
    """Divide weights by their sum."""
    total: Array = weights / weights.sum()
    return total

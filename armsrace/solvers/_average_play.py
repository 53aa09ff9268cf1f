"""From many rounds of learning to an `Equilibrium`: what all learning dynamics share.

*Path.* The averages are certified after 1, 2, 4, 8, ... rounds and after the last one, which costs
next to nothing and shows how the regret falls.
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from armsrace.forms.normal import Array, NormalForm
from armsrace.solvers import certificate
from armsrace.solvers.equilibrium import Equilibrium, distribution

Sizes = NDArray[np.int64]

Kernel = Callable[[Array, Sizes, Sizes, Array], None]
"""Payoffs, sizes, checkpoints and the sums to write, as `armsrace.solvers._learning` has them."""


def average_play(
    form: NormalForm,
    learn: Kernel,
    iterations: int,
    *,
    method: str,
    parameters: Mapping[str, object],
) -> Equilibrium:
    """Let a kernel play a game and return the average strategies.

    Raises
    ------
    ValueError
        When there are no iterations.
    """
    if iterations < 1:
        raise ValueError(f"iterations must be at least 1, got {iterations}")
    powers = 2 ** np.arange(int(iterations).bit_length())
    checkpoints = np.union1d(powers, iterations)
    sizes = np.array(form.shape)
    sums = np.zeros((len(checkpoints), len(sizes), sizes.max()))
    payoffs = [np.moveaxis(own, axis, -1).ravel() for axis, own in enumerate(form.payoffs)]
    learn(np.stack(payoffs), sizes, checkpoints, sums)
    averages = [
        tuple(distribution(own[:m]) for own, m in zip(total, sizes, strict=True)) for total in sums
    ]
    regrets = [certificate.regrets(form, strategies) for strategies in averages]
    path = tuple(zip(checkpoints.tolist(), (float(r.max()) for r in regrets), strict=True))
    return Equilibrium(
        form,
        averages[-1],
        method,
        {"iterations": iterations, **parameters, "path": path},
        _status(form, regrets[-1], iterations),
    )


def _status(form: NormalForm, regrets: Array, iterations: int) -> str:
    if (regrets <= certificate.tolerances(form)).all():
        return "solved"
    reached = f"regret {regrets.max():.1g} after {iterations} iterations"
    if len(form.roles) == 2 and form.is_constant_sum():
        return f"{reached}: more iterations lower it"
    return f"{reached}: only in zero-sum games of two do more iterations lower it for certain"

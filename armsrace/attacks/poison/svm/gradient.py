"""How the validation loss of a support vector machine moves with the rows it is trained on.

The attacker's objective is the hinge loss that the *retrained* machine has on m rows of its own::

    L = 1/m sum_k max(0, 1 - y_k f(x_k)),        f(x) = sum_i beta_i k(x, x_i) + b.

When a training row x_c moves a little, the conditions of Karush, Kuhn and Tucker go on to hold.
As long as no row changes its part, the bounded coefficients stay at 0 or C, and on the free rows F
(margin vectors) f = y stays true, which fixes the change of the free coefficients and of b::

    [K_FF 1] [d beta_F]     [r]       r_s = change of f(x_s), s in F, at fixed beta and b
    [1'   0] [d b     ] = - [0]

That is Biggio's formula (his M_k is the inverse of this matrix, applied). It is cheaper to solve
the *adjoint* system once, with v_k = dL/df(x_k), ::

    [K_FF 1] [z]   [sum_k v_k k(x_k, x_F)]
    [1'   0] [.] = [sum_k v_k            ]

since then dL = sum_k v_k df(x_k)|fixed - z.r, and with z = 0 outside F and the helper function
h(x) = sum_k v_k k(x, x_k) - sum_i z_i k(x, x_i) the gradient is, for every training row at once, ::

    dL/dx_c = beta_c grad h(x_c) - z_c grad f(x_c).

The first term is x_c's pull on the others; a bounded row has only this one. The second is there
for a margin vector, which has to stay on the margin itself. A row with beta_c = 0 moves nothing.

Without margin vectors b lies midway between the two rows that bound it, so that each carries half
of its change: z = sum_k v_k / 2 at these two.

References
----------
Biggio, B., Nelson, B., Laskov, P. (2012). Poisoning attacks against support vector machines. ICML.
Cauwenberghs, G., Poggio, T. (2000). Incremental and decremental support vector machine learning.
NIPS.
"""

import numpy as np
from numpy.typing import NDArray

from armsrace.attacks.poison.svm.active_set import bordered, extreme_pair
from armsrace.attacks.poison.svm.kernels import Array
from armsrace.attacks.poison.svm.machine import KernelMachine


def hinge_loss(machine: KernelMachine, rows: Array, signs: Array) -> float:
    """L, the mean of max(0, 1 - y f(x)) over rows with labels y = +-1.

    Examples
    --------
    >>> from armsrace.attacks.poison.svm.kernels import LinearKernel
    >>> line = np.array([[-1.0], [1.0]])
    >>> machine = KernelMachine.fit(line, np.array([-1.0, 1.0]), LinearKernel(), penalty=1.0)
    >>> round(hinge_loss(machine, np.array([[0.0], [0.5], [2.0]]), np.array([1.0, -1.0, 1.0])), 6)
    0.833333
    """
    return float(np.maximum(0.0, 1.0 - signs * machine.decision(rows)).mean())


def hinge_gradient(
    machine: KernelMachine, rows: Array, signs: Array, moved: NDArray[np.intp]
) -> Array:
    """Gradient of L by each of some training rows, through retraining.

    Where a row is about to change its part, L has a kink and this is the derivative on one side.
    O(f^3 + (m + n) (m + f) d) for m validation rows, n training rows of which f are free.

    Parameters
    ----------
    machine
        The trained machine.
    rows, signs
        The validation rows and their labels, 1 or -1.
    moved
        Which training rows, by index.

    Returns
    -------
    :
        Shape (len(moved), d).

    Examples
    --------
    By each of four rows on a line, and by retraining with the third one moved.

    >>> from armsrace.attacks.poison.svm.kernels import LinearKernel
    >>> line, signs = np.array([[-2.0], [-1.0], [2.0], [3.0]]), np.array([-1.0, -1.0, -1.0, 1.0])
    >>> machine = KernelMachine.fit(line, signs, LinearKernel(), penalty=0.2)
    >>> row, sign = np.array([[1.0]]), np.array([-1.0])
    >>> hinge_gradient(machine, row, sign, np.arange(4)).ravel().round(6) + 0.0
    array([ 0. , -0.1, -0.2,  0.1])
    >>> moved = machine.moving(np.array([2]), np.array([[2.0 + 1e-6]]))
    >>> round((hinge_loss(moved, row, sign) - hinge_loss(machine, row, sign)) / 1e-6, 5)
    -0.2
    """
    kernel, points = machine.kernel, machine.rows[moved]
    wrong = np.flatnonzero(signs * machine.decision(rows) < 1)
    pull = -signs[wrong] / len(signs)
    held, adjoint = _adjoint(machine, rows[wrong], pull)
    weights = np.zeros(len(machine))
    weights[held] = adjoint
    through = kernel.slope(
        points,
        np.concatenate([rows[wrong], machine.rows[held]]),
        np.concatenate([pull, -adjoint]),
    )
    own = kernel.slope(points, machine.rows, machine.coefficients)
    gradient: Array = machine.coefficients[moved, None] * through - weights[moved, None] * own
    return gradient


def _adjoint(machine: KernelMachine, rows: Array, pull: Array) -> tuple[NDArray[np.intp], Array]:
    """The rows where z is not zero, and z there."""
    held = np.flatnonzero(machine.free)
    if not len(held):
        pair = extreme_pair(machine.gram, machine.signs, machine.penalty, machine.coefficients)
        return np.array(pair), np.full(2, pull.sum() / 2)
    wanted = np.append(pull @ machine.kernel.between(rows, machine.rows[held]), pull.sum())
    system = bordered(machine.gram[np.ix_(held, held)])
    return held, np.linalg.solve(system, wanted)[:-1]

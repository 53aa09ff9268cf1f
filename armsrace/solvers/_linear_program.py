"""Linear programs by HiGHS, with their dual."""

import numpy as np

from armsrace.forms.normal import Array


def maximize(objective: Array, matrix: Array, limits: Array) -> tuple[Array, Array]:
    """Maximize objective @ x subject to matrix @ x <= limits and x >= 0.

    Returns
    -------
    x, multipliers
        The solution, shape (n,), and the dual values of the constraints, shape (m,), not negative.

    Raises
    ------
    ArithmeticError
        When HiGHS finds no optimum.

    Examples
    --------
    >>> x, multipliers = maximize(np.array([3.0, 2.0]), np.array([[1.0, 1.0]]), np.array([4.0]))
    >>> x.tolist(), multipliers.tolist()
    ([4.0, 0.0], [3.0])
    """
    from scipy.optimize import linprog

    result = linprog(-objective, A_ub=matrix, b_ub=limits, method="highs")
    if result.x is None:
        raise ArithmeticError(f"a linear program was not solved: {result.message}")
    return result.x, np.maximum(-result.ineqlin.marginals, 0.0)

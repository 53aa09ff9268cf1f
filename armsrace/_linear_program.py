"""Linear programs by HiGHS, with their dual.

They are handed to HiGHS itself: most are small, and scipy's checks on the way there take twice as
long as to solve them.
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Array = NDArray[np.float64]
Places = NDArray[np.int32]


class InfeasibleError(ArithmeticError):
    """No point meets the constraints of a linear program."""


def minimize(
    objective: Array,
    matrix: "Array | csr_array",
    rows: tuple[ArrayLike, ArrayLike],
    columns: tuple[ArrayLike, ArrayLike] = (0.0, np.inf),
    precision: float = 1e-7,
) -> tuple[Array, Array]:
    """Minimize objective @ x subject to bounds on matrix @ x and on x.

    Parameters
    ----------
    objective
        Shape (n,).
    matrix
        Shape (m, n), dense or sparse.
    rows, columns
        The least and the greatest matrix @ x, and x: numbers, or one a row and one a column; equal
        ones make an equality, infinite ones are none.
    precision
        By how much constraints, those of the dual included, may be missed; at least 1e-10.

    Returns
    -------
    x, multipliers
        The solution, shape (n,), and the dual values of the rows, shape (m,): by how much the
        minimum rises with a row's binding bound.

    Raises
    ------
    InfeasibleError
        When no x meets the constraints.
    ArithmeticError
        When HiGHS finds no optimum for another reason.

    Examples
    --------
    >>> x, multipliers = minimize(np.array([1.0, 2.0]), np.array([[1.0, 1.0]]), (3.0, np.inf))
    >>> x.tolist(), multipliers.tolist()
    ([3.0, 0.0], [1.0])
    """
    import highspy

    m, n = matrix.shape
    program = highspy.HighsLp()
    program.num_row_, program.num_col_ = m, n
    program.col_cost_ = objective
    program.row_lower_, program.row_upper_ = (_each(bound, m) for bound in rows)
    program.col_lower_, program.col_upper_ = (_each(bound, n) for bound in columns)
    program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    starts, indices, values = _by_row(matrix)
    program.a_matrix_.start_, program.a_matrix_.index_ = starts, indices
    program.a_matrix_.value_ = values

    # The core of `highspy.Highs`, which would register callbacks as well, and print a banner.
    highs = highspy._Highs()  # type: ignore[attr-defined]
    highs.setOptionValue("output_flag", False)
    for side in ("primal", "dual"):
        highs.setOptionValue(f"{side}_feasibility_tolerance", precision)
    highs.passModel(program)
    highs.run()
    status = highs.getModelStatus()
    if status != highspy.HighsModelStatus.kOptimal:
        said = highs.modelStatusToString(status)
        kind = (
            InfeasibleError if status == highspy.HighsModelStatus.kInfeasible else ArithmeticError
        )
        raise kind(f"a linear program was not solved: HiGHS says {said!r}")
    solution = highs.getSolution()
    return np.array(solution.col_value), np.array(solution.row_dual)


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
    x, multipliers = minimize(-objective, matrix, (-np.inf, limits))
    return x, np.maximum(-multipliers, 0.0)


def _each(bound: ArrayLike, size: int) -> Array:
    return np.broadcast_to(np.asarray(bound, dtype=np.float64), size)


def _by_row(matrix: "Array | csr_array") -> tuple[Places, Places, Array]:
    """Where each row begins, the columns of the entries that are not zero, and the entries."""
    if not isinstance(matrix, np.ndarray):
        return matrix.indptr, matrix.indices, matrix.data
    row, column = np.nonzero(matrix)
    starts = np.zeros(len(matrix) + 1, dtype=np.int32)
    np.cumsum(np.bincount(row, minlength=len(matrix)), out=starts[1:])
    return starts, column.astype(np.int32), matrix[row, column]

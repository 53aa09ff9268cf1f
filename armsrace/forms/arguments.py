"""What all forms ask of their arguments: finite numbers, unique labels, names by default."""

from collections import Counter
from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

NUMBERS = tuple(map(str, range(256)))  # the labels of most games that name none


def finite(name: str, values: ArrayLike) -> NDArray[np.float64]:
    """Copy numbers from outside into a read-only array.

    Raises
    ------
    ValueError
        When a number is not finite.
    """
    array = np.array(values, dtype=np.float64)
    if not np.isfinite(array).all():
        index = tuple(np.argwhere(~np.isfinite(array))[0].tolist())
        raise ValueError(f"{name} must be finite, got {array[index]} at index {index}")
    array.flags.writeable = False
    return array


def check_unique(name: str, labels: Sequence[Hashable]) -> None:
    """Make sure that no label occurs twice; there is one at least.

    Raises
    ------
    ValueError
        When one does.
    """
    if len(set(labels)) < len(labels):
        label, times = Counter(labels).most_common(1)[0]
        raise ValueError(f"{name} must be unique, got {label!r} {times} times")


def default_roles(count: int) -> tuple[str, ...]:
    """Return the names of the roles of a game that names none."""
    if count == 2:
        return ("learner", "adversary")
    return tuple(f"player {number}" for number in range(1, count + 1))


def default_labels(shape: Sequence[int]) -> tuple[tuple[str, ...], ...]:
    """Return the numbers 0, 1, ... as labels, as many for each role as the shape says."""
    return tuple(NUMBERS[:m] if m <= len(NUMBERS) else tuple(map(str, range(m))) for m in shape)

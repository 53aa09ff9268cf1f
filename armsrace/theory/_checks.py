"""The door: turn arguments into float64 and refuse what a formula does not cover.

An allowed range is written as in mathematics, "[0, 1)", and is quoted so in the error.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def numbers(name: str, value: ArrayLike, allowed: str) -> Array:
    """Return the numbers of any shape, all of them in the allowed range."""
    return _inside(name, _floats(name, value), f"in {allowed}", allowed)


def counts(name: str, value: ArrayLike, allowed: str) -> Array:
    """Return the whole numbers of any shape, all of them in the allowed range."""
    array = _inside(name, _floats(name, value), f"a whole number in {allowed}", allowed)
    fractional = array[array != np.floor(array)]
    if fractional.size:
        raise ValueError(f"{name} must be a whole number in {allowed}, got {fractional[0]:g}")
    return array


def number(name: str, value: ArrayLike, allowed: str) -> float:
    """Return one number in the allowed range."""
    return _single(name, numbers(name, value, allowed))


def count(name: str, value: ArrayLike, allowed: str) -> int:
    """Return one whole number in the allowed range."""
    return int(_single(name, counts(name, value, allowed)))


def distribution(name: str, value: ArrayLike) -> Array:
    """Return probabilities along the last axis that sum to one within 1e-9."""
    array = numbers(name, value, "[0, 1]")
    if array.ndim == 0:
        raise ValueError(f"{name} must have at least one axis, got a single number")
    sums = np.atleast_1d(array.sum(axis=-1))
    wrong = sums[~np.isclose(sums, 1.0, rtol=0.0, atol=1e-9)]
    if wrong.size:
        raise ValueError(f"{name} must sum to 1 along the last axis, got {wrong[0]:.9g}")
    return array


def _floats(name: str, value: ArrayLike) -> Array:
    try:
        return np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be a number or an array of numbers, got {value!r}") from None


def _inside(name: str, array: Array, wanted: str, allowed: str) -> Array:
    low, high = (float(end) for end in allowed[1:-1].split(","))
    above = array >= low if allowed[0] == "[" else array > low
    below = array <= high if allowed[-1] == "]" else array < high
    outside = array[~(above & below)]  # a NaN is neither above nor below
    if outside.size:
        raise ValueError(f"{name} must be {wanted}, got {outside[0]:g}")
    return array


def _single(name: str, array: Array) -> float:
    if array.ndim:
        raise TypeError(f"{name} must be a single number, got an array of shape {array.shape}")
    return float(array)

"""The cut of labeled rows into what each side may see.

*train* is what the learner trains on and the adversary may know, *tune* what the adversary may tune
on, *test* what neither ever sees. Equal rows always go to the same part: to be tested on a row that
was trained on is to be tested for memory, not for judgment.
"""

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray


@final
@dataclass(frozen=True, eq=False)
class Split:
    """Row numbers of three disjoint parts, each in random order: any beginning of one is a sample.

    Attributes
    ----------
    train
        What the learner trains on and the adversary may know.
    tune
        What the adversary may tune on.
    test
        What neither ever sees.
    """

    train: NDArray[np.intp]
    tune: NDArray[np.intp]
    test: NDArray[np.intp]


def split(
    rows: NDArray[Any],
    labels: NDArray[np.bool_],
    *,
    fractions: tuple[float, float, float] = (0.6, 0.2, 0.2),
    rng: np.random.Generator,
) -> Split:
    """Cut labeled rows at random into three parts, by class and without parting equal rows.

    Equal rows form a group, whatever their labels. The groups of a stratum (all honest, all
    malicious, or both labels) are laid out in random order, and each goes to the part in which its
    middle falls; so each part gets its fraction of each stratum to within one group.

    Parameters
    ----------
    rows, labels
        What to cut: rows of shape (n, d), numbers or booleans, and labels of shape (n,), True for
        malicious.
    fractions
        Shares of train, tune and test; positive, summing to 1.
    rng
        Source of the order.

    Raises
    ------
    ValueError
        When the fractions are not positive or do not sum to 1, or a part would lack a class.

    Examples
    --------
    >>> from armsrace.worlds import load_mail_words
    >>> mails = load_mail_words()
    >>> parts = split(mails.rows, mails.labels, rng=np.random.default_rng(0))
    >>> len(parts.train), len(parts.tune), len(parts.test)
    (2720, 907, 907)
    >>> [int(mails.labels[part].sum()) for part in (parts.train, parts.tune, parts.test)]
    [719, 240, 240]
    """
    if len(fractions) != 3 or not min(fractions) > 0 or not abs(sum(fractions) - 1) <= 1e-9:
        raise ValueError(f"fractions must be three positive numbers with sum 1, got {fractions}")
    group, sizes = _groups(rows)
    malicious = np.bincount(group, weights=labels)
    stratum = np.where(malicious == 0, 0, np.where(malicious == sizes, 1, 2))
    borders = np.cumsum(fractions)[:2]
    part = np.empty(len(sizes), dtype=np.intp)
    for number in range(3):
        members = rng.permutation(np.flatnonzero(stratum == number))
        middles = np.cumsum(sizes[members]) - sizes[members] / 2
        part[members] = np.searchsorted(borders * sizes[members].sum(), middles)
    parts = [rng.permutation(np.flatnonzero(part[group] == number)) for number in range(3)]
    for name, index in zip(("train", "tune", "test"), parts, strict=True):
        found = labels[index]
        if found.all() or not found.any():
            raise ValueError(
                f"the {name} part must hold both classes, got one at most in {len(index)} rows; "
                "use more data or give it a larger fraction"
            )
    for index in parts:
        index.setflags(write=False)
    return Split(*parts)


def _groups(rows: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Group number of each row, which equal rows share, and the size of each group."""
    # Rows are compared by their bytes, so -0.0, which equals 0.0, is made 0.0 by adding it.
    packed = np.packbits(rows, axis=1) if rows.dtype == np.bool_ else rows + 0.0
    keys = packed.view(np.dtype((np.void, packed.strides[0]))).ravel()
    _, group, sizes = np.unique(keys, return_inverse=True, return_counts=True)
    return group, sizes

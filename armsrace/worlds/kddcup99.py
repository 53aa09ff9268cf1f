"""KDD Cup 1999: network connections, honest and intrusive, downloaded on the user's machine.

The data set is too large to ship. scikit-learn downloads it once and keeps it in its data folder;
without a network and without that copy the loader says so.

References
----------
Tavallaee, M., Bagheri, E., Lu, W., Ghorbani, A. A. (2009). A detailed analysis of the KDD CUP 99
data set. CISDA.
"""

import hashlib
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from armsrace.feasible import Feasible
from armsrace.worlds.datasets import Dataset

_SYMBOLIC: Final = ("protocol_type", "service", "flag")
_FLAGS: Final = ("land", "logged_in", "root_shell", "is_host_login", "is_guest_login")


def load_kddcup99(*, percent10: bool = True, data_home: str | None = None) -> Dataset:
    """Network connections of KDD Cup 1999: durations, bytes, counts and rates; True for an attack.

    The three symbolic features become one column for each value, ``protocol_type=tcp`` say, in the
    place of the feature. Most connections of the file repeat an earlier one; repeats with the same
    label are dropped, as a detector would else be judged by rows it was trained on (Tavallaee et
    al.). `kddcup99_feasible` says which values the columns can take.

    Parameters
    ----------
    percent10
        Whether to take the tenth of the data that most of the literature takes; all of it needs
        several gigabytes of memory.
    data_home
        Where scikit-learn keeps its data; None for its default.

    Raises
    ------
    ConnectionError
        When the data is neither there nor can be downloaded.
    """
    from sklearn import datasets

    try:
        fetched = datasets.fetch_kddcup99(percent10=percent10, data_home=data_home)
    except OSError as error:
        raise ConnectionError(
            f"KDD Cup 1999 could not be fetched ({error}); call load_kddcup99 once on a machine "
            "with a network, and copy scikit-learn's data folder (sklearn.datasets.get_data_home) "
            "to this one"
        ) from error
    attacks = np.array([target != b"normal." for target in fetched.target])
    first = dict.fromkeys(zip(map(tuple, fetched.data), attacks.tolist(), strict=True))
    table = np.array([row for row, _ in first], dtype=object)
    rows, names = _encoded(table, fetched.feature_names)
    labels = np.array([attack for _, attack in first])
    return Dataset(
        name="kddcup99",
        rows=rows,
        labels=labels,
        feature_names=names,
        source="KDD Cup 1999, Stolfo, Fan, Lee, Prodromidis and Chan, UCI, doi 10.24432/C51C7N, "
        "as fetched by scikit-learn; CC BY 4.0",
        sha256=hashlib.sha256(rows.tobytes() + labels.tobytes()).hexdigest(),
    )


def kddcup99_feasible(names: Sequence[str]) -> Feasible:
    """Which values the columns of `load_kddcup99` can take.

    Nothing is negative; rates are at most 1; flags are 0 or 1; all but rates are whole numbers; and
    the columns of a symbolic feature hold exactly one 1. Which columns an adversary cannot change
    depends on where it sits, and is not said here.

    Parameters
    ----------
    names
        The columns, as the data set's ``feature_names``.

    Examples
    --------
    >>> kddcup99_feasible(["duration", "flag=REJ", "flag=SF", "logged_in", "serror_rate"])
    Feasible(upper=[inf, 1.0, 1.0, 1.0, 1.0], lower=0, integer=[0, 3], groups=[[1, 2]])
    """
    groups = [
        [index for index, name in enumerate(names) if name.startswith(f"{feature}=")]
        for feature in _SYMBOLIC
    ]
    symbolic = {index for group in groups for index in group}
    rates = {index for index, name in enumerate(names) if name.endswith("_rate")}
    bounded = symbolic | rates | {index for index, name in enumerate(names) if name in _FLAGS}
    return Feasible(
        lower=0.0,
        upper=[1.0 if index in bounded else np.inf for index in range(len(names))],
        integer=[index for index in range(len(names)) if index not in symbolic | rates],
        groups=tuple(group for group in groups if group),
    )


def _encoded(
    table: NDArray[Any], features: Sequence[str]
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Numbers as they are, symbols as one column for each of their values; and the names."""
    columns: list[NDArray[np.float64]] = []
    names: list[str] = []
    for feature, column in zip(features, table.T, strict=True):
        if feature in _SYMBOLIC:
            symbols = np.array([symbol.decode() for symbol in column])
            for value in np.unique(symbols).tolist():
                columns.append((symbols == value).astype(np.float64))
                names.append(f"{feature}={value}")
        else:
            columns.append(column.astype(np.float64))
            names.append(feature)
    return np.column_stack(columns), tuple(names)

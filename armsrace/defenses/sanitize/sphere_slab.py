"""Outlier filters: the sphere around a class's mean, and the slab along the line of the means.

With m_1 and m_0 the means of the trusted malicious and honest rows, a row x with label y is kept

* by the sphere, when ||x - m_y|| <= r_y;
* by the slab, when |(x - m_y) . (m_1 - m_0)| <= s_y,

where r_y and s_y are the smallest that keep all but a stated share of the trusted rows with that
label, each of these compared with the means of the others. The sphere bounds how far poison can
lie; the slab, how far to the other class's side (or away from it) it can lie, which the sphere
hardly does in many dimensions.

References
----------
Steinhardt, J., Koh, P. W., Liang, P. (2017). Certified defenses for data poisoning attacks.
    NeurIPS, section 3.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from armsrace.batch import Batch, Mask
from armsrace.defenses.defense import Sanitize
from armsrace.defenses.memory import Fitted, Memory
from armsrace.defenses.sanitize.trusted import beyond_thresholds, check_rate, rows_of_class


@final
@dataclass(frozen=True)
class SphereFilter(Sanitize):
    """Keep rows that lie near enough to the trusted mean of the class that they claim.

    Attributes
    ----------
    false_alarm_rate
        Largest share of the trusted rows of a class outside its sphere, in [0, 1).

    Raises
    ------
    ValueError
        When the rate is out of range; in a round, when a label is offered that less than
        two trusted rows have.

    References
    ----------
    Steinhardt, J., Koh, P. W., Liang, P. (2017). Certified defenses for data poisoning attacks.
    NeurIPS, section 3.
    """

    false_alarm_rate: float = 0.05

    def __post_init__(self) -> None:
        check_rate(self.false_alarm_rate)

    def sanitize(
        self, offered: Batch, model: Fitted, memory: Memory, rng: np.random.Generator
    ) -> Mask:
        """True for each row inside its sphere."""
        trusted = memory.trusted
        distances = np.linalg.norm(_deviations(offered, trusted), axis=1)
        others = _others(trusted)[:, None]
        usual = np.linalg.norm(_deviations(trusted, trusted) * (1 + 1 / others), axis=1)
        return ~beyond_thresholds(offered, distances, trusted, usual, self.false_alarm_rate)


@final
@dataclass(frozen=True)
class SlabFilter(Sanitize):
    """Keep rows that lie near enough to their class's mean along the line between the means.

    Where the two means are equal, all rows are kept.

    Attributes
    ----------
    false_alarm_rate
        Largest share of the trusted rows of a class outside its slab, in [0, 1).

    Raises
    ------
    ValueError
        When the rate is out of range; in a round, when less than two trusted rows are of a
        class.

    References
    ----------
    Steinhardt, J., Koh, P. W., Liang, P. (2017). Certified defenses for data poisoning attacks.
    NeurIPS, section 3.
    """

    false_alarm_rate: float = 0.05

    def __post_init__(self) -> None:
        check_rate(self.false_alarm_rate)

    def sanitize(
        self, offered: Batch, model: Fitted, memory: Memory, rng: np.random.Generator
    ) -> Mask:
        """True for each row inside its slab."""
        trusted = memory.trusted
        line = _mean(trusted, True) - _mean(trusted, False)
        lengths = np.abs((_deviations(offered, trusted) * line).sum(axis=1))
        deviations, others = _deviations(trusted, trusted), _others(trusted)[:, None]
        away = np.where(trusted.labels[:, None], -deviations, deviations)
        usual = np.abs((deviations * (1 + 1 / others) * (line + away / others)).sum(axis=1))
        return ~beyond_thresholds(offered, lengths, trusted, usual, self.false_alarm_rate)


def _mean(trusted: Batch, label: bool) -> NDArray[np.float64]:
    mean: NDArray[np.float64] = trusted.rows[rows_of_class(trusted, label)].mean(axis=0)
    return mean


def _deviations(batch: Batch, trusted: Batch) -> NDArray[np.float64]:
    """Each row minus the trusted mean of its class, shape (n, d).

    A row of n in that mean, less the mean m' of the other n - 1, is its deviation times n/(n - 1);
    and m' is the mean less the deviation over n - 1.
    """
    deviations = np.empty(batch.rows.shape)
    for label in np.unique(batch.labels):
        members = batch.labels == label
        deviations[members] = batch.rows[members] - _mean(trusted, bool(label))
    return deviations


def _others(trusted: Batch) -> NDArray[np.intp]:
    """How many other trusted rows have the label of each, shape (n,)."""
    sizes = np.bincount(trusted.labels, minlength=2)
    others: NDArray[np.intp] = sizes[trusted.labels.astype(np.intp)] - 1
    return others

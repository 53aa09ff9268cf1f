r"""Chaff: traffic added to a flow while the detector learns, to hide a flood later.

The flood adds the same to a fixed set of links whenever it runs. Chaff adds a varying volume
:math:`c_t \ge 0` to the same links in training row t, so that the detector takes what varies there
for normal: ``row + c_t a``. The *direction* a of the flood the adversary finds by trying it out: it
is the difference between the mean malicious and the mean honest row of its reference, scaled to a
largest entry of 1.

All schemes spend the same *volume*, and differ in what they must know:

============================ =================================================================
scheme                       when it adds chaff
============================ =================================================================
`RandomChaff`                at random; knows nothing of the traffic
`AddMoreIfBigger`            when the flow's own links are busy; sees only their traffic
`OptimizedChaff`             where most variance is gained, as much as the detector still
                             accepts; sees all the traffic, and the model
`BoilingFrogChaff`           as `AddMoreIfBigger`, by a volume that grows from round to round
============================ =================================================================

The volume is given relative to the honest load of the flow's links: the mean of :math:`c_t` is the
volume times the mean of :math:`|y_t|`, where the *load* :math:`y_t = x_t \cdot a / a \cdot a` is
the multiple of a that fits row :math:`x_t` best.

The schemes are those of Rubinstein et al. (2009) in kind; how chaff is dosed is stated here and may
differ from the paper's experiments in detail.

References
----------
Rubinstein, B. I. P., Nelson, B., Huang, L., Joseph, A. D., Lau, S., Rao, S., Taft, N., Tygar, J. D.
(2009). ANTIDOTE: understanding and defending against poisoning of anomaly detectors. IMC.
"""

from dataclasses import dataclass
from math import exp, inf, log
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from armsrace.attacks.attack import Poison
from armsrace.attacks.knowledge import Knowledge
from armsrace.batch import Batch
from armsrace.models.scoring import judge
from armsrace.verdicts import HONEST

Array = NDArray[np.float64]

_HALVINGS: Final = 30
"""Steps of the search for the largest accepted chaff: to a billionth of what there is to spend."""


@final
@dataclass(frozen=True)
class RandomChaff(Poison):
    """Chaff of one size in each honest training row with probability 1/2.

    Attributes
    ----------
    volume
        Mean chaff relative to the honest load of the flow's links, at least 0.

    Raises
    ------
    ValueError
        When the volume is negative or not finite.
    """

    volume: float

    def __post_init__(self) -> None:
        _check_volume(self.volume)

    def poison(self, traffic: Batch, known: Knowledge, rng: np.random.Generator) -> Batch:
        """Add the chaff.

        Raises
        ------
        ValueError
            When rows hold no numbers, or the reference lacks a class or shows no flood.
        """
        direction, loads = _loads(traffic, known)
        chosen = rng.random(len(loads)) < 0.5
        return _with_chaff(traffic, known, _dosed(chosen, self.volume, loads), direction)


@final
@dataclass(frozen=True)
class AddMoreIfBigger(Poison):
    """The more chaff the busier the flow's own links are: proportional to a power of the excess.

    c is proportional to max(0, y - mean y)^exponent, with the mean over the round's rows.

    Attributes
    ----------
    volume
        Mean chaff relative to the honest load of the flow's links, at least 0.
    exponent
        Positive; the larger, the more chaff goes into the busiest rows.

    Raises
    ------
    ValueError
        When the volume is negative or not finite, or the exponent not positive.
    """

    volume: float
    exponent: float = 1.0

    def __post_init__(self) -> None:
        _check_volume(self.volume)
        _check_exponent(self.exponent)

    def poison(self, traffic: Batch, known: Knowledge, rng: np.random.Generator) -> Batch:
        """Add the chaff.

        Raises
        ------
        ValueError
            When rows hold no numbers, or the reference lacks a class or shows no flood.
        """
        direction, loads = _loads(traffic, known)
        chaff = _dosed(_excess(loads) ** self.exponent, self.volume, loads)
        return _with_chaff(traffic, known, chaff, direction)


@final
@dataclass(frozen=True)
class BoilingFrogChaff(Poison):
    """Chaff as in `AddMoreIfBigger`, starting low and growing by a factor every round.

    A detector that drops what it flags, and retrains on the rest, never sees a jump: in round t
    the volume is the smaller of `limit` and volume * growth^t.

    Attributes
    ----------
    volume
        Mean chaff in the first round relative to the honest load of the flow's links, at least 0.
    growth
        The factor, at least 1.
    limit
        Volume at which it stays, not below the first.
    exponent
        As for `AddMoreIfBigger`.

    Raises
    ------
    ValueError
        When a parameter is out of range.
    """

    volume: float
    growth: float = 1.2
    limit: float = 1.0
    exponent: float = 1.0

    def __post_init__(self) -> None:
        _check_volume(self.volume)
        _check_exponent(self.exponent)
        if not 1 <= self.growth < inf:
            raise ValueError(f"growth must be at least 1 and finite, got {self.growth}")
        if not self.volume <= self.limit < inf:
            raise ValueError(
                f"limit must be finite and at least the volume {self.volume}, got {self.limit}"
            )

    def poison(self, traffic: Batch, known: Knowledge, rng: np.random.Generator) -> Batch:
        """Add as much chaff as the round's turn allows.

        Raises
        ------
        ValueError
            When rows hold no numbers, or the reference lacks a class or shows no flood.
        """
        return AddMoreIfBigger(self._volume(known.clock), self.exponent).poison(traffic, known, rng)

    def _volume(self, clock: int) -> float:
        if not self.volume:
            return 0.0
        # In logarithms, as a long game would overflow.
        return min(self.limit, exp(min(log(self.volume) + clock * log(self.growth), 700.0)))


@final
@dataclass(frozen=True)
class OptimizedChaff(Poison):
    r"""Chaff that adds the most variance along the flood, in doses that the detector accepts.

    Let :math:`u_t` be the largest chaff with which the present detector still accepts row t (none
    if it rejects the row anyhow). The chaff maximizes the sum of squares of the centered loads
    :math:`y_t + c_t` under :math:`0 \le c_t \le u_t` and the volume. As the total is given, that
    is to maximize :math:`\sum_t 2 y_t c_t + c_t^2`, which is convex: all but one of the
    :math:`c_t` are 0 or :math:`u_t`. Rows are filled in the order of their gain per volume,
    :math:`2 y_t + u_t`, until the volume is spent; that is optimal up to the one row that is
    filled in part. What no row can take is not spent. When the model is hidden, the adversary puts
    in its place a detector that it fits to its own honest reference rows.

    Attributes
    ----------
    volume
        Mean chaff at most, relative to the honest load of the flow's links, at least 0.

    Raises
    ------
    ValueError
        When the volume is negative or not finite.
    """

    volume: float

    def __post_init__(self) -> None:
        _check_volume(self.volume)

    def poison(self, traffic: Batch, known: Knowledge, rng: np.random.Generator) -> Batch:
        """Add the chaff.

        Raises
        ------
        ValueError
            When rows hold no numbers, or the reference lacks a class or shows no flood.
        """
        direction, loads = _loads(traffic, known)
        budget = self.volume * float(np.abs(loads).sum())
        rows = traffic.rows[~traffic.labels]
        room = _accepted_chaff(_model(known), rows, direction, budget)
        order = np.argsort(-(2 * loads + room), kind="stable")
        spent = np.minimum(np.cumsum(room[order]), budget)
        chaff = np.empty(len(loads))
        chaff[order] = np.diff(spent, prepend=0.0)
        return _with_chaff(traffic, known, chaff, direction)


def _check_volume(volume: float) -> None:
    if not 0 <= volume < inf:
        raise ValueError(f"volume must be finite and at least 0, got {volume}")


def _check_exponent(exponent: float) -> None:
    if not 0 < exponent < inf:
        raise ValueError(f"exponent must be positive and finite, got {exponent}")


def _loads(traffic: Batch, known: Knowledge) -> tuple[Array, Array]:
    """Direction of the flood, shape (d,), and loads y of the honest training rows, shape (m,)."""
    if traffic.rows.dtype.kind != "f":
        raise ValueError(
            f"chaff needs rows of real numbers to be added to, got dtype {traffic.rows.dtype}"
        )
    rows, labels = known.reference.rows, known.reference.labels
    if labels.all() or not labels.any():
        raise ValueError("chaff needs a reference with and without the flood, got one class only")
    difference = rows[labels].mean(axis=0) - rows[~labels].mean(axis=0)
    largest = float(np.abs(difference).max())
    if largest == 0:
        raise ValueError("chaff needs a flood that changes the mean of the reference, got none")
    direction = difference / largest
    return direction, traffic.rows[~traffic.labels] @ direction / (direction @ direction)


def _excess(loads: Array) -> Array:
    return np.maximum(loads - loads.mean(), 0.0) if len(loads) else loads


def _dosed(weights: NDArray[Any], volume: float, loads: Array) -> Array:
    """Chaff proportional to weights that spends the volume; none where all weights are 0."""
    total = float(weights.sum())
    if total == 0:
        return np.zeros(len(loads))
    chaff: Array = weights * (volume * float(np.abs(loads).sum()) / total)
    return chaff


def _with_chaff(traffic: Batch, known: Knowledge, chaff: Array, direction: Array) -> Batch:
    """Traffic with chaff in its honest rows, as far as is feasible; changed rows are marked."""
    honest = np.flatnonzero(~traffic.labels)
    before = traffic.rows[honest]
    wished = before + np.outer(chaff, direction)
    after = known.feasible.nearest(wished, originals=before)
    changed = (after != before).any(axis=1) & (chaff > 0)
    rows, origin = traffic.rows.copy(), traffic.origin.copy()
    rows[honest[changed]] = after[changed]
    origin[honest[changed]] = True
    return Batch(rows, traffic.labels, origin, traffic.target)


def _model(known: Knowledge) -> Any:
    """The detector, or the adversary's guess at it."""
    if known.model is not None:
        return known.model
    from armsrace.models import SubspaceDetector

    return SubspaceDetector().fit(known.reference.rows[~known.reference.labels])


def _accepted_chaff(model: Any, rows: Array, direction: Array, most: float) -> Array:
    """Largest chaff up to `most` with which each row is still accepted, by bisection."""

    def accepted(chaff: Array) -> NDArray[np.bool_]:
        taken: NDArray[np.bool_] = (
            judge(model, rows + np.outer(chaff, direction)).decisions == HONEST
        )
        return taken

    low, high = np.zeros(len(rows)), np.full(len(rows), most)
    low = np.where(accepted(high), high, low)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        taken = accepted(middle)
        low, high = np.where(taken, middle, low), np.where(taken, high, middle)
    return np.where(accepted(low), low, 0.0)

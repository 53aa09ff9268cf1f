"""Min-max poisoning: points that pass an outlier filter and hurt most, with a bound on any others.

The learner wants weights of small loss, the adversary points of large loss; Steinhardt, Koh and
Liang let the two play against each other. The learner takes gradient steps on the clean rows plus
m times the point that is now worst for it among those that pass the filter; the worst points it
meets on the way are the attack, and the least value of `certified_loss` that it meets is a
certificate for all attacks. The gap between the two closes as the learner's regret does.
"""

from dataclasses import dataclass
from typing import Final, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from armsrace.attacks.knowledge import ANYTHING, Knowledge
from armsrace.attacks.poison.filters import check_decreasing, labeled, regions, worst_point
from armsrace.attacks.poison.linear import LinearLearner, with_ones
from armsrace.attacks.poison.margin_losses import Hinge, MarginLoss
from armsrace.attacks.poison.plans import PlannedPoison, reference_of
from armsrace.attacks.poison.rates import check_share, effort
from armsrace.attacks.poison.region import Region
from armsrace.batch import Mask
from armsrace.feasible import Feasible

Array = NDArray[np.float64]

_PULLS: Final = 20


@final
@dataclass(frozen=True, eq=False)
class MinMaxAttack:
    """An attack, and how much any attack by as many points can do.

    Attributes
    ----------
    rows, labels
        The poison points, shape (m, d), and their labels, shape (m,), True for malicious.
    bound
        The learner's least training objective, divided by the number of clean rows, is at most
        this after any m points that pass the filter.
    weights, intercept
        The learner's reply at which the bound was found; `certified_loss` recomputes it.
    filtered
        Where honest and malicious points may lie.
    """

    rows: Array
    labels: Mask
    bound: float
    weights: Array
    intercept: float
    filtered: tuple[Region, Region]


def minmax_attack(
    rows: ArrayLike,
    labels: ArrayLike,
    rate: float,
    *,
    feasible: Feasible = ANYTHING,
    sphere: float = 0.95,
    slab: float | None = 0.95,
    loss: MarginLoss | None = None,
    ridge: float = 0.0,
    norm: float = np.inf,
    steps: int = 1000,
) -> MinMaxAttack:
    """Poison for a linear classifier behind sphere and slab filters, and a bound on all such.

    The learner minimizes the sum of losses plus ``ridge / 2 |w|^2`` over weights of length at most
    `norm`; its intercept is free. The step size is the distance gone so far over the root of the
    summed squared gradients, so there is none to choose. Bound and reply come from the whole run.
    The worst points of its second half are the mixture that does most harm; m of them are drawn one
    by one so that their mean pull on the learner stays next to the mixture's (herding).
    O(steps (n + m) d), and the worst points.

    Parameters
    ----------
    rows, labels
        Clean rows, shape (n, d), and their labels, shape (n,), of both classes.
    rate
        The adversary's share of the training rows, in [0, 1): m = rate n / (1 - rate) points.
    feasible
        What points can be made. The bound holds without whole numbers and groups, and so with
        them; points are rounded to them and drawn to their class's mean until they pass.
    sphere, slab
        Share of a class's clean rows that the filters keep, in (0, 1]; None for no slab.
    loss
        A decreasing loss; the hinge unless given.
    ridge, norm
        What bounds the weights: one of them must, ridge > 0 or norm < inf.
    steps
        Gradient steps of the learner, at least 1.

    Raises
    ------
    ValueError
        When a class is missing, nothing bounds the weights, the loss is not decreasing, or a
        number is out of range.

    References
    ----------
    Steinhardt, J., Koh, P. W., Liang, P. (2017). Certified defenses for data poisoning attacks.
    NeurIPS, algorithm 1.
    Welling, M. (2009). Herding dynamical weights to learn. ICML.
    Ivgi, M., Hinder, O., Carmon, Y. (2023). DoG is SGD's best friend. ICML. (The step size.)

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> labels = np.arange(200) % 2 == 1
    >>> rows = rng.normal(size=(200, 2)) + 3.0 * labels[:, None]
    >>> attack = minmax_attack(rows, labels, 0.1, ridge=1.0)
    >>> calm = minmax_attack(rows, labels, 0.0, ridge=1.0)
    >>> len(attack.rows), len(calm.rows), round(attack.bound, 2), round(calm.bound, 2)
    (22, 0, 0.16, 0.06)
    """
    clean, signs = labeled(rows, labels)
    check_share("rate", rate, below_one=True)
    loss = Hinge() if loss is None else loss
    check_decreasing(loss)
    if not (ridge >= 0 and norm > 0 and (ridge > 0 or np.isfinite(norm))):
        raise ValueError(
            "ridge must be positive or norm finite and positive, or nothing bounds the weights, "
            f"got ridge={ridge}, norm={norm}"
        )
    if steps < 1:
        raise ValueError(f"steps must be at least 1, got {steps}")
    low, high = feasible.bounds(clean.shape[1])
    filtered = regions(clean, labels, sphere=sphere, slab=slab, lower=low[0], upper=high[0])
    size = effort(rate, len(clean))
    run = _play_learner(clean, signs, size, filtered, loss, ridge, norm, steps)
    chosen = steps // 2 + _sample(run.points[steps // 2 :], run.labels[steps // 2 :], size)
    points, marked = run.points[chosen], run.labels[chosen]
    made = realizable(points, marked, filtered, feasible, clean, signs > 0)
    return MinMaxAttack(made, marked, run.bound, run.weights, run.intercept, filtered)


@final
@dataclass(frozen=True)
class MinMaxPoison(PlannedPoison):
    """Points that pass sphere and slab filters and hurt a linear model most: `minmax_attack`.

    They are designed on the reference rows, against the objective of the model in sight (see
    `LinearLearner.of`; its loss must be decreasing) or against logistic regression when it is
    hidden, and sent every round.

    Attributes
    ----------
    rate
        The adversary's share of the training traffic, in [0, 1).
    sphere, slab
        Share of a class's reference rows that the filters keep, in (0, 1]; None for no slab.
    steps
        Gradient steps of the design, at least 1.

    References
    ----------
    Steinhardt, J., Koh, P. W., Liang, P. (2017). Certified defenses for data poisoning attacks.
    NeurIPS.
    """

    rate: float
    sphere: float = 0.95
    slab: float | None = 0.95
    steps: int = 300

    def __post_init__(self) -> None:
        check_share("rate", self.rate, below_one=True)
        check_share("sphere", self.sphere)
        if self.slab is not None:
            check_share("slab", self.slab)
        if self.steps < 1:
            raise ValueError(f"steps must be at least 1, got {self.steps}")

    def design(
        self, known: Knowledge, learner: LinearLearner, rng: np.random.Generator
    ) -> tuple[Array, Mask]:
        """Points of both labels, drawn from those of `minmax_attack`."""
        rows, signs = reference_of(known)
        attack = minmax_attack(
            rows,
            signs > 0,
            self.rate,
            feasible=known.feasible,
            sphere=self.sphere,
            slab=self.slab,
            loss=learner.loss,
            ridge=learner.ridge,
            steps=self.steps,
        )
        return attack.rows, attack.labels


@final
@dataclass(frozen=True, eq=False)
class _Run:
    points: Array
    labels: Mask
    bound: float
    weights: Array
    intercept: float


def _play_learner(
    clean: Array,
    signs: Array,
    size: int,
    filtered: tuple[Region, Region],
    loss: MarginLoss,
    ridge: float,
    norm: float,
    steps: int,
) -> _Run:
    """Gradient steps against the worst point, and the best certificate met."""
    count, width = clean.shape
    middle = clean.mean(axis=0)
    # Weights and the score of the mean row: a better conditioned intercept.
    signed = signs[:, None] * np.column_stack([clean - middle, np.ones(count)])
    state = np.zeros(width + 1)
    mean, squares, gone = np.zeros(width + 1), 0.0, 0.0
    points, labels = np.empty((steps, width)), np.empty(steps, dtype=bool)
    best = (np.inf, state)
    for step in range(steps):
        value, gradient, points[step], labels[step] = _worst_case(
            state, signed, middle, size, filtered, loss, ridge
        )
        best = min(best, (value, state), key=lambda found: found[0])
        if step >= steps // 2:
            mean += state / (steps - steps // 2)
        squares += float(gradient @ gradient)
        gone = max(gone, float(np.linalg.norm(state)), 1e-3)
        state = state - gone / np.sqrt(max(squares, 1e-300)) * gradient
        length = float(np.linalg.norm(state[:-1]))
        if length > norm:
            state[:-1] *= norm / length
    value = _worst_case(mean, signed, middle, size, filtered, loss, ridge)[0]
    bound, reply = min(best, (value, mean), key=lambda found: found[0])
    return _Run(points, labels, bound, reply[:-1], float(reply[-1] - reply[:-1] @ middle))


def _sample(points: Array, labels: Mask, size: int) -> NDArray[np.intp]:
    """Indices of so many points, with repetition, whose mean y (x, 1) keeps to that of all."""
    pulls = np.where(labels, 1.0, -1.0)[:, None] * with_ones(points - points.mean(axis=0))
    mean, missing = pulls.mean(axis=0), np.zeros(pulls.shape[1])
    lengths = 0.5 * (pulls**2).sum(axis=1)
    chosen = np.empty(size, dtype=np.intp)
    for turn in range(size):
        missing += mean
        chosen[turn] = np.argmin(lengths - pulls @ missing)
        missing -= pulls[chosen[turn]]
    return chosen


def _worst_case(
    state: Array,
    signed: Array,
    middle: Array,
    size: int,
    filtered: tuple[Region, Region],
    loss: MarginLoss,
    ridge: float,
) -> tuple[float, Array, Array, bool]:
    """`certified_loss` at a state, a subgradient of it, and the worst point with its label."""
    weights, count = state[:-1], len(signed)
    margins = signed @ state
    point, label, margin = worst_point(weights, float(state[-1] - weights @ middle), filtered)
    worst = np.array(margin)
    value = float(loss.value(margins).sum() + size * loss.value(worst))
    value += 0.5 * ridge * float(weights @ weights)
    gradient = loss.slope(margins) @ signed
    sign = 1.0 if label else -1.0
    gradient += size * float(loss.slope(worst)) * sign * np.append(point - middle, 1.0)
    gradient[:-1] += ridge * weights
    return value / count, gradient / count, point, label


def realizable(
    points: Array,
    labels: Mask,
    filtered: tuple[Region, Region],
    feasible: Feasible,
    clean: Array,
    malicious: Mask,
) -> Array:
    """Points as they can be made: rounded to what is feasible, and still past the filters.

    A point that rounding pushes out is drawn towards its class's mean, in 20 equal pulls, until
    what it is rounded to passes; if none does, it becomes the clean row of its label nearest to it
    among those that pass and can be made.

    Raises
    ------
    ValueError
        When no feasible point was found that passes the filter.
    """
    made = feasible.nearest(points)
    for label, region in zip((False, True), filtered, strict=True):
        open_ = np.flatnonzero((labels == label) & ~_passes(made, region, feasible))
        for pull in range(1, _PULLS + 1):
            if not len(open_):
                break
            drawn = points[open_] + pull / _PULLS * (region.center - points[open_])
            made[open_] = feasible.nearest(drawn)
            open_ = open_[~_passes(made[open_], region, feasible)]
        if len(open_):
            fallback = clean[(malicious == label)]
            fallback = fallback[_passes(fallback, region, feasible)]
            if not len(fallback):
                raise ValueError(
                    "no feasible point passes the filter; widen sphere and slab, or loosen feasible"
                )
            distances = ((points[open_, None] - fallback) ** 2).sum(axis=2)
            made[open_] = fallback[distances.argmin(axis=1)]
    return made


def _passes(points: Array, region: Region, feasible: Feasible) -> Mask:
    passed: Mask = region.contains(points) & feasible.allows(points)
    return passed

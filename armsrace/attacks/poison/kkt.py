r"""KKT poisoning: points that make parameters of the adversary's choice the ones that are learned.

The adversary picks *decoy* parameters theta, which do harm, and looks for points that the filters
let through and that make theta stationary for the learner (the KKT conditions of its training):

.. math:: \nabla J_{clean}(\theta) + \sum_{j=1}^{m} \nabla_\theta \ell(x_j, y_j; \theta) = 0.

Given the decoy, nothing is left of the bilevel problem: it is a system of equations in the points.
A linear learner is given one point for each label, repeated; the *residual* is how much of the
clean gradient is left over. It is minimized by the spectral projected gradient method: a step of
the Barzilai-Borwein length, the nearest points of the filters' regions, and a line search that
tolerates a rise within ten steps.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Final, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from armsrace.attacks.knowledge import ANYTHING, Knowledge
from armsrace.attacks.poison.filters import labeled, regions
from armsrace.attacks.poison.linear import LinearLearner, with_ones
from armsrace.attacks.poison.minmax import realizable
from armsrace.attacks.poison.plans import PlannedPoison, reference_of
from armsrace.attacks.poison.rates import check_share, effort
from armsrace.attacks.poison.region import Region
from armsrace.batch import Mask
from armsrace.feasible import Feasible

Array = NDArray[np.float64]

_SPLITS: Final = np.linspace(0.0, 1.0, 5)
_MEMORY: Final = 10
_COPIED_SHARES: Final = (0.1, 0.3)


@final
@dataclass(frozen=True, eq=False)
class KKTAttack:
    """Points that make decoy parameters stationary, as far as the filters allow.

    Attributes
    ----------
    rows, labels
        The poison points, shape (m, d), and their labels, shape (m,), True for malicious.
    residual
        Length of the gradient of the learner's objective at the decoy, divided by the number of
        clean rows; where it is 0 and the objective strictly convex, the decoy is what is learned.
    """

    rows: Array
    labels: Mask
    residual: float


def kkt_attack(
    rows: ArrayLike,
    labels: ArrayLike,
    rate: float,
    weights: ArrayLike,
    intercept: float,
    *,
    learner: LinearLearner,
    feasible: Feasible = ANYTHING,
    sphere: float = 0.95,
    slab: float | None = 0.95,
    steps: int = 200,
) -> KKTAttack:
    """Poison that makes a linear learner learn given parameters, behind sphere and slab filters.

    Five splits of the points between the labels are tried; for each one, projected gradient steps
    move a point for each label from three starts to where least is left over: a local optimum,
    since a point's pull depends on its margin. It may be none that makes the decoy stationary, as
    the residual says.

    Parameters
    ----------
    rows, labels
        Clean rows, shape (n, d), and their labels, shape (n,), of both classes.
    rate
        The adversary's share of the training rows, in [0, 1): m = rate n / (1 - rate) points.
    weights, intercept
        The decoy, shape (d,) and a number.
    learner
        What is minimized; see `LinearLearner.of`.
    feasible
        What points can be made; they are rounded to it at the end, as in `minmax_attack`.
    sphere, slab
        Share of a class's clean rows that the filters keep, in (0, 1]; None for no slab.
    steps
        Steps, at least 1.

    Raises
    ------
    ValueError
        When a class is missing, shapes disagree, or a number is out of range.

    References
    ----------
    Koh, P. W., Steinhardt, J., Liang, P. (2022). Stronger data poisoning attacks break data
    sanitization defenses. Machine Learning 111.
    Birgin, E. G., Martinez, J. M., Raydan, M. (2000). Nonmonotone spectral projected gradient
    methods on convex sets. SIAM Journal on Optimization 10.

    Examples
    --------
    The second feature is to count for half:

    >>> from armsrace.attacks.poison.margin_losses import Logistic
    >>> rng = np.random.default_rng(0)
    >>> labels = np.arange(200) % 2 == 1
    >>> rows = rng.normal(size=(200, 2)) + 2.0 * labels[:, None]
    >>> learner = LinearLearner(Logistic())
    >>> decoy = learner.fit(rows, np.where(labels, 1.0, -1.0)) * [1.0, 0.5, 0.7]
    >>> attack = kkt_attack(rows, labels, 0.2, decoy[:-1], decoy[-1], learner=learner)
    >>> everything = np.concatenate([rows, attack.rows]), np.append(labels, attack.labels)
    >>> learned = learner.fit(everything[0], np.where(everything[1], 1.0, -1.0))
    >>> bool(np.abs(learned - decoy).max() < 1e-6)
    True
    """
    clean, signs = labeled(rows, labels)
    check_share("rate", rate, below_one=True)
    state = np.append(np.asarray(weights, dtype=np.float64), intercept)
    if state.shape != (clean.shape[1] + 1,):
        raise ValueError(
            f"weights must have shape ({clean.shape[1]},) to match the rows, "
            f"got {np.shape(weights)}"
        )
    if steps < 1:
        raise ValueError(f"steps must be at least 1, got {steps}")
    low, high = feasible.bounds(clean.shape[1])
    filtered = regions(clean, labels, sphere=sphere, slab=slab, lower=low[0], upper=high[0])
    size = effort(rate, len(clean))
    left_over = learner.gradient(state, clean, signs) / len(clean)
    best: tuple[float, Array, NDArray[np.intp]] | None = None
    for malicious in np.unique(np.rint(_SPLITS * size).astype(int)):
        counts = np.array([size - malicious, malicious])
        pair, residual = _stationary_pair(
            state, left_over, counts / len(clean), filtered, learner, steps
        )
        if best is None or residual < best[0]:
            best = residual, pair, counts
    assert best is not None  # there is a split, if only of nothing
    _, pair, counts = best
    marked = np.repeat([False, True], counts)
    made = realizable(np.repeat(pair, counts, axis=0), marked, filtered, feasible, clean, signs > 0)
    own = np.where(marked, 1.0, -1.0)
    everything = np.concatenate([clean, made]), np.concatenate([signs, own])
    rest = learner.gradient(state, *everything)
    return KKTAttack(made, marked, float(np.linalg.norm(rest)) / len(clean))


@final
@dataclass(frozen=True)
class KKTPoison(PlannedPoison):
    """Points that make a linear model learn harmful decoy parameters: `kkt_attack`.

    A decoy is what the learner would learn from the reference rows and, under the wrong label,
    copies of those that it gets right but only just: a tenth or three tenths of the rows, honest,
    malicious or either. For each of the six, points are designed on the reference rows; those are
    sent whose retrained model has the largest loss on the reference. The objective is
    that of the model in sight, which must be linear and smooth (see `LinearLearner.of`), or
    logistic regression's when the model is hidden.

    Attributes
    ----------
    rate
        The adversary's share of the training traffic, in [0, 1).
    sphere, slab
        Share of a class's reference rows that the filters keep, in (0, 1]; None for no slab.
    steps
        Steps for each decoy and split, at least 1.

    References
    ----------
    Koh, P. W., Steinhardt, J., Liang, P. (2022). Stronger data poisoning attacks break data
    sanitization defenses. Machine Learning 111.
    """

    rate: float
    sphere: float = 0.95
    slab: float | None = 0.95
    steps: int = 60

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
        """Points for the decoy whose reply has the largest loss."""
        rows, signs = reference_of(known)
        honest = learner.fit(rows, signs)
        margins = signs * (with_ones(rows) @ honest)
        hardest = np.argsort(margins, kind="stable")
        designs = []
        for kind, share in product(((-1.0,), (1.0,), (-1.0, 1.0)), _COPIED_SHARES):
            right = hardest[(margins[hardest] > 0) & np.isin(signs[hardest], kind)]
            copied = right[: round(share * len(rows))]
            mixed = np.concatenate([rows, rows[copied]]), np.concatenate([signs, -signs[copied]])
            decoy = learner.fit(*mixed, honest)
            attack = kkt_attack(
                rows,
                signs > 0,
                self.rate,
                decoy[:-1],
                float(decoy[-1]),
                learner=learner,
                feasible=known.feasible,
                sphere=self.sphere,
                slab=self.slab,
                steps=self.steps,
            )
            own = np.where(attack.labels, 1.0, -1.0)
            both = np.concatenate([rows, attack.rows]), np.concatenate([signs, own])
            reply = learner.fit(*both, honest)
            designs.append((learner.mean_loss(reply, rows, signs), attack))
        _, worst = max(designs, key=lambda design: design[0])
        return worst.rows, worst.labels


def _stationary_pair(
    state: Array,
    left_over: Array,
    masses: Array,
    filtered: tuple[Region, Region],
    learner: LinearLearner,
    steps: int,
) -> tuple[Array, float]:
    """One point for each label that leave least of a gradient over, and what they leave."""
    signs, weights = np.array([-1.0, 1.0]), state[:-1]

    def half_square(pair: Array) -> tuple[float, Array]:
        """Half the squared length of what is left, and its gradient by the points."""
        margins = signs * (pair @ weights + state[-1])
        slopes = masses * signs * learner.loss.slope(margins)
        rest = left_over.copy()
        rest[:-1] += slopes @ pair
        rest[-1] += slopes.sum()
        # A point counts by what it adds and by its slope, which changes with its margin.
        bends = masses * learner.loss.curvature(margins) * (pair @ rest[:-1] + rest[-1])
        uphill = slopes[:, None] * rest[:-1] + bends[:, None] * weights
        return 0.5 * float(rest @ rest), uphill

    # Points count only where the decoy errs, and help where they pull against what is left over: a
    # start between the center and either extreme, or the one between them.
    middle = np.stack([region.center for region in filtered])
    wrong, against = (
        np.stack([r.extreme(s * along)[0] for s, r in zip(signs, filtered, strict=True)]) - middle
        for along in (-weights, left_over[:-1])
    )
    found = []
    for direction in (wrong, against, 0.5 * (wrong + against)):
        starts = middle + np.linspace(0.0, 1.0, 21)[:, None, None] * direction
        margins = signs * (starts @ weights + state[-1])
        alive = (learner.loss.slope(margins) < 0).all(axis=1)
        start = min(starts[alive], key=lambda pair: half_square(pair)[0], default=starts[-1])
        found.append(_descend(half_square, start, filtered, steps))
    value, pair = min(found, key=lambda end: end[0])
    return pair, float(np.sqrt(2 * value))


def _descend(
    objective: Callable[[Array], tuple[float, Array]],
    pair: Array,
    filtered: tuple[Region, Region],
    steps: int,
) -> tuple[float, Array]:
    """Spectral projected gradient: the least value found from a start, and where."""
    value, uphill = objective(pair)
    best, latest = (value, pair), [value]
    size = float(np.linalg.norm(uphill))
    length = float(max(region.radius for region in filtered)) / size if size > 0 else 1.0
    for _ in range(steps):
        wished = pair - length * uphill
        near = [region.nearest(point) for region, point in zip(filtered, wished, strict=True)]
        move = np.stack(near) - pair
        slope, share = float((move * uphill).sum()), 1.0
        if slope >= -1e-16 * value:
            break
        reached, turned = objective(pair + move)
        while reached > max(latest[-_MEMORY:]) + 1e-4 * share * slope and share > 1e-9:
            share /= 2
            reached, turned = objective(pair + share * move)
        change = share * move
        bend = float((change * (turned - uphill)).sum())
        length = float((change * change).sum()) / bend if bend > 0 else 2 * length
        pair, value, uphill = pair + change, reached, turned
        latest.append(value)
        best = min(best, (value, pair), key=lambda end: end[0])
    return best

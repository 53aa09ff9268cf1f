r"""Static prediction games: a linear classifier and the one who writes what it will classify.

n rows x_i have labels y_i in {-1, 1}, 1 is malicious, and weights c_i that sum to 1. The learner
picks w; the adversary moves each row from x_i to :math:`\dot x_i`, wishing that all of them passed
for honest. At once, they pay

.. math:: \theta_l = \sum_i c_i \, \ell(w \cdot \dot x_i, y_i) + \tfrac{\rho_l}{2} |w|^2, \qquad
          \theta_a = \sum_i c_i \, \ell_a(w \cdot \dot x_i, -1)
                     + \tfrac{\rho_a}{2n} \sum_i |\dot x_i - x_i|^2,

with *penalties* :math:`\rho_l, \rho_a > 0`. Payoffs are these costs with their sign changed. There
is no intercept: center the rows, or give them a constant column, which the adversary may then move.

*Strategies.* The learner's is w; the adversary's is :math:`b = (\dot x - x) / \sqrt n`, which has
n d numbers, so that :math:`|b|^2` is the mean squared movement and both penalties look alike.

*No loss of generality in bounds.* Slopes of :math:`\ell` do not exceed 1. A best reply w costs no
more than w = 0, hence :math:`|w| \le R = \sqrt{2 \ell(0) / \rho_l}`; at a best reply, row i is
moved by at most :math:`n c_i |w| / \rho_a`. The strategy sets are the balls of these radii.

*Uniqueness.* When both use the same loss and :math:`\rho_l \rho_a \ge n |c|^2` (with "more than"
for the trigonometric loss), the game has one Nash equilibrium; with equal weights the threshold is
1. With more, F is strongly monotone and its modulus is at least the smaller eigenvalue of

.. math:: \begin{pmatrix} \rho_l & -\sqrt n |c| \\ -\sqrt n |c| & \rho_a \end{pmatrix}.

The condition suffices; it is not necessary.

Source: M. Brueckner, C. Kanzow, T. Scheffer, "Static prediction games for adversarial learning
problems", JMLR 13 (2012) 2617-2654, theorem 8 and corollaries 11 and 15; the sets, the units of b
and the modulus are derived here. The same game with a learner that moves first:
M. Brueckner, T. Scheffer, "Stackelberg games for adversarial prediction problems", KDD 2011.
"""

from dataclasses import dataclass, field
from typing import final

import numpy as np
from numpy.typing import ArrayLike

from armsrace.forms.arguments import finite
from armsrace.forms.convex import ConvexGame, Strategies
from armsrace.forms.margin_losses import LinearLoss, LogisticLoss, MarginLoss, TrigonometricLoss
from armsrace.forms.normal import Array
from armsrace.forms.strategy_sets import Balls

_BISECTIONS = 60  # halve an interval to the last digit


@final
@dataclass(frozen=True, eq=False, repr=False)
class PredictionGame:
    """Rows that both touch, and what each of the two pays.

    Parameters
    ----------
    rows
        Shape (n, d).
    labels
        1 for malicious, 0 or -1 for honest, shape (n,).
    learner_penalty, adversary_penalty
        Positive.
    learner_loss, adversary_loss
        By default logistic. Only the adversary's may be linear: a learner needs a loss that is
        bounded below.
    weights
        Positive, summing to 1, shape (n,); by default all equal.

    Raises
    ------
    ValueError
        When shapes do not fit or a number is out of its range.

    Examples
    --------
    >>> game = PredictionGame([[-1.0], [1.0]], [0, 1], learner_penalty=1.0, adversary_penalty=2.0)
    >>> game
    PredictionGame: 2 rows, 1 feature, logistic, penalties 1 and 2, one equilibrium
    >>> game.moved_rows([0.5]).round(4).tolist()
    [[-1.0917], [0.8489]]
    """

    rows: ArrayLike
    labels: ArrayLike
    learner_penalty: float
    adversary_penalty: float
    learner_loss: MarginLoss = field(default_factory=LogisticLoss)
    adversary_loss: MarginLoss = field(default_factory=LogisticLoss)
    weights: ArrayLike | None = None

    def __post_init__(self) -> None:
        rows, labels = finite("rows", self.rows), finite("labels", self.labels)
        if rows.ndim != 2 or labels.shape != rows.shape[:1] or rows.size == 0:
            raise ValueError(
                f"rows and labels must have shapes (n, d) and (n,), got {rows.shape} and "
                f"{labels.shape}"
            )
        if not np.isin(labels, (-1.0, 0.0, 1.0)).all():
            raise ValueError("labels must be 1 for malicious and 0 or -1 for honest rows")
        n = len(rows)
        given = np.full(n, 1.0 / n) if self.weights is None else self.weights
        weights = finite("weights", given)
        if weights.shape != (n,) or weights.min() <= 0.0 or abs(weights.sum() - 1.0) > 1e-9:
            raise ValueError(f"weights must be {n} positive numbers that sum to 1")
        for name in ("learner_penalty", "adversary_penalty"):
            penalty = getattr(self, name)
            if not 0.0 < penalty < np.inf:
                raise ValueError(f"{name} must be positive and finite, got {penalty}")
        if isinstance(self.learner_loss, LinearLoss):
            raise ValueError("learner_loss must be bounded below, so it cannot be linear")
        object.__setattr__(self, "rows", rows)
        object.__setattr__(self, "labels", np.where(labels > 0.0, 1.0, -1.0))
        object.__setattr__(self, "weights", weights)

    @property
    def uniqueness_margin(self) -> float:
        """By how much the product of the penalties exceeds what guarantees one equilibrium."""
        spread = len(np.asarray(self.weights)) * float(np.square(np.asarray(self.weights)).sum())
        return self.learner_penalty * self.adversary_penalty - spread

    def surely_unique(self) -> bool:
        """Whether the published condition guarantees that there is exactly one equilibrium.

        False says nothing: the condition is sufficient, not necessary.
        """
        if self.learner_loss != self.adversary_loss:
            return False
        margin = self.uniqueness_margin
        return margin > 0.0 if self.learner_loss.strictly_unique else margin >= -1e-12

    @property
    def modulus(self) -> float:
        """What is proved of the modulus of strong monotonicity; 0 where nothing is."""
        if self.learner_loss != self.adversary_loss or self.uniqueness_margin <= 0.0:
            return 0.0
        half = (self.learner_penalty + self.adversary_penalty) / 2.0
        return self.uniqueness_margin / float(half + np.sqrt(half**2 - self.uniqueness_margin))

    def displacements(self, moved: ArrayLike) -> Array:
        """The adversary's strategy that moves the rows there, shape (n d,)."""
        rows = np.asarray(self.rows)
        return np.reshape((np.asarray(moved, dtype=np.float64) - rows) / np.sqrt(len(rows)), -1)

    def rows_after(self, displacements: ArrayLike) -> Array:
        """The rows where the adversary's strategy puts them, shape (n, d)."""
        rows = np.asarray(self.rows)
        return np.asarray(rows + np.sqrt(len(rows)) * np.reshape(displacements, rows.shape))

    def moved_rows(self, model: ArrayLike) -> Array:
        """The rows after the adversary's best reply to a model w, shape (n, d).

        Rows move along w, to the decision values v that solve one equation each,
        :math:`v = w x_i - (n c_i / rho_a) |w|^2 l_a'(v)`; found by bisection.
        """
        rows, w = np.asarray(self.rows), np.asarray(model, dtype=np.float64)
        pressure = len(rows) * np.asarray(self.weights) / self.adversary_penalty
        values, squared = rows @ w, float(w @ w)
        honest = -np.ones(len(rows))
        low, high = values - pressure * squared, values.copy()
        for _ in range(_BISECTIONS):
            middle = (low + high) / 2.0
            beyond = middle + pressure * squared * self.adversary_loss.slope(middle, honest)
            low = np.where(beyond < values, middle, low)
            high = np.where(beyond < values, high, middle)
        slopes = self.adversary_loss.slope((low + high) / 2.0, honest)
        return rows - (pressure * slopes)[:, None] * w

    def form(self) -> ConvexGame:
        """The convex game; its first role is the learner."""
        rows, y, c = np.asarray(self.rows), np.asarray(self.labels), np.asarray(self.weights)
        n, d = rows.shape
        root = np.sqrt(n)
        honest = -np.ones(n)

        def payoffs(z: Strategies) -> tuple[float, float]:
            values = self.rows_after(z[1]) @ z[0]
            paid = c @ self.learner_loss.loss(values, y) + self.learner_penalty / 2.0 * z[0] @ z[0]
            spent = c @ self.adversary_loss.loss(values, honest)
            return -float(paid), -float(spent + self.adversary_penalty / 2.0 * z[1] @ z[1])

        def gradients(z: Strategies) -> tuple[Array, Array]:
            moved = self.rows_after(z[1])
            values = moved @ z[0]
            weighed = c * self.learner_loss.slope(values, y)
            pushed = root * c * self.adversary_loss.slope(values, honest)
            return (
                -(weighed @ moved) - self.learner_penalty * z[0],
                -np.outer(pushed, z[0]).reshape(-1) - self.adversary_penalty * z[1],
            )

        def effects(z: Strategies) -> tuple[Array, Array]:
            moved = self.rows_after(z[1])
            values = moved @ z[0]
            weighed = root * c * self.learner_loss.slope(values, y)
            pushed = c * self.adversary_loss.slope(values, honest)
            return -np.outer(weighed, z[0]).reshape(-1), -(pushed @ moved)

        idle = float(self.learner_loss.loss(np.zeros(1), np.ones(1))[0])
        radius = np.sqrt(2.0 * idle / self.learner_penalty)
        return ConvexGame(
            sets=(
                Balls(np.zeros((1, d)), [radius]),
                Balls(np.zeros((n, d)), root * c * radius / self.adversary_penalty),
            ),
            payoffs=payoffs,
            gradients=gradients,
            effects=effects,
            replies=(None, lambda z: self.displacements(self.moved_rows(z[0]))),
            modulus=self.modulus,
        )

    def __repr__(self) -> str:
        n, d = np.shape(self.rows)
        kind = type(self.learner_loss).__name__.removesuffix("Loss").lower()
        known = "one equilibrium" if self.surely_unique() else "one or more equilibria"
        features = f"{d} feature{'s' if d > 1 else ''}"
        penalties = f"penalties {self.learner_penalty:g} and {self.adversary_penalty:g}"
        return f"PredictionGame: {n} rows, {features}, {kind}, {penalties}, {known}"


def nash_logistic_regression(
    rows: ArrayLike, labels: ArrayLike, learner_penalty: float, adversary_penalty: float
) -> PredictionGame:
    """The prediction game in which both have the logistic loss.

    Parameters
    ----------
    rows, labels, learner_penalty, adversary_penalty
        As in `PredictionGame`.

    Examples
    --------
    >>> nash_logistic_regression([[-1.0], [1.0]], [0, 1], 1.05, 1.0).surely_unique()
    True
    >>> nash_logistic_regression([[-1.0], [1.0]], [0, 1], 0.5, 1.0).surely_unique()
    False
    """
    return PredictionGame(rows, labels, learner_penalty, adversary_penalty)


def nash_svm(
    rows: ArrayLike,
    labels: ArrayLike,
    learner_penalty: float,
    adversary_penalty: float,
    smoothing: float = 1.0,
) -> PredictionGame:
    """The prediction game in which both have the trigonometric loss.

    Parameters
    ----------
    rows, labels, learner_penalty, adversary_penalty
        As in `PredictionGame`.
    smoothing
        As in `TrigonometricLoss`.

    Examples
    --------
    >>> nash_svm([[-1.0], [1.0]], [0, 1], 1.0, 1.0).surely_unique()
    False
    """
    loss = TrigonometricLoss(smoothing)
    return PredictionGame(rows, labels, learner_penalty, adversary_penalty, loss, loss)


def linear_pressure(
    rows: ArrayLike, labels: ArrayLike, learner_penalty: float, adversary_penalty: float
) -> PredictionGame:
    r"""The prediction game in which the adversary's loss is linear, so that all rows move alike.

    Its best reply is :math:`\dot x_i = x_i - (n c_i / \rho_a) w`.

    Parameters
    ----------
    rows, labels, learner_penalty, adversary_penalty
        As in `PredictionGame`.

    Examples
    --------
    >>> game = linear_pressure([[-1.0], [1.0]], [0, 1], 1.0, adversary_penalty=2.0)
    >>> game.moved_rows([0.5]).tolist()
    [[-1.25], [0.75]]
    """
    return PredictionGame(
        rows, labels, learner_penalty, adversary_penalty, LogisticLoss(), LinearLoss()
    )

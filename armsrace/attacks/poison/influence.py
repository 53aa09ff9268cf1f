r"""Influence-function poisoning: move points uphill on the loss that the retrained model will have.

Let theta minimize the objective J of a smooth `LinearLearner` on the clean rows and the poison, and
let A(theta) be its mean loss on the adversary's reference rows. Because the gradient of J vanishes
at theta, the implicit function theorem gives what a move of the poison row x does to A after a
*full* retraining:

.. math:: \frac{dA}{dx} = - \Big(\frac{\partial^2 \ell(x, y; \theta)}{\partial\theta\,\partial x}
          \Big)^{\!T} H^{-1} \nabla A(\theta), \qquad H = \nabla^2 J(\theta).

One solve with the Hessian serves all poison rows.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from armsrace.attacks.knowledge import Knowledge
from armsrace.attacks.poison.linear import LinearLearner, with_ones
from armsrace.attacks.poison.plans import PlannedPoison, reference_of
from armsrace.attacks.poison.rates import check_share, effort
from armsrace.batch import Mask

Array = NDArray[np.float64]


def influence_gradient(
    learner: LinearLearner,
    state: Array,
    clean: tuple[Array, Array],
    poison: tuple[Array, Array],
    reference: tuple[Array, Array],
) -> Array:
    """How the loss on reference rows changes as poison rows move and the model is retrained.

    Parameters
    ----------
    learner
        What the model minimizes; its loss must be smooth.
    state
        Weights and intercept that minimize it on clean rows and poison, shape (d + 1,), as
        `LinearLearner.fit` gives them.
    clean, poison, reference
        Rows, shape (n, d), and their labels as signs -1 and 1, shape (n,), of the clean rows, the
        poison and the rows whose mean loss is meant.

    Returns
    -------
    Array
        Gradient for each poison row, shape (m, d).

    Raises
    ------
    ValueError
        When the loss is not smooth.

    References
    ----------
    Koh, P. W., Steinhardt, J., Liang, P. (2022). Stronger data poisoning attacks break data
    sanitization defenses. Machine Learning 111.

    Examples
    --------
    A copy of a malicious row that is called honest does more harm further out:

    >>> from armsrace.attacks.poison.margin_losses import Logistic
    >>> clean = np.array([[-1.0], [-2.0], [1.0], [2.0]]), np.array([-1.0, -1.0, 1.0, 1.0])
    >>> poison = np.array([[1.0]]), np.array([-1.0])
    >>> learner = LinearLearner(Logistic())
    >>> state = learner.fit(*(np.concatenate(both) for both in zip(clean, poison)))
    >>> bool(influence_gradient(learner, state, clean, poison, clean)[0, 0] > 0)
    True
    """
    if not learner.loss.smooth:
        raise ValueError(f"loss must be smooth to be followed, got {learner.loss!r}")
    rows, signs = (np.concatenate(both) for both in zip(clean, poison, strict=True))
    extended, truth = with_ones(reference[0]), reference[1]
    uphill = (learner.loss.slope(truth * (extended @ state)) * truth) @ extended / len(truth)
    solved = learner.solve(learner.hessian(state, rows, signs), uphill)
    own = with_ones(poison[0])
    margins = poison[1] * (own @ state)
    straight = np.outer(learner.loss.slope(margins) * poison[1], solved[:-1])
    bent = np.outer(learner.loss.curvature(margins) * (own @ solved), state[:-1])
    return -(straight + bent)


@final
@dataclass(frozen=True)
class InfluencePoison(PlannedPoison):
    """Rows with wrong labels, moved uphill on the loss of the retrained linear model.

    The design starts from reference rows under the wrong label and takes projected gradient steps
    for all points at once, each followed by a warm-started retraining; a step that does not raise
    the loss is undone and halved. Points stay between the least and the largest reference value of
    each column, and within what is feasible; whole numbers and groups are rounded at the end. The
    objective is that of the model in sight, which must be smooth (LogisticRegression,
    RidgeClassifier, LinearSVC with its squared hinge; see `LinearLearner.of`), or logistic
    regression's when the model is hidden.

    Attributes
    ----------
    rate
        The adversary's share of the training traffic, in [0, 1).
    steps
        Gradient steps of the design, at least 0.

    References
    ----------
    Koh, P. W., Steinhardt, J., Liang, P. (2022). Stronger data poisoning attacks break data
    sanitization defenses. Machine Learning 111.
    """

    rate: float
    steps: int = 30

    def __post_init__(self) -> None:
        check_share("rate", self.rate, below_one=True)
        if self.steps < 0:
            raise ValueError(f"steps must be at least 0, got {self.steps}")

    def design(
        self, known: Knowledge, learner: LinearLearner, rng: np.random.Generator
    ) -> tuple[Array, Mask]:
        """Points of both labels, moved uphill."""
        rows, signs = clean = reference_of(known)
        first = rng.permutation(len(rows))[: effort(self.rate, len(rows))]
        labels = -signs[first]
        low, high = known.feasible.bounds(rows.shape[1])
        low, high = np.maximum(low, rows.min(axis=0)), np.minimum(high, rows.max(axis=0))
        low = np.minimum(low, high)
        points = np.clip(rows[first], low, high)
        reach = 0.5 * float(np.linalg.norm(rows.std(axis=0)))

        def retrained(points: Array, start: Array | None) -> tuple[Array, float]:
            both = np.concatenate([rows, points]), np.concatenate([signs, labels])
            state = learner.fit(*both, start)
            return state, learner.mean_loss(state, rows, signs)

        state, harm = retrained(points, None)
        for _ in range(self.steps if len(points) else 0):
            uphill = influence_gradient(learner, state, clean, (points, labels), clean)
            lengths = np.maximum(np.linalg.norm(uphill, axis=1, keepdims=True), 1e-300)
            moved = np.clip(points + reach * uphill / lengths, low, high)
            reply, reached = retrained(moved, state)
            if reached > harm:
                points, state, harm = moved, reply, reached
            else:
                reach /= 2
        return known.feasible.nearest(points), labels > 0

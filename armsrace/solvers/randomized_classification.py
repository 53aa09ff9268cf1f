r"""Optimal randomized classification: what to inspect when adversaries adapt to it.

Li and Vorobeychik (2015). Traffic of kind x has the share s(x) and is malicious with probability
p(x); honest traffic let through is worth G(x). The defender commits to inspect kind x' with
probability q(x'), within a budget :math:`\sum_x s(x) q(x) \le c`. A malicious sender of kind x who
does not adapt does harm V(x) unless inspected. One who adapts, a share P of them, disguises itself
as the x' that suits it best: the harm survives in proportion to the *likeness* k(x, x') in [0, 1],

.. math:: a(x) = \max_{x'} V(x) \, k(x, x') \, (1 - q(x')).

The defender's loss is linear in (q, a) once the maximum is written as inequalities:

.. math:: \min_{q, a} \sum_x s(x) \left[ p(x) \left( (1 - P) V(x) (1 - q(x)) + P a(x) \right)
          - (1 - q(x)) (1 - p(x)) G(x) \right].

The answer carries a lower bound on every policy's loss by weak duality: multipliers of the linear
program, made feasible, so that it holds whatever the solver did.

Source: B. Li, Y. Vorobeychik, "Scalable optimization of randomized operational decisions in
adversarial classification settings", AISTATS 2015, linear program (3a)-(3e).
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import ArrayLike

from armsrace._linear_program import minimize
from armsrace.forms.arguments import finite
from armsrace.forms.normal import Array


@final
@dataclass(frozen=True, eq=False)
class InspectionProblem:
    """Traffic of n kinds, and how its senders adapt.

    Parameters
    ----------
    malicious
        Probability p that each kind is malicious, shape (n,).
    gain, harm
        Worth G of honest traffic and harm V of malicious traffic let through, not negative, numbers
        or shape (n,).
    shares
        Of each kind in all traffic, summing to 1, shape (n,).
    likeness
        k(x, x') in [0, 1], with ones on the diagonal, shape (n, n); `distance_likeness` makes it.
    adaptive
        Share P of the malicious senders that adapt, in [0, 1].

    Raises
    ------
    ValueError
        When shapes do not fit or a number is out of its range.

    Examples
    --------
    Inspecting the worse kind alone sends all who adapt to the other:

    >>> problem = InspectionProblem([0.6, 0.1], 1.0, 4.0, [0.4, 0.6], np.ones((2, 2)), adaptive=1.0)
    >>> round(problem.loss([0.0, 0.0]), 6), round(problem.loss([1.0, 0.0]), 6)
    (0.5, 0.66)
    """

    malicious: ArrayLike
    gain: ArrayLike
    harm: ArrayLike
    shares: ArrayLike
    likeness: ArrayLike
    adaptive: float

    def __post_init__(self) -> None:
        shares = finite("shares", self.shares)
        if shares.ndim != 1 or shares.min() < 0.0 or abs(shares.sum() - 1.0) > 1e-9:
            raise ValueError("shares must be n numbers, not negative, that sum to 1")
        n = len(shares)
        object.__setattr__(self, "shares", shares)
        for name, highest in (("malicious", 1.0), ("gain", np.inf), ("harm", np.inf)):
            values = finite(name, getattr(self, name))
            if values.shape not in ((), (n,)):
                raise ValueError(
                    f"{name} must be a number or have shape ({n},), got {values.shape}"
                )
            if values.min() < 0.0 or values.max() > highest:
                raise ValueError(f"{name} must be in [0, {highest:g}]")
            object.__setattr__(self, name, np.broadcast_to(values, (n,)))
        likeness = finite("likeness", self.likeness)
        if likeness.shape != (n, n):
            raise ValueError(f"likeness must have shape {(n, n)}, got {likeness.shape}")
        if likeness.min() < 0.0 or likeness.max() > 1.0 or not (likeness.diagonal() == 1.0).all():
            raise ValueError("likeness must be in [0, 1], and 1 between a kind and itself")
        if not 0.0 <= self.adaptive <= 1.0:
            raise ValueError(f"adaptive must be in [0, 1], got {self.adaptive}")
        object.__setattr__(self, "likeness", likeness)

    def loss(self, inspection: ArrayLike) -> float:
        """What a policy loses, the adaptive senders replying best: from the definition.

        Raises
        ------
        ValueError
            When it is not a probability for each kind.
        """
        q = np.asarray(inspection, dtype=np.float64)
        if q.shape != np.shape(self.shares) or not ((q >= 0.0) & (q <= 1.0)).all():
            raise ValueError(f"inspection must be {np.size(self.shares)} probabilities")
        s, p, G, V, k = self._arrays()
        adapted = V * (k * (1.0 - q)).max(axis=1)
        suffered = (1.0 - self.adaptive) * V * (1.0 - q) + self.adaptive * adapted
        return float(s @ (p * suffered - (1.0 - q) * (1.0 - p) * G))

    def _arrays(self) -> tuple[Array, Array, Array, Array, Array]:
        given = (self.shares, self.malicious, self.gain, self.harm, self.likeness)
        s, p, G, V, k = (np.asarray(values, dtype=np.float64) for values in given)
        return s, p, G, V, k


@final
@dataclass(frozen=True, eq=False)
class RandomizedInspection:
    """A policy of inspection, what it loses, and what no policy can do without losing.

    Attributes
    ----------
    inspection
        Probability of inspection q of each kind, shape (n,).
    loss
        Of the defender, recomputed by `InspectionProblem.loss`.
    bound
        No policy within the budget loses less.
    """

    inspection: Array
    loss: float
    bound: float


def distance_likeness(kinds: ArrayLike, decay: float) -> Array:
    r"""Likeness that decays with the distance, :math:`e^{-\delta |x - x'|}`, shape (n, n).

    Parameters
    ----------
    kinds
        Points, shape (n, d).
    decay
        The rate :math:`\delta`, not negative.

    Raises
    ------
    ValueError
        When kinds have another shape, or decay is negative.

    Examples
    --------
    >>> distance_likeness([[0.0], [1.0]], decay=np.log(2.0)).round(6).tolist()
    [[1.0, 0.5], [0.5, 1.0]]
    """
    points = finite("kinds", kinds)
    if points.ndim != 2:
        raise ValueError(f"kinds must have shape (n, d), got {points.shape}")
    if not 0.0 <= decay < np.inf:
        raise ValueError(f"decay must not be negative, got {decay}")
    distances = np.linalg.norm(points[:, None] - points[None], axis=2)
    return np.asarray(np.exp(-decay * distances))


def randomized_classification(problem: InspectionProblem, budget: float) -> RandomizedInspection:
    """Find the best probabilities of inspection to commit to.

    Parameters
    ----------
    problem
        Traffic, payoffs and adaptation.
    budget
        Largest share of all traffic that may be inspected, in [0, 1].

    Raises
    ------
    ValueError
        When budget is out of its range.
    ArithmeticError
        When HiGHS finds no optimum.

    Notes
    -----
    A linear program with 2 n variables and n^2 inequalities.

    Examples
    --------
    To inspect only the worse kind would make its senders take the other's shape:

    >>> likeness = [[1.0, 0.8], [0.8, 1.0]]
    >>> problem = InspectionProblem([0.6, 0.1], 1.0, 4.0, [0.4, 0.6], likeness, adaptive=1.0)
    >>> answer = randomized_classification(problem, budget=0.5)
    >>> answer.inspection.round(6).tolist(), round(answer.loss, 6), round(answer.bound, 6)
    ([0.565217, 0.456522], 0.184783, 0.184783)
    """
    from scipy import sparse

    if not 0.0 <= budget <= 1.0:
        raise ValueError(f"budget must be in [0, 1], got {budget}")
    s, p, G, V, k = problem._arrays()
    n, P = len(s), problem.adaptive
    slope = s * ((1.0 - p) * G - p * (1.0 - P) * V)
    constant = -float(slope.sum())
    # V k (1 - q) - a <= 0 for each kind (rows) and each disguise (columns).
    reach = V[:, None] * k
    rows = np.arange(n * n)
    disguises = sparse.csr_array((-reach.ravel(), (rows, np.tile(np.arange(n), n))))
    senders = sparse.csr_array((-np.ones(n * n), (rows, np.repeat(np.arange(n), n))))
    spending = sparse.csr_array(np.append(s, np.zeros(n))[None])
    best, duals = minimize(
        np.append(slope, P * s * p),
        sparse.vstack([sparse.hstack([disguises, senders]), spending], format="csr"),
        (-np.inf, np.append(-reach.ravel(), budget)),
        (0.0, np.repeat([1.0, np.inf], n)),
    )
    inspection = np.clip(best[:n], 0.0, 1.0)
    multipliers = np.maximum(-duals, 0.0)
    weights, price = multipliers[:-1].reshape(n, n), float(multipliers[-1])
    totals, allowed = weights.sum(axis=1), P * s * p
    shrink = np.divide(allowed, totals, out=np.ones(n), where=totals > allowed)
    pressure = (shrink[:, None] * weights) * reach
    reduced = slope - pressure.sum(axis=0) + price * s
    bound = constant + pressure.sum() - price * budget + np.minimum(reduced, 0.0).sum()
    return RandomizedInspection(inspection, problem.loss(inspection), float(bound))

"""Logit equilibria: roles that reply better the more it matters, and the path to Nash equilibrium.

In a *logit equilibrium* of precision p (McKelvey and Palfrey 1995) role i takes action a with
probability proportional to exp(p u_i(a)), where u_i(a) is what a earns against the others' logit
strategies. At p = 0 all play uniformly. In almost all games one branch of logit equilibria leads
from there to infinity without an end, and its limit is a Nash equilibrium: the one that the game's
own incentives select from the uniform start.

The branch is followed in the logarithms y of the probabilities, where nothing under- or overflows
(Turocy 2005). With an arbitrary action 0 of each role as reference it solves ::

    y_ia - y_i0 = p (u_i(a) - u_i(0))   for all a but 0,      sum_a exp(y_ia) = 1

A *predictor* goes along the branch's tangent in (y, p) and a *corrector*, Newton's method
orthogonal to the tangent, returns to the branch; so it may turn, with p falling for a while. The
step grows while corrections are small and shrinks when they are not, or when the branch bends.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import final

import numpy as np

from armsrace.forms.normal import Array, NormalForm
from armsrace.solvers import certificate
from armsrace.solvers.equilibrium import Equilibrium, distribution

LIMIT = 1e6  # the precision, for payoffs of range 1, at which the limit is read off
FIRST_STEP = 0.05
SMALLEST_STEP = 1e-9
GROWTH = 1.6
STRAIGHT = 0.95  # the smallest cosine between the tangents before and after a step
CROSSING = 1e-4  # the largest step, as a share of 1 + p, that may cross another branch
CORRECTED = 0.3  # the largest correction, as a share of the step
EXACT = 1e-12  # the largest residual of an equation, as a share of what it compares
NEWTON_STEPS = 8  # of one correction
STEPS = 20_000
PLAYED = (1e-3, 1e-6, 1e-9)  # probabilities above which an action may belong to the limit's support


@final
@dataclass(frozen=True, eq=False, repr=False)
class LogitPath:
    """The principal branch of logit equilibria, from uniform play on.

    Parameters
    ----------
    form
        The game.
    precisions
        Along the branch, from 0; not always ascending, since the branch may turn. Shape (L,), in
        units of 1 / payoff.
    strategies
        For each role an array of shape (L, m_i): its logit strategy at each point.
    status
        "solved" when the branch was followed to the precision asked for; otherwise where it ended.

    Examples
    --------
    >>> pennies = NormalForm.zero_sum([[1, -1], [-1, 1]])
    >>> LogitPath(pennies, np.array([0.0]), (np.full((1, 2), 0.5), np.full((1, 2), 0.5)), "solved")
    LogitPath: solved, 1 points to precision 0, regret 0
    """

    form: NormalForm
    precisions: Array
    strategies: tuple[Array, ...]
    status: str

    @cached_property
    def regrets(self) -> Array:
        """What each role could gain by its best deviation at each point, shape (L, N)."""
        points = zip(*self.strategies, strict=True)
        return np.stack([certificate.regrets(self.form, point) for point in points])

    def __repr__(self) -> str:
        regret = round(float(self.regrets[-1].max()), 12) + 0.0
        return (
            f"LogitPath: {self.status}, {len(self.precisions)} points to precision "
            f"{self.precisions[-1]:g}, regret {regret:.6g}"
        )


def logit_response(form: NormalForm, *, precision: float) -> LogitPath:
    """Follow the logit equilibria from uniform play to a precision.

    Parameters
    ----------
    form
        The game, of any number of roles.
    precision
        Where to end, positive, in units of 1 / payoff: the odds of two actions are e to the power
        of it times their difference in payoff.

    Returns
    -------
    LogitPath
        The points where the steps ended, the last one at the precision exactly. A step takes a few
        solutions of a linear system with one equation for each action of each role, and usually
        there are some dozens of steps. The status says when the branch was lost.

    Raises
    ------
    ValueError
        When the precision is not positive and finite.

    References
    ----------
    R. McKelvey, T. Palfrey, "Quantal response equilibria for normal form games", Games and Economic
    Behavior 10 (1995).

    T. Turocy, "A dynamic homotopy interpretation of the logistic quantal response equilibrium
    correspondence", Games and Economic Behavior 51 (2005).

    Examples
    --------
    When the learner's stake in matching pennies grows, the adversary's behavior changes most at
    once, but the learner's own changes too, unlike in Nash equilibrium:

    >>> stakes = NormalForm.from_bimatrix([[9, 0], [0, 1]], [[0, 1], [1, 0]])
    >>> path = logit_response(stakes, precision=1)
    >>> [own[-1].round(4).tolist() for own in path.strategies]
    [[0.8936, 0.1064], [0.3128, 0.6872]]
    """
    if not 0.0 < precision < np.inf:
        raise ValueError(f"precision must be positive and finite, got {precision:g}")
    branch = _Branch(form)
    points, status = branch.follow(precision * branch.unit)
    strategies = tuple(np.stack(own) for own in zip(*map(branch.strategies, points), strict=True))
    return LogitPath(form, np.array([z[-1] for z in points]) / branch.unit, strategies, status)


def nash_by_logit(form: NormalForm) -> Equilibrium:
    """Find the Nash equilibrium that the logit equilibria lead to.

    Parameters
    ----------
    form
        The game, of any number of roles.

    Returns
    -------
    Equilibrium
        The branch is followed to a precision of 1e6 for payoffs of range 1, and the equations that
        make all actions of its support earn the same finish what remains; by how much that moved a
        probability at most is ``parameters["moved"]``. When the regret is above
        `certificate.tolerances` the status says so and where the branch ended. A step costs what
        one of `logit_response` does; some dozens of them are usual.

    References
    ----------
    As `logit_response`.

    Examples
    --------
    In a stag hunt it is the safe equilibrium, which risk dominates:

    >>> labels = [["stag", "hare"], ["stag", "hare"]]
    >>> hunt = NormalForm.from_bimatrix([[4, 0], [3, 3]], [[4, 3], [0, 3]], actions=labels)
    >>> nash_by_logit(hunt)
    Equilibrium by nash_by_logit: solved, regret 0
      learner earns 3: hare 1
      adversary earns 3: hare 1
    """
    branch = _Branch(form)
    points, status = branch.follow(LIMIT)
    last = [distribution(own) for own in branch.strategies(points[-1])]
    candidates = [last, *(_finished(form, last, played) for played in PLAYED)]
    best = min(candidates, key=lambda found: float(certificate.regrets(form, found).max()))
    moved = max(float(np.abs(b - own).max()) for b, own in zip(best, last, strict=True))
    parameters = {"precision": float(points[-1][-1]) / branch.unit, "moved": moved}
    answer = Equilibrium(form, tuple(best), "nash_by_logit", parameters, status)
    if (answer.regrets <= certificate.tolerances(form)).all():
        return replace(answer, status="solved")
    if status == "solved":
        return replace(answer, status=f"regret {answer.regret:.1g} at the end of the branch")
    return answer


@final
class _Branch:
    """The equations of a game's logit equilibria, payoffs brought to a range of 1.

    A point z holds the logarithms of all probabilities, role by role, and then the precision.
    """

    def __init__(self, form: NormalForm) -> None:
        payoffs = form.payoffs.reshape(len(form.roles), -1)
        self.unit = float(np.ptp(payoffs, axis=1).max()) or 1.0
        self.form = form.transform(1.0 / self.unit, 0.0)
        self.starts = np.cumsum([0, *form.shape])
        # The slopes that are the same at all points.
        n = int(self.starts[-1])
        self.fixed_slopes = np.zeros((n, n + 1))
        for start, m in zip(self.starts, form.shape, strict=False):
            rest = slice(start + 1, start + m)
            self.fixed_slopes[rest, rest] = np.eye(m - 1)
            self.fixed_slopes[rest, start] = -1.0

    def strategies(self, z: Array) -> list[Array]:
        """Return the strategies of all roles at a point."""
        return np.split(np.exp(z[:-1]), self.starts[1:-1])

    def follow(self, limit: float) -> tuple[list[Array], str]:
        """Return points on the branch, and "solved" or where it was lost."""
        uniform = [np.full(m, -np.log(m)) for m in self.form.shape]
        z = np.concatenate([*uniform, [0.0]])
        ahead = np.append(np.zeros(len(z) - 1), 1.0)
        tangent, sense = self._tangent(z, ahead)
        points, step = [z], FIRST_STEP
        for _ in range(STEPS):
            where = f"lost at precision {z[-1] / self.unit:.6g}"
            if step < SMALLEST_STEP * (1.0 + z[-1]):
                return points, f"{where}: too sharp a bend"
            predicted = z + step * tangent
            level = float(tangent @ predicted)
            corrected = self._corrected(predicted, tangent, level, CORRECTED * step)
            if corrected is not None and corrected[-1] <= 0.0:
                corrected = None  # at precision 0 there is no other point than the start
            if corrected is not None and corrected[-1] >= limit:
                share = (limit - z[-1]) / (corrected[-1] - z[-1])
                end = self._corrected(z + share * (corrected - z), ahead, limit, np.inf)
                if end is not None:
                    return [*points, end], "solved"
                corrected = None
            if corrected is not None:
                turned, new_sense = self._tangent(corrected, tangent)
                straight = turned @ tangent >= STRAIGHT
                if straight and (new_sense == sense or step < CROSSING * (1.0 + z[-1])):
                    z, tangent, sense, step = corrected, turned, new_sense, step * GROWTH
                    points.append(z)
                    continue
            step /= 2.0
        return points, f"{where}: {STEPS} steps were not enough"

    def _tangent(self, z: Array, before: Array) -> tuple[Array, float]:
        """Return the direction of the branch that goes on from the one before, and its sense.

        The sense is the sign of the determinant of the slopes and the tangent. It is the same all
        along a branch: where it changes, the corrector has jumped to where the branch comes back,
        unless another branch crosses just there.
        """
        _, slopes = self._equations(z)
        tangent = np.linalg.svd(slopes)[2][-1]
        tangent = tangent if tangent @ before >= 0.0 else -tangent
        return tangent, float(np.linalg.slogdet(np.vstack([slopes, tangent]))[0])

    def _corrected(self, z: Array, across: Array, level: float, reach: float) -> Array | None:
        """Return the point of the branch near z with across @ point = level.

        None when Newton's method does not settle, or not within reach.
        """
        start = z
        for _ in range(NEWTON_STEPS):
            if z[:-1].max() > 1.0 or not np.linalg.norm(z - start) <= reach:
                return None
            residual, slopes = self._equations(z)
            if (np.abs(residual) <= EXACT * self._sizes(z)).all():
                return z
            error = np.append(residual, across @ z - level)
            z = z - np.linalg.lstsq(np.vstack([slopes, across]), error, rcond=None)[0]
        return None

    def _sizes(self, z: Array) -> Array:
        """Return the sizes of the numbers that each equation compares: 1 for sums, 1 + p."""
        sizes = np.full(len(z) - 1, 1.0 + abs(z[-1]))
        sizes[self.starts[:-1]] = 1.0
        return sizes

    def _equations(self, z: Array) -> tuple[Array, Array]:
        """Return what the equations miss at a point, shape (n,), and their slopes, (n, n + 1)."""
        y, precision = z[:-1], z[-1]
        strategies = self.strategies(z)
        earned = certificate.deviation_payoffs(self.form, strategies)
        n = len(y)
        residual, slopes = np.empty(n), self.fixed_slopes.copy()
        for i, (start, m) in enumerate(zip(self.starts, self.form.shape, strict=False)):
            first, rest = start, slice(start + 1, start + m)
            residual[first] = strategies[i].sum() - 1.0
            slopes[first, start : start + m] = strategies[i]
            gains = earned[i][1:] - earned[i][0]
            residual[rest] = y[rest] - y[first] - precision * gains
            slopes[rest, n] = -gains
            for j, other in enumerate(strategies):
                if j != i:
                    table = _pair_payoffs(self.form.payoffs[i], strategies, i, j)
                    gradient = (table[1:] - table[0]) * other
                    columns = slice(self.starts[j], self.starts[j + 1])
                    slopes[rest, columns] = -precision * gradient
        return residual, slopes


def _pair_payoffs(payoffs: Array, strategies: list[Array], i: int, j: int) -> Array:
    """Average one role's payoffs over all roles but two: its own actions i, the other's j."""
    for k in reversed(range(len(strategies))):
        if k not in (i, j):
            others = (*range(k), *range(k + 1, payoffs.ndim))
            payoffs = payoffs.transpose(*others, k) @ strategies[k]
    return payoffs if i < j else payoffs.T


def _finished(form: NormalForm, strategies: list[Array], played: float) -> list[Array]:
    """Make all actions played more often than that earn the same, by Newton's method.

    Where the equations leave a choice, or cannot be met, the nearest solution is taken.
    """
    supports = [np.flatnonzero(own > played) for own in strategies]
    sizes = [len(support) for support in supports]
    starts = np.cumsum([0, *sizes])
    count = len(sizes)
    form = form.restrict(
        {
            role: [labels[a] for a in support]
            for role, labels, support in zip(form.roles, form.actions, supports, strict=True)
        }
    )
    form = form.transform(1.0 / (np.ptp(form.payoffs) or 1.0), 0.0)
    x = [distribution(own[support]) for own, support in zip(strategies, supports, strict=True)]
    for _ in range(20):
        earned = certificate.deviation_payoffs(form, x)
        residual = np.zeros(starts[-1] + count)
        # Unknowns: all probabilities, then what each role earns.
        slopes = np.zeros((starts[-1] + count, starts[-1] + count))
        for i in range(count):
            rows = slice(starts[i], starts[i + 1])
            value = x[i] @ earned[i]
            residual[rows] = earned[i] - value
            slopes[rows, starts[-1] + i] = -1.0
            slopes[starts[-1] + i, rows] = 1.0
            for j in range(count):
                if j != i:
                    slopes[rows, starts[j] : starts[j + 1]] = _pair_payoffs(
                        form.payoffs[i], x, i, j
                    )
        change = np.linalg.lstsq(slopes, -residual, rcond=1e-12)[0][: starts[-1]]
        x = [
            distribution(np.maximum(own + step, 0.0))
            for own, step in zip(x, np.split(change, starts[1:-1]), strict=True)
        ]
        if np.abs(change).max() < 1e-15:
            break
    finished = [np.zeros(len(own)) for own in strategies]
    for own, support, part in zip(finished, supports, x, strict=True):
        own[support] = part
    return finished

r"""Markov perfect equilibria of general-sum games by the path of logit equilibria.

In a *logit Markov perfect equilibrium* of precision p each role, in each state, takes action a with
probability proportional to :math:`\nu_a e^{p u_a}`, where :math:`u_a` is what a is worth against
the other role's policy, the future under both policies included. At p = 0 both follow the start
:math:`\nu`, uniform unless told otherwise. In almost all games one branch of these equilibria leads
from there to infinity without an end, and its limit is a Markov perfect equilibrium: stationary
policies from which no deviation of any kind gains, in any state (Eibelshaeuser and Poensgen 2019;
Herings and Peeters 2004 follow another path, that of the tracing procedure).

The branch is followed in the logarithms of the probabilities, where nothing under- or overflows. A
*predictor* goes along the tangent and a *corrector*, Newton's method orthogonal to the tangent,
returns to the branch; so it may turn, with p falling for a while (the equations are in
`armsrace.solvers._markov_logit`). From time to time along the way the limit is tried for: the
actions still played are made to earn exactly the same in every state, by Newton's method on
indifference and Bellman equations together; once that is close by and leaves no regret, it is the
answer. Where the limit is not regular it stays out, and at precision p the regret is at most of the
order of 1 / p; the path then ends at p = 1e9.

With many states the path turns often, and each turn takes many steps. Games of more than 20 states
are therefore first tried as a complementarity problem (`armsrace.solvers._markov_complementarity`),
by a Newton method whose cost grows with the states and not with the turns; an answer of it counts
when its certificate says so, and when a number of attempts have failed the path is followed.
"""

from dataclasses import replace
from typing import final

import numpy as np

from armsrace.forms.markov import MarkovGame
from armsrace.solvers._markov_complementarity import ComplementarityEquations
from armsrace.solvers._markov_logit import LogitEquations, Point
from armsrace.solvers.markov_certificate import Policies
from armsrace.solvers.markov_equilibrium import MarkovEquilibrium, checked_policy

LIMIT = 1e9  # the precision, for rewards of range 1, at which the limit is read off
FIRST_STEP = 0.1
SMALLEST_STEP = 1e-9
GROWTH = 2.0
STRAIGHT = 0.9  # the smallest cosine between the tangents before and after a step
CROSSING = 1e-4  # the largest step, as a share of 1 + p, that may cross another branch
CORRECTED = 0.4  # the largest correction, as a share of the step
ROUNDING = 1e-15  # of what actions are worth, in all
EXACT = 1e-6  # the last of Newton's steps, which squares what is left
NEWTON_STEPS = 6  # of one correction
OVERSHOT = 100.0  # logarithm of a probability at a predicted point that is no use, and overflows
TRIED = 30.0  # the precision from which the limit is tried for, at every further factor of 3
CLOSE = 0.05  # how far from the branch, in probability, the limit may be then
PLAYED = 1e-3, 1e-6  # probabilities above which an action may belong to the limit's support
MANY = 20  # states beyond which the complementarity problem is tried first


def markov_nash(
    form: MarkovGame,
    *,
    start: Policies | None = None,
    tolerance: float = 1e-8,
    steps: int = 2_000,
) -> MarkovEquilibrium:
    """Find a Markov perfect equilibrium of a game without a horizon, general-sum or not.

    Parameters
    ----------
    form
        The game.
    start
        The policies that the search begins at, positive for every available action; by default
        uniform. From another start it may lead to another equilibrium.
    tolerance
        Largest regret, in the units of the rewards; positive.
    steps
        Most steps along the path.

    Returns
    -------
    MarkovEquilibrium
        Stationary policies. ``parameters`` tell the "steps", and of a path the "precision" (for
        rewards of range 1, counted in total) where it ended, and by how much the exact solution
        "moved" a probability from there. A status other than "solved" says that the regret is
        above the tolerance, and what to do. The game may have more equilibria: ``bound`` is
        infinite, and the certificate is the regret.

    Raises
    ------
    ValueError
        When the game has a horizon, tolerance or steps is out of range, or the start is not one
        of this game or leaves an available action out.

    Notes
    -----
    A step solves a few linear systems in m + n + 2 unknowns for each state, dense up to 700
    unknowns in all and sparse beyond. Paths in small games take 10 to 100 steps; their number grows
    with the states and as the discount nears 1, since the path turns at states one by one. Games of
    100 states and 3 x 3 actions take some 100 to 400 steps of the Newton method, a few seconds.

    References
    ----------
    S. Eibelshaeuser, D. Poensgen, "Markov quantal response equilibrium and a homotopy method for
    computing and selecting Markov perfect equilibria of dynamic stochastic games", SSRN 3314404
    (2019).

    P. J.-J. Herings, R. Peeters, "Stationary equilibria in stochastic games: structure, selection,
    and computation", Journal of Economic Theory 118 (2004) 32-60.

    Examples
    --------
    A filter is clean or poisoned. Retraining costs the learner .2 and cleans; poisoning costs the
    adversary .3 and earns it 1 a round while it lasts:

    >>> rewards = [
    ...     [[[0.0, 0.0], [-0.2, -0.2]], [[-1.0, -1.0], [-1.2, -1.2]]],
    ...     [[[0.0, -0.3], [0.0, -0.3]], [[1.0, 0.7], [1.0, 0.7]]],
    ... ]
    >>> clean, poisoned = [1.0, 0.0], [0.0, 1.0]
    >>> transitions = [
    ...     [[clean, poisoned], [clean, clean]],
    ...     [[poisoned, poisoned], [clean, clean]],
    ... ]
    >>> game = MarkovGame(rewards, transitions, discount=0.9, states=["clean", "poisoned"])
    >>> answer = markov_nash(game)
    >>> answer.status, bool(answer.regret < 1e-9)
    ('solved', True)
    """
    _check(form, tolerance, steps)
    equations = LogitEquations(form, _start(form, start))
    if form.shape[0] > MANY:
        found = _by_complementarity(equations, tolerance)
        if found is not None:
            return found
    way = _Way(equations)
    best, attempt = _answer(form, equations.policies(way.point), way, 0.0), TRIED
    while way.count < steps and way.status == "":
        way.advance()
        ended = way.status != "" or way.count >= steps
        if not (ended or way.point.precision >= attempt):
            continue
        attempt = 3.0 * way.point.precision
        best, moved = min(_candidates(equations, way, ended), key=lambda found: found[0].regret)
        if best.regret <= tolerance and (ended or moved <= CLOSE):
            return best
    lost = way.status or f"{steps} steps were not enough"
    remedy = "begin at another start" if way.status else "raise steps or begin at another start"
    return replace(best, status=f"regret {best.regret:.1g}, {lost}: {remedy}")


def _check(form: MarkovGame, tolerance: float, steps: int) -> None:
    if form.horizon is not None:
        raise ValueError(
            "horizon must be None; backward_induction_with solves games with a horizon"
        )
    if not tolerance > 0.0:
        raise ValueError(f"tolerance must be positive, got {tolerance}")
    if steps < 1:
        raise ValueError(f"steps must be at least 1, got {steps}")


def _start(form: MarkovGame, start: Policies | None) -> Policies:
    if start is None:
        learner, adversary = (mask / mask.sum(axis=1, keepdims=True) for mask in form.masks)
        return learner, adversary
    checked = []
    for role, policy, mask in zip(form.roles, start, form.masks, strict=True):
        given = checked_policy(form, role, policy)
        if (given[mask] <= 0.0).any():
            state = form.states[int(np.argwhere(mask & (given <= 0.0))[0, 0])]
            raise ValueError(
                f"start of {role} must be positive for every available action, got 0 in {state!r}"
            )
        checked.append(given)
    return checked[0], checked[1]


def _by_complementarity(equations: LogitEquations, tolerance: float) -> MarkovEquilibrium | None:
    """An equilibrium by one of so many attempts, or None."""
    conditions = ComplementarityEquations(equations)
    for policies in conditions.attempts():
        parameters = {"steps": conditions.steps}
        answer = MarkovEquilibrium(equations.form, policies, "markov_nash", parameters=parameters)
        if answer.regret <= tolerance:
            return answer
    return None


@final
class _Way:
    """Where the path has come to: a point, the tangent there, and how far to go next."""

    def __init__(self, equations: LogitEquations) -> None:
        self._equations = equations
        self.point = equations.opening()
        _, slope, self._sense = equations.linearized(self.point)
        self._tangent = slope.scaled((slope @ slope) ** -0.5)
        self._step = FIRST_STEP
        self.count = 0
        self.status = ""

    def advance(self) -> None:
        """Go one step, or shorten it until that is possible; say so in the status at the end."""
        here = self.point
        while self._step >= SMALLEST_STEP * (1.0 + here.precision):
            self.count += 1
            found = self._corrected(here.after(self._tangent, self._step))
            turned = None if found is None or found.precision <= 0.0 else self._solved(found)
            if found is not None and turned is not None:
                _, slope, sign = turned
                tangent = slope.scaled((slope @ slope) ** -0.5)
                # Along a branch the sign of the determinant times that of the tangent's precision
                # does not change; where it does, the corrector has jumped, or branches cross.
                if tangent @ self._tangent < 0.0:
                    tangent = tangent.scaled(-1.0)
                sense = sign * np.sign(tangent.precision)
                small = self._step < CROSSING * (1.0 + here.precision)
                if tangent @ self._tangent >= STRAIGHT and (sense == self._sense or small):
                    self.point, self._tangent, self._sense = found, tangent, sense
                    self._step *= GROWTH
                    if found.precision >= LIMIT:
                        self.status = f"path followed to precision {LIMIT:.0e}"
                    return
            self._step /= 2.0
        self.status = f"path lost at precision {here.precision:.6g}"

    def _corrected(self, predicted: Point) -> Point | None:
        """The point of the branch across the tangent from there, or None if it is not near."""
        point, reach = predicted, CORRECTED * self._step
        if predicted.logs.max() > OVERSHOT:
            return None
        for _ in range(NEWTON_STEPS):
            solved = self._solved(point)
            along = 0.0 if solved is None else self._tangent @ solved[1]
            if solved is None or along == 0.0:
                return None
            step, slope, _ = solved
            move = step.after(slope, -(self._tangent @ step) / along)
            point = point.after(move, 1.0)
            off = point.after(predicted, -1.0)
            if not np.sqrt(off @ off) <= reach or point.logs.max() > 1.0:
                return None
            noise = ROUNDING * point.precision / (1.0 - self._equations.form.discount)
            if (np.abs(move.logs) <= EXACT * (1.0 + np.abs(point.logs)) + noise).all():
                return point
        return None

    def _solved(self, point: Point) -> tuple[Point, Point, float] | None:
        """The equations to first order at a point, or None where they are singular."""
        try:
            return self._equations.linearized(point)
        except (np.linalg.LinAlgError, RuntimeError):
            return None


def _candidates(
    equations: LogitEquations, way: _Way, ended: bool
) -> list[tuple[MarkovEquilibrium, float]]:
    """Where the path is, if it has ended there, and the exact solutions near by; how far off."""
    form, here = equations.form, equations.policies(way.point)
    found = []
    for played in PLAYED:
        exact = equations.exact(way.point, played)
        if exact is not None:
            moved = max(float(np.abs(b - a).max()) for a, b in zip(here, exact, strict=True))
            found.append((_answer(form, exact, way, moved), moved))
    if ended or not found:
        found.append((_answer(form, here, way, 0.0), 0.0))
    return found


def _answer(form: MarkovGame, policies: Policies, way: _Way, moved: float) -> MarkovEquilibrium:
    parameters = {"steps": way.count, "precision": float(way.point.precision), "moved": moved}
    return MarkovEquilibrium(form, policies, "markov_nash", parameters=parameters)

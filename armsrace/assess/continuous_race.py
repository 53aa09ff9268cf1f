r"""A race in one number: a learner that fits to data that react to it.

The learner deploys a model :math:`\theta`; the adversary reacts, and makes the data :math:`z =
r(\theta)`; the learner fits :math:`\theta' = f(z)`, and so on. The race

* *converges* to a *stable point*, :math:`\theta = f(r(\theta))`,
* *cycles*, with a period, or
* *escalates*: its models leave every bound.

A learner that commits takes the reaction into account; its *committed point* has the least
:math:`\ell(\theta, r(\theta))`. The *price of the arms race* is what the learner loses at the
stable point above that; it does not depend on whether the race gets there.

Five single changes are tried, each with several strengths, the weakest first:

* *regularize*, by s: a fit is shrunk to 1 / (1 + s) of itself. For a loss that is quadratic in the
  model with curvature 1 that is the ridge penalty :math:`s \theta^2 / 2`.
* *widen the window*, to w: the fit is to the mean of the last w data.
* *change the update period*, to p: a model stays for p rounds, and the next is fitted to the mean
  of the data since. An adversary that reacts within the round reacts p times alike, so this alone
  changes nothing but the pace; it is tried to show it.
* *mix*, by a share: the new model gets the share, the old one the rest (a step of that length).
* *cap the rate*, at a share: the adversary goes only that share of the way from the data that the
  first model met.

References
----------
J. C. Perdomo, T. Zrnic, C. Mendler-Duenner, M. Hardt, "Performative prediction", ICML 2020.
"""

from collections.abc import Callable, Iterator

import numpy as np

from armsrace.assess.continuous_race_report import ContinuousChange, ContinuousRace
from armsrace.assess.course import Course
from armsrace.statistics import Array
from armsrace.theory import performative

LONGEST_PERIOD = 64
BLOCK = 2 * LONGEST_PERIOD  # rounds over which a repetition has to show
REST = 1e-9  # size of a move that counts as none, relative to the models
FAR = 1e6  # times the size of the first models: beyond, the race escalates
WIDEST = 1e9  # how far from the start a stable or committed point is looked for

Rule = Callable[[list[float], list[float]], float]
"""From all models and all data so far to the next model."""


def continuous_race(
    fit: Callable[[float], float],
    react: Callable[[float], float],
    loss: Callable[[float, float], float],
    *,
    start: float = 0.0,
    rounds: int = 20_000,
) -> ContinuousRace:
    """Assess a race of best responses between a model and the data, one number each.

    Parameters
    ----------
    fit
        The learner's best response: from data to model.
    react
        The adversary's best response: from model to data.
    loss
        The learner's loss of a model on data.
    start
        The first model.
    rounds
        How long the race is followed at most, at least 256.

    Returns
    -------
    ContinuousRace
        The committed point is the local minimum around the stable point or, without that, around
        the start. Takes up to 20 times `rounds` calls of fit and react.

    Raises
    ------
    ValueError
        When rounds is too small, start is not finite, or a response at the start is not.

    Examples
    --------
    >>> continuous_race(lambda z: z, lambda model: 1 - model, lambda m, z: -m * z + m**2 / 2)
    Naive best response cycles with period 2
      stable point             0.5  loss -0.125
      committed point     0.333333  loss -0.166667
      price of the arms race 0.0416667, gain ratio 1.33333
      regularize               s = 0.5        converges
      widen the window         w = 2          converges
      change the update period p = 10         cycles with period 20
      mix                      share = 0.75   converges
      cap the rate             share = 0.75   converges
    """
    if rounds < 2 * BLOCK:
        raise ValueError(f"rounds must be at least {2 * BLOCK}, got {rounds}")
    first = react(start)
    for name, value in (("start", start), ("react(start)", first), ("fit", fit(first))):
        if not np.isfinite(value):
            raise ValueError(f"{name} must be finite, got {value}")
    models, course, period = _followed(_plain(fit), react, start, rounds)
    idle = loss(start, first)
    stable = _stable_point(lambda model: fit(react(model)) - model, start, models, course)
    committed = _committed_point(
        lambda model: loss(model, react(model)), stable if np.isfinite(stable) else start
    )
    return ContinuousRace(
        np.array(models),
        course,
        period,
        idle,
        stable,
        committed,
        loss(stable, react(stable)) if np.isfinite(stable) else np.nan,
        loss(committed, react(committed)) if np.isfinite(committed) else -np.inf,
        tuple(_tried(fit, react, loss, start, rounds)),
    )


def linear_race(mean: float, response: float, *, start: float = 0.0) -> ContinuousRace:
    r"""Assess the race of `armsrace.theory.performative` by playing it.

    The data mean is :math:`\mu - a \theta`, the loss :math:`-\theta z + \theta^2 / 2`.

    Parameters
    ----------
    mean
        Mean :math:`\mu` of the data when the model is 0.
    response
        Response a of the data.
    start
        The first model.

    Raises
    ------
    ValueError
        When a number is not finite.

    Examples
    --------
    >>> race = linear_race(mean=1.0, response=0.5)
    >>> race.course.value, round(race.stable, 6), round(race.committed, 6)
    ('converges', 0.666667, 0.5)
    >>> round(race.price_ratio, 6)
    1.125
    """
    for name, value in (("mean", mean), ("response", response), ("start", start)):
        if not np.isfinite(value):
            raise ValueError(f"{name} must be finite, got {value}")

    def loss(model: float, data: float) -> float:
        return float(performative.expected_loss(model, data, 0.0))

    return continuous_race(
        lambda data: data, lambda model: mean - response * model, loss, start=start
    )


def _plain(fit: Callable[[float], float]) -> Rule:
    return lambda models, data: fit(data[-1])


def _tried(
    fit: Callable[[float], float],
    react: Callable[[float], float],
    loss: Callable[[float, float], float],
    start: float,
    rounds: int,
) -> Iterator[ContinuousChange]:
    """Each change with the weakest strength that ends the race, or with the strongest."""
    first = react(start)

    def capped(share: float) -> Callable[[float], float]:
        return lambda model: first + share * (react(model) - first)

    def windowed(width: int) -> Rule:
        return lambda models, data: fit(_mean(data[-width:]))

    def periodic(period: int) -> Rule:
        return lambda models, data: models[-1] if len(data) % period else fit(_mean(data[-period:]))

    def shrunk(strength: float) -> Rule:
        return lambda models, data: fit(data[-1]) / (1.0 + strength)

    def mixed(share: float) -> Rule:
        return lambda models, data: (1.0 - share) * models[-1] + share * fit(data[-1])

    shares = (0.75, 0.5, 0.25, 0.125)
    candidates: dict[str, list[tuple[str, Rule, Callable[[float], float]]]] = {
        "regularize": [(f"s = {s:g}", shrunk(s), react) for s in (0.5, 1.0, 2.0, 4.0)],
        "widen the window": [(f"w = {w}", windowed(w), react) for w in (2, 3, 5, 10)],
        "change the update period": [(f"p = {p}", periodic(p), react) for p in (2, 5, 10)],
        "mix": [(f"share = {s:g}", mixed(s), react) for s in shares],
        "cap the rate": [(f"share = {s:g}", _plain(fit), capped(s)) for s in shares],
    }
    for name, strengths in candidates.items():
        for setting, rule, reaction in strengths:
            models, course, period = _followed(rule, reaction, start, rounds)
            change = ContinuousChange(
                name, setting, course, period, _end_loss(models, course, period, reaction, loss)
            )
            if change.ends_the_race:
                break
        yield change


def _followed(
    rule: Rule, react: Callable[[float], float], start: float, rounds: int
) -> tuple[list[float], Course, int | None]:
    """Follow a race until it is clear how it goes."""
    models, data = [start], [react(start)]
    far = np.inf
    while len(models) < rounds:
        for _ in range(BLOCK):
            model = rule(models, data)
            if not abs(model) < far:
                return models, Course.ESCALATES, None
            models.append(model)
            data.append(react(model))
            if len(models) == 3:
                far = FAR * max(1.0, *map(abs, models))
        period = _period(np.array(models[-2 * BLOCK :])) if len(models) > 2 * BLOCK else None
        if period is not None:
            return (
                models,
                Course.CONVERGES if period == 1 else Course.CYCLES,
                None if period == 1 else period,
            )
    return models, Course.UNSETTLED, None


def _period(models: Array) -> int | None:
    """After how many rounds the last models repeat themselves; 1 at rest, None if they do not.

    A cycle repeats itself to a billionth of its own width: a slow spiral towards rest does not.
    """
    last = models[-BLOCK:]
    width = float(np.ptp(last))
    if width <= REST * max(1.0, float(np.abs(last).max())):
        return 1
    for period in range(2, LONGEST_PERIOD + 1):
        shifted = models[-BLOCK - period : -period]
        if np.abs(last - shifted).max() <= REST * width:
            return period
    return None


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _end_loss(
    models: list[float],
    course: Course,
    period: int | None,
    react: Callable[[float], float],
    loss: Callable[[float, float], float],
) -> float:
    """The mean loss where a race rests or cycles."""
    if course in (Course.ESCALATES, Course.UNSETTLED):
        return np.inf
    return _mean([loss(model, react(model)) for model in models[-(period or 1) :]])


def _stable_point(
    gap: Callable[[float], float], start: float, models: list[float], course: Course
) -> float:
    """Where the race rests or, if it does not, a model that it would leave alone."""
    from scipy.optimize import brentq

    rests = course is Course.CONVERGES
    center, width = (models[-1], 1e-6) if rests else (start, 1.0)
    while width <= WIDEST:
        low, high = center - width, center + width
        if gap(low) * gap(high) <= 0.0:
            return float(brentq(gap, low, high, xtol=1e-12))
        width *= 2.0
    return models[-1] if rests else np.nan


def _committed_point(total: Callable[[float], float], start: float) -> float:
    """The least total loss around a model, or nan when it falls without end."""
    from scipy.optimize import minimize_scalar

    width = 1.0
    while width <= WIDEST:
        low, high = start - width, start + width
        if min(total(low), total(high)) > total(start):
            found = minimize_scalar(
                total, bounds=(low, high), method="bounded", options={"xatol": 1e-12}
            )
            return float(found.x)
        width *= 2.0
    return np.nan

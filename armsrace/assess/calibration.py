r"""How often a watch raises a false alarm: set on some plays of a game, told by others.

The *run length* of a watch in a game is the number of rounds played for each alarm, in plays of
the game's length with nobody attacking. It is what a chart's theory calls so as far as the
statistic is independent from round to round, and the plays are long; where neither holds it is
still what a player of the game has to live with.

Its interval takes alarms for Poisson events whose variance in a play is :math:`\phi` times their
mean (they come in clusters where a play has a bad start): for k alarms in all, the exact Poisson
interval of :math:`k / \phi`, times :math:`\phi`, with :math:`\phi \ge 1` estimated from the plays.
"""

from dataclasses import dataclass, replace
from typing import ClassVar, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from armsrace.attacks.attack import Attack
from armsrace.defenses.defense import Defense, Monitor
from armsrace.defenses.memory import Alarms, Observed
from armsrace.defenses.monitor.calibration import alarms_in, calibrated
from armsrace.defenses.monitor.watch import Statistic, Watch
from armsrace.game import LearningGame, Rules
from armsrace.play import play
from armsrace.statistics import Interval


@final
@dataclass(frozen=True, eq=False)
class Calibration:
    """A watch that was set to a run length, and the run length that it has.

    Attributes
    ----------
    watch
        Standardized, with its threshold set; ready to be part of an action.
    wanted
        The run length it was set to.
    run_length
        The one it has on plays that did not set it, in rounds; infinite when it raised no alarm.
    """

    watch: Watch
    wanted: float
    run_length: Interval


def calibrate(
    game: LearningGame,
    learner: str,
    watch: Watch,
    *,
    run_length: float,
    plays: int,
    seed: int = 0,
) -> Calibration:
    """Set a watch to a run length by plays without an attack, and measure it on as many others.

    Parameters
    ----------
    game
        The game.
    learner
        The learner's action, held in every round.
    watch
        Its statistic is standardized, and the threshold of its chart replaced.
    run_length
        Mean number of rounds between false alarms, above 1.
    plays
        How many plays set it; they must have five times as many rounds as the run length. As many
        again measure it.
    seed
        What all random numbers come from.

    Raises
    ------
    LookupError
        When the learner has no such action.
    ValueError
        When a number is out of range, or the watch cannot be calibrated
        (`armsrace.defenses.monitor.calibration.calibrated`).

    Examples
    --------
    >>> from armsrace.defenses import BlockedShare, Cusum
    >>> from games import DictionaryAttack
    >>> watch = Watch(BlockedShare(), Cusum(allowance=0.5, threshold=1.0))
    >>> found = calibrate(DictionaryAttack(rounds=5), "hold", watch, run_length=10, plays=10)
    >>> found.wanted, bool(found.run_length.low < 10 < found.run_length.high)
    (10, True)
    """
    values = observe(game, learner, None, watch.statistic, plays=plays, seed=seed)
    ready = calibrated(watch, values, run_length=run_length)
    others = observe(game, learner, None, ready.statistic, plays=plays, seed=seed, first=plays)
    found = rounds_per_alarm(alarms_in(ready.chart, others), game.rounds)
    return Calibration(ready, run_length, found)


def observe(
    game: LearningGame,
    learner: str,
    adversary: str | None,
    statistic: Statistic,
    *,
    plays: int,
    seed: int = 0,
    first: int = 0,
) -> NDArray[np.float64]:
    """The values of a statistic in plays of a game.

    Parameters
    ----------
    game
        The game.
    learner
        The learner's action, held in every round.
    adversary
        The adversary's action, held in every round; None for nobody.
    statistic
        What to look at.
    plays
        How many plays, at least 1.
    seed, first
        What all random numbers come from: the seed, and the first replicate.

    Returns
    -------
    array
        Shape (plays, rounds); NaN where a round had nothing to tell.

    Raises
    ------
    TypeError
        When the game has no traffic to look at.
    LookupError
        When a role has no such action.
    ValueError
        When there is no play.
    """
    if not isinstance(game, LearningGame):
        raise TypeError(f"game must be a LearningGame, got {type(game).__name__}")
    if plays < 1:
        raise ValueError(f"plays must be at least 1, got {plays}")
    for action, known in ((learner, game.learner_actions), (adversary, game.adversary_actions)):
        if action is not None and action not in known:
            raise LookupError(f"unknown action {action!r}; known: {', '.join(known)}")
    recorder = _Recorder(statistic)
    attack = Attack() if adversary is None else game.adversary_actions[adversary]
    recorded = _Recorded(game, Defense(game.learner_actions[learner], recorder), attack)
    histories = (
        play(recorded, "watch", "act", rounds=game.rounds, seed=seed, replicate=first + number)
        for number in range(plays)
    )
    return np.array([history.position.state.alarms.notes[recorder] for history in histories])


def rounds_per_alarm(alarms: ArrayLike, rounds: int, *, level: float = 0.95) -> Interval:
    """Estimate a run length from the alarms of independent plays.

    Parameters
    ----------
    alarms
        How many there were in each play, shape (plays,), at least one play.
    rounds
        Rounds of a play.
    level
        In (0, 1).

    Raises
    ------
    ValueError
        When there is no play, a number is negative, or the level is not in (0, 1).

    Examples
    --------
    >>> interval = rounds_per_alarm([1, 0, 2, 1, 0, 1], rounds=20)
    >>> float(interval.estimate), float(interval.low.round(1)), float(interval.high.round(1))
    (24.0, 10.3, 73.9)
    """
    from scipy.special import gammaincinv

    counts = np.asarray(alarms, dtype=np.float64)
    if counts.ndim != 1 or not len(counts) or not (counts >= 0).all():
        raise ValueError("alarms must hold the number of alarms of each of one or more plays")
    if not 0 < level < 1:
        raise ValueError(f"level must be in (0, 1), got {level}")
    total, played = counts.sum(), rounds * len(counts)
    dispersion = 1.0
    if total and len(counts) > 1:
        dispersion = max(1.0, float(counts.var(ddof=1) / counts.mean()))
    seen = total / dispersion
    fewest = gammaincinv(seen, (1.0 - level) / 2.0) if seen else 0.0
    most = gammaincinv(seen + 1.0, (1.0 + level) / 2.0)
    with np.errstate(divide="ignore"):
        estimate, low, high = played / np.array([total, dispersion * most, dispersion * fewest])
    return Interval(
        np.asarray(estimate), np.asarray(low), np.asarray(high), level, "overdispersed Poisson"
    )


@final
@dataclass(frozen=True)
class _Recorder(Monitor):
    """Notes all values of a statistic so far."""

    statistic: Statistic

    def monitor(self, alarms: Alarms, seen: Observed, rng: np.random.Generator) -> Alarms:
        value = self.statistic.of(seen)
        number = np.nan if value is None else value
        return alarms.noting(self, (*alarms.notes.get(self, ()), number), raised=False)


@final
@dataclass(frozen=True, eq=False, repr=False)
class _Recorded(LearningGame):
    """A game with one action a side."""

    name: ClassVar[str] = "recorded"

    game: LearningGame
    defense: Defense
    attack: Attack

    def rules(self) -> Rules:
        return replace(
            self.game.setup,
            learner_actions={"watch": self.defense},
            adversary_actions={"act": self.attack},
            answers={},
            measures={},
            learner_agents={},
            adversary_agents={},
        )

r"""When to retrain one's own classifier: an equilibrium found by playing, and what it is worth.

A game with a real classifier has no Markov form that could be written down. Three steps lead to a
policy whose worth is known all the same:

1. `armsrace.empirical_markov` estimates a Markov game of a few *features* in several passes, the
   later ones around its own solution; its solution is a first pair of policies.
2. These, the usual schedules (see `armsrace.assess.retraining`), the adversary's held actions and
   its best replies to the schedules in the estimate play each other a few times. From the solution
   of that table `armsrace.double_oracle` starts, and adds what gains in the real game: held
   actions, and Markov policies fitted to the other side's strategy. The regret that it reports is
   held out.
3. The schedules and the equilibrium's learner each meet an adversary of their own: of the table's,
   the equilibrium's and what gained most against the equilibrium, the one that harms most in the
   few plays is scored in others. Triggered retraining has the limit on the first feature that is
   best in the estimate.

The regret is that among the proposals, a lower bound of the regret among all strategies. Actions
and features that nobody names are chosen as `armsrace.assess.retraining_features` says.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from armsrace.agents.agent import Agent
from armsrace.agents.always import Always
from armsrace.agents.mixed import Mixed
from armsrace.agents.periodic import Periodic
from armsrace.assess.measured_retraining import (
    MeasuredRetraining,
    MeasuredSchedule,
    range_of_payoffs,
    sole_agent,
)
from armsrace.assess.retraining_features import points_in_play, training_actions, with_features
from armsrace.empirical import (
    AllOf,
    EmpiricalMarkov,
    MarkovReplies,
    double_oracle,
    empirical_game,
    empirical_markov,
    held_and_suggested,
)
from armsrace.game import Game, LearningGame, Role
from armsrace.solvers.markov_certificate import best_reply

Array = NDArray[np.float64]

TRIED = 20  # rounds of a pass for each pair of actions, at least


@final
@dataclass(frozen=True, kw_only=True)
class Search:
    """How long to look for an equilibrium by playing.

    Attributes
    ----------
    passes
        Of exploration, at least 1; see `armsrace.empirical.markov_game`.
    iterations
        Of the double oracle at the most, at least 1.
    target
        The regret to get below, as a share of the range of a round's payoffs, at least 0.
    seeds
        Plays of each pass, unless more are needed to try every pair of actions for some 20 rounds,
        and paired replicates of the comparison of schedules, a third of which choose an adversary
        while the others score; at least 4.
    regret_seeds
        Plays of each pair in the double oracle, half of which choose deviations and half score
        them; None for three times `seeds`, since the regret ought to be small.
    seed
        The seed of the study.
    level
        Of every interval, in (0, 1).

    Raises
    ------
    ValueError
        When one of them is out of range.
    """

    passes: int = 3
    iterations: int = 2
    target: float = 0.05
    seeds: int = 64
    regret_seeds: int | None = None
    seed: int = 0
    level: float = 0.95

    def __post_init__(self) -> None:
        for name, least in (("passes", 1), ("iterations", 1), ("target", 0), ("seeds", 4)):
            if not getattr(self, name) >= least:
                raise ValueError(f"{name} must be at least {least}, got {getattr(self, name)}")
        if self.regret_seeds is not None and self.regret_seeds < 4:
            raise ValueError(f"regret_seeds must be at least 4, got {self.regret_seeds}")
        if not 0.0 < self.level < 1.0:
            raise ValueError(f"level must be in (0, 1), got {self.level:g}")


@final
@dataclass(frozen=True)
class _Held:
    """Every action that is compared, or of the adversary, held, and what the game suggests to it.

    An `armsrace.empirical.Oracle`.
    """

    learners: tuple[str, ...]

    def __call__(self, game: Game, role: Role, against: Mapping[Agent, float]) -> Iterable[Agent]:
        if role == "learner":
            return [Always(name) for name in self.learners]
        return held_and_suggested(game, role, against)


def measured_retraining(
    game: LearningGame,
    features: Mapping[str, ArrayLike] | None,
    learners: Sequence[str] | None,
    discount: float,
    periods: Sequence[int],
    search: Search,
    jobs: int,
) -> MeasuredRetraining:
    """Find the retraining policy of a game with a classifier; see `secure_retraining`."""
    if not game.zero_sum:
        raise ValueError("game must be zero-sum, got costs that are not opposed: see Costs.opposed")
    actions = training_actions(game) if learners is None else tuple(learners)
    drawn = np.random.SeedSequence((search.seed, *b"retraining")).generate_state(6)
    study, replies, grown, chosen, scored, pilot = drawn.tolist()
    if features is None:
        game = with_features(game)
        features = points_in_play(game, actions, seed=pilot, jobs=jobs)
    points = {name: tuple(np.asarray(axis, dtype=float)) for name, axis in features.items()}
    tried = TRIED * len(actions) * len(game.adversary_actions) / game.rounds
    plays = max(search.seeds, int(np.ceil(tried)))
    estimate = empirical_markov(
        game,
        points,
        learners=actions,
        discount=discount,
        level=search.level,
        passes=search.passes,
        seeds=plays,
        seed=study,
        jobs=jobs,
    )
    solved = estimate.solve()
    schedules = list(_schedules(estimate, periods))
    held = _Held(actions)
    table = _Losses(game, search.seeds // 3, chosen, jobs)
    rows = [solved.learner, *(agent for _, _, agent, _ in schedules)]
    replies_known = [solved.adversary, *held(game, "adversary", {}), *(one[3] for one in schedules)]
    begun = table.solution(rows, replies_known)
    fitted = MarkovReplies(features=points, discount=discount, seeds=plays, seed=replies, jobs=jobs)
    found = double_oracle(
        game,
        AllOf(held, replace(fitted, actions=actions)),
        AllOf(held, fitted),
        learners=begun[0],
        adversaries=begun[1],
        target=search.target * range_of_payoffs(estimate),
        iterations=search.iterations,
        level=search.level,
        seeds=3 * search.seeds if search.regret_seeds is None else search.regret_seeds,
        seed=grown,
        jobs=jobs,
    )
    candidates = [
        *(agent for agent, weight in found.adversary.items() if weight > 0.0),
        *(agent for agent in (found.measured.deviations[1],) if agent is not None),
        *replies_known,
    ]
    scoring = _Losses(game, search.seeds - search.seeds // 3, scored, jobs)
    compared = []
    for name, kind, agent in [
        ("equilibrium", "equilibrium", sole_agent(found.learner)),
        *(one[:3] for one in schedules),
    ]:
        harm = table.of(agent, candidates).mean(axis=0)
        worst = candidates[int(harm.argmax())]
        losses = scoring.of(agent, [worst])[:, 0]
        compared.append(MeasuredSchedule(name, kind, agent, worst, losses))
    compared.sort(key=lambda schedule: schedule.loss)
    return MeasuredRetraining(game, solved, found, tuple(compared), search.level)


@final
class _Losses:
    """What learners lose a round to adversaries on the same seeds; each pair plays once."""

    def __init__(self, game: LearningGame, seeds: int, seed: int, jobs: int) -> None:
        self._game, self._seeds, self._seed, self._jobs = game, seeds, seed, jobs
        self._known: dict[tuple[Agent, Agent], Array] = {}

    def of(self, learner: Agent, adversaries: Sequence[Agent]) -> Array:
        """In each play against each of them, shape (seeds, n)."""
        parts = learner.strategy if isinstance(learner, Mixed) else {learner: 1.0}
        self._play(list(parts), adversaries)
        played = [
            weight * np.stack([self._known[part, other] for other in adversaries], axis=1)
            for part, weight in parts.items()
        ]
        total: Array = np.sum(played, axis=0)
        return total

    def solution(
        self, learners: Sequence[Agent], adversaries: Sequence[Agent]
    ) -> tuple[list[Agent], list[Agent]]:
        """The agents that the mean table's minimax strategies play."""
        from armsrace.forms.normal import NormalForm
        from armsrace.solvers.minimax import minimax

        rows, columns = list(dict.fromkeys(learners)), list(dict.fromkeys(adversaries))
        self._play(rows, columns)
        means = [[-self._known[row, column].mean() for column in columns] for row in rows]
        x, y = minimax(NormalForm.zero_sum(means)).strategies
        return (
            [agent for agent, weight in zip(rows, x, strict=True) if weight > 0.0],
            [agent for agent, weight in zip(columns, y, strict=True) if weight > 0.0],
        )

    def _play(self, learners: Sequence[Agent], adversaries: Sequence[Agent]) -> None:
        """All pairs of those that have not met yet; of those that have met some, with the rest."""
        new: dict[tuple[Agent, ...], list[Agent]] = {}
        for learner in dict.fromkeys(learners):
            others = dict.fromkeys(adversaries)
            missing = tuple(one for one in others if (learner, one) not in self._known)
            if missing:
                new.setdefault(missing, []).append(learner)
        for missing, rows in new.items():
            form = empirical_game(
                self._game,
                learners=rows,
                adversaries=missing,
                seeds=self._seeds,
                seed=self._seed,
                jobs=self._jobs,
            )
            assert form.samples is not None
            for i, learner in enumerate(rows):
                for j, other in enumerate(missing):
                    self._known[learner, other] = 0.0 - form.samples[:, 0, i, j]


def _schedules(
    estimate: EmpiricalMarkov, periods: Sequence[int]
) -> Iterator[tuple[str, str, Agent, Agent]]:
    """Name, kind and agent of what is compared, and the best reply in the estimate to it.

    To periodic retraining, that to always retraining.
    """
    hold, *others = (str(action) for action in estimate.form.actions[0])
    size, m, _ = estimate.form.shape
    constant = [np.tile(np.eye(m)[action], (size, 1)) for action in range(m)]
    yield f"never ({hold})", "never", Always(hold), _reply(estimate, constant[0])[1]
    along = estimate.grid.states[:, 0]
    for number, action in enumerate(others, start=1):
        reply = _reply(estimate, constant[number])[1]
        yield f"always {action}", "always", Always(action), reply
        for period in periods:
            name = f"{action} every {period} rounds"
            yield name, "periodic", Periodic(action, hold, period), reply
        tables = [
            np.where((along >= limit)[:, None], constant[number], constant[0])
            for limit in estimate.grid.axes[0]
        ]
        table = min(tables, key=lambda one: _reply(estimate, one)[0])
        agent = estimate.policy("learner", table)
        yield f"{action} when triggered", "triggered", agent, _reply(estimate, table)[1]


def _reply(estimate: EmpiricalMarkov, table: Array) -> tuple[float, Agent]:
    """What the adversary gains against a learner's policy in the estimate, and by which policy."""
    values, actions = best_reply(estimate.form, "adversary", table)
    chosen = np.eye(estimate.form.shape[2])[actions]
    return float(estimate.at_opening(values)), estimate.policy("adversary", chosen)

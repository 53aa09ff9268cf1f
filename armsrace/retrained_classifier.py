"""A learner's policy taken to practice: a scikit-learn classifier that retrains when it says so.

In a game the world brings the traffic; in practice it arrives by itself, and all that is left of a
round are the learner's own steps. `RetrainedClassifier` makes them with the game's own parts, in
the game's order: the agent picks an action by what it has seen, the action's defense filters the
rows that arrived, trains (or holds) on what it kept, adjusts the thresholds, and watches for an
attack.
"""

from collections.abc import Callable, Mapping
from typing import Self, final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import NotFittedError

from armsrace.agents.agent import Seen
from armsrace.agents.strategies import Strategy, as_agent
from armsrace.attacks.knowledge import Knowledge
from armsrace.batch import Batch
from armsrace.defenses.defense import Collect, Defense
from armsrace.defenses.memory import Alarms, Memory, Observed
from armsrace.defenses.training import fit_from_scratch
from armsrace.game import LearningGame, State
from armsrace.models.published import Published
from armsrace.models.scoring import judge
from armsrace.streams import Streams
from armsrace.verdicts import Verdicts


@final
class RetrainedClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier with a retraining schedule: the learner of a game, without the game.

    `fit` trains the game's model on trusted rows; each `partial_fit` is one round, in which the
    agent decides what becomes of the labeled rows that arrived: they are kept or filtered, trained
    on or not. `predict` judges with the model as it stands.

    The agent sees after each round what the learner can count by itself (``offered``, ``kept``,
    ``retrainings``, ``alarms``; ``queries`` is 0), and the measures of the game that are revealed
    to the learner.

    Parameters
    ----------
    game
        The game that the policy was made for: its model, and its learner's actions.
    agent
        The learner's strategy, as in `armsrace.play`.
    measures
        By name, measures that take the place of the game's, or are told beside them: functions of
        the `armsrace.game.State` after a round. In practice nobody knows the adversary's target;
        measures of the game that need it have to be replaced. Its ``known`` holds the trusted rows
        as reference and no target.
    random_state
        Seed of what the agent and the defenses draw. Fed with the rows that a play of the same seed
        brought, the model is that of the play.

    Attributes
    ----------
    classes_
        0 (honest) and 1 (malicious).
    n_features_in_
        Width of the rows.
    action_
        The name of the action of the latest round; None before the first.
    state_
        Where the learner stands: model, archive, alarms.

    Examples
    --------
    >>> import armsrace as ar
    >>> game = ar.load_game("label_flip")
    >>> pool = game.setup.world
    >>> weekly = ar.agents.Periodic("retrain", otherwise="hold", period=3)
    >>> classifier = RetrainedClassifier(game, weekly)
    >>> classifier = classifier.fit(pool.train.rows[:100], pool.train.labels[:100])
    >>> for day in range(1, 5):
    ...     rows = slice(100 * day, 100 * (day + 1))
    ...     classifier = classifier.partial_fit(pool.train.rows[rows], pool.train.labels[rows])
    ...     print(classifier.action_, len(classifier.state_.model.learned))
    retrain 2
    hold 2
    hold 2
    retrain 3
    >>> bool(classifier.score(pool.test.rows, pool.test.labels) > 0.85)
    True
    """

    def __init__(
        self,
        game: LearningGame,
        agent: Strategy,
        measures: Mapping[str, Callable[[State], float]] | None = None,
        random_state: int = 0,
    ) -> None:
        self.game = game
        self.agent = agent
        self.measures = measures
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Train on trusted rows, before the first round.

        Parameters
        ----------
        X, y
            Rows, shape (n, d), and their labels, shape (n,): 0 honest, 1 malicious.

        Raises
        ------
        LookupError
            When the agent names an action, or needs a number, that the game does not have.
        TypeError
            When the game has no classifier.
        ValueError
            When rows or labels cannot be used.
        """
        if not isinstance(self.game, LearningGame):
            raise TypeError(f"game must be a LearningGame, got {type(self.game).__name__}")
        trusted = Batch.of(X, y)
        opening = Streams(self.random_state).of_round(0)
        player = as_agent(self.agent, self.game, "learner")
        model = fit_from_scratch(self.game.setup.model, (trusted,), opening.fit)
        known = Knowledge(trusted, trusted.take(np.zeros(0, dtype=np.intp)))
        self._memory = player.init(self.game, "learner", opening.learner)
        self._player = player
        self._last: dict[str, float] | None = None
        self.state_ = State(0, model, Memory(model, (trusted,)), known, Alarms())
        self.action_: str | None = None
        self.classes_ = np.array([0, 1])
        self.n_features_in_ = trusted.width
        return self

    def partial_fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """One round: act on the labeled rows that have arrived since the last one.

        Parameters
        ----------
        X, y
            As in `fit`. The monitors of an action look at these rows too, as the model judges them
            after training.

        Raises
        ------
        NotFittedError
            Before `fit`.
        LookupError
            When the agent needs a number that is not told in practice; the message names it.
        ValueError
            When rows or labels cannot be used, or the action needs rows gathered on the side.
        """
        state = self._fitted_state()
        arrived = self._checked(Batch.of(X, y))
        rng = Streams(self.random_state).of_round(state.clock + 1)
        seen = Seen(state.clock, self.game.rounds, self._last)
        action = self._player.act(self._memory, seen, rng.learner)
        defense = self.game.setup.learner_actions[action]
        if any(isinstance(part, Collect) for part in defense.parts):
            raise ValueError(
                f"the action {action!r} gathers rows on the side, for which there is no door here; "
                "add them to the rows, and name an action without it"
            )
        keep = defense.sanitize(arrived, state.model, state.memory, rng.sanitize)
        kept = arrived.take(keep)
        model, memory = defense.fit(state.model, state.memory, kept, rng.fit)
        public = defense.publish(Published(model.deployed), rng.publish)
        judged = judge(model.deployed, arrived.rows)
        verdicts = defense.classify(model.deployed, arrived.rows, judged, rng.classify)
        observed = Observed(arrived, kept, model, memory, public, arrived.rows, verdicts)
        alarms = defense.monitor(state.alarms, observed, rng.monitor)
        clock = state.clock + 1
        after = State(clock, model, memory, state.known.at(clock), alarms)
        told = {
            "offered": float(len(arrived)),
            "kept": float(len(kept)),
            "retrainings": float(model is not state.model),
            "queries": 0.0,
            "alarms": float(alarms.raised),
            **self._measured(after),
        }
        try:
            self._memory = self._player.learn(
                self._memory, Seen(state.clock, self.game.rounds, told)
            )
        except KeyError as missing:
            raise LookupError(
                f"the agent needs {missing}, which is not told in practice; give a function of "
                "the state for it in measures"
            ) from missing
        self.state_, self.action_, self._last = after, action, told
        return self

    def predict(self, X: ArrayLike) -> NDArray[np.int8]:
        """The verdict on each row, shape (n,): 0 honest, 1 malicious, -1 where it abstains.

        Raises
        ------
        NotFittedError
            Before `fit`.
        ValueError
            When rows cannot be used.
        """
        return self._verdicts(X).decisions

    def decision_function(self, X: ArrayLike) -> NDArray[np.float64]:
        """The model's score of each row, shape (n,); higher is more malicious.

        Raises
        ------
        NotFittedError
            Before `fit`.
        ValueError
            When rows cannot be used.
        """
        return self._verdicts(X).scores

    def _verdicts(self, X: ArrayLike) -> Verdicts:
        state = self._fitted_state()
        rows = self._checked(Batch.of(X, np.zeros(len(np.asarray(X))))).rows
        judged = judge(state.model.deployed, rows)
        actions = self.game.setup.learner_actions
        defense = Defense() if self.action_ is None else actions[self.action_]
        rng = Streams(self.random_state).of_round(state.clock)
        return defense.classify(state.model.deployed, rows, judged, rng.classify)

    def _fitted_state(self) -> State:
        if "state_" not in vars(self):
            raise NotFittedError("RetrainedClassifier is not fitted yet; call fit first")
        return self.state_

    def _checked(self, batch: Batch) -> Batch:
        if batch.width != self.n_features_in_:
            raise ValueError(
                f"X must have {self.n_features_in_} columns as in fit, got {batch.width}"
            )
        return batch

    def _measured(self, state: State) -> dict[str, float]:
        """The measures that the learner sees, those that are given first."""
        given = {} if self.measures is None else dict(self.measures)
        revealed = self.game.reveals("learner")
        own = {
            name: measure
            for name, measure in self.game.setup.measures.items()
            if name in revealed and name not in given
        }
        return {name: float(measure(state)) for name, measure in {**own, **given}.items()}

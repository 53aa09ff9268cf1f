"""Games: what is refused, one round in the order in which the data flows, and who sees what."""

import pickle
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from armsrace.attacks import Attack, DictionaryFlood, Evade, Knowledge, Poison, Probe
from armsrace.batch import Batch
from armsrace.costs import EVENTS, Costs, Prices
from armsrace.defenses import (
    Alarms,
    Classify,
    CollectClean,
    Defense,
    Fit,
    HideModel,
    Monitor,
    Observed,
    Publish,
    RandomAlarm,
    Retrain,
    Sanitize,
)
from armsrace.feasible import Feasible
from armsrace.game import (
    ADVERSARY_SEES,
    FIRST_MODELS,
    LEARNER_SEES,
    Game,
    LearningGame,
    Order,
    Rules,
    State,
    check_horizon,
    parameters,
)
from armsrace.play import play
from armsrace.registry import load_game
from armsrace.streams import Streams
from armsrace.worlds import Pool

RNG = np.random.default_rng
CALLS: list[str] = []


@dataclass(frozen=True)
class Traced(Sanitize, Fit, Publish, Classify, Monitor):
    """Changes nothing, and tells when it is called."""

    def sanitize(self, offered: Batch, *rest: Any) -> Any:
        CALLS.append("sanitize")
        return np.ones(len(offered), dtype=bool)

    def fit(self, model: Any, memory: Any, *rest: Any) -> Any:
        CALLS.append("fit")
        return model, memory

    def publish(self, public: Any, rng: Any) -> Any:
        CALLS.append("publish")
        return public

    def classify(self, model: Any, rows: Any, verdicts: Any, rng: Any) -> Any:
        CALLS.append("classify")
        return verdicts

    def monitor(self, alarms: Alarms, seen: Any, rng: Any) -> Alarms:
        CALLS.append("monitor")
        return alarms


@dataclass(frozen=True)
class TracedAttack(Poison, Probe, Evade):
    """Changes nothing, and tells when it is called, and of which round it knows the model."""

    def poison(self, traffic: Batch, known: Knowledge, rng: Any) -> Batch:
        CALLS.append("poison")
        return traffic

    def probe(self, public: Any, known: Knowledge, rng: Any) -> Knowledge:
        CALLS.append("probe")
        return known

    def evade(self, faced: Batch, known: Knowledge, rng: Any) -> Batch:
        CALLS.append("evade")
        return faced


def pool(**parameters: Any) -> Pool:
    rng = RNG(0)
    labels = np.arange(240) % 2 == 1
    rows = rng.normal(size=(240, 4)) + 1.5 * labels[:, None]
    return Pool.split(rows, labels, **{"initial": 40, "per_round": 10, "faced": 12} | parameters)


@dataclass(frozen=True, repr=False)
class Small(LearningGame):
    """A game of rows on a plane; the rules that are not given are the plainest."""

    name: ClassVar[str] = "small"

    rounds: int = 20
    discount: float = 1.0
    order: Order = Order.SIMULTANEOUS
    changes: dict[str, Any] = field(default_factory=dict)

    def rules(self) -> Rules:
        plain: dict[str, Any] = {
            "world": pool(),
            "model": LogisticRegression(),
            "learner_actions": {"hold": Defense(), "retrain": Defense(Retrain())},
            "adversary_actions": {"wait": Attack(), "flood": Attack(DictionaryFlood(0.5))},
            "costs": Costs.opposed(Prices(fp=1.0, fn=1.0)),
        }
        return Rules(**plain | self.changes)


def small(**changes: Any) -> Small:
    return Small(changes=changes)


def after_one_round(game: LearningGame, learner: str, adversary: str) -> tuple[State, State, Any]:
    """The state before and after a round, and what it brought."""
    streams = Streams(1)
    state = game.start(streams.of_round(0))
    after, outcome = game.step(state, learner, adversary, streams.of_round(1))
    return state, after, outcome


# The eight steps


def test_steps_are_taken_in_the_order_in_which_the_data_flows() -> None:
    game = small(
        learner_actions={"trace": Defense(Traced())},
        adversary_actions={"trace": Attack(TracedAttack())},
    )
    streams = Streams(1)
    state = game.start(streams.of_round(0))
    CALLS.clear()
    game.step(state, "trace", "trace", streams.of_round(1))
    assert CALLS == [
        "poison",
        "sanitize",
        "fit",
        "publish",
        "probe",
        "evade",
        "classify",
        "monitor",
    ]


def test_first_model_is_trained_on_the_trusted_batch() -> None:
    game = small()
    rng = Streams(3).of_round(0)
    state = game.start(rng)
    trusted = game.setup.world.start(rng.start)
    assert state.memory.trusted.rows.tolist() == trusted.rows.tolist()
    expected = LogisticRegression().fit(trusted.rows, trusted.labels)
    assert state.model.deployed.coef_ == pytest.approx(expected.coef_)
    assert state.clock == 0
    assert not state.alarms.raised


def test_the_first_model_of_a_replicate_is_trained_once() -> None:
    """And the others' first models are others: of other replicates, seeds and rules."""
    game = Small()
    first = game.start(Streams(1).of_round(0))
    again = game.start(Streams(1).of_round(0))
    assert again.model is first.model
    assert again.known.public is not first.known.public  # it counts the queries of its own play
    for other in (
        game.start(Streams(1, 1).of_round(0)),
        game.start(Streams(2).of_round(0)),
        Small().start(Streams(1).of_round(0)),
    ):
        assert other.model is not first.model
    changed = copy(game)
    vars(changed)["setup"] = replace(game.setup, model=LogisticRegression(C=1e-3))
    assert changed.start(Streams(1).of_round(0)).model.deployed.C == 1e-3


def test_first_models_are_forgotten_in_time() -> None:
    game = Small()
    first = game.start(Streams(0).of_round(0)).model
    for replicate in range(1, FIRST_MODELS):
        game.start(Streams(0, replicate).of_round(0))
    assert game.start(Streams(0).of_round(0)).model is first
    game.start(Streams(0, FIRST_MODELS).of_round(0))
    anew = game.start(Streams(0).of_round(0)).model
    assert anew is not first
    np.testing.assert_array_equal(anew.deployed.coef_, first.deployed.coef_)


def test_adversary_poisons_knowing_the_model_of_before_and_evades_knowing_that_of_now() -> None:
    seen: dict[str, Any] = {}

    @dataclass(frozen=True)
    class Looks(Poison, Evade):
        def poison(self, traffic: Batch, known: Knowledge, rng: Any) -> Batch:
            seen["before"] = known.model
            return traffic

        def evade(self, faced: Batch, known: Knowledge, rng: Any) -> Batch:
            seen["now"] = known.model
            return faced

    game = small(adversary_actions={"look": Attack(Looks())})
    state, after, _ = after_one_round(game, "retrain", "look")
    assert seen == {"before": state.model.deployed, "now": after.model.deployed}
    assert state.model.deployed is not after.model.deployed


def test_opening_decides_what_is_known_of_the_first_model() -> None:
    rng = Streams(1).of_round(0)
    assert small().start(rng).known.model is not None
    assert small(opening=Defense(HideModel())).start(rng).known.model is None


def test_targets_are_faced_besides_the_traffic() -> None:
    game = small(world=pool(target_label=True))
    _, _, outcome = after_one_round(game, "hold", "wait")
    names = ("tp", "fp", "tn", "fn", "unsure_malicious", "unsure_honest")
    assert sum(outcome.events[name] for name in names) == 12 + 1


def test_events_of_a_round_are_those_of_the_actions() -> None:
    game = small()
    _, after, outcome = after_one_round(game, "retrain", "flood")
    events = outcome.events
    assert (events["offered"], events["kept"]) == (20, 20)
    assert (events["poison"], events["poison_kept"], events["retrainings"]) == (10, 10, 1)
    assert len(after.memory.archive) == 2
    assert after.clock == after.known.clock == 1
    _, _, held = after_one_round(game, "hold", "flood")
    assert (held.events["poison"], held.events["retrainings"]) == (10, 0)


def test_no_step_of_the_learner_is_shown_the_marks() -> None:
    """A flood is half of the traffic, and none of what the learner is handed says so."""
    shown: list[Batch] = []

    @dataclass(frozen=True)
    class Looks(Sanitize, Fit, Monitor):
        def sanitize(self, offered: Batch, model: Any, memory: Any, rng: Any) -> Any:
            shown.append(offered)
            return np.ones(len(offered), dtype=bool)

        def fit(self, model: Any, memory: Any, kept: Batch, rng: Any) -> Any:
            shown.extend([kept, *memory.archive, *model.learned])
            return model, memory

        def monitor(self, alarms: Alarms, seen: Observed, rng: Any) -> Alarms:
            shown.extend((seen.offered, seen.kept))
            return alarms

    game = small(
        world=pool(target_label=True),
        learner_actions={"look": Defense(Looks(), Retrain(), Looks())},
    )
    history = play(game, "look", "flood", rounds=2)
    assert history.column("poison_kept").tolist() == [10.0, 10.0]
    assert sum(len(batch) == 20 for batch in shown) > 8
    assert not any(batch.origin.any() or batch.target.any() for batch in shown)


def test_collected_rows_are_counted_and_trained_on_and_the_adversary_has_no_part_in_them() -> None:
    """Half a round's traffic is gathered beside the twenty rows of which ten are a flood's."""
    game = small(learner_actions={"gather": Defense(CollectClean(0.5), Retrain())})
    _, after, outcome = after_one_round(game, "gather", "flood")
    assert outcome.events["collected"] == 5
    assert outcome.events["kept"] == outcome.events["offered"] == 20
    learned = after.model.learned[-1]
    assert len(learned) == 25
    honest = game.setup.world.draw(0, Streams(1).of_round(1).collect)
    assert learned.rows[20:].tolist() == honest.rows[1::2].tolist()


def test_run_lengths_are_those_of_actions_that_raise_alarms() -> None:
    watched = {"hold": Defense(), "watch": Defense(RandomAlarm(0.1))}
    rules = small(learner_actions=watched, run_lengths={"watch": 10.0}).setup
    assert rules.watching == ("watch",)
    with pytest.raises(LookupError, match="'hold' in run_lengths; those that raise alarms: watch"):
        _ = small(learner_actions=watched, run_lengths={"hold": 10.0}).setup
    with pytest.raises(ValueError, match=r"run length of 'watch' must be at least 1, got 0\.5"):
        _ = small(learner_actions=watched, run_lengths={"watch": 0.5}).setup


def test_answers_name_defenses_of_the_article_and_actions_of_the_game() -> None:
    assert small(answers={"regularization": ("retrain",)}).setup.answers
    with pytest.raises(
        LookupError, match="unknown defense 'luck' in answers; known: none, regular"
    ):
        _ = small(answers={"luck": ("retrain",)}).setup
    with pytest.raises(LookupError, match="unknown action or agent 'pray' in answers; known: ho"):
        _ = small(answers={"honeypot": ("hold", "pray")}).setup
    with pytest.raises(ValueError, match="answer 'honeypot' must hold at least one name, got none"):
        _ = small(answers={"honeypot": ()}).setup
    with pytest.raises(
        TypeError, match=r"must be a tuple .* got 'hold'; write \('hold',\) for one"
    ):
        _ = small(answers={"honeypot": "hold"}).setup


def test_adversary_knows_what_it_can_do_to_a_row() -> None:
    feasible = Feasible(immutable=[0])
    state, after, _ = after_one_round(small(feasible=feasible), "retrain", "flood")
    assert state.known.feasible is after.known.feasible is feasible


def test_what_is_kept_out_is_not_learned() -> None:
    @dataclass(frozen=True)
    class OnlyHonest(Sanitize):
        def sanitize(self, offered: Batch, *rest: Any) -> Any:
            return ~offered.labels

    game = small(learner_actions={"picky": Defense(OnlyHonest(), Retrain())})
    _, after, outcome = after_one_round(game, "picky", "flood")
    assert outcome.events["kept"] == 5
    assert outcome.events["poison_kept"] == 0
    assert not after.memory.archive[1].labels.any()


def test_measures_are_taken_of_the_state_after_the_round() -> None:
    game = small(measures={"archive": lambda state: float(len(state.memory.archive))})
    history = play(game, "retrain", "wait", rounds=3)
    assert history.column("archive").tolist() == [2.0, 3.0, 4.0]


def test_any_scikit_learn_pipeline_plays() -> None:
    game = small(model=make_pipeline(StandardScaler(), LogisticRegression()))
    history = play(game, "retrain", "flood", rounds=3)
    assert len(history) == 3


# Who sees what


def test_each_role_sees_what_the_rules_say() -> None:
    game = small(learner_sees=frozenset({"fp"}), adversary_sees=frozenset({"fn", "tp"}))
    assert game.reveals("learner") == {"fp"}
    assert game.reveals("adversary") == {"fn", "tp"}
    assert small().reveals("learner") == LEARNER_SEES
    assert small().reveals("adversary") == ADVERSARY_SEES


def test_the_truth_is_not_revealed_unless_the_rules_say_so() -> None:
    """What a learner cannot know by itself: whether rows were poison, or verdicts right."""
    secrets = {"tp", "fp", "tn", "fn", "poison", "poison_kept", "evasions", "target_errors"}
    assert secrets.isdisjoint(LEARNER_SEES)
    assert not any(name.endswith("payoff") for name in LEARNER_SEES)
    assert set(EVENTS) >= secrets


def test_zero_sum_is_what_the_costs_are() -> None:
    assert small().zero_sum
    assert not small(costs=Costs(Prices(fp=1.0), Prices(fn=1.0))).zero_sum


# Values


def test_worlds_are_not_sent_along_with_a_game() -> None:
    """What follows from the parameters a worker makes anew: a pickle of a few hundred bytes."""
    game = load_game("dictionary_attack")
    state = pickle.dumps(game)
    assert game.learner_actions
    assert pickle.dumps(game) == state
    assert len(state) < 1000


def test_rules_are_made_once() -> None:
    game = small()
    assert game.setup is game.setup
    assert game.learner_actions is game.setup.learner_actions


def test_actions_cannot_be_changed() -> None:
    with pytest.raises(TypeError, match="does not support item assignment"):
        small().learner_actions["retrain"] = Defense()  # type: ignore[index]


def test_parameters_are_the_fields() -> None:
    game = Small(rounds=7)
    assert parameters(game) == {
        "rounds": 7,
        "discount": 1.0,
        "order": Order.SIMULTANEOUS,
        "changes": {},
    }


def test_actions_by_role() -> None:
    game: Game = small()
    assert list(game.actions("learner")) == ["hold", "retrain"]
    assert list(game.actions("adversary")) == ["wait", "flood"]


# The door


@pytest.mark.parametrize(
    ("rounds", "discount", "error", "says"),
    [
        (0, 1.0, ValueError, "rounds must be at least 1, got 0"),
        (-5, 1.0, ValueError, "rounds must be at least 1, got -5"),
        (2.5, 1.0, TypeError, "rounds must be an integer, got 2.5"),
        (True, 1.0, TypeError, "rounds must be an integer, got True"),
        (5, 0.0, ValueError, r"discount must be in \(0, 1\], got 0.0"),
        (5, 1.01, ValueError, r"discount must be in \(0, 1\], got 1.01"),
        (5, float("nan"), ValueError, r"discount must be in \(0, 1\], got nan"),
    ],
)
def test_horizons_that_no_game_can_have(
    rounds: Any, discount: float, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        check_horizon(rounds, discount)
    with pytest.raises(error, match=says):
        _ = Small(rounds=rounds, discount=discount).learner_actions


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"learner_actions": {}}, ValueError, "learner_actions must hold at least one action"),
        ({"adversary_actions": {}}, ValueError, "adversary_actions must hold at least one action"),
        (
            {"learner_actions": {"retrain": Retrain()}},
            TypeError,
            r"'retrain' of learner_actions must be of type Defense, got Retrain.*; write Defense\(",
        ),
        (
            {"adversary_actions": {"flood": Defense()}},
            TypeError,
            "'flood' of adversary_actions must be of type Attack, got nothing",
        ),
    ],
)
def test_rules_without_actions_are_refused(
    changes: dict[str, Any], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        _ = small(**changes).learner_actions


@pytest.mark.parametrize(
    ("rows", "labels", "says"),
    [
        (np.full((50, 2), np.nan), np.arange(50) % 2, "row 0 holds NaN"),
        (np.zeros((50, 2)), np.zeros(50), "labels must hold both classes, got honest"),
        (np.zeros((50, 2)), np.arange(49) % 2, r"labels must have shape \(50,\)"),
    ],
)
def test_bad_data_of_ones_own_meets_an_error_before_the_first_round(
    rows: Any, labels: Any, says: str
) -> None:
    @dataclass(frozen=True, repr=False)
    class Own(LearningGame):
        name: ClassVar[str] = "own"

        def rules(self) -> Rules:
            return Rules(
                world=Pool.split(rows, labels),
                model=LogisticRegression(),
                learner_actions={"hold": Defense()},
                adversary_actions={"wait": Attack()},
                costs=Costs.opposed(Prices(fp=1.0)),
            )

    with pytest.raises(ValueError, match=says):
        play(Own(), "hold", "wait")


def test_model_that_cannot_judge_is_refused() -> None:
    """A scaler is a scikit-learn estimator, too, but no classifier."""
    with pytest.raises(TypeError, match=r"model must have decision_function.* got StandardScaler"):
        play(small(model=StandardScaler()), "hold", "wait", rounds=1)

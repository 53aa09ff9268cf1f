"""Play: the one loop over rounds."""

from armsrace.agents.agent import Seen
from armsrace.agents.strategies import Strategy, as_agent
from armsrace.game import Game, Order, check_horizon
from armsrace.history import History, Position, Record
from armsrace.streams import Streams


def play(
    game: Game,
    learner: Strategy,
    adversary: Strategy,
    *,
    rounds: int | None = None,
    seed: int = 0,
    replicate: int = 0,
    pause: int | None = None,
) -> History:
    """Play a game once.

    Parameters
    ----------
    game
        The rules.
    learner, adversary
        Who plays: the name of an action (held for the whole play) or of an agent that the game
        suggests, an agent, or a mapping from these to probabilities, one of which is drawn
        before the first round and held.
    rounds
        Number of rounds, at least 1; None for the game's own.
    seed, replicate
        What all random numbers come from: the same pair gives the same play, bit for bit, in
        any process. Plays of different strategies with the same pair meet the same traffic.
    pause
        Stop after this many rounds, to `resume` later; None to play to the end.

    Returns
    -------
    History
        The record of the rounds.

    Raises
    ------
    LookupError
        When a strategy names an action or agent that the game does not have; the message lists
        those it has.
    TypeError, ValueError
        When an argument cannot be used.

    Examples
    --------
    >>> import armsrace as ar
    >>> game = ar.load_game("dictionary_attack")
    >>> history = ar.play(game, learner="retrain", adversary="wait", rounds=3, seed=7)
    >>> len(history), history.game.name
    (3, 'dictionary_attack')
    """
    horizon = game.rounds if rounds is None else rounds
    check_horizon(horizon, game.discount)
    learner_agent = as_agent(learner, game, "learner")
    adversary_agent = as_agent(adversary, game, "adversary")
    streams = Streams(seed, replicate)
    # Index 0 of the streams is what happens before round 0; round t has index t + 1.
    opening = streams.of_round(0)
    position = Position(
        game.start(opening),
        learner_agent.init(game, "learner", opening.learner),
        adversary_agent.init(game, "adversary", opening.adversary),
    )
    history = History(game, learner_agent, adversary_agent, seed, replicate, horizon, (), position)
    return _go_on(history, streams, horizon if pause is None else pause)


def resume(history: History, *, pause: int | None = None) -> History:
    """Go on with a paused play; the result is that of a play which was never paused.

    Parameters
    ----------
    history
        The play so far; it is not altered.
    pause
        Stop when this many rounds have been played in all; None to play to the end.

    Returns
    -------
    History
        The record of all rounds, the earlier ones included.
    """
    streams = Streams(history.seed, history.replicate)
    return _go_on(history, streams, history.rounds if pause is None else pause)


def _go_on(history: History, streams: Streams, until: int) -> History:
    game, rounds = history.game, history.rounds
    if not len(history) <= until <= rounds:
        raise ValueError(f"pause must be in [{len(history)}, {rounds}], got {until}")
    learner, adversary = history.learner, history.adversary
    learner_sees, adversary_sees = game.reveals("learner"), game.reveals("adversary")
    state = history.position.state
    learner_memory = history.position.learner_memory
    adversary_memory = history.position.adversary_memory
    records = list(history.records)
    last = records[-1] if records else None
    learner_last = None if last is None else last.revealed(learner_sees)
    adversary_last = None if last is None else last.revealed(adversary_sees)

    for clock in range(len(records), until):
        rng = streams.of_round(clock + 1)
        learner_seen = Seen(clock, rounds, learner_last)
        adversary_seen = Seen(clock, rounds, adversary_last)
        if game.order is Order.ADVERSARY_FIRST:
            adversary_action = adversary.act(adversary_memory, adversary_seen, rng.adversary)
            learner_seen = Seen(clock, rounds, learner_last, adversary_action)
            learner_action = learner.act(learner_memory, learner_seen, rng.learner)
        else:
            learner_action = learner.act(learner_memory, learner_seen, rng.learner)
            if game.order is Order.LEARNER_FIRST:
                adversary_seen = Seen(clock, rounds, adversary_last, learner_action)
            adversary_action = adversary.act(adversary_memory, adversary_seen, rng.adversary)

        state, outcome = game.step(state, learner_action, adversary_action, rng)
        record = Record(clock, learner_action, adversary_action, outcome.events, *outcome.payoffs)
        records.append(record)
        learner_last = record.revealed(learner_sees)
        adversary_last = record.revealed(adversary_sees)
        learner_seen = Seen(clock, rounds, learner_last, learner_seen.opponent)
        adversary_seen = Seen(clock, rounds, adversary_last, adversary_seen.opponent)
        learner_memory = learner.learn(learner_memory, learner_seen)
        adversary_memory = adversary.learn(adversary_memory, adversary_seen)

    position = Position(state, learner_memory, adversary_memory)
    return History(
        game,
        learner,
        adversary,
        history.seed,
        history.replicate,
        rounds,
        tuple(records),
        position,
    )

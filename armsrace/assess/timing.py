"""Attacks that time themselves by the learner's answers to alarms.

Where an agent that answers alarms (`Triggered`) stands for one of a game's defenses, the best
attack on it need not be one that is held. It may lie low while an alarm is answered; or it may
provoke one, to do then what pays under the answer. An adversary that the game lets see alarms does
one thing until there is an alarm, and another one as long as it is answered: all pairs of its
actions are *timed attacks*. One that sees none can only guess: it attacks once in so many rounds
that the answer to an alarm has just ended, or it waits for half of the play.

How long an alarm is answered is a rule of the game, and known to both sides.
"""

from itertools import permutations

from armsrace.agents.agent import Agent
from armsrace.agents.periodic import Periodic
from armsrace.agents.triggered import Triggered
from armsrace.game import LearningGame


def timed_attacks(game: LearningGame, wait: str) -> dict[str, Agent]:
    """The adversary's timed attacks, by name; none where no defense answers alarms.

    Parameters
    ----------
    game
        The game.
    wait
        The adversary's action that does nothing.

    Examples
    --------
    >>> from games import MistakenIdentity
    >>> timed = timed_attacks(MistakenIdentity(), "wait")
    >>> len(timed), timed["spoof_25% until an alarm, then wait"]
    (9, Triggered(action='wait', otherwise='spoof_25%', lasting=5, event='alarms'))
    """
    attacks: dict[str, Agent] = {}
    lasting = _answered_for(game)
    for rounds in lasting:
        if "alarms" in game.reveals("adversary"):
            told = "" if len(lasting) == 1 else f" for {rounds} rounds"
            for first, then in permutations(game.adversary_actions, 2):
                if first != wait:
                    name = f"{first} until an alarm, then {then}{told}"
                    attacks[name] = Triggered(then, first, lasting=rounds)
            continue
        period, late = rounds + 1, game.rounds // 2
        for action in game.adversary_actions:
            if action != wait:
                attacks[f"{action} every {period} rounds"] = Periodic(action, wait, period)
                attacks[f"{action} from round {late}"] = Periodic(action, wait, 1, phase=late)
    return attacks


def as_held(game: LearningGame, learner: str, attack: str | Agent) -> str | Agent:
    """What an attack comes to against an action or agent of the learner's.

    One that waits for an alarm holds its first action against a learner that raises none: the same
    plays, bit for bit. Every other attack is itself.
    """
    if not isinstance(attack, Triggered) or attack.event != "alarms":
        return attack
    agent = game.suggested_agents("learner").get(learner)
    if agent is None:
        taken = {learner}
    elif isinstance(agent, Triggered):
        taken = {agent.action, agent.otherwise}
    else:
        return attack
    return attack if taken.intersection(game.setup.watching) else attack.otherwise


def _answered_for(game: LearningGame) -> list[int]:
    """For how many rounds the game's defenses answer alarms: each number once."""
    agents = game.suggested_agents("learner")
    named = {name for strengths in game.setup.answers.values() for name in strengths}
    answering = (agents[name] for name in sorted(named & agents.keys()))
    return sorted(
        {
            agent.lasting
            for agent in answering
            if isinstance(agent, Triggered) and agent.event == "alarms"
        }
    )

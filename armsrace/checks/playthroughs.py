"""Playthroughs: a game told as a text, to be read by people and replayed by the tests.

The rulebook, then a few rounds of a few pairs of strategies in which all those of both roles occur:
what was done, what was counted (zeros left out), what was paid. Payoffs are given to the last bit,
other numbers that are not whole to six digits, since their last ones may depend on the machine.
"""

import re
from typing import Final

from armsrace.checks.games import pairings
from armsrace.game import Game
from armsrace.history import Record
from armsrace.play import play

_ROUNDS: Final = 3
_SEED: Final = 7


def playthrough(game: Game) -> str:
    """Tell a game as a text; the same game gives the same text."""
    rulebook = re.sub(r"\d+\.\d{7,}", lambda number: _short(float(number[0])), repr(game))
    lines = [rulebook]
    for learner, adversary in pairings(game):
        history = play(game, learner, adversary, rounds=_ROUNDS, seed=_SEED)
        lines += ["", f"{learner} against {adversary}, seed {_SEED}"]
        for record in history.records:
            lines += _told(record)
    return "\n".join(lines) + "\n"


def _told(record: Record) -> list[str]:
    counted = [f"{name}={_short(number)}" for name, number in record.events.items() if number]
    paid = [f"learner_payoff={record.learner_payoff!r}"]
    paid.append(f"adversary_payoff={record.adversary_payoff!r}")
    return [
        f"  round {record.round}: {record.learner}, {record.adversary}",
        f"    {' '.join(counted)}",
        f"    {' '.join(paid)}",
    ]


def _short(number: float) -> str:
    return str(number) if isinstance(number, int) else f"{number:.6g}"

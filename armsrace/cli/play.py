"""``armsrace play``: one play of a game, round by round."""

from collections.abc import Iterator
from pathlib import Path

import click

from armsrace.cli import options
from armsrace.cli.door import load_configured, read_strategy, refusing
from armsrace.cli.output import check_writable, write
from armsrace.cli.table import numerals, table
from armsrace.game import Game, Role
from armsrace.history import History
from armsrace.play import play as play_game
from armsrace.play import resume

ALWAYS_SHOWN = ("tp", "fp", "tn", "fn")
"""The counts that stand in the table even when they are the same in every round."""


@click.command(
    epilog=options.examples(
        "armsrace play dictionary_attack",
        "armsrace play dictionary_attack -l retrain_roni -a dictionary_20% --seed 7",
        "armsrace play centroid_shift -l hold=0.5,retrain=0.5 --set drift=0.1 --out rounds.csv",
    )
)
@options.game
@click.option("-l", "--learner", metavar="AGENT", help="Who learns.  [default: its second action]")
@click.option(
    "-a", "--adversary", metavar="AGENT", help="Who attacks.  [default: its second action]"
)
@options.rounds
@options.seed
@options.settings
@click.option(
    "--out",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write every column of every round to this file, as CSV.",
)
def play(
    name: str,
    learner: str | None,
    adversary: str | None,
    rounds: int | None,
    seed: int,
    settings: tuple[str, ...],
    out: Path | None,
) -> None:
    """Play the game NAME once, round by round.

    AGENT is the name of an action, held for the whole play, or of an agent that the game suggests,
    or a mix of these, one of which is drawn before the first round: hold=0.3,retrain=0.7. A role's
    first action is usually to do nothing; so by default it takes the second.
    """
    with refusing():
        game = load_configured(name, settings)
        opening = play_game(
            game,
            _default(game, "learner") if learner is None else read_strategy(learner),
            _default(game, "adversary") if adversary is None else read_strategy(adversary),
            rounds=rounds,
            seed=seed,
            pause=0,
        )
    if out is not None:
        check_writable(out)
    history = resume(opening)
    if out is not None:
        write(out, history.frame().to_csv(index=False, lineterminator="\n"))
    click.echo("\n".join(_report(history)))


def _default(game: Game, role: Role) -> str:
    first, *others = game.actions(role)
    return others[0] if others else first


def _report(history: History) -> Iterator[str]:
    yield f"{history.game.name}: {len(history)} rounds, seed {history.seed}"
    actions = {
        "learner": [record.learner for record in history.records],
        "adversary": [record.adversary for record in history.records],
    }
    changing = {role: taken for role, taken in actions.items() if len(set(taken)) > 1}
    for role, taken in actions.items():
        yield f"  {role:<9}  {'see the table' if role in changing else taken[0]}"
    yield ""
    counts = {name: history.column(name).tolist() for name in history.records[0].events}
    shown = {
        name: values
        for name, values in counts.items()
        if name in ALWAYS_SHOWN or len(set(values)) > 1
    }
    payoffs = {
        name: history.column(name).tolist() for name in ("learner_payoff", "adversary_payoff")
    }
    numbers = {name: numerals(values) for name, values in (shown | payoffs).items()}
    rounds = [str(record.round) for record in history.records]
    columns = {**changing, "round": rounds, **numbers}
    yield table(list(columns), list(columns.values()), left=len(changing))
    yield ""
    same = [
        f"{name} {numerals(values)[0]}"
        for name, values in counts.items()
        if name not in shown and values[0]
    ]
    if same:
        yield f"in every round: {', '.join(same)}"
    learner, adversary = numerals(history.payoffs)
    average = "mean" if history.game.discount == 1 else "discounted mean"
    yield f"payoff a round ({average}): learner {learner}, adversary {adversary}"

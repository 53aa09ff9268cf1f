"""``armsrace assess``: put the questions to a game that its play and its formulas can answer."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from armsrace.analytic import AnalyticGame
from armsrace.cli import options
from armsrace.cli.door import load_configured, refusing
from armsrace.cli.output import as_json, check_writable, finite, versions, write
from armsrace.game import ROLES, Game, LearningGame, parameters
from armsrace.play import play

if TYPE_CHECKING:
    from armsrace.assess import Change, MeasuredRetraining, Race, SecureRetraining
    from armsrace.solvers import Equilibrium
    from armsrace.statistics import Interval

PERIODS = (5,)  # of a game that is played


@click.command(
    epilog=options.examples(
        "armsrace assess centroid_shift --jobs 2",
        "armsrace assess dictionary_attack --question race --seeds 32 --out race.json",
        "armsrace assess centroid_displacement --question retraining",
        "armsrace assess label_flip --question retraining --jobs 2",
    )
)
@options.game
@click.option(
    "--question",
    type=click.Choice(["race", "retraining"]),
    help="Race: does naive best response converge or cycle, what does that cost, and which single "
    "change ends it? Retraining: which policy is in equilibrium, and what do never, always, "
    "periodic and triggered retraining lose?  [default: race, and of an analytic game both]",
)
@click.option(
    "--seeds",
    metavar="N",
    type=click.IntRange(min=4),
    default=12,
    show_default=True,
    help="Independent plays of each pair of strategies; half of them find, the others score.",
)
@options.seed
@options.rounds
@options.jobs
@options.settings
@click.option(
    "--out",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write the answers to this file, as JSON.",
)
def assess(
    name: str,
    question: str | None,
    seeds: int,
    seed: int,
    rounds: int | None,
    jobs: int,
    settings: tuple[str, ...],
    out: Path | None,
) -> None:
    """Assess the race in the game NAME, and when to retrain in it.

    The race is played: every strategy of one role against every one of the other. The retraining
    policy of an analytic game is solved; that of a game with a classifier is found by playing, and
    its regret and losses are measured. A game whose own discount is 1 has 0.95 there.
    """
    with refusing():
        game = load_configured(name, settings)
        # A play that stops before its first round: the game can be set up and started.
        play(game, *(next(iter(game.actions(role))) for role in ROLES), rounds=rounds, pause=0)
        retrained = question == "retraining" or (
            question is None and isinstance(game, AnalyticGame)
        )
        if retrained:
            _check_retraining(game, name)
    if out is not None:
        check_writable(out)
    from armsrace.assess import race

    answers: dict[str, Any] = {}
    told = []
    failed = False
    if question != "retraining":
        raced = race(game, seeds=seeds, seed=seed, rounds=rounds, jobs=jobs, progress=True)
        answers["race"] = _race(raced)
        told.append(repr(raced))
    if retrained:
        answers["retraining"], text, failed = _retraining(game, seeds, seed, rounds, jobs)
        told.append(text)
    if out is not None:
        study = {
            "game": name,
            "parameters": parameters(game),
            "seeds": seeds,
            "seed": seed,
            "rounds": game.rounds if rounds is None else rounds,
        }
        write(out, as_json({**study, **answers, "versions": versions()}))
    click.echo("\n\n".join(told))
    if failed:
        raise click.exceptions.Exit(1)


def _check_retraining(game: Game, name: str) -> None:
    if isinstance(game, AnalyticGame):
        return
    if not isinstance(game, LearningGame):
        raise ValueError(
            f"retraining is solved for an AnalyticGame and played in a LearningGame, {name} is "
            "neither; ask for --question race"
        )
    if not game.zero_sum:
        raise ValueError(
            f"retraining is played in zero-sum games, the costs of {name} are not opposed; ask for "
            "--question race"
        )
    from armsrace.assess.retraining_features import training_actions

    try:
        training_actions(game)
    except ValueError as error:
        raise ValueError(f"{error}, by --question race") from error


def _retraining(
    game: Game, seeds: int, seed: int, rounds: int | None, jobs: int
) -> tuple[dict[str, Any], str, bool]:
    """What the file holds of the answer, what is printed, and whether a solver failed."""
    from armsrace.assess import Search, secure_retraining

    if isinstance(game, AnalyticGame):
        solved = secure_retraining(game)
        return _solved(solved), repr(solved), solved.equilibrium.status != "solved"
    assert isinstance(game, LearningGame)
    if rounds is not None:
        game = replace(game, rounds=rounds)  # type: ignore[type-var]
    search = Search(passes=2, iterations=2, seeds=seeds, regret_seeds=3 * seeds // 2, seed=seed)
    played = secure_retraining(game, periods=PERIODS, search=search, jobs=jobs)
    return _played(played), repr(played), False


def _race(answer: "Race") -> dict[str, Any]:
    return {
        "course": answer.course.value,
        "period": answer.period,
        "sinks": [list(_profiles(answer, sink)) for sink in answer.sinks],
        "cyclic_share": answer.cyclic_share,
        "stable": _point(answer.stable, answer.stable_payoff),
        "committed": _point(answer.committed, answer.committed_payoff),
        "price": _interval(answer.price),
        "unrest": _interval(answer.unrest),
        "plain": _change(answer.plain),
        "changes": [_change(change) for change in answer.changes],
        "missing": answer.missing,
    }


def _profiles(answer: "Race", sink: frozenset[tuple[int, ...]]) -> Iterator[dict[str, Any]]:
    form = answer.form
    for profile in sorted(sink):
        labeled = zip(form.roles, form.actions, profile, strict=True)
        yield {role: str(labels[action]) for role, labels, action in labeled}


def _point(answer: "Equilibrium", payoff: float) -> dict[str, Any]:
    strategies = {
        role: {str(action): chance for action, chance in answer.strategy(role).items()}
        for role in answer.form.roles
    }
    return {"method": answer.method, "payoff": payoff, "strategies": strategies}


def _change(change: "Change") -> dict[str, Any]:
    return {
        "change": change.name,
        "kept": {role: [str(one) for one in kept] for role, kept in change.kept.items()},
        "course": change.course.value,
        "period": change.period,
        "ends_the_race": change.ends_the_race,
        "payoff": change.payoff,
        "gain": _interval(change.gain),
    }


def _interval(interval: "Interval") -> Mapping[str, float | None]:
    ends = ("estimate", "low", "high")
    return {end: finite(float(np.asarray(getattr(interval, end)))) for end in ends}


def _solved(answer: "SecureRetraining") -> dict[str, Any]:
    return {
        "discount": answer.form.discount,
        "method": answer.equilibrium.method,
        "status": answer.equilibrium.status,
        "regret": answer.regret,
        "schedules": [
            {
                "schedule": one.name,
                "kind": one.kind,
                "guaranteed_loss": one.loss,
                "security_level": one.security_level,
            }
            for one in answer.schedules
        ],
    }


def _played(answer: "MeasuredRetraining") -> dict[str, Any]:
    return {
        "discount": answer.solved.estimate.form.discount,
        "features": {
            name: axis.tolist()
            for name, axis in zip(
                answer.solved.estimate.grid.features, answer.solved.estimate.grid.axes, strict=True
            )
        },
        "status": answer.found.status,
        "regret": _interval(answer.regret),
        "range": answer.range,
        "learner": repr(answer.learner),
        "schedules": answer.frame().to_dict("records"),
    }

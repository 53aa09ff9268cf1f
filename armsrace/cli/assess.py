"""``armsrace assess``: put the questions to a game that its play and its formulas can answer."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from armsrace.analytic import AnalyticGame
from armsrace.cli import options
from armsrace.cli.door import load_configured, refusing
from armsrace.cli.output import as_json, check_writable, finite, versions, write
from armsrace.game import ROLES, parameters
from armsrace.play import play

if TYPE_CHECKING:
    from armsrace.assess import Change, Race, SecureRetraining
    from armsrace.solvers import Equilibrium
    from armsrace.statistics import Interval


@click.command(
    epilog=options.examples(
        "armsrace assess centroid_shift --jobs 2",
        "armsrace assess dictionary_attack --question race --seeds 32 --out race.json",
        "armsrace assess centroid_displacement --question retraining",
    )
)
@options.game
@click.option(
    "--question",
    type=click.Choice(["race", "retraining"]),
    help="Race: does naive best response converge or cycle, what does that cost, and which single "
    "change ends it? Retraining: which policy of an analytic zero-sum game guarantees the least "
    "loss?  [default: all that the game can answer]",
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
    policy is solved, where the game is analytic and zero-sum, at its own discount or, if that is 1,
    at 0.95.
    """
    with refusing():
        game = load_configured(name, settings)
        # A play that stops before its first round: the game can be set up and started.
        play(game, *(next(iter(game.actions(role))) for role in ROLES), rounds=rounds, pause=0)
        solvable = isinstance(game, AnalyticGame) and game.zero_sum
        if question == "retraining" and not solvable:
            raise ValueError(
                f"retraining is solved for analytic zero-sum games, {name} is not one; "
                "ask for --question race"
            )
    if out is not None:
        check_writable(out)
    from armsrace.assess import race, secure_retraining

    answers: dict[str, Any] = {}
    told = []
    failed = False
    if question != "retraining":
        raced = race(game, seeds=seeds, seed=seed, rounds=rounds, jobs=jobs, progress=True)
        answers["race"] = _race(raced)
        told.append(repr(raced))
    if question != "race" and isinstance(game, AnalyticGame) and solvable:
        retrained = secure_retraining(game)
        answers["retraining"] = _retraining(retrained)
        told.append(repr(retrained))
        failed = retrained.equilibrium.status != "solved"
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


def _retraining(answer: "SecureRetraining") -> dict[str, Any]:
    return {
        "discount": answer.form.discount,
        "method": answer.equilibrium.method,
        "status": answer.equilibrium.status,
        "regret": answer.regret,
        "schedules": [
            {"schedule": one.name, "kind": one.kind, "guaranteed_loss": one.loss}
            for one in answer.schedules
        ],
    }

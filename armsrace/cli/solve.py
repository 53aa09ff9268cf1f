"""``armsrace solve``: estimate a game by playing it, then solve it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, final

import click
import numpy as np

import armsrace as ar
from armsrace.cli import options
from armsrace.cli.door import load_configured, refusing
from armsrace.cli.output import as_json, check_writable, finite, versions, write
from armsrace.cli.table import decimals, table
from armsrace.game import ROLES, Role, parameters
from armsrace.play import play

if TYPE_CHECKING:
    from armsrace.forms import NormalForm
    from armsrace.solvers import CorrelatedEquilibrium, Equilibrium


@final
@dataclass(frozen=True)
class Concept:
    """What may be asked for.

    Attributes
    ----------
    solve
        Who answers, given the form and the leader.
    zero_sum
        Whether the game has to be zero-sum.
    leader
        Whether a role commits before the other chooses.
    """

    solve: "Callable[[NormalForm, Role], Equilibrium | CorrelatedEquilibrium]"
    zero_sum: bool = False
    leader: bool = False


def _nash(form: "NormalForm", _: Role) -> "Equilibrium":
    """One Nash equilibrium: of a general-sum game the one with the fewest actions in play."""
    if form.is_constant_sum():
        return ar.solvers.minimax(form)
    found = ar.solvers.support_enumeration(form)
    if not found:
        raise click.ClickException(
            "no equilibrium was found: the estimated game is degenerate; play more --seeds, "
            "or ask for --concept stackelberg"
        )
    return replace(found[0], parameters={**found[0].parameters, "equilibria found": len(found)})


# A solver is looked up when it is called, which imports it.
CONCEPTS: Final[Mapping[str, Concept]] = MappingProxyType(
    {
        "nash": Concept(_nash),
        "minimax": Concept(lambda form, _: ar.solvers.minimax(form), zero_sum=True),
        "stackelberg": Concept(
            lambda form, leader: ar.solvers.stackelberg(form, leader=leader), leader=True
        ),
        "logit": Concept(lambda form, _: ar.solvers.nash_by_logit(form)),
        "correlated": Concept(lambda form, _: ar.solvers.correlated(form)),
        "coarse_correlated": Concept(lambda form, _: ar.solvers.coarse_correlated(form)),
    }
)


@click.command(
    epilog=options.examples(
        "armsrace solve dictionary_attack",
        "armsrace solve dictionary_attack --concept stackelberg --leader learner --jobs 2",
        "armsrace solve dictionary_attack --concept correlated --set costs.learner.fp=2",
        "armsrace solve centroid_shift --rounds 10 --set drift=0.1 --out solution.json",
    )
)
@options.game
@click.option(
    "--concept",
    type=click.Choice(list(CONCEPTS)),
    default="nash",
    show_default=True,
    help="Which kind of solution; logit is the Nash equilibrium that logit equilibria lead to, and "
    "a correlated equilibrium is the one that earns both roles together most.",
)
@click.option(
    "--leader",
    type=click.Choice(ROLES),
    help="Who commits first, where the concept has a leader.  [default: learner]",
)
@options.seeds
@options.seed
@options.rounds
@options.jobs
@options.settings
@click.option(
    "--out",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write the solution, and all it rests on, to this file, as JSON.",
)
def solve(
    name: str,
    concept: str,
    leader: Role | None,
    seeds: int,
    seed: int,
    rounds: int | None,
    jobs: int,
    settings: tuple[str, ...],
    out: Path | None,
) -> None:
    """Estimate the game NAME by playing it, and solve it.

    Every strategy of one role is played against every one of the other. The strategies are the
    actions, held for a whole play, and the agents that the game suggests. All pairs are played on
    the same seeds; the solver is given their mean payoffs.
    """
    asked = CONCEPTS[concept]
    with refusing():
        game = load_configured(name, settings)
        # A play that stops before its first round: the game can be set up and started.
        play(game, *(next(iter(game.actions(role))) for role in ROLES), rounds=rounds, pause=0)
        if leader is not None and not asked.leader:
            raise ValueError(f"{concept} has no leader; leave out --leader, or ask for stackelberg")
        if asked.zero_sum and not game.zero_sum:
            raise ValueError(
                f"{concept} needs a zero-sum game, {name} is general-sum with these costs"
            )
    if out is not None:
        check_writable(out)
    played = game.rounds if rounds is None else rounds
    form = ar.empirical_game(game, seeds=seeds, seed=seed, rounds=rounds, jobs=jobs, progress=True)
    answer = asked.solve(form, leader or "learner")
    if out is not None:
        study = {
            "game": name,
            "parameters": parameters(game),
            "concept": concept,
            "seeds": seeds,
            "seed": seed,
            "rounds": played,
        }
        write(out, as_json({**study, **_account(answer), "versions": versions()}))
    click.echo(f"{name}: {played} rounds a play, {seeds} paired seeds, seed {seed}")
    click.echo("\n".join(_report(answer)))
    if answer.status != "solved":
        raise click.exceptions.Exit(1)


def _report(answer: "Equilibrium | CorrelatedEquilibrium") -> Iterator[str]:
    form = answer.form
    for number, role in enumerate(form.roles):
        if number and form.is_zero_sum():
            yield f"the {role}'s payoff is the opposite"
        else:
            yield f"the {role}'s payoff a round (its standard error)"
            yield _matrix(form, number)
        yield ""
    notes = [f"{name} {_short(value)}" for name, value in answer.parameters.items()]
    told = f" ({', '.join(notes)})" if notes else ""
    yield f"{answer.method}{_commits(answer)}{told}: {answer.status}"
    places = decimals(form.payoffs.ravel().tolist(), digits=4)
    low, high = answer.interval
    for role, payoff in zip(form.roles, answer.payoffs.tolist(), strict=True):
        yield f"  {role:<9}  earns {payoff:.{places}f} a round{_plays(answer, role)}"
    if isinstance(answer, ar.solvers.CorrelatedEquilibrium):
        for profile in sorted(_profiles(answer), key=lambda profile: -profile["probability"]):
            *actions, chance = profile.values()
            yield f"  both told  {', '.join(map(str, actions))}: {chance:.4g}"
    interval = f"[{low:.{places}f}, {high:.{places}f}]"
    yield f"  value      {answer.value:.{places}f}, 95 % interval {interval}"
    yield (
        f"  regret     {answer.regret:.2g} in the estimated game, "
        f"at most {answer.regret_bound:.2g} in the true one (95 %)"
    )


def _commits(answer: "Equilibrium | CorrelatedEquilibrium") -> str:
    leader = None if isinstance(answer, ar.solvers.CorrelatedEquilibrium) else answer.leader
    return f", the {leader} commits first" if leader else ""


def _plays(answer: "Equilibrium | CorrelatedEquilibrium", role: str) -> str:
    """What a role does, where it mixes by itself."""
    if isinstance(answer, ar.solvers.CorrelatedEquilibrium):
        return ""
    mixture = sorted(answer.strategy(role).items(), key=lambda pair: -pair[1])
    return " by " + ", ".join(f"{action} {chance:.4g}" for action, chance in mixture)


def _profiles(answer: "CorrelatedEquilibrium") -> list[dict[str, Any]]:
    """The profiles of positive probability: the action that each role is told, and how often."""
    form = answer.form
    return [
        {role: labels[a] for role, labels, a in zip(form.roles, form.actions, profile, strict=True)}
        | {"probability": float(answer.joint[tuple(profile)])}
        for profile in np.argwhere(answer.joint > 0.0).tolist()
    ]


def _short(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _matrix(form: "NormalForm", role: int) -> str:
    """The payoffs of a role, the learner's actions in rows."""
    payoffs, errors = form.payoffs[role], form.standard_errors[role]
    places = decimals(errors.ravel().tolist(), digits=2)
    rows, names = (list(map(str, labels)) for labels in form.actions)
    cells = [
        [f"{payoff:.{places}f} ({error:.{places}f})" for payoff, error in zip(*column, strict=True)]
        for column in zip(payoffs.T.tolist(), errors.T.tolist(), strict=True)
    ]
    return table(["", *names], [rows, *cells], left=1)


def _account(answer: "Equilibrium | CorrelatedEquilibrium") -> dict[str, Any]:
    form = answer.form
    played: dict[str, Any]
    if isinstance(answer, ar.solvers.CorrelatedEquilibrium):
        played = {"joint": _profiles(answer)}
    else:
        mixtures = {role: answer.strategy(role) for role in form.roles}
        played = {"leader": answer.leader, "strategies": mixtures}
    return {
        "method": answer.method,
        "method_parameters": dict(answer.parameters),
        "status": answer.status,
        **played,
        "payoffs": dict(zip(form.roles, answer.payoffs.tolist(), strict=True)),
        "value": answer.value,
        "interval": [finite(end) for end in answer.interval],
        "regret": answer.regret,
        "regret_bound": finite(answer.regret_bound),
        "actions": dict(zip(form.roles, form.actions, strict=True)),
        "matrix": dict(zip(form.roles, form.payoffs.tolist(), strict=True)),
        "standard_errors": {
            role: [[finite(error) for error in row] for row in errors]
            for role, errors in zip(form.roles, form.standard_errors.tolist(), strict=True)
        },
    }

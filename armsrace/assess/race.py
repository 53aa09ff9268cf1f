r"""A race between the strategies of a game: where naive best response leads, and what it costs.

Naive best response: from each role's first action, the roles take turns, and each moves to its best
reply to what the other does now. The learner goes first, so that in each round the adversary has
replied to what the learner does. In a finite game that *converges*, to a pure Nash equilibrium, or
*cycles*; it cannot escalate without end, as a race in a continuous model can
(`armsrace.assess.continuous_race`). Where other starts would lead, the sinks of the best-response
graph tell.

* The *stable point* is a Nash equilibrium: where naive best response rests or, if it cycles, the
  minimax equilibrium of a constant-sum game, or else the one that logit equilibria lead to.
* The *committed point* is the strong Stackelberg equilibrium that the learner leads. In a
  constant-sum game every Nash equilibrium is one (von Neumann's theorem), and the stable point is
  taken.
* The *price of the arms race* is what the learner earns at the committed point above the stable
  point. In a constant-sum game it is therefore 0: there a race costs by its unrest.
* The *unrest* is what the learner earns at the stable point above the mean along the cycle; 0 when
  the race converges, negative when the cycle suits the learner.

Then single changes are tried on the plain race, one at a time (`armsrace.assess.changes`); a change
*ends the race* when naive best response, from the first actions that are left, comes to rest. Its
gain is the learner's payoff where that leads, above where the plain race leads.

All payoffs are the learner's, a round. In an empirical game the first half of the replicates finds
all of this, equilibria and best replies included, and the second half scores it: so no payoff
profits from having been chosen. Intervals are Student's t of paired differences over the second
half. They are about the points as found; what other seeds would have found is not in them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np

from armsrace.assess.changes import KINDS, MIX, NO_CHANGE, Kept, plain_learner, standard_changes
from armsrace.assess.race_report import Change, Race, course_of, end_of, period_of
from armsrace.empirical import empirical_game
from armsrace.forms.normal import NormalForm
from armsrace.game import Game, Role
from armsrace.solvers.best_response_dynamics import best_response_dynamics
from armsrace.solvers.cyclic_share import hodge_cyclic_share
from armsrace.solvers.equilibrium import Equilibrium
from armsrace.solvers.logit_response import nash_by_logit
from armsrace.solvers.minimax import minimax
from armsrace.solvers.stackelberg import stackelberg
from armsrace.solvers.trajectory import Trajectory
from armsrace.statistics import Array, Interval, paired_difference

MIXTURE = "the committed mixture"


def race(
    game: Game | NormalForm,
    *,
    changes: Mapping[str, Kept] | None = None,
    seeds: int = 32,
    seed: int = 0,
    rounds: int | None = None,
    jobs: int = 1,
    progress: bool = False,
) -> Race:
    """Assess the race between the strategies of a game.

    Parameters
    ----------
    game
        A game to be played, or its normal form of two roles, the learner first.
    changes
        By the name of each change, the actions (or agents) that each role keeps; None for the
        standard ones of the game (`armsrace.assess.changes`). The mixture to commit to is always
        tried as well.
    seeds, seed, rounds, jobs, progress
        As in `armsrace.empirical.empirical_game`, which plays every action, every agent that the
        game suggests, and every one named in `changes`; for a normal form they mean nothing. At
        least 4 seeds, 2 to find and 2 to score.

    Raises
    ------
    TypeError
        When game is neither a game nor a normal form.
    ValueError
        When it has not two roles, or there are too few seeds.
    LookupError
        When a change names an unknown role or action.

    Notes
    -----
    A normal form has no plain learner: its changes are compared with the whole race.

    Examples
    --------
    >>> rps = NormalForm.zero_sum([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])
    >>> race(rps)
    Race of a normal form: 3 x 3 strategies, exact payoffs
      naive best response cycles with period 3: 1 / 2 -> 0 / 1 -> 2 / 0 -> 1 / 2
      sinks of 6 of 9 profiles, cyclic share 1.000
      stable point              0  0 0.333, 1 0.333, 2 0.333; 0 0.333, 1 0.333, 2 0.333
      committed point           0  0 0.333, 1 0.333, 2 0.333; 0 0.333, 1 0.333, 2 0.333
      price of the arms race 0; unrest 1
      single change                  the race then               payoff  gain
      as it is                       cycles with period 3            -1
      mix                            converges                        0  1
    """
    name, form, plain, tried, missing = _prepared(
        game, changes, seeds=seeds, seed=seed, rounds=rounds, jobs=jobs, progress=progress
    )
    found, scored = _halves(form)
    walk = best_response_dynamics(found)
    stable = _stable(found, walk)
    committed = _committed(found, stable)
    at_stable, at_committed = (np.outer(*answer.strategies) for answer in (stable, committed))
    basis = _led(found, scored, plain)
    done = [_change(label, kept, _led(found, scored, kept), basis) for label, kept in tried.items()]
    mixed, scored_mixed = (_with_row(one, committed.strategies[0]) for one in (found, scored))
    kept = {found.roles[0]: (MIXTURE,)}
    done.append(_change(MIX, kept, _led(mixed, scored_mixed, kept), basis))
    return Race(
        name=name,
        form=found,
        scored=scored,
        walk=walk,
        stable=stable,
        committed=committed,
        stable_payoff=_earned(scored, at_stable),
        committed_payoff=_earned(scored, at_committed),
        price=_difference(scored, at_committed, scored, at_stable),
        unrest=_difference(scored, at_stable, scored, end_of(walk)),
        cyclic_share=hodge_cyclic_share(found) if found.is_constant_sum() else None,
        plain=_change("as it is", plain, basis, basis),
        changes=tuple(done),
        missing=missing,
    )


def _prepared(
    game: Game | NormalForm,
    changes: Mapping[str, Kept] | None,
    *,
    seeds: int,
    seed: int,
    rounds: int | None,
    jobs: int,
    progress: bool,
) -> tuple[str, NormalForm, Kept, dict[str, Kept], tuple[str, ...]]:
    """Name, payoffs, the plain race, the changes to try, and the kinds that are missing."""
    if isinstance(game, NormalForm):
        if len(game.roles) != 2:
            raise ValueError(f"game must have two roles, got {len(game.roles)}")
        return "a normal form", game, NO_CHANGE, dict(changes or {}), ()
    if not isinstance(game, Game):
        raise TypeError(
            f"game must be a Game or a NormalForm, got {type(game).__name__}; a race in one number "
            "is assessed by continuous_race"
        )
    if seeds < 4:
        raise ValueError(f"seeds must be at least 4, 2 to find and 2 to score, got {seeds}")
    tried = standard_changes(game) if changes is None else dict(changes)
    missing = () if changes is not None else _missing(tried)
    form = empirical_game(
        game,
        learners=_strategies_of(game, "learner", tried.values()),
        adversaries=_strategies_of(game, "adversary", tried.values()),
        seeds=seeds,
        seed=seed,
        rounds=rounds,
        jobs=jobs,
        progress=progress,
    )
    learner = tuple(dict.fromkeys(plain_learner(game)))
    return game.name, form, {"learner": learner}, tried, missing


def _missing(tried: Iterable[str]) -> tuple[str, ...]:
    names = [*tried, MIX]
    return tuple(kind for kind in KINDS if not any(name.startswith(kind) for name in names))


def _strategies_of(game: Game, role: Role, changes: Iterable[Kept]) -> list[Any]:
    """Every action and suggested agent, and what else the changes name."""
    named = [one for kept in changes for one in kept.get(role, ())]
    return list(dict.fromkeys([*game.actions(role), *game.suggested_agents(role), *named]))


def _halves(form: NormalForm) -> tuple[NormalForm, NormalForm]:
    """The payoffs that find and those that score."""
    samples = form.samples
    if samples is None:
        return form, form
    if len(samples) < 4:
        raise ValueError(
            "an empirical game must have at least 4 replicates, 2 to find and 2 to score, "
            f"got {len(samples)}: play more seeds"
        )
    half = len(samples) // 2
    first, second = (
        NormalForm.from_samples(part, actions=form.actions, roles=form.roles)
        for part in (samples[:half], samples[half:])
    )
    return first, second


def _stable(form: NormalForm, walk: Trajectory) -> Equilibrium:
    """Where naive best response rests, or else a Nash equilibrium."""
    if walk.converged:
        rest = tuple(strategy[-1] for strategy in walk.strategies)
        return Equilibrium(form, rest, "best_response_dynamics")
    return minimax(form) if form.is_constant_sum() else nash_by_logit(form)


def _committed(form: NormalForm, stable: Equilibrium) -> Equilibrium:
    """The strong Stackelberg equilibrium that the learner leads."""
    leader = form.roles[0]
    return replace(stable, leader=leader) if form.is_constant_sum() else stackelberg(form, leader)


def _with_row(form: NormalForm, mixture: Array) -> NormalForm:
    """The game in which the learner has its mixture as one more action."""
    mixed = np.einsum("i,rij->rj", mixture, form.payoffs)[:, None]
    actions = ((*form.actions[0], MIXTURE), form.actions[1])
    if form.samples is None:
        return NormalForm(np.concatenate([form.payoffs, mixed], axis=1), actions, form.roles)
    drawn = np.einsum("i,srij->srj", mixture, form.samples)[:, :, None]
    samples = np.concatenate([form.samples, drawn], axis=2)
    return NormalForm.from_samples(samples, actions=actions, roles=form.roles)


@final
@dataclass(frozen=True, eq=False)
class _Led:
    """Where naive best response leads: the walk, the payoffs that score it, and its end."""

    walk: Trajectory
    scored: NormalForm
    end: Array


def _led(found: NormalForm, scored: NormalForm, kept: Kept) -> _Led:
    walk = best_response_dynamics(found.restrict(kept))
    return _Led(walk, scored.restrict(kept), end_of(walk))


def _change(name: str, kept: Kept, led: _Led, plain: _Led) -> Change:
    """What a change does, compared with the plain race."""
    gain = _difference(led.scored, led.end, plain.scored, plain.end)
    payoff = _earned(led.scored, led.end)
    return Change(name, kept, course_of(led.walk), period_of(led.walk), payoff, gain)


def _earned(form: NormalForm, joint: Array) -> float:
    return float((form.payoffs[0] * joint).sum())


def _difference(form: NormalForm, joint: Array, other: NormalForm, basis: Array) -> Interval:
    """What the learner earns by one distribution of profiles above another, in two games."""
    if form.samples is None or other.samples is None:
        exact = np.asarray(_earned(form, joint) - _earned(other, basis))
        return Interval(exact, exact, exact, 0.95, "exact")
    first = np.einsum("sij,ij->s", form.samples[:, 0], joint)
    second = np.einsum("sij,ij->s", other.samples[:, 0], basis)
    return paired_difference(first, second)

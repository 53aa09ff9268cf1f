r"""Double oracle over agents: an equilibrium of a game that is too large to write down.

The game's real strategies are agents, without number. Both roles start with a few; each iteration

1. solves the empirical game of the agents found so far, for mixtures x and y;
2. asks each role's oracle for agents that may answer the other's mixture (see `oracles`);
3. measures on seeds that were never used before what the best of them gains in the real game: one
   half of these seeds chooses, the other half scores (`armsrace.empirical.measured_regret`);
4. stops when the upper end of the regret's interval is at or below the target, and otherwise adds
   what gains.

The reported regret is held out: neither the mixtures nor the chosen deviations have seen the seeds
that score them. It is the regret among what the oracles propose, which is a lower bound of the
regret among all agents. With a fresh interval in every iteration, the level is that of each one,
not of the sequence.

Source: H. B. McMahan, G. J. Gordon, A. Blum, "Planning in the presence of cost functions controlled
by an adversary", ICML 2003; M. Lanctot et al., "A unified game-theoretic approach to multiagent
reinforcement learning", NeurIPS 2017.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
from numpy.typing import NDArray

from armsrace.agents.agent import Agent
from armsrace.agents.strategies import as_agent
from armsrace.empirical.measured_regret import MeasuredRegret, measured_regret
from armsrace.empirical.normal_form import empirical_game
from armsrace.empirical.oracles import Oracle
from armsrace.game import ROLES, Game, Role

if TYPE_CHECKING:
    import pandas as pd

    from armsrace.forms.normal import NormalForm
    from armsrace.solvers.equilibrium import Equilibrium

Array = NDArray[np.float64]


@final
@dataclass(frozen=True, eq=False)
class Growth:
    """One iteration of a double oracle.

    Attributes
    ----------
    learners, adversaries
        How many agents each role had.
    payoffs
        What the solution of their game earned on the seeds that score, shape (2,).
    measured
        The regret of that solution.
    """

    learners: int
    adversaries: int
    payoffs: Array
    measured: MeasuredRegret


@final
@dataclass(frozen=True, eq=False, repr=False)
class DoubleOracle:
    """Agents of both roles, the equilibrium of their game, and its regret in the real one.

    Attributes
    ----------
    game
        The real game.
    form
        The empirical game of the agents found.
    equilibrium
        Its solution; its strategies can be played as they are.
    growth
        The iterations, in order.
    status
        "solved" when the regret's interval ended at or below the target; otherwise what stopped it,
        and what to do about it.
    """

    game: Game
    form: "NormalForm"
    equilibrium: "Equilibrium"
    growth: tuple[Growth, ...]
    status: str

    @property
    def learner(self) -> Mapping[Agent, float]:
        """The learner's mixture."""
        return self.measured.strategies[0]

    @property
    def adversary(self) -> Mapping[Agent, float]:
        """The adversary's mixture."""
        return self.measured.strategies[1]

    @property
    def measured(self) -> MeasuredRegret:
        """The held-out regret of the equilibrium."""
        return self.growth[-1].measured

    def frame(self) -> "pd.DataFrame":
        """One row an iteration: agents of each role, the learner's payoff, regret with interval."""
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    "iteration": number,
                    "learners": one.learners,
                    "adversaries": one.adversaries,
                    "learner_payoff": one.payoffs[0],
                    "adversary_payoff": one.payoffs[1],
                    "regret": float(one.measured.regret.estimate),
                    "low": float(one.measured.regret.low),
                    "high": float(one.measured.regret.high),
                }
                for number, one in enumerate(self.growth)
            ]
        )

    def __repr__(self) -> str:
        m, n = self.form.shape
        lines = [
            f"DoubleOracle over agents of {self.game.name}: {self.status}; "
            f"{len(self.growth)} iterations, {m} learners, {n} adversaries"
        ]
        return "\n".join([*lines, *("  " + line for line in repr(self.measured).splitlines())])


def double_oracle(
    game: Game,
    learner_oracle: Oracle,
    adversary_oracle: Oracle,
    *,
    learners: Iterable[str | Agent] | None = None,
    adversaries: Iterable[str | Agent] | None = None,
    solver: "Callable[[NormalForm], Equilibrium] | None" = None,
    target: float = 0.0,
    iterations: int = 20,
    level: float = 0.95,
    seeds: int = 64,
    seed: int = 0,
    rounds: int | None = None,
    jobs: int = 1,
) -> DoubleOracle:
    """Grow two sets of agents until no proposal gains more than a target in the real game.

    Parameters
    ----------
    game
        The rules.
    learner_oracle, adversary_oracle
        Where each role's new agents come from.
    learners, adversaries
        What each role starts with: names of actions or suggested agents, or agents; None for its
        first action.
    solver
        From an empirical game to one equilibrium; None for `minimax`, which needs a zero-sum game.
    target
        The regret to get below, in units of payoff a round, at least 0.
    iterations
        The largest number of iterations.
    level
        Of the regret's interval, in (0, 1).
    seeds
        Paired replicates that each empirical game is played on, and as many others in every
        iteration to choose and to score deviations; at least 4.
    seed
        The seed of the study.
    rounds, jobs
        As in `empirical_game`; the result is the same, bit for bit, for any number of jobs.

    Raises
    ------
    LookupError
        When a name is unknown.
    TypeError
        When an oracle proposes what is no agent.
    ValueError
        When an argument is out of range.

    Notes
    -----
    Only the plays of new agents are added to the empirical game.

    Examples
    --------
    >>> from armsrace.checks import MatchingPennies
    >>> from armsrace.empirical.oracles import held_and_suggested
    >>> found = double_oracle(MatchingPennies(), held_and_suggested, held_and_suggested, seeds=4)
    >>> found.status, [(one.learners, one.adversaries) for one in found.growth]
    ('solved', [(1, 1), (1, 2), (2, 2)])
    >>> [round(weight, 6) for weight in found.learner.values()]
    [0.5, 0.5]
    """
    if not target >= 0.0:
        raise ValueError(f"target must not be negative, got {target:g}")
    if iterations < 1:
        raise ValueError(f"iterations must be at least 1, got {iterations}")
    from armsrace.forms.normal import NormalForm

    if solver is None:
        from armsrace.solvers.minimax import minimax

        solver = minimax
    # One seed for the table, and a fresh one for every iteration's deviations.
    table_seed, *fresh = map(int, np.random.SeedSequence(seed).generate_state(iterations + 1))
    oracles = (learner_oracle, adversary_oracle)

    def played(rows: Sequence[Agent], columns: Sequence[Agent]) -> Array:
        """Payoffs of every pair on the seeds of the table, shape (seeds, 2, m, n)."""
        form = empirical_game(
            game,
            learners=rows,
            adversaries=columns,
            seeds=seeds,
            seed=table_seed,
            rounds=rounds,
            jobs=jobs,
        )
        assert form.samples is not None
        return form.samples

    known = (_start(game, "learner", learners), _start(game, "adversary", adversaries))
    samples = played(*known)
    growth: list[Growth] = []
    while True:
        form = NormalForm.from_samples(samples, actions=known)
        solved = solver(form)
        mixtures = [_mixture(solved, k) for k in range(2)]
        proposals = [
            _proposed(oracle, game, role, mixtures[1 - k])
            for k, (oracle, role) in enumerate(zip(oracles, ROLES, strict=True))
        ]
        measured = measured_regret(
            game,
            mixtures[0],
            mixtures[1],
            learner_candidates=proposals[0],
            adversary_candidates=proposals[1],
            level=level,
            seeds=seeds,
            seed=fresh[len(growth)],
            rounds=rounds,
            jobs=jobs,
        )
        growth.append(Growth(len(known[0]), len(known[1]), measured.payoffs, measured))
        high = float(measured.regret.high)
        rows, columns = (
            [agent for agent in better if agent not in have][:1]
            for better, have in zip(measured.better, known, strict=True)
        )
        if high <= target:
            status = "solved"
        elif not rows and not columns:
            status = (
                f"regret up to {high:.2g} and nothing new gains: play more seeds, or give the "
                "oracles more to propose"
            )
        elif len(growth) == iterations:
            status = f"regret up to {high:.2g} after {iterations} iterations: raise iterations"
        else:
            if rows:
                samples = np.concatenate([samples, played(rows, known[1])], axis=2)
            known = ((*known[0], *rows), known[1])
            if columns:
                samples = np.concatenate([samples, played(known[0], columns)], axis=3)
            known = (known[0], (*known[1], *columns))
            continue
        return DoubleOracle(game, form, solved, tuple(growth), status)


def _start(game: Game, role: Role, given: Iterable[str | Agent] | None) -> tuple[Agent, ...]:
    names = (next(iter(game.actions(role))),) if given is None else tuple(given)
    return tuple(dict.fromkeys(as_agent(name, game, role) for name in names))


def _mixture(solved: "Equilibrium", role: int) -> dict[Agent, float]:
    """The agents of positive probability."""
    pairs = zip(solved.form.actions[role], solved.strategies[role].tolist(), strict=True)
    return {agent: weight for agent, weight in pairs if weight > 0.0}  # type: ignore[misc]


def _proposed(
    oracle: Oracle, game: Game, role: Role, against: Mapping[Agent, float]
) -> tuple[Agent, ...]:
    """What an oracle proposes, each agent once."""
    proposals = tuple(dict.fromkeys(oracle(game, role, against)))
    for agent in proposals:
        if not isinstance(agent, Agent):
            raise TypeError(f"the {role}'s oracle must propose agents, got {agent!r}; see as_agent")
    return proposals

"""The first minute: play, solve and draw a real spam-filter race.

The story in three steps. *Play*: the same flood of dictionary spam meets three learners. *Solve*:
every action meets every other on paired seeds; minimax gives both sides' equilibrium strategies.
*Compare*: what blind retraining costs against the equilibrium, each against the attack that hurts
it most; the attack is chosen on one half of the replicates and scored on the other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

import numpy as np

from armsrace.empirical import empirical_game, measure_plays, strategy_intervals
from armsrace.figures import (
    DOUBLE_COLUMN,
    Provenance,
    best_response_graph,
    error_by_round,
    payoff_heat_map,
    publish,
)
from armsrace.forms.normal import Array, NormalForm
from armsrace.history import History
from armsrace.registry import load_game
from armsrace.solvers.equilibrium import Equilibrium
from armsrace.statistics import Interval, mean_interval, paired_difference

GAME: Final = "dictionary_attack"
ATTACK: Final = "dictionary_1%"
POLICIES: Final = ("hold", "retrain", "retrain_roni")
SEED: Final = 7


def run(out: Path, *, seeds: int, jobs: int, progress: bool, rounds: int | None = None) -> str:
    """Run the demo and write its figures.

    Parameters
    ----------
    out
        Folder for the figures; made when absent, with its parents.
    seeds
        Paired replicates, at least 8.
    jobs
        Worker processes.
    progress
        Show a progress bar on a terminal.
    rounds
        Rounds of a play; None for the game's own.

    Returns
    -------
    str
        The screen to print.

    Raises
    ------
    ValueError
        When there are too few seeds.
    OSError
        When the folder cannot be written to.
    """
    from armsrace.solvers import minimax, stackelberg

    if seeds < 8:
        raise ValueError(f"seeds must be at least 8 for the intervals of the demo, got {seeds}")
    _prepare(out)
    game = load_game(GAME) if rounds is None else load_game(GAME, rounds=rounds)
    races = {
        policy: measure_plays(game, policy, ATTACK, _shares, seeds=seeds, seed=SEED, jobs=jobs)
        for policy in POLICIES
    }
    matrix = empirical_game(
        game,
        learners=list(game.learner_actions),
        adversaries=list(game.adversary_actions),
        seeds=seeds,
        seed=SEED,
        jobs=jobs,
        progress=progress,
    )
    equilibrium = minimax(matrix)
    committed = stackelberg(matrix, leader="learner")
    rng = np.random.default_rng(SEED)
    chances = strategy_intervals(matrix, minimax, rng=rng)
    comparison = compare(matrix, "retrain")
    _draw(out, seeds, game.rounds, races, equilibrium)
    return "\n".join(
        [
            f"{game.name}: a spam filter is retrained on mail that its enemy writes",
            f"{game.rounds} rounds a play, {seeds} paired seeds, real mail; "
            "losses in hams lost a round",
            "",
            f"1. Play. The adversary floods with dictionaries ({ATTACK} of the mail).",
            *_race_table(races),
            "",
            "2. Solve. Every action against every other, on paired seeds.",
            *_strategy_table(equilibrium, chances),
            *_values(equilibrium, committed),
            "",
            "3. Compare, each against the attack that hurts it most (chosen on half of the seeds,",
            "   scored on the other half; 95 % intervals).",
            *_comparison_table(comparison),
            "",
            "Figures error_by_round, payoffs, best_responses (.pdf .svg .png .csv .json) in",
            f"  {out}",
        ]
    )


@final
@dataclass(frozen=True)
class Comparison:
    """Losses a round of a policy and of the equilibrium, each against its worst attack."""

    policy: str
    policy_attack: str
    policy_loss: Interval
    equilibrium_attack: str
    equilibrium_loss: Interval
    difference: Interval


def compare(matrix: NormalForm, policy: str) -> Comparison:
    """What a policy costs beyond the equilibrium, each against the attack that hurts it most.

    Equilibrium and worst attacks are chosen on the even replicates and scored on the odd ones: what
    was maximized on some data must not be scored on it.

    Parameters
    ----------
    matrix
        An empirical zero-sum game with at least 4 replicates.
    policy
        One of the learner's actions.
    """
    from armsrace.solvers import minimax

    samples = matrix.samples
    if samples is None:
        raise ValueError("matrix must be an empirical game with samples, got exact payoffs")
    search = NormalForm.from_samples(samples[::2], actions=matrix.actions)
    mixture = minimax(search).strategies[0]
    held = (np.array(matrix.actions[0], dtype=object) == policy).astype(np.float64)
    losses: list[Array] = []
    attacks: list[str] = []
    for strategy in (held, mixture):
        worst = int(np.argmin(strategy @ search.payoffs[0]))
        attacks.append(str(matrix.actions[1][worst]))
        losses.append(-(samples[1::2, 0, :, worst] @ strategy))
    return Comparison(
        policy,
        attacks[0],
        mean_interval(losses[0]),
        attacks[1],
        mean_interval(losses[1]),
        paired_difference(losses[0], losses[1]),
    )


def _prepare(out: Path) -> None:
    """Find out whether the folder can be written to before the work is done, not after."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        probe = out / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise type(error)(
            f"cannot write figures to {str(out)!r}: {reason}; choose another --out"
        ) from error


def _shares(history: History) -> Array:
    """By round: ham lost, ham unsure, spam let in (shares of ham, of spam), and the loss."""
    counts = {name: history.column(name) for name in (*_HAM, *_SPAM)}
    ham, spam = (sum(counts[name] for name in names) for names in (_HAM, _SPAM))
    return np.stack(
        [
            counts["fp"] / ham,
            counts["unsure_honest"] / ham,
            counts["fn"] / spam,
            -history.column("learner_payoff"),
        ]
    )


_HAM: Final = ("tn", "fp", "unsure_honest")
_SPAM: Final = ("tp", "fn", "unsure_malicious")


def _race_table(races: Mapping[str, Array]) -> list[str]:
    lines = [f"   {'learner':<18}{'ham lost':>12}{'ham unsure':>12}{'spam let in':>12}{'loss':>16}"]
    for policy, measured in races.items():
        *shares, _ = measured.mean(axis=(0, 2))
        loss = mean_interval(measured[:, 3].mean(axis=1))
        cells = "".join(f"{share:>12.1%}" for share in shares)
        lines.append(f"   {policy:<18}{cells}{_plus(loss):>16}")
    return lines


def _strategy_table(equilibrium: Equilibrium, chances: tuple[Interval, ...]) -> list[str]:
    lines = []
    for number, role in enumerate(equilibrium.form.roles):
        lines.append(f"   {role} plays")
        for label, chance, low, high in zip(
            equilibrium.form.actions[number],
            equilibrium.strategies[number],
            chances[number].low,
            chances[number].high,
            strict=True,
        ):
            if chance > 0 or high > 0.005:
                lines.append(f"     {label!s:<20}{chance:>6.2f}   95 % [{low:.2f}, {high:.2f}]")
    return lines


def _values(equilibrium: Equilibrium, committed: Equilibrium) -> list[str]:
    low, high = equilibrium.interval
    announced = float(equilibrium.form.payoffs[0].min(axis=1).max())
    best = equilibrium.form.actions[0][int(equilibrium.form.payoffs[0].min(axis=1).argmax())]
    return [
        f"   the learner loses {-equilibrium.value:.2f} a round, 95 % [{-high:.2f}, {-low:.2f}]; "
        f"the adversary wins as much",
        f"   regret {equilibrium.regret:.1e} in the estimated game, "
        f"at most {equilibrium.regret_bound:.2f} in the true one (95 %)",
        f"   committed: announcing the mixture loses {-committed.value:.2f}, announcing one action "
        f"({best}) {-announced:.2f}",
    ]


def _comparison_table(comparison: Comparison) -> list[str]:
    rows = (
        (f"always {comparison.policy}", comparison.policy_attack, comparison.policy_loss),
        ("equilibrium", comparison.equilibrium_attack, comparison.equilibrium_loss),
        ("the price of retraining blindly", "", comparison.difference),
    )
    return [f"   {name:<34}{attack:<18}{_plus(loss):>16}" for name, attack, loss in rows]


def _plus(interval: Interval) -> str:
    return f"{float(interval.estimate):.2f} +- {float(interval.half_width):.2f}"


def _draw(
    out: Path, seeds: int, rounds: int, races: Mapping[str, Array], equilibrium: Equilibrium
) -> None:
    unusable = {policy: measured[:, :2].sum(axis=1) for policy, measured in races.items()}
    drawings = {
        "error_by_round": error_by_round(
            unusable,
            quantity="ham lost or unsure (share of ham)",
            rng=np.random.default_rng(SEED),
        ),
        "payoffs": payoff_heat_map(equilibrium, unit="hams lost a round", width=DOUBLE_COLUMN),
        "best_responses": best_response_graph(equilibrium.form, width=DOUBLE_COLUMN),
    }
    provenance = Provenance(
        SEED, "armsrace demo", {"game": GAME, "rounds": rounds, "attack": ATTACK, "seeds": seeds}
    )
    for name, drawing in drawings.items():
        publish(drawing, name, out, provenance=provenance)

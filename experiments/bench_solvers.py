"""How fast armsrace solves games on this machine, beside every other solver that is installed.

Each job is done by armsrace and by a peer in turn (A B A B ...), pair k of runs on game k, and
their CPU times are compared pair by pair: a ratio says how many times as fast as the peer armsrace
is. Our time includes the certificate of the answer, which no peer computes. Before anything is
timed, both have solved all games. So nothing is compiled during measurement (the CPU time of the
first call is shown by itself), and the answers have been judged (`bench_answers`); a peer that is
wrong is shown, but it is no goal.

Left out is what takes seconds to minutes a game, while others do not: minimax by Gambit from n =
300 and by all but HiGHS and quantecon at 1000, Lemke-Howson by nashpy from 50 and by Gambit from
100, all equilibria by nashpy from 10 and by Gambit's enummixed at 12, and OpenSpiel's fictitious
play.
OpenSpiel's linear programs need the package ecos besides.

Run as ``python experiments/bench_solvers.py [--quick] [--only NAME]``; ratios between 2/3 and 1.5
on a shared machine are ties. ``pip install 'armsrace[bench]'`` brings the peers.
"""

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, final

import bench_peers as peers
import numpy as np
from bench_answers import (
    POPULATION,
    Strategies,
    all_equilibria,
    certified,
    equilibria,
    solution,
    stationary,
    values,
)
from bench_pairs import Effort, Job, Peer, report
from threadpoolctl import threadpool_limits

from armsrace import solvers
from armsrace.forms import ExtensiveForm, NormalForm, kuhn_poker, leduc_poker

SEED: Final = 1


@final
@dataclass(frozen=True)
class Scale:
    """How much is run: actions n of the games, or the numbers of games and of iterations."""

    effort: Effort
    minimax: Sequence[int]
    interior_point: int
    lemke_howson: Sequence[int]
    enumeration: Sequence[int]
    degenerate_games: int
    batch_games: int
    sampled_games: int
    poker_iterations: int
    learning_actions: int
    learning_rounds: int


FULL: Final = Scale(
    effort=Effort(pairs=11, shortest=0.005, patience=20.0),
    minimax=(100, 300),
    interior_point=1000,
    lemke_howson=(50, 100, 200),
    enumeration=(8, 10, 12),
    degenerate_games=20,
    batch_games=10_000,
    sampled_games=200,
    poker_iterations=1000,
    learning_actions=100,
    learning_rounds=10_000,
)
QUICK: Final = Scale(
    effort=Effort(pairs=2, shortest=0.0, patience=0.0),
    minimax=(10,),
    interior_point=40,
    lemke_howson=(6,),
    enumeration=(4,),
    degenerate_games=2,
    batch_games=20,
    sampled_games=5,
    poker_iterations=20,
    learning_actions=8,
    learning_rounds=500,
)


# Games.


def random_games(n: int, count: int) -> list[NormalForm]:
    """General-sum games of uniformly distributed payoffs."""
    rngs = [np.random.default_rng([SEED, n, game]) for game in range(count)]
    return [NormalForm.from_bimatrix(rng.random((n, n)), rng.random((n, n))) for rng in rngs]


def zero_sum_games(n: int, count: int) -> list[NormalForm]:
    """Zero-sum games of uniformly distributed payoffs."""
    return [NormalForm.zero_sum(form.payoffs[0]) for form in random_games(n, count)]


def degenerate_games(count: int) -> list[NormalForm]:
    """Six actions each and payoffs 0, 1, 2; the first 20 have 288 extreme equilibria."""
    rngs = [np.random.default_rng(game) for game in range(count)]
    return [
        NormalForm.from_bimatrix(rng.integers(0, 3, (6, 6)), rng.integers(0, 3, (6, 6)))
        for rng in rngs
    ]


def one(
    solver: Callable[[NormalForm], solvers.Equilibrium], forms: Sequence[NormalForm], game: int
) -> Strategies:
    """What a solver answers, with its certificate."""
    return certified(solver(forms[game]))


def every(
    solver: Callable[[NormalForm], list[solvers.Equilibrium]],
    forms: Sequence[NormalForm],
    game: int,
) -> list[Strategies]:
    """All that a solver answers, with their certificates."""
    return [certified(answer) for answer in solver(forms[game])]


def judged(answer: solvers.ExtensiveEquilibrium) -> solvers.ExtensiveEquilibrium:
    """The answer, once its certificate has been computed."""
    assert answer.exploitability < np.inf
    return answer


def learned(form: ExtensiveForm, rounds: int, _: int) -> solvers.ExtensiveEquilibrium:
    """What CFR+ learns, with its certificate."""
    return judged(solvers.cfr_plus(form, iterations=rounds))


# Jobs.


def zero_sum(scale: Scale) -> Iterator[Job]:
    """Minimax strategies of zero-sum games."""
    for n in scale.minimax:
        forms = zero_sum_games(n, min(scale.effort.pairs, 5))
        rivals = [
            Peer("quantecon, minmax", partial(peers.quantecon_minmax, forms), 1 / 1.1),
            Peer("scipy, HiGHS", partial(peers.highs, forms)),
            Peer("nashpy, linear_program", partial(peers.nashpy_minimax, forms)),
            Peer("OpenSpiel, lp_solver", partial(peers.openspiel_minimax, forms)),
        ]
        if n < 300:
            rivals.append(Peer("Gambit, lp", partial(peers.gambit_minimax, forms)))
        yield Job(
            f"minimax, n = {n}",
            len(forms),
            partial(one, solvers.minimax, forms),
            equilibria(forms, 1e-8),
            rivals,
        )
    forms = zero_sum_games(scale.interior_point, 1)
    yield Job(
        f"minimax to a gap of 1e-9, n = {scale.interior_point}",
        len(forms),
        partial(one, solvers.minimax, forms),
        equilibria(forms, 1e-9),
        [
            Peer("scipy, HiGHS interior point", partial(peers.highs, forms, "highs-ipm"), 3.0),
            Peer("quantecon, minmax", partial(peers.quantecon_minmax, forms)),
        ],
    )


def batch(scale: Scale) -> Iterator[Job]:
    """Many small zero-sum games at once, beside one after the other."""
    rng = np.random.default_rng(SEED)
    games = rng.random((scale.batch_games, 8, 8))
    share = scale.sampled_games / scale.batch_games
    sample = partial(peers.highs_loop, games[: scale.sampled_games])
    yield Job(
        f"minimax_batch, {scale.batch_games:,} games of 8 x 8",
        1,
        lambda _: solvers.minimax_batch(games)[1:],
        values(games),
        [
            Peer(f"scipy, HiGHS, {scale.sampled_games} of them", sample, 100.0, share),
            Peer("quantecon, minmax", partial(peers.quantecon_minmax_loop, games), 1.5),
        ],
    )


def complementarity(scale: Scale) -> Iterator[Job]:
    """One equilibrium of a general-sum game, by Lemke and Howson."""
    for n in scale.lemke_howson:
        forms = random_games(n, scale.effort.pairs)
        default = partial(peers.quantecon_lemke_howson, forms)
        rivals = [
            Peer("quantecon, lemke_howson", default, 1 / 1.1),
            Peer("quantecon, lemke_howson, capping=10", partial(default, capping=10)),
        ]
        if n < 100:
            rivals.append(
                Peer(
                    "Gambit, lcp",
                    partial(peers.gambit_one, forms, "lcp", use_strategic=True, stop_after=1),
                )
            )
        yield Job(
            f"lemke_howson, n = {n}",
            len(forms),
            partial(one, solvers.lemke_howson, forms),
            equilibria(forms, 1e-8),
            rivals,
        )


def enumeration(scale: Scale) -> Iterator[Job]:
    """All equilibria of a general-sum game."""
    for n in scale.enumeration:
        forms = random_games(n, min(scale.effort.pairs, 3))
        rivals = [
            Peer("Gambit, lcp", partial(peers.gambit_all, forms, "lcp", use_strategic=True), 1.0),
            Peer("quantecon, vertex_enumeration", partial(peers.quantecon_vertices, forms)),
        ]
        if n < 12:
            rivals.append(
                Peer("Gambit, enummixed", partial(peers.gambit_all, forms, "enummixed"), 1.0)
            )
        if n < 10:
            rivals.append(
                Peer("nashpy, vertex_enumeration", partial(peers.nashpy_vertices, forms), 1.0)
            )
        yield Job(
            f"vertex_enumeration, n = {n}",
            len(forms),
            partial(every, solvers.vertex_enumeration, forms),
            all_equilibria(forms),
            rivals,
        )
    forms = degenerate_games(scale.degenerate_games)
    yield Job(
        f"vertex_enumeration, {len(forms)} degenerate games of 6 x 6",
        len(forms),
        partial(every, solvers.vertex_enumeration, forms),
        all_equilibria(forms),
        [
            Peer("Gambit, enummixed", partial(peers.gambit_all, forms, "enummixed"), 1.0),
            Peer("Gambit, lcp", partial(peers.gambit_all, forms, "lcp", use_strategic=True), 1.0),
            Peer("nashpy, vertex_enumeration", partial(peers.nashpy_vertices, forms), 1.0),
            Peer("quantecon, vertex_enumeration", partial(peers.quantecon_vertices, forms)),
            Peer("quantecon, support_enumeration", partial(peers.quantecon_supports, forms)),
        ],
    )


def poker(scale: Scale) -> Iterator[Job]:
    """Games in extensive form."""
    rounds = scale.poker_iterations
    kuhn, leduc = kuhn_poker(), leduc_poker()
    for name, form, part, goal in (
        ("kuhn_poker", kuhn, rounds, 1.0),
        ("leduc_poker", leduc, rounds // 10, 10.0),
    ):
        cpp = partial(peers.openspiel_cfr_plus, name, part)
        yield Job(
            f"cfr_plus, {rounds:,} iterations, {name}",
            1,
            partial(learned, form, rounds),
            solution(form, 5.0 / part),
            [Peer(f"OpenSpiel, CFRPlusSolver (C++), {part:,} of them", cpp, goal, part / rounds)],
        )
    program = partial(peers.openspiel_sequence_form, "leduc_poker")
    yield Job(
        "sequence_form_lp, leduc_poker",
        1,
        lambda _: judged(solvers.sequence_form_lp(leduc)),
        solution(leduc, 1e-6),
        [Peer("OpenSpiel, sequence_form_lp", program, 1.0)],
    )
    yield Job(
        "sequence_form_lp, leduc_poker, from its rules",
        1,
        lambda _: judged(solvers.sequence_form_lp(leduc_poker())),
        solution(leduc, 1e-6),
        [Peer("OpenSpiel, sequence_form_lp", program)],
    )


def learning(scale: Scale) -> Iterator[Job]:
    """Zero-sum games by learning dynamics, beside numpy loops, and alpha-rank."""
    n, rounds = scale.learning_actions, scale.learning_rounds
    forms = zero_sum_games(n, min(scale.effort.pairs, 3))
    yield Job(
        f"fictitious_play, {rounds:,} iterations, n = {n}",
        len(forms),
        partial(one, partial(solvers.fictitious_play, iterations=rounds), forms),
        equilibria(forms, 0.1),
        [
            Peer("a numpy loop", partial(peers.bare_fictitious_play, forms, rounds), 1.0),
            Peer(
                "quantecon, FictitiousPlay",
                partial(peers.quantecon_fictitious_play, forms, rounds),
            ),
            Peer("nashpy, fictitious_play", partial(peers.nashpy_fictitious_play, forms, rounds)),
        ],
    )
    yield Job(
        f"regret_matching_plus, {rounds:,} iterations, n = {n}",
        len(forms),
        partial(one, partial(solvers.regret_matching_plus, iterations=rounds), forms),
        equilibria(forms, 0.1),
        [
            Peer("a numpy loop", partial(peers.bare_regret_matching_plus, forms, rounds), 1.0),
            Peer(
                "OpenSpiel, regret_matching",
                partial(peers.openspiel_regret_matching, forms, rounds),
            ),
        ],
    )
    payoffs = np.random.default_rng(SEED).random((n, n))
    skew = NormalForm.zero_sum(payoffs - payoffs.T)
    yield Job(
        f"alpha_rank_symmetric, n = {n}",
        1,
        lambda _: solvers.alpha_rank_symmetric(skew, alpha=1.0, population=POPULATION),
        stationary(skew, 1.0),
        [Peer("OpenSpiel, alpharank", partial(peers.openspiel_alpha_rank, skew, 1.0), 1.0)],
    )


BENCHMARKS: Final[dict[str, Callable[[Scale], Iterator[Job]]]] = {
    "minimax": zero_sum,
    "batch": batch,
    "lemke-howson": complementarity,
    "enumeration": enumeration,
    "poker": poker,
    "learning": learning,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks and print their lines."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="see that it runs; measures nothing")
    parser.add_argument("--only", action="append", choices=BENCHMARKS, help="may be repeated")
    options = parser.parse_args(arguments)
    scale = QUICK if options.quick else FULL
    with threadpool_limits(1):
        report(BENCHMARKS, options.only, scale, scale.effort)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

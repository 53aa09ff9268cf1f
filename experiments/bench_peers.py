"""How other packages do the jobs of `bench_solvers`, and how plain numpy does.

Each function imports a package, puts the games into its form, and returns what solves game k: only
that is timed. Where the package is not installed, ModuleNotFoundError says so.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, final

import numpy as np
from bench_answers import POPULATION, Array, Strategies

from armsrace.forms import NormalForm

Solve = Callable[[int], Any]


def quantecon_games(forms: Sequence[NormalForm]) -> list[Any]:
    """In quantecon every role's own actions are in rows."""
    from quantecon.game_theory import NormalFormGame, Player

    return [
        NormalFormGame([Player(first.copy()), Player(np.ascontiguousarray(second.T))])
        for first, second in (form.payoffs for form in forms)
    ]


def quantecon_minmax(forms: Sequence[NormalForm]) -> Solve:
    """The simplex method on the whole tableau."""
    from quantecon.optimize import minmax

    games = [form.payoffs[0].copy() for form in forms]
    return lambda game: minmax(games[game])[1:]


def quantecon_minmax_loop(matrices: Array) -> Solve:
    """The same on one game after the other."""
    from quantecon.optimize import minmax

    return lambda _: tuple(
        map(np.stack, zip(*(minmax(game)[1:] for game in matrices), strict=True))
    )


def quantecon_lemke_howson(forms: Sequence[NormalForm], capping: int | None = None) -> Solve:
    """From label 0, or from others first, giving up after so many exchanges."""
    from quantecon.game_theory import lemke_howson

    games = quantecon_games(forms)
    return lambda game: lemke_howson(games[game], capping=capping)


def quantecon_vertices(forms: Sequence[NormalForm]) -> Solve:
    """All vertices, by Qhull."""
    from quantecon.game_theory import vertex_enumeration

    games = quantecon_games(forms)
    return lambda game: vertex_enumeration(games[game])


def quantecon_supports(forms: Sequence[NormalForm]) -> Solve:
    """All pairs of supports of one size."""
    from quantecon.game_theory import support_enumeration

    games = quantecon_games(forms)
    return lambda game: support_enumeration(games[game])


def quantecon_fictitious_play(forms: Sequence[NormalForm], rounds: int) -> Solve:
    """Both roles at once."""
    from quantecon.game_theory import FictitiousPlay

    games = quantecon_games(forms)
    return lambda game: FictitiousPlay(games[game]).play(actions=(0, 0), num_reps=rounds)


def nashpy_games(forms: Sequence[NormalForm]) -> list[Any]:
    """Both payoff matrices as they are."""
    import nashpy

    return [nashpy.Game(*form.payoffs) for form in forms]


def nashpy_minimax(forms: Sequence[NormalForm]) -> Solve:
    """One linear program for each role, by HiGHS."""
    games = nashpy_games(forms)
    return lambda game: games[game].linear_program()


def nashpy_vertices(forms: Sequence[NormalForm]) -> Solve:
    """All pairs of vertices."""
    games = nashpy_games(forms)
    return lambda game: list(games[game].vertex_enumeration())


def nashpy_fictitious_play(forms: Sequence[NormalForm], rounds: int) -> Solve:
    """Both roles at once; counts of actions after each round."""
    games = nashpy_games(forms)

    def last(game: int) -> Any:
        (counts,) = deque(games[game].fictitious_play(iterations=rounds), maxlen=1)
        return counts

    return last


def gambit(forms: Sequence[NormalForm], solver: str, **options: object) -> Solve:
    """Any of Gambit's solvers, in floating point."""
    import pygambit

    games = [pygambit.StrategicGame.from_arrays(*form.payoffs) for form in forms]
    solve = getattr(pygambit.nash, f"{solver}_solve")
    return lambda game: solve(games[game], rational=False, **options)


def gambit_one(forms: Sequence[NormalForm], solver: str, **options: object) -> Solve:
    """The first equilibrium of one of Gambit's solvers."""
    solve = gambit(forms, solver, **options)
    return lambda game: probabilities(next(iter(solve(game).equilibria)))


def gambit_all(forms: Sequence[NormalForm], solver: str, **options: object) -> Solve:
    """All equilibria of one of Gambit's solvers."""
    solve = gambit(forms, solver, **options)
    return lambda game: [probabilities(profile) for profile in solve(game).equilibria]


def gambit_minimax(forms: Sequence[NormalForm]) -> Solve:
    """A linear program."""
    solve = gambit(forms, "lp", use_strategic=True)
    return lambda game: probabilities(solve(game).equilibrium)


def probabilities(profile: Any) -> Any:
    """Strategies of a profile of Gambit's."""
    return tuple(np.array([chance for _, chance in strategy]) for strategy in profile)


def highs(forms: Sequence[NormalForm], method: Literal["highs", "highs-ipm"] = "highs") -> Solve:
    """One linear program: the learner's guarantee; its multipliers are the adversary's strategy."""
    return lambda game: by_linprog(forms[game].payoffs[0], method)


def highs_loop(matrices: Array) -> Solve:
    """The same on one game after the other."""
    return lambda _: tuple(map(np.stack, zip(*map(by_linprog, matrices), strict=True)))


def by_linprog(matrix: Array, method: Literal["highs", "highs-ipm"] = "highs") -> Strategies:
    """Solve one zero-sum game by scipy."""
    from scipy.optimize import linprog

    m, n = matrix.shape
    result = linprog(
        np.append(np.zeros(m), -1.0),
        A_ub=np.hstack([-matrix.T, np.ones((n, 1))]),
        b_ub=np.zeros(n),
        A_eq=np.append(np.ones(m), 0.0)[None],
        b_eq=[1.0],
        bounds=[(0.0, None)] * m + [(None, None)],
        method=method,
    )
    if result.x is None:
        raise ArithmeticError(result.message)
    return result.x[:m], -result.ineqlin.marginals


def openspiel_minimax(forms: Sequence[NormalForm]) -> Solve:
    """One linear program for each role, by cvxpy and ECOS."""
    import pyspiel
    from open_spiel.python.algorithms.lp_solver import solve_zero_sum_matrix_game

    games = [pyspiel.create_matrix_game(*form.payoffs) for form in forms]
    return lambda game: [own.ravel() for own in solve_zero_sum_matrix_game(games[game])[:2]]


def openspiel_regret_matching(forms: Sequence[NormalForm], rounds: int) -> Solve:
    """Regret matching without the plus."""
    from open_spiel.python.algorithms.regret_matching import regret_matching

    return lambda game: regret_matching(list(forms[game].payoffs), iterations=rounds)


def openspiel_alpha_rank(form: NormalForm, alpha: float) -> Solve:
    """One population of the same size."""
    from open_spiel.python.egt.alpharank import compute

    tables = [form.payoffs[0]]
    return lambda _: compute(tables, m=POPULATION, alpha=alpha, use_local_selection_model=False)[2]


@final
@dataclass(frozen=True)
class OpenSpielPolicy:
    """What OpenSpiel's C++ solver has learned; judged when it is asked for."""

    game: Any
    solver: Any

    @property
    def value(self) -> float:
        """What the first role earns."""
        import pyspiel

        start, policy = self.game.new_initial_state(), self.solver.average_policy()
        return float(pyspiel.expected_returns(start, policy, -1, False)[0])

    @property
    def exploitability(self) -> float:
        """The mean regret."""
        import pyspiel

        return float(pyspiel.exploitability(self.game, self.solver.average_policy()))


def openspiel_cfr_plus(name: str, iterations: int) -> Solve:
    """The C++ solver."""
    import pyspiel

    game = pyspiel.load_game(name)

    def solve(_: int) -> OpenSpielPolicy:
        solver = pyspiel.CFRPlusSolver(game)
        for _ in range(iterations):
            solver.evaluate_and_update_policy()
        return OpenSpielPolicy(game, solver)

    return solve


@final
@dataclass(frozen=True)
class Guarantees:
    """What a linear program for each role guarantees it."""

    value: float
    exploitability: float


def openspiel_sequence_form(name: str) -> Solve:
    """One linear program for each role, by cvxpy and ECOS."""
    import pyspiel
    from open_spiel.python.algorithms.sequence_form_lp import solve_zero_sum_game

    def solve(_: int) -> Guarantees:
        first, second = solve_zero_sum_game(pyspiel.load_game(name))[:2]
        return Guarantees(float(first), abs(float(first + second)) / 2)

    return solve


def bare_fictitious_play(forms: Sequence[NormalForm], rounds: int) -> Solve:
    """Numpy and nothing else."""

    def solve(game: int) -> Strategies:
        matrix = forms[game].payoffs[0]
        m, n = matrix.shape
        x, y, earned, lost = np.zeros(m), np.zeros(n), np.zeros(m), np.zeros(n)
        for _ in range(rounds):
            i, j = earned.argmax(), lost.argmin()
            x[i] += 1.0
            y[j] += 1.0
            earned += matrix[:, j]
            lost += matrix[i]
        return x / rounds, y / rounds

    return solve


def bare_regret_matching_plus(forms: Sequence[NormalForm], rounds: int) -> Solve:
    """Numpy and nothing else."""

    def matched(regrets: Array) -> Array:
        total = regrets.sum()
        return regrets / total if total > 0.0 else np.full(len(regrets), 1.0 / len(regrets))

    def solve(game: int) -> Strategies:
        matrix = forms[game].payoffs[0]
        m, n = matrix.shape
        x_regrets, y_regrets, x_sum, y_sum = np.zeros(m), np.zeros(n), np.zeros(m), np.zeros(n)
        x, y = matched(x_regrets), matched(y_regrets)
        for t in range(1, rounds + 1):
            earned = matrix @ y
            x_regrets = np.maximum(x_regrets + earned - x @ earned, 0.0)
            x = matched(x_regrets)
            lost = x @ matrix
            y_regrets = np.maximum(y_regrets + y @ lost - lost, 0.0)
            y = matched(y_regrets)
            x_sum += t * x
            y_sum += t * y
        return x_sum / x_sum.sum(), y_sum / y_sum.sum()

    return solve

"""What `bench_solvers` takes for a right answer: never what another solver says, but a definition.

An account is given the answers to all games of a job, whoever found them, and says whether they are
right, and how far they are from it.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from armsrace import solvers
from armsrace.forms import ExtensiveForm, NormalForm
from armsrace.solvers import certificate

POPULATION: Final = 50  # individuals, in alpha-rank

Array = NDArray[np.float64]
Strategies = tuple[Array, Array]
Account = Callable[[list[Any]], tuple[bool, str]]


def equilibria(forms: Sequence[NormalForm], tolerance: float) -> Account:
    """One equilibrium a game, judged by its regret."""

    def account(found: list[Strategies]) -> tuple[bool, str]:
        worst = max(
            float(certificate.regrets(form, [as_distribution(own) for own in strategies]).max())
            for form, strategies in zip(forms, found, strict=True)
        )
        return worst <= tolerance, f"regret {worst:.0e}"

    return account


def as_distribution(weights: Array) -> Array:
    """Probabilities of a peer, without its rounding."""
    kept: Array = np.maximum(weights, 0.0)
    kept /= kept.sum()
    return kept


def all_equilibria(forms: Sequence[NormalForm]) -> Account:
    """All extreme equilibria of each game, judged by rational arithmetic."""

    @cache
    def expected() -> list[set[bytes]]:
        return [different(map(certified, solvers.exact_enumeration(form))) for form in forms]

    def account(found: list[list[Strategies]]) -> tuple[bool, str]:
        pairs = list(zip(expected(), map(different, found), strict=True))
        total = sum(map(len, expected()))
        right = sum(len(true & answer) for true, answer in pairs)
        wrong = sum(len(answer - true) for true, answer in pairs)
        note = f"{right} of {total} equilibria" + f", {wrong} false" * (wrong > 0)
        return right == total and not wrong, note

    return account


def different(answers: Iterable[Strategies]) -> set[bytes]:
    """Pairs of strategies, those that agree to six digits being one."""
    return {(np.concatenate(answer).round(6) + 0.0).tobytes() for answer in answers}


def values(games: Array) -> Account:
    """Strategies of many zero-sum games, or of the first of them, judged by their gaps."""

    def account(found: list[Strategies]) -> tuple[bool, str]:
        ((x, y),) = found
        solved = games[: len(x)]
        best = (solved @ y[:, :, None]).max(axis=(1, 2))
        gap = float((best - (x[:, None] @ solved).min(axis=(1, 2))).max())
        return gap <= 1e-9, f"gap {gap:.0e}, {len(x):,} games"

    return account


class Solution(Protocol):
    """An answer to a game in extensive form."""

    @property
    def value(self) -> float:
        """What the first role earns."""

    @property
    def exploitability(self) -> float:
        """The mean regret."""


def solution(form: ExtensiveForm, tolerance: float) -> Account:
    """Strategies of a game in extensive form, judged by its value and how they can be exploited."""
    exact = solvers.sequence_form_lp(form).value

    def account(found: list[Solution]) -> tuple[bool, str]:
        (answer,) = found
        right = abs(answer.value - exact) <= 2 * answer.exploitability + 1e-8
        note = f"value {answer.value:.5f}, exploitability {answer.exploitability:.0e}"
        return right and answer.exploitability <= tolerance, note

    return account


def stationary(form: NormalForm, alpha: float) -> Account:
    """Masses of a symmetric zero-sum game's actions, judged by what flows out of each and into it.

    However many of m individuals play the mutant action b among residents a, it gains on average
    Delta = u(b, a) m / (m - 1); so the chain goes from a to b in proportion to
    (1 - exp(-alpha Delta)) / (1 - exp(-m alpha Delta)).
    """
    gains = alpha * POPULATION / (POPULATION - 1) * form.payoffs[0].T  # [resident, mutant]
    np.fill_diagonal(gains, 1.0)  # anything: nothing flows there
    rates = np.expm1(-gains) / np.expm1(-POPULATION * gains)
    np.fill_diagonal(rates, 0.0)

    def account(found: list[Array]) -> tuple[bool, str]:
        (masses,) = found
        error = float(np.abs(masses @ rates - masses * rates.sum(axis=1)).max())
        return abs(masses.sum() - 1.0) + error <= 1e-9, f"imbalance {error:.0e}"

    return account


def certified(answer: solvers.Equilibrium) -> Strategies:
    """Strategies whose regret has been computed."""
    assert answer.regret < np.inf
    return answer.strategies[0], answer.strategies[1]

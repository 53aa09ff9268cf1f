"""All extreme equilibria of a game of two, and the families that they span.

The vertices of both best-reply polytopes are found by reverse search in compiled code, in floating
point with checked comparisons (`armsrace.solvers._reverse_search`); those that have all labels
between them are the extreme equilibria (`armsrace.solvers._complementarity`). A game whose payoffs
leave a comparison in doubt, for being neither equal nor clearly different, is solved in rational
arithmetic instead (`exact_enumeration`): slower, but not silently wrong.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import final

import numpy as np

from armsrace.forms.normal import Array, NormalForm
from armsrace.solvers import certificate
from armsrace.solvers._compilation import prepare
from armsrace.solvers._complementarity import (
    LabelSets,
    Pairs,
    complements,
    components,
    extreme_pairs,
    maximal_cliques,
)
from armsrace.solvers._polytopes import members, polytopes
from armsrace.solvers.equilibrium import Equilibrium, distribution
from armsrace.solvers.exact_enumeration import exact_vertices, simplest

NashSubset = tuple[Array, Array]


def vertex_enumeration(form: NormalForm) -> list[Equilibrium]:
    """Find all extreme equilibria of a game of two.

    Parameters
    ----------
    form
        A game of two roles.

    Returns
    -------
    list
        In a nondegenerate game all equilibria, an odd number; in a degenerate one all corners of
        the set of equilibria, which `equilibrium_components` puts together. Those of few actions
        come first. In their ``parameters``, "degenerate" says if some strategy has more best
        replies than it plays actions, and "exact" if the answer took rational arithmetic. The
        number of vertices to visit grows a little faster than 2^n for n actions each: 12 take some
        hundredths of a second, 20 half a minute and a gigabyte. Rational arithmetic takes a hundred
        times as long.

    Raises
    ------
    ValueError
        When the game does not have two roles.

    References
    ----------
    B. von Stengel, "Computing equilibria for two-person games", Handbook of Game Theory 3 (2002),
    Algorithm 2.9. D. Avis, K. Fukuda, "A pivoting algorithm for convex hulls and vertex enumeration
    of arrangements and polyhedra", Discrete and Computational Geometry 8 (1992) 295-313.

    Examples
    --------
    >>> race = NormalForm.from_bimatrix(
    ...     [[2, 2], [3, 1]],
    ...     [[1, 1], [0, 2]],
    ...     actions=[["hold", "retrain"], ["wait", "flood"]],
    ... )
    >>> for equilibrium in vertex_enumeration(race):
    ...     print(equilibrium)
    Equilibrium by vertex_enumeration: solved, regret 0
      learner earns 2: hold 1
      adversary earns 1: flood 1
    Equilibrium by vertex_enumeration: solved, regret 0
      learner earns 2: hold 1
      adversary earns 1: wait 0.5, flood 0.5
    """
    if len(form.roles) != 2:
        raise ValueError(f"vertex_enumeration needs a game of two roles, got {len(form.roles)}")
    _, answers = _solve(form)
    return answers


def equilibrium_components(form: NormalForm) -> list[list[NashSubset]]:
    """Put the set of all equilibria of a game of two together from its corners.

    A *maximal Nash subset* is a largest product X x Y of polytopes of strategies such that each x
    in X is an equilibrium with each y in Y. A game has finitely many, their union is the set of all
    equilibria, and those that hang together make a *component* of it. In a nondegenerate game each
    component is a single equilibrium.

    Parameters
    ----------
    form
        A game of two roles.

    Returns
    -------
    list
        For each component its maximal Nash subsets, for each of these the corners of X, shape (k,
        m), and the corners of Y, shape (l, n): all equilibria of the subset are pairs of a mixture
        of the former and a mixture of the latter. Takes the time of `vertex_enumeration`, and that
        of listing the maximal cliques of a graph, of which there may be exponentially many.

    Raises
    ------
    ValueError
        When the game does not have two roles.

    References
    ----------
    D. Avis, G. D. Rosenberg, R. Savani, B. von Stengel, "Enumeration of Nash equilibria for
    two-player games", Economic Theory 42 (2010) 9-37.

    Examples
    --------
    >>> race = NormalForm.from_bimatrix([[2, 2], [3, 1]], [[1, 1], [0, 2]])
    >>> for subsets in equilibrium_components(race):
    ...     print([(x.tolist(), y.round(6).tolist()) for x, y in subsets])
    [([[1.0, 0.0]], [[0.0, 1.0], [0.5, 0.5]])]
    """
    if len(form.roles) != 2:
        raise ValueError(f"equilibrium_components needs a game of two roles, got {len(form.roles)}")
    extremes, _ = _solve(form)
    return [
        [(extremes.x[i], extremes.y[j]) for i, j in maximal_cliques(part)]
        for part in components(extremes.pairs)
    ]


@final
@dataclass(frozen=True)
class _Extremes:
    """The strategies in extreme equilibria, one a row, and which rows make an equilibrium."""

    x: Array
    y: Array
    pairs: Pairs
    degenerate: bool
    exact: bool


def _solve(form: NormalForm) -> tuple[_Extremes, list[Equilibrium]]:
    """Find all extreme equilibria, in rational arithmetic where floating point may have failed."""
    extremes = _rounded(form)
    if extremes is not None:
        answers = _equilibria(form, extremes)
        tolerances = certificate.tolerances(form)
        if all((answer.regrets <= tolerances).all() for answer in answers):
            return extremes, answers
    extremes = _exact(form)
    return extremes, _equilibria(form, extremes)


def _equilibria(form: NormalForm, extremes: _Extremes) -> list[Equilibrium]:
    parameters = {"degenerate": extremes.degenerate, "exact": extremes.exact}
    return [
        Equilibrium(form, (extremes.x[i], extremes.y[j]), "vertex_enumeration", parameters)
        for i, j in extremes.pairs
    ]


def _rounded(form: NormalForm) -> _Extremes | None:
    """Find all extreme equilibria in floating point, or nothing if a comparison is in doubt."""
    from armsrace.solvers._reverse_search import search

    prepare(2e-4 * 2.0 ** (sum(form.shape) / 2))
    p, q = polytopes(form)
    (of_learner, p_complete), (of_adversary, q_complete) = search(p), search(q)
    if not (p_complete and q_complete):
        return None
    of_learner, of_adversary = of_learner[1:], of_adversary[1:]  # without the vertices 0
    degenerate = _most_labels(of_learner) > len(p) or _most_labels(of_adversary) > len(q)
    if not degenerate and sum(form.shape) <= 64:
        of_learner, of_adversary = complements(of_learner, of_adversary, form.shape)
    first, second, pairs = extreme_pairs(
        _sets(of_learner), _sets(of_adversary), form.shape, form.shape
    )
    if not degenerate and len(pairs) % 2 == 0:  # there must be an odd number: one was missed
        return None
    return _Extremes(_strategies(p, first), _strategies(q, second), pairs, degenerate, exact=False)


def _exact(form: NormalForm) -> _Extremes:
    """Find all extreme equilibria in rational arithmetic."""
    of_learner, of_adversary = exact_vertices(*map(simplest, form.payoffs))
    first, second, pairs = extreme_pairs(of_learner, of_adversary, form.shape, form.shape)
    degenerate = _has_degenerate(form, of_learner, of_adversary)
    x = np.array([of_learner[labels] for labels in first], dtype=np.float64)
    y = np.array([of_adversary[labels] for labels in second], dtype=np.float64)
    return _Extremes(x, y, pairs, degenerate, exact=True)


def _sets(words: LabelSets) -> dict[int, None]:
    """Turn label sets into integers, each once, in order."""
    return dict.fromkeys(sum(word.astype(object) << 64 * k for k, word in enumerate(words.T)))


def _most_labels(words: LabelSets) -> int:
    """Count the labels of the vertex that has most."""
    return int(np.bitwise_count(words).sum(axis=1).max())


def _has_degenerate(
    form: NormalForm, of_learner: Iterable[int], of_adversary: Iterable[int]
) -> bool:
    """Tell whether a vertex has more labels than its polytope has dimensions."""
    m, n = form.shape
    return max(map(int.bit_count, of_learner)) > m or max(map(int.bit_count, of_adversary)) > n


def _strategies(columns: Array, label_sets: list[int]) -> Array:
    """Compute strategies, one a row, from the variables that are zero at their vertices."""
    size, rows = columns.shape
    # Variable v is zero where normals[v] @ z = sides[v]. Numbers that are larger than those in M
    # let the elimination start with the actions that are not played.
    normals = np.concatenate((2.0 * np.eye(size), columns.T))
    sides = np.repeat([0.0, 1.0], (size, rows))
    zeros = [[*members(labels)] for labels in label_sets]
    z = np.empty((len(zeros), size))
    simple = np.array([len(variables) == size for variables in zeros])
    if simple.any():
        chosen = np.array([v for v in zeros if len(v) == size])
        z[simple] = np.linalg.solve(normals[chosen], sides[chosen][..., None])[..., 0]
    for k in np.flatnonzero(~simple):  # a degenerate vertex has more equations than it needs
        variables = np.array(zeros[k])
        played = np.delete(np.arange(size), variables[variables < size])
        tight = variables[variables >= size] - size
        z[k] = 0.0
        z[k, played] = np.linalg.lstsq(columns[np.ix_(played, tight)].T, np.ones(len(tight)))[0]
    return distribution(z)

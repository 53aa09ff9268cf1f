"""Nash equilibria of a game of two by the algorithm of Lemke and Howson.

The algorithm starts from the pair x = y = 0, which has all labels without being an equilibrium,
drops one of them, and follows the path of pairs with all other labels until it has all again: in an
equilibrium (`armsrace.solvers._polytopes` and `armsrace.solvers._complementary_pivoting`). Which
label is dropped decides which equilibrium is found, and how soon: a large random game has paths of
ten exchanges and of ten thousand, and some games have exponentially long ones only (Savani and von
Stengel, "Hard-to-solve bimatrix games", Econometrica 74, 2006).

Paths are followed in compiled code in floating point. The strategies are then computed anew from
the payoffs, so that a long path's rounding does not show. Where rounding hides the way, or the
answer's regret shows that it went astray, the same path is followed in exact arithmetic.
"""

import math
from functools import cache

import numpy as np

from armsrace.forms.normal import NormalForm
from armsrace.solvers import certificate
from armsrace.solvers._compilation import prepare
from armsrace.solvers._polytopes import Indices
from armsrace.solvers._vertex_pair import ExactPair, RoundedPair, RoundingError, VertexPair
from armsrace.solvers.equilibrium import Equilibrium

LONGEST = 1_000_000  # exchanges after which a path is given up
FIRST = 8  # the same for the first of several labels
STEP = 5e-6  # seconds for what the paths cost in Python, when not compiled, per label squared
GROWTH = 1.05  # by how much each label may take longer than the one before
REMEDY = "try vertex_enumeration, which follows none"


def lemke_howson(form: NormalForm, *, label: int | None = None) -> Equilibrium:
    """Find a Nash equilibrium of a game of two by complementary pivoting.

    Parameters
    ----------
    form
        A game of two roles.
    label
        The action to drop first: 0 ... m - 1 for the learner's, m ... m + n - 1 for the
        adversary's. By default those come first that are best replies to their own best reply,
        which mostly ends their paths after two exchanges. Then one after the other is tried, each
        with a twentieth more exchanges than the one before, until one arrives: a path that is short
        by luck is found soon.

    Returns
    -------
    Equilibrium
        In its ``parameters``, "label" is the one that led there, "exchanges" the length of its
        path, and "exact" says if exact arithmetic was needed. An exchange takes O(k (k + m + n))
        for k actions played. If paths are longer than a million exchanges, the status says so.

    Raises
    ------
    ValueError
        When the game does not have two roles, or there is no such label.

    References
    ----------
    C. E. Lemke, J. T. Howson, "Equilibrium points of bimatrix games", SIAM Journal on Applied
    Mathematics 12 (1964) 413-423. The order of trials follows B. Codenotti, S. De Rossi, M. Pagan,
    "An experimental analysis of Lemke-Howson algorithm", arXiv:0811.3247 (2008).

    Examples
    --------
    >>> chicken = NormalForm.from_bimatrix([[0, 7], [2, 6]], [[0, 2], [7, 6]])
    >>> lemke_howson(chicken, label=0)
    Equilibrium by lemke_howson: solved, regret 0
      learner earns 7: 0 1
      adversary earns 2: 1 1
    >>> lemke_howson(chicken, label=1).learner
    {'1': 1.0}
    """
    _check_two_roles("lemke_howson", form)
    labels = sum(form.shape)
    if label is not None and label not in range(labels):
        raise ValueError(f"label must be in 0 ... {labels - 1}, got {label}")
    prepare(STEP * labels**2)
    answer = _soon(form, label)
    if answer is None:
        answer = _with_care(form, label)
    if answer is not None:
        return answer
    uniform = tuple(np.full(m, 1.0 / m) for m in form.shape)
    status = f"not solved: paths are longer than {LONGEST} exchanges: {REMEDY}"
    return Equilibrium(form, uniform, "lemke_howson", {"label": label}, status)


def lemke_howson_all(form: NormalForm) -> list[Equilibrium]:
    """Find all equilibria of a game of two that paths of all labels lead to.

    Parameters
    ----------
    form
        A game of two roles.

    Returns
    -------
    list
        What the paths of all labels reach from the start, what they reach from there, and so on, in
        this order; in their ``parameters``, "labels" are the ones dropped in succession. There may
        be equilibria that no path reaches; `vertex_enumeration` finds all. To E equilibria, about
        (m + n) E paths are followed. A path of more than a million exchanges is given up, and the
        status of all answers says so.

    Raises
    ------
    ValueError
        When the game does not have two roles.
    ArithmeticError
        When all paths are longer than that.

    References
    ----------
    L. S. Shapley, "A note on the Lemke-Howson algorithm", Mathematical Programming Study 1 (1974)
    175-189.

    Examples
    --------
    >>> chicken = NormalForm.from_bimatrix([[0, 7], [2, 6]], [[0, 2], [7, 6]])
    >>> for equilibrium in lemke_howson_all(chicken):
    ...     print(equilibrium.parameters["labels"], equilibrium.payoffs.round(6).tolist())
    (0,) [7.0, 2.0]
    (1,) [2.0, 7.0]
    (0, 1) [4.666667, 4.666667]
    """
    _check_two_roles("lemke_howson_all", form)
    prepare(STEP * sum(form.shape) ** 3)
    try:
        answers = _reachable(form, RoundedPair.start(form))
    except RoundingError:
        return _reachable(form, ExactPair.start(form))
    return answers if all(map(_is_solved, answers)) else _reachable(form, ExactPair.start(form))


def _soon(form: NormalForm, label: int | None) -> Equilibrium | None:
    """Follow paths until one leads to an equilibrium, unless one is in doubt before."""
    from armsrace.solvers._complementary_pivoting import first_arrival

    trials = _trials(sum(form.shape), label, FIRST, LONGEST)
    payoffs = np.ascontiguousarray(form.payoffs)
    found, length, *strategies = first_arrival(payoffs, trials, FIRST if label is None else 0)
    if length < 0:
        return None
    parameters = {"label": found, "exchanges": length, "exact": False}
    return Equilibrium(form, tuple(strategies), "lemke_howson", parameters)


def _with_care(form: NormalForm, label: int | None) -> Equilibrium | None:
    """Do the same, but pass over paths in doubt, and follow them exactly when no other arrives."""
    from armsrace.solvers._complementary_pivoting import likely

    start = RoundedPair.start(form)
    trials = _trials(sum(form.shape), label, FIRST, LONGEST)
    if label is None:
        trials = np.concatenate((likely(start.p.columns, start.q.columns, FIRST), trials))
    answer, in_doubt = _first_arrival(form, start, trials)
    if answer is None and in_doubt:
        answer, _ = _first_arrival(form, ExactPair.start(form), np.array(in_doubt))
    return answer


def _first_arrival(
    form: NormalForm, start: VertexPair, trials: Indices
) -> tuple[Equilibrium | None, list[list[int]]]:
    """Follow paths until one leads to an equilibrium, and return those in doubt until then too."""
    in_doubt: list[list[int]] = []
    while len(trials):
        try:
            made, end, length = start.try_in_turn(trials)
        except RoundingError as error:
            made, end, length = error.made, None, 0
            in_doubt.append(trials[made - 1].tolist())
        if end is not None:
            label = int(trials[made - 1, 0])
            parameters = {"label": label, "exchanges": length, "exact": end.is_exact}
            answer = Equilibrium(form, end.strategies(), "lemke_howson", parameters)
            if _is_solved(answer):
                return answer, in_doubt
            in_doubt.append(trials[made - 1].tolist())
        trials = trials[made:]
    return None, in_doubt


def _reachable(form: NormalForm, start: VertexPair) -> list[Equilibrium]:
    """Follow the paths of all labels from a pair, and from where they lead."""
    status = "solved"
    known = {start.bases()}
    pairs: list[tuple[VertexPair, tuple[int, ...]]] = [(start, ())]
    for pair, dropped in pairs:
        for label in range(sum(form.shape)):
            arrival = pair.follow(label, LONGEST)
            if arrival is None:
                status = f"solved, but a path is longer than {LONGEST} exchanges: {REMEDY}"
            elif arrival[0].bases() not in known:
                known.add(arrival[0].bases())
                pairs.append((arrival[0], (*dropped, label)))
    if len(pairs) == 1:
        raise ArithmeticError(f"all paths are longer than {LONGEST} exchanges: {REMEDY}")
    # Different bases of degenerate vertices may be the same strategies.
    different = {pair.zeros(): (pair, dropped) for pair, dropped in reversed(pairs[1:])}
    return [
        Equilibrium(
            form,
            pair.strategies(),
            method="lemke_howson_all",
            parameters={"labels": dropped, "exact": pair.is_exact},
            status=status,
        )
        for pair, dropped in reversed(different.values())
    ]


@cache
def _trials(labels: int, label: int | None, first: int, longest: int) -> Indices:
    """Return trials of one label, or of all in turn with ever more exchanges to go."""
    if label is not None:
        return np.array([[label, longest]])
    count = math.ceil(math.log(longest / first, GROWTH)) + 1
    limits = (first * GROWTH ** np.arange(count)).astype(np.int64)
    return np.stack((np.arange(count) % labels, limits), axis=1)


def _is_solved(answer: Equilibrium) -> bool:
    return bool((answer.regrets <= certificate.tolerances(answer.form)).all())


def _check_two_roles(name: str, form: NormalForm) -> None:
    if len(form.roles) != 2:
        raise ValueError(f"{name} needs a game of two roles, got {len(form.roles)}")

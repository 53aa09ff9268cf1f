"""Which vertices of the two best-reply polytopes make equilibria together, and in what families.

A vertex comes as its *label set*, an integer with one bit for each label that it has. A vertex of P
and one of Q make an *extreme equilibrium* when they have all labels between them.

In a degenerate game, equilibria form continua. If X and Y are sets of vertices of which each pair
is an extreme equilibrium, then each mixture of X with each mixture of Y is an equilibrium as well.
The largest such X x Y are the *maximal Nash subsets*, and their union is the set of all equilibria
(Winkels 1979). They are the maximal cliques X x Y in the graph that links the vertices of extreme
equilibria, and the *components* of the set of equilibria are the components of this graph (Avis,
Rosenberg, Savani and von Stengel, "Enumeration of Nash equilibria for two-player games", Economic
Theory 42, 2010).
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from armsrace.solvers._polytopes import members

LabelSets = NDArray[np.uint64]
Pairs = list[tuple[int, int]]


def complements(
    of_learner: LabelSets, of_adversary: LabelSets, sizes: Sequence[int]
) -> tuple[LabelSets, LabelSets]:
    """Find the vertices of a nondegenerate game that have a partner, which has all other labels.

    Parameters
    ----------
    of_learner, of_adversary
        The different label sets of the vertices of P and of Q, shape (count, 1), as in
        `extreme_pairs`.
    sizes
        The number of actions of either role, together 64 at most.

    Returns
    -------
    of_learner, of_adversary
        The label sets that have a partner, and their partners in the same order.

    Examples
    --------
    >>> of_learner = np.array([[0b0101], [0b1010], [0b0110]], dtype=np.uint64)
    >>> of_adversary = np.array([[0b1010], [0b0011]], dtype=np.uint64)
    >>> first, second = complements(of_learner, of_adversary, (2, 2))
    >>> first.tolist(), second.tolist()
    ([[5]], [[10]])
    """
    m, n = map(np.uint64, sizes)
    everything = np.uint64((1 << sum(sizes)) - 1)
    # With the learner's labels in front, as in the learner's own sets.
    turned = (of_adversary << m | of_adversary >> n) & everything
    shared = np.intersect1d(everything ^ of_learner, turned, assume_unique=True)[:, None]
    return everything ^ shared, (shared << n | shared >> m) & everything


def extreme_pairs(
    of_learner: Collection[int],
    of_adversary: Collection[int],
    sizes: Sequence[int],
    dimensions: Sequence[int],
) -> tuple[list[int], list[int], Pairs]:
    """Find the pairs of vertices that have all labels between them.

    Parameters
    ----------
    of_learner, of_adversary
        The label sets of the vertices of P and of Q. In either, the labels of the role's own
        actions come first, those of the other role's actions next.
    sizes
        The number of actions of either role.
    dimensions
        Those of P and of Q: a vertex has as many labels unless it is degenerate.

    Returns
    -------
    first, second, pairs
        The label sets that are in a pair, those of few actions first, and the pairs, as places in
        these two lists.

    Examples
    --------
    >>> extreme_pairs([0b0101, 0b1010, 0b0110], [0b1010, 0b0111, 0b0011], (2, 2), (2, 2))
    ([6, 10, 5], [7, 10], [(0, 0), (1, 0), (2, 1)])
    """
    matches = list(_complementary(of_learner, of_adversary, sizes, dimensions))
    first = _in_order({ours for ours, _ in matches}, sizes[0])
    second = _in_order({theirs for _, theirs in matches}, sizes[1])
    row = {labels: i for i, labels in enumerate(first)}
    column = {labels: j for j, labels in enumerate(second)}
    return first, second, sorted((row[ours], column[theirs]) for ours, theirs in matches)


def _in_order(label_sets: Iterable[int], size: int) -> list[int]:
    """Sort label sets by the number of actions that are played, then by the actions."""

    def rank(labels: int) -> tuple[int, list[int], int]:
        played = [*members(~labels & (1 << size) - 1)]
        return len(played), played, labels

    return sorted(label_sets, key=rank)


def _complementary(
    of_learner: Collection[int],
    of_adversary: Collection[int],
    sizes: Sequence[int],
    dimensions: Sequence[int],
) -> Iterator[tuple[int, int]]:
    """Yield the pairs of label sets that have all labels between them."""
    m, n = sizes
    everything = (1 << m + n) - 1
    # The adversary's sets, and the same with the learner's labels in front.
    theirs = list(of_adversary)
    turned = [(labels << m | labels >> n) & everything for labels in theirs]
    place_of = {labels: place for place, labels in enumerate(turned)}
    everyone = (1 << len(turned)) - 1
    degenerate = _places(labels.bit_count() > dimensions[1] for labels in turned)

    @cache
    def having(label: int) -> int:
        return _places(labels >> label & 1 for labels in turned)

    for ours in of_learner:
        if everything ^ ours in place_of:
            yield ours, theirs[place_of[everything ^ ours]]
    # Otherwise they share a label, and one of them is degenerate.
    special = [ours for ours in of_learner if ours.bit_count() > dimensions[0]]
    for ours in of_learner if degenerate else special:
        partners = everyone if ours.bit_count() > dimensions[0] else degenerate
        for label in members(everything ^ ours):
            partners &= having(label)
        for place in members(partners):
            yield ours, theirs[place]


def components(pairs: Pairs) -> list[Pairs]:
    """Part the pairs into those that hang together by sharing members, in the order given.

    Examples
    --------
    >>> components([(0, 0), (2, 2), (0, 1), (1, 1)])
    [[(0, 0), (0, 1), (1, 1)], [(2, 2)]]
    """
    import networkx as nx

    graph = nx.Graph((("first", i), ("second", j)) for i, j in pairs)
    parts: dict[int, Pairs] = {}
    part_of = {
        node: number
        for number, nodes in enumerate(nx.connected_components(graph))
        for node in nodes
    }
    for i, j in pairs:
        parts.setdefault(part_of["first", i], []).append((i, j))
    return list(parts.values())


def maximal_cliques(pairs: Pairs) -> list[tuple[list[int], list[int]]]:
    """Find the maximal X x Y of which every pair is given.

    Each Y is an intersection of sets of partners. There may be exponentially many.

    Examples
    --------
    >>> maximal_cliques([(0, 0), (0, 1), (1, 1)])
    [([0], [0, 1]), ([0, 1], [1])]
    """
    partners: dict[int, int] = {}
    for i, j in pairs:
        partners[i] = partners.get(i, 0) | 1 << j
    shared: set[int] = set()
    for theirs in set(partners.values()):
        shared |= {theirs} | {theirs & others for others in shared}
    return sorted(
        (
            sorted(i for i, theirs in partners.items() if theirs & common == common),
            [*members(common)],
        )
        for common in shared
        if common
    )


def _places(conditions: Iterable[int]) -> int:
    """Return the set of the places where a sequence is true, an integer with one bit a place."""
    digits = "".join("1" if condition else "0" for condition in conditions)
    return int(digits[::-1], 2)

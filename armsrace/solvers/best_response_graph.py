"""Best replies as a graph: where a race goes when one role at a time moves to its best reply.

The *best-response graph* of a normal form has the pure profiles as nodes. It has an edge from a
profile to each profile that differs in the action of one role alone, when the new action is a best
reply of that role to the others and the old one is not. A profile that all roles are content with,
a pure Nash equilibrium, has therefore no edge out.

A *sink component* is a set of profiles that can reach one another and cannot be left. Every walk
along best replies ends in one of them and then stays. A sink of one profile is a pure Nash
equilibrium, and every pure Nash equilibrium is one; a larger sink is a race that never settles.

Ties: an action that earns as much as the best is itself a best reply, so a role that already plays
one stays; a role that does not has an edge to every best reply.
"""

from typing import TYPE_CHECKING

import numpy as np

from armsrace.forms.normal import NormalForm
from armsrace.statistics import paired_difference

if TYPE_CHECKING:
    import networkx as nx

Profile = tuple[int, ...]
"""The index of each role's action, in the order of the roles."""


def best_response_graph(form: NormalForm, *, tolerance: float = 1e-12) -> "nx.DiGraph[Profile]":
    """Make the graph of the best replies of each role at each pure profile.

    Parameters
    ----------
    form
        The game, of any number of roles.
    tolerance
        How far from the best an action may be and still count as a best reply, as a share of the
        largest payoff's size; rounding by default.

    Returns
    -------
    networkx.DiGraph
        Nodes are profiles, tuples with the index of each role's action. Edges carry ``role`` (the
        name of the role that moves), ``gain`` (what it gains, positive) and the ends ``low`` and
        ``high`` of the gain's 95 % interval: Student's t of the paired differences over the
        replicates of an empirical game, each edge by itself; both ends are the gain when the
        payoffs are exact. Takes one pass over the payoffs for each role, and as many steps as
        there are edges.

    Raises
    ------
    ValueError
        When the tolerance is negative.

    References
    ----------
    H. P. Young, "The evolution of conventions", Econometrica 61 (1993) 57-84 (best-reply graphs).

    Examples
    --------
    >>> pennies = NormalForm.zero_sum([[1, -1], [-1, 1]])
    >>> for old, new, role in best_response_graph(pennies).edges.data("role"):
    ...     print(old, new, role)
    (0, 0) (0, 1) adversary
    (0, 1) (1, 1) learner
    (1, 0) (0, 0) learner
    (1, 1) (1, 0) adversary
    """
    import networkx as nx

    if not tolerance >= 0:
        raise ValueError(f"tolerance must not be negative, got {tolerance:g}")
    slack = tolerance * float(np.abs(form.payoffs).max())
    graph: nx.DiGraph[Profile] = nx.DiGraph()
    graph.add_nodes_from(np.ndindex(form.shape))
    for axis, (role, payoffs) in enumerate(zip(form.roles, form.payoffs, strict=True)):
        is_best = payoffs >= payoffs.max(axis=axis, keepdims=True) - slack
        replies = np.moveaxis(is_best, axis, -1)  # replies[the others' actions, own action]
        for old in map(tuple, np.argwhere(~is_best).tolist()):
            before, after = old[:axis], old[axis + 1 :]
            for action in np.flatnonzero(replies[before + after]).tolist():
                new = (*before, action, *after)
                low, high = _gain_interval(form, axis, old, new)
                gain = float(payoffs[new] - payoffs[old])
                graph.add_edge(old, new, role=role, gain=gain, low=low, high=high)
    return graph


def sink_components(graph: "nx.DiGraph[Profile]") -> list[frozenset[Profile]]:
    """Find the sets of profiles that can reach one another and cannot be left.

    Parameters
    ----------
    graph
        As `best_response_graph` makes it.

    Returns
    -------
    list
        The sink components, at least one, in the order of their smallest profiles. Takes time
        linear in nodes and edges.

    Examples
    --------
    >>> dilemma = NormalForm.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    >>> [sorted(sink) for sink in sink_components(best_response_graph(dilemma))]
    [[(1, 1)]]
    >>> pennies = NormalForm.zero_sum([[1, -1], [-1, 1]])
    >>> [sorted(sink) for sink in sink_components(best_response_graph(pennies))]
    [[(0, 0), (0, 1), (1, 0), (1, 1)]]
    """
    import networkx as nx

    return sorted(map(frozenset, nx.attracting_components(graph)), key=min)


def _gain_interval(form: NormalForm, axis: int, old: Profile, new: Profile) -> tuple[float, float]:
    """The 95 % interval of what the role of an axis gains by moving from one profile to another."""
    if form.samples is None:
        gain = float(form.payoffs[axis, *new] - form.payoffs[axis, *old])
        return gain, gain
    replicates = np.moveaxis(form.samples, 0, -1)[axis]  # replicates[profile], shape (S,)
    interval = paired_difference(replicates[new], replicates[old])
    return float(interval.low), float(interval.high)

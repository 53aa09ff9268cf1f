r"""Signaling games solved, and what the adversary believes in their equilibria.

A game of few information sets has few reduced strategies; then all extreme equilibria of its
reduced normal form can be listed, general-sum or not, and each be written as behavior strategies
(Kuhn 1953). Where many equilibria compete, as they do in signaling, one of them would say little.

The belief after a signal s that is sent is Bayes' rule, with :math:`\sigma(s|k)` the probability
that type k sends it and :math:`\pi` the prior:

.. math:: P(k | s) = \frac{\pi_k \sigma(s|k)}{\sum_l \pi_l \sigma(s|l)}
"""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import final

from armsrace.forms.extensive import ExtensiveForm
from armsrace.solvers.extensive_equilibrium import ExtensiveEquilibrium
from armsrace.solvers.vertex_enumeration import vertex_enumeration

ROUNDING = 1e-12  # probabilities of a signal below are none
SAME = 9  # decimals to which strategies that count as one agree


def behavior_enumeration(form: ExtensiveForm) -> list[ExtensiveEquilibrium]:
    """Find the extreme Nash equilibria of a game of two in extensive form, as behavior strategies.

    Parameters
    ----------
    form
        The game; its payoffs may add up to anything.

    Returns
    -------
    list
        Every extreme equilibrium of the reduced normal form, each once: mixed strategies that
        differ in no choice are one. At an information set that a role's own choices rule out, its
        actions are equally likely. As long as `vertex_enumeration` takes, which grows a little
        faster than 2^n for n reduced strategies each.

    Raises
    ------
    TypeError
        When the game is not in extensive form.
    ValueError
        When the game does not have two roles.

    References
    ----------
    H. W. Kuhn, "Extensive games and the problem of information", Contributions to the Theory of
    Games II (1953) 193-216, theorem 4.

    Examples
    --------
    >>> from armsrace.forms import beer_quiche
    >>> for equilibrium in behavior_enumeration(beer_quiche()):
    ...     print(equilibrium.payoffs.round(3).tolist(), equilibrium.strategy("sender"))
    [2.9, 0.9] {'surly': {'beer': 1.0}, 'wimp': {'beer': 1.0}}
    [2.9, 0.9] {'surly': {'beer': 1.0}, 'wimp': {'beer': 1.0}}
    [2.1, 0.9] {'surly': {'quiche': 1.0}, 'wimp': {'quiche': 1.0}}
    [2.1, 0.9] {'surly': {'quiche': 1.0}, 'wimp': {'quiche': 1.0}}
    """
    if not isinstance(form, ExtensiveForm):
        raise TypeError(
            f"behavior_enumeration needs an ExtensiveForm, got {type(form).__name__}; "
            "for normal forms use vertex_enumeration"
        )
    roles = form.sequence_form().sequences
    reduced = [role.reduced_strategies() for role in roles]
    found: dict[bytes, ExtensiveEquilibrium] = {}
    for answer in vertex_enumeration(form.to_reduced_normal_form()):
        behaviors = tuple(
            role.behavior_of_plan(role.plan_of_mixed(mixed, pure))
            for role, mixed, pure in zip(roles, answer.strategies, reduced, strict=True)
        )
        key = b"".join((played.round(SAME) + 0.0).tobytes() for played in behaviors)
        found.setdefault(key, ExtensiveEquilibrium(form, behaviors, "behavior_enumeration"))
    return list(found.values())


def signal_beliefs(
    equilibrium: ExtensiveEquilibrium,
) -> dict[Hashable, dict[Hashable, float]]:
    """Return what the second role of a signaling game believes after each signal that is sent.

    Parameters
    ----------
    equilibrium
        Of a game as `armsrace.forms.signaling_game` makes it: chance first, then the first role,
        which knows the move of chance, then the second, which knows the move of the first.

    Returns
    -------
    dict
        For each signal of positive probability, the probability of each type given the signal. A
        signal that is never sent is not among them: Bayes' rule says nothing about it.

    Raises
    ------
    ValueError
        When the game is not of this kind.

    Examples
    --------
    >>> from armsrace.forms import beer_quiche
    >>> signal_beliefs(behavior_enumeration(beer_quiche())[0])
    {'beer': {'surly': 0.9, 'wimp': 0.1}}
    """
    types = _types(equilibrium.form)
    first = equilibrium.form.sequence_form().sequences[0]
    table = first.table(equilibrium.strategies[0])
    beliefs = {}
    for signal in table[types[0].information_set]:
        joint = {one.label: one.probability * table[one.information_set][signal] for one in types}
        total = sum(joint.values())
        if total > ROUNDING:
            beliefs[signal] = {label: weight / total for label, weight in joint.items()}
    return beliefs


@final
@dataclass(frozen=True)
class _Type:
    """A move of chance, and the first role's information set after it."""

    label: Hashable
    probability: float
    information_set: Hashable


def _types(form: ExtensiveForm) -> list[_Type]:
    """The types of a signaling game, in the order of chance's moves."""
    nodes, edges = form.graph.nodes, form.graph.out_edges(form.root, data=True)
    sent = [after for _, node, _ in edges for after in form.graph.successors(node)]
    if (
        len(form.roles) == 2
        and all(nodes[node].get("role") == form.roles[0] for _, node, _ in edges)
        and all(nodes[node].get("role") == form.roles[1] for node in sent)
        and all("probability" in edge for _, _, edge in edges)
    ):
        types = [
            _Type(edge["action"], edge["probability"], nodes[node]["information_set"])
            for _, node, edge in edges
        ]
        if len({one.information_set for one in types}) == len(types) > 0:
            return types
    raise ValueError(
        "equilibrium must be of a signaling game: chance, then the first role, which knows the "
        "move of chance, then the second, which knows the move of the first"
    )

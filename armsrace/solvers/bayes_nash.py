"""Bayes-Nash equilibria: every type of every role replies best, given what it knows.

A strategy of a Bayesian game chooses an action for each type, and an equilibrium leaves no type
anything to gain in expectation over the types of the others. That is a Nash equilibrium of the
agent form, where each type plays for itself (`armsrace.forms.BayesianForm.to_agent_form`).

With two roles the best replies of a role bound a polyhedron of behaviors of the other, and pairs of
vertices that have all labels between them are the *extreme equilibria*: all equilibria are mixtures
of these (`armsrace.solvers._behavior_polytopes`).
"""

import numpy as np

from armsrace.forms.bayesian import BayesianForm
from armsrace.forms.normal import Array, NormalForm
from armsrace.solvers import certificate
from armsrace.solvers._behavior_polytopes import BehaviorPolytope, scaled
from armsrace.solvers._compilation import prepare
from armsrace.solvers._complementarity import extreme_pairs
from armsrace.solvers.equilibrium import Equilibrium
from armsrace.solvers.exact_enumeration import simplest
from armsrace.solvers.logit_response import nash_by_logit
from armsrace.solvers.pure import pure_equilibria

SAME = 1e-6  # the largest difference between probabilities of strategies that count as the same
LARGEST = 24  # labels, one for each action of each type, up to which all equilibria are found


def bayes_nash(form: BayesianForm) -> list[Equilibrium]:
    """Find all extreme Bayes-Nash equilibria of a small game of two; of others, some.

    Parameters
    ----------
    form
        The game, of any number of roles.

    Returns
    -------
    list
        Equilibria of the agent form, one at least; the agents are named ``<role>: <type>``, and a
        regret is what a type could still gain, given its type. Their ``method`` says what the list
        holds:

        * "bayes_nash", for two roles with at most 24 actions, counted for each type: all extreme
          equilibria, those of few actions first. In a nondegenerate game these are all equilibria,
          an odd number; in a degenerate one, every equilibrium is made of mixtures of them, type by
          type. "degenerate" and "exact" in their ``parameters`` are as by `vertex_enumeration`,
          which finds the same list when neither role has types. The number of vertices to visit
          grows as in a game of as many actions without types.
        * "pure_equilibria" and "nash_by_logit", for other games: all pure equilibria in the order
          of their profiles, then the limit of the logit equilibria unless it is one of them. Other
          mixed equilibria may exist. To see those of a larger game of two, leave out types that
          hardly matter, or take `to_normal_form` to `lemke_howson_all`.

        The agent form has m_1^T_1 ... m_N^T_N profiles.

    Raises
    ------
    ValueError
        When the agent form has more than 10^7 payoffs.

    References
    ----------
    J. Harsanyi, "Games with incomplete information played by 'Bayesian' players", Management
    Science 14 (1967-68). B. von Stengel, "Efficient computation of behavior strategies", Games and
    Economic Behavior 14 (1996) 220-246, for behaviors in place of plans; D. Avis, G. D. Rosenberg,
    R. Savani, B. von Stengel, "Enumeration of Nash equilibria for two-player games", Economic
    Theory 42 (2010) 9-37, for pairs of vertices.

    Examples
    --------
    A filter faces a spammer or, one time in four, a spy who wants honest mail blocked:

    >>> form = BayesianForm(
    ...     payoffs=[
    ...         [[[[-2, 0], [1, 0]], [[-1, 0], [-3, 0]]]],
    ...         [[[[2, 0], [-1, 0]], [[1, 0], [3, 0]]]],
    ...     ],
    ...     prior=[[0.75, 0.25]],
    ...     types=[["filter"], ["spammer", "spy"]],
    ...     actions=[["lenient", "strict"], ["attack", "wait"]],
    ... )
    >>> for equilibrium in bayes_nash(form):
    ...     print(equilibrium)
    Equilibrium by bayes_nash: solved, regret 0
      learner: filter earns -0.583333: lenient 0.333333, strict 0.666667
      adversary: spammer earns 0: attack 0.222222, wait 0.777778
      adversary: spy earns 2.33333: attack 1
    """
    agents = form.to_agent_form()
    if len(form.roles) == 2 and _labels(form) <= LARGEST:
        return _extreme(form, agents)
    found = pure_equilibria(agents)
    limit = nash_by_logit(agents)
    if not any(_same(limit, pure) for pure in found):
        found.append(limit)
    return found


def _labels(form: BayesianForm) -> int:
    """Count the actions of all types."""
    return sum(m * count for m, count in zip(form.shape, form.prior.shape, strict=True))


def _extreme(form: BayesianForm, agents: NormalForm) -> list[Equilibrium]:
    """Find all extreme equilibria, in rational arithmetic where floating point may have failed."""
    answers = _rounded(form, agents)
    tolerances = certificate.tolerances(agents)
    if answers and all((answer.regrets <= tolerances).all() for answer in answers):
        return answers
    return _exact(form, agents)


def _rounded(form: BayesianForm, agents: NormalForm) -> list[Equilibrium]:
    """Find them in floating point; none if a comparison is in doubt."""
    prepare(4e-4 * 2.0 ** (_labels(form) / 2))
    weighted = form.prior[:, :, None, None] * form.payoffs
    p, q = (BehaviorPolytope.of(scaled(stakes)) for stakes in _stakes(*weighted))
    of_learner, of_adversary = p.label_sets(), q.label_sets()
    if of_learner is None or of_adversary is None:
        return []
    dimensions = p.dimension, q.dimension
    degenerate = _most(of_learner) > dimensions[0] or _most(of_adversary) > dimensions[1]
    first, second, pairs = extreme_pairs(of_learner, of_adversary, _sizes(form), dimensions)
    if not degenerate and len(pairs) % 2 == 0:  # there must be an odd number: one was missed
        return []
    x, y = [p.behavior(labels) for labels in first], [q.behavior(labels) for labels in second]
    parameters = {"degenerate": degenerate, "exact": False}
    return [
        Equilibrium(agents, (*x[i], *y[j]), method="bayes_nash", parameters=parameters)
        for i, j in pairs
    ]


def _exact(form: BayesianForm, agents: NormalForm) -> list[Equilibrium]:
    """Find them in rational arithmetic."""
    prior, *payoffs = (
        np.array(simplest(numbers.reshape(1, -1))[0]).reshape(numbers.shape)
        for numbers in (form.prior, *form.payoffs)
    )
    learner, adversary = (prior[:, :, None, None] * own for own in payoffs)
    p, q = (
        BehaviorPolytope.of(stakes - stakes.min(axis=1, keepdims=True))
        for stakes in _stakes(learner, adversary)
    )
    of_learner, of_adversary = p.exact_vertices(), q.exact_vertices()
    dimensions = p.dimension, q.dimension
    degenerate = _most(of_learner) > dimensions[0] or _most(of_adversary) > dimensions[1]
    first, second, pairs = extreme_pairs(of_learner, of_adversary, _sizes(form), dimensions)
    parameters = {"degenerate": degenerate, "exact": True}
    return [
        Equilibrium(
            agents,
            (*of_learner[first[i]], *of_adversary[second[j]]),
            method="bayes_nash",
            parameters=parameters,
        )
        for i, j in pairs
    ]


def _stakes(learner: Array, adversary: Array) -> tuple[Array, Array]:
    """Return what replies earn against the learner's behavior, and against the adversary's.

    From payoffs times the prior, (T_1, T_2, m_1, m_2), those of the adversary as (its types, its
    actions, the learner's types, the learner's actions), and those of the learner likewise.
    """
    return adversary.transpose(1, 3, 0, 2), learner.transpose(0, 2, 1, 3)


def _sizes(form: BayesianForm) -> tuple[int, int]:
    """Return the number of labels that either role's own actions have."""
    first, second = (m * count for m, count in zip(form.shape, form.prior.shape, strict=True))
    return first, second


def _most(label_sets: "list[int] | dict[int, Array]") -> int:
    """Count the labels of the vertex that has most."""
    return max(map(int.bit_count, label_sets))


def _same(first: Equilibrium, second: Equilibrium) -> bool:
    pairs = zip(first.strategies, second.strategies, strict=True)
    return all(float(np.abs(a - b).max()) <= SAME for a, b in pairs)

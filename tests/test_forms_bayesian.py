import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.forms import BayesianForm
from armsrace.solvers import certificate
from armsrace.solvers import extensive_certificate as extensive

# M. J. Osborne, *An introduction to game theory* (2004), example 273.1: Bach or Stravinsky, where
# the first does not know whether the second wishes to meet it or to avoid it. Its only pure
# equilibrium: the first goes to Bach, so does the second if it wishes to meet.
MEET = [[[2, 0], [0, 1]], [[1, 0], [0, 2]]]
AVOID = [[[2, 0], [0, 1]], [[0, 2], [1, 0]]]
CONCERT = BayesianForm(
    payoffs=np.stack([MEET, AVOID], axis=1)[:, None],
    prior=np.array([[0.5, 0.5]]),
    types=(("host",), ("meet", "avoid")),
    actions=(("B", "S"), ("B", "S")),
)


def random_form(seed: int, types: list[int], actions: list[int]) -> BayesianForm:
    rng = np.random.default_rng(seed)
    payoffs = rng.normal(size=(len(types), *types, *actions))
    return BayesianForm(payoffs, rng.dirichlet(np.ones(np.prod(types))).reshape(types))


SIZES = st.integers(1, 3).flatmap(
    lambda n: st.tuples(*[st.lists(st.integers(1, 2), min_size=n, max_size=n)] * 2)
)


def test_osbornes_concert() -> None:
    form = CONCERT.to_normal_form()
    assert form.payoffs[0].tolist() == [[2, 1, 1, 0], [0, 0.5, 0.5, 1]]
    assert form.payoffs[1].tolist() == [[0.5, 1.5, 0, 1], [0.5, 0, 1.5, 1]]
    is_best = [u >= u.max(axis=i, keepdims=True) for i, u in enumerate(form.payoffs)]
    ((row, column),) = np.argwhere(is_best[0] & is_best[1]).tolist()
    assert form.actions[0][row] == (("host", "B"),)
    assert form.actions[1][column] == (("meet", "B"), ("avoid", "S"))


def test_types_of_osbornes_concert_play_for_themselves() -> None:
    form = CONCERT.to_agent_form()
    assert form.roles == ("learner: host", "adversary: meet", "adversary: avoid")
    assert form.payoffs[0].tolist() == [[[2, 1], [1, 0]], [[0, 0.5], [0.5, 1]]]
    # An agent's payoff depends on the host's action and its own.
    assert form.payoffs[1].tolist() == [[[1, 1], [0, 0]], [[0, 0], [2, 2]]]
    assert form.payoffs[2].tolist() == [[[0, 2], [0, 2]], [[1, 0], [1, 0]]]
    assert form.actions == (("B", "S"), ("B", "S"), ("B", "S"))


def test_osbornes_concert_as_a_tree() -> None:
    form = CONCERT.to_extensive_form()
    assert form.roles == ("learner", "adversary")
    assert form.sequence_form().of("adversary").information_sets == ("meet", "avoid")
    assert [edge["action"] for edge in form.graph.adj[0].values()] == [
        ("host", "meet"),
        ("host", "avoid"),
    ]


@settings(max_examples=100)
@given(st.integers(0, 2**32), SIZES)
def test_the_ex_ante_form_is_the_normal_form_of_the_tree(
    seed: int, sizes: tuple[list[int], list[int]]
) -> None:
    form = random_form(seed, *sizes)
    one, two = form.to_normal_form(), form.to_extensive_form().to_normal_form()
    # The tree sorts the types of a role by their first profile, which here is their own order.
    assert one.actions == two.actions
    assert one.payoffs == pytest.approx(two.payoffs, abs=1e-12)


@settings(max_examples=100)
@given(st.integers(0, 2**32), SIZES)
def test_agents_regret_what_their_role_does(seed: int, sizes: tuple[list[int], list[int]]) -> None:
    """A role's regret is the mean of its agents', since it can mend each type by itself."""
    form = random_form(seed, *sizes)
    rng = np.random.default_rng(seed)
    agents = form.to_agent_form()
    strategies = [rng.dirichlet(np.ones(m)) for m in agents.shape]
    of_agents = certificate.regrets(agents, strategies)
    sequences = form.to_extensive_form().sequence_form()
    ends = np.cumsum(form.prior.shape)
    behaviors = [
        np.concatenate([[1.0], *strategies[end - count : end]])
        for end, count in zip(ends, form.prior.shape, strict=True)
    ]
    expected = [
        chances @ of_agents[end - len(chances) : end]
        for end, chances in zip(ends, form.marginals, strict=True)
    ]
    assert extensive.regrets(sequences, behaviors) == pytest.approx(expected, abs=1e-12)


def test_impossible_profiles_are_left_out() -> None:
    payoffs = np.arange(8.0).reshape(2, 2, 2, 1, 1)
    form = BayesianForm(payoffs, np.array([[0.5, 0], [0, 0.5]]))
    tree = form.to_extensive_form()
    assert len(tree.graph.adj[0]) == 2
    assert tree.to_normal_form().payoffs.ravel().tolist() == [1.5, 5.5]
    assert form.to_normal_form().payoffs.ravel().tolist() == [1.5, 5.5]
    assert form.to_agent_form().payoffs.ravel().tolist() == [0, 3, 4, 7]


def test_independent_types() -> None:
    form = BayesianForm.independent(np.zeros((2, 2, 3, 1, 1)), [[0.25, 0.75], [0.5, 0.25, 0.25]])
    assert form.prior.tolist() == [[0.125, 0.0625, 0.0625], [0.375, 0.1875, 0.1875]]
    assert [marginal.tolist() for marginal in form.marginals] == [[0.25, 0.75], [0.5, 0.25, 0.25]]
    with pytest.raises(ValueError, match="each of the priors must sum to 1, got 2"):
        BayesianForm.independent(np.zeros((2, 1, 2, 1, 1)), [[2], [0.5, 0]])
    with pytest.raises(ValueError, match="with a prior of shape"):
        BayesianForm.independent(np.zeros((2, 1, 2, 1, 1)), [])


def test_payoffs_are_a_read_only_copy() -> None:
    for array in (CONCERT.payoffs, CONCERT.prior):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_too_large_normal_forms_are_refused() -> None:
    form = BayesianForm.independent(np.zeros((2, 1, 30, 2, 2)), [[1], np.full(30, 1 / 30)])
    for convert in (form.to_normal_form, form.to_agent_form):
        with pytest.raises(ValueError, match=r"must be at most 10\^7"):
            convert()
    assert form.to_extensive_form().sequence_form().of("adversary").count == 61


ZEROS = np.zeros((2, 1, 2, 2, 2))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"prior": [0.5, 0.5]}, r"payoffs must have shape \(N, T_1, .* got \(2, 1, 2, 2, 2\) and"),
        ({"prior": 1.0}, "payoffs must have shape"),
        ({"prior": [[0.5], [0.5]]}, "payoffs must have shape"),
        ({"payoffs": np.zeros((2, 1, 2, 2))}, "payoffs must have shape"),
        ({"payoffs": np.zeros((2, 1, 2, 0, 2))}, "every role must have a type and an action"),
        ({"payoffs": ZEROS * np.nan}, "payoffs must be finite"),
        ({"prior": [[0.5, 0.6]]}, "prior must hold probabilities that sum to 1, got a sum of 1.1"),
        ({"prior": [[1.5, -0.5]]}, "and -0.5 at the least"),
        ({"prior": [[1.0, 0.0]]}, "every type of adversary must have .* got 0 for '1'; leave it"),
        ({"types": [["a"]]}, "types must hold labels for 2 roles, got 1"),
        ({"types": [["a"], ["b"]]}, "types of adversary must hold 2 labels, got 1"),
        ({"types": [["a"], ["b", "b"]]}, "types of adversary must be unique"),
        ({"actions": [["a", "b"], ["b"]]}, "actions of adversary must hold 2 labels, got 1"),
        ({"roles": ["a"]}, "roles must hold 2 names, got 1"),
        ({"roles": ["a", "a"]}, "roles must be unique"),
    ],
)
def test_bad_input_is_refused(arguments: dict[str, object], message: str) -> None:
    good: dict[str, object] = {"payoffs": ZEROS, "prior": [[0.5, 0.5]]}
    with pytest.raises(ValueError, match=message):
        BayesianForm(**(good | arguments))  # type: ignore[arg-type]

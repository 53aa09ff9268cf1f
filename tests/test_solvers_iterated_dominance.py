import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.forms import NormalForm
from armsrace.solvers import eliminations, iterated_dominance, support_enumeration

# Payoffs of both roles, and how many actions of each survive.
KNOWN: dict[str, tuple[list[list[float]], list[list[float]], tuple[int, int]]] = {
    "prisoner's dilemma": ([[3, 0], [5, 1]], [[3, 5], [0, 1]], (1, 1)),
    "matching pennies": ([[1, -1], [-1, 1]], [[-1, 1], [1, -1]], (2, 2)),
    # Gibbons, Game Theory for Applied Economists, section 1.1.B: (up, middle) in three rounds.
    "Gibbons": ([[1, 1, 0], [0, 0, 2]], [[0, 2, 1], [3, 1, 0]], (1, 1)),
    # A weakly dominated action stays.
    "weak dominance": ([[1, 1], [1, 0]], [[1, 1], [1, 1]], (2, 2)),
    "one profile": ([[5]], [[2]], (1, 1)),
}


@pytest.mark.parametrize("name", KNOWN)
def test_known_answers(name: str) -> None:
    learner, adversary, shape = KNOWN[name]
    assert iterated_dominance(NormalForm.from_bimatrix(learner, adversary)).shape == shape


def test_guessing_half_of_the_average_unravels() -> None:
    # Moulin's beauty contest with a loss that grows with the distance: only 0 is left.
    guesses = np.arange(9.0)
    mean = np.add.outer(guesses, guesses) / 2
    learner = -((guesses[:, None] - mean / 2) ** 2)
    left = iterated_dominance(NormalForm.from_bimatrix(learner, learner.T))
    assert left.actions == (("0",), ("0",))


def test_cournot_duopoly_closes_in_on_its_equilibrium() -> None:
    # Price 12 - q1 - q2, no costs: the Nash quantities are (4, 4), and the best replies to their
    # neighbors on the grid, 4.5 to 3 and 3.5 to 5, are ties.
    q = np.arange(13.0)
    price = 12 - np.add.outer(q, q)
    labels = [q.tolist()] * 2
    form = NormalForm.from_bimatrix(q[:, None] * price, q * price, actions=labels)
    assert iterated_dominance(form).actions == ((3.0, 4.0, 5.0),) * 2


def test_a_mixture_dominates_where_no_action_does() -> None:
    form = NormalForm.from_bimatrix([[3, 0], [0, 3], [1, 1]], np.zeros((3, 2)))
    (removed,) = eliminations(form)
    assert (removed.round, removed.role, removed.action) == (1, "learner", "2")
    assert removed.by == pytest.approx({"0": 0.5, "1": 0.5})
    assert removed.margin == pytest.approx(0.5)


def test_three_roles() -> None:
    # A public good: each of three keeps 1 or gives it, and all share twice what is given.
    given_ = np.indices((2, 2, 2))
    payoffs = (1 - given_) + 2 * given_.sum(axis=0) / 3
    left = iterated_dominance(NormalForm(payoffs))
    assert left.actions == (("0",), ("0",), ("0",))


def test_the_replicates_of_an_empirical_game_stay() -> None:
    samples = np.random.default_rng(1).normal(size=(5, 2, 2, 2)) + 100 * np.eye(2)[0][:, None]
    left = iterated_dominance(NormalForm.from_samples(samples))
    assert left.samples is not None
    assert left.samples.shape == (5, 2, *left.shape)


seeds = st.integers(0, 10**9)
shapes = st.sampled_from([(2, 3), (4, 4), (6, 3), (2, 3, 2), (3, 3, 3)])


def random_game(seed: int, shape: tuple[int, ...]) -> NormalForm:
    """Normal payoffs for even seeds, small integers, with many ties, for odd ones."""
    rng = np.random.default_rng(seed)
    size = (len(shape), *shape)
    return NormalForm(rng.normal(size=size).round() if seed % 2 else rng.normal(size=size))


@settings(max_examples=100)
@given(seeds, shapes)
def test_every_elimination_holds_by_the_definition(seed: int, shape: tuple[int, ...]) -> None:
    form = random_game(seed, shape)
    removals = eliminations(form)
    left = [list(labels) for labels in form.actions]
    for number in range(1, max((r.round for r in removals), default=0) + 1):
        stage = form.restrict(dict(zip(form.roles, left, strict=True)))
        for removed in (r for r in removals if r.round == number):
            axis = form.role_index(removed.role)
            payoffs = np.moveaxis(stage.payoffs[axis], axis, 0)
            row = dict(zip(stage.actions[axis], payoffs, strict=True))
            mixed = sum(p * row[label] for label, p in removed.by.items())
            gap = np.min(mixed - row[removed.action])
            assert gap > 0
            assert gap == pytest.approx(removed.margin)
            left[axis].remove(removed.action)
    assert iterated_dominance(form).actions == tuple(map(tuple, left))


@settings(max_examples=100)
@given(seeds, shapes)
def test_what_is_left_has_nothing_dominated_by_a_grid_of_mixtures(
    seed: int, shape: tuple[int, ...]
) -> None:
    form = iterated_dominance(random_game(seed, shape))
    rng = np.random.default_rng(seed)
    for axis, m in enumerate(form.shape):
        payoffs = np.moveaxis(form.payoffs[axis], axis, 0).reshape(m, -1)
        mixtures = np.vstack([np.eye(m), rng.dirichlet(np.ones(m), 300)]) @ payoffs
        margins = (mixtures[:, None] - payoffs).min(axis=2)
        assert margins.max() <= 1e-8


@settings(max_examples=100)
@given(seeds, st.integers(1, 5), st.integers(1, 5))
def test_no_equilibrium_is_lost_or_made(seed: int, m: int, n: int) -> None:
    form = NormalForm(np.random.default_rng(seed).normal(size=(2, m, n)))
    left = iterated_dominance(form)

    def played(form: NormalForm) -> list[list[dict[object, float]]]:
        return [
            [{a: round(p, 6) for a, p in e.strategy(role).items()} for role in form.roles]
            for e in support_enumeration(form)
        ]

    before, after = played(form), played(left)
    assert len(before) == len(after)
    assert all(profile in after for profile in before)


@settings(max_examples=50)
@given(seeds, shapes)
def test_units_do_not_matter(seed: int, shape: tuple[int, ...]) -> None:
    form = random_game(seed, shape)
    scale = np.logspace(-6, 6, len(shape))
    other = form.transform(scale, scale)
    assert iterated_dominance(other).actions == iterated_dominance(form).actions

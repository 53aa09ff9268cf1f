import pickle
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.forms import NormalForm

CHICKEN = [[0, 7], [2, 6]], [[0, 2], [7, 6]]


def random_form(seed: int, *shape: int) -> NormalForm:
    return NormalForm(np.random.default_rng(seed).normal(size=(len(shape), *shape)))


def test_payoffs_are_a_read_only_copy() -> None:
    payoffs = np.zeros((2, 2, 3))
    form = NormalForm(payoffs)
    payoffs[0, 0, 0] = 1.0
    assert form.payoffs[0, 0, 0] == 0.0
    with pytest.raises(ValueError, match="read-only"):
        form.payoffs[0, 0, 0] = 1.0


def test_default_names() -> None:
    form = NormalForm(np.zeros((2, 2, 3)))
    assert form.roles == ("learner", "adversary")
    assert form.actions == (("0", "1"), ("0", "1", "2"))
    assert form.shape == (2, 3)
    assert NormalForm(np.zeros((3, 1, 1, 1))).roles == ("player 1", "player 2", "player 3")


def test_labels_are_any_hashable_objects() -> None:
    form = NormalForm.zero_sum([[1, 2]], actions=[[("retrain", 3)], [1, None]])
    assert form.actions == ((("retrain", 3),), (1, None))


def test_bimatrix_keeps_one_orientation_for_both_roles() -> None:
    form = NormalForm.from_bimatrix(*CHICKEN)
    assert form.payoffs.tolist() == [CHICKEN[0], CHICKEN[1]]


def test_zero_sum_makes_the_adversary_pay() -> None:
    form = NormalForm.zero_sum([[1, -2, 3]])
    assert form.payoffs[1].tolist() == [[-1, 2, -3]]
    assert form.is_zero_sum()
    assert form.is_constant_sum()


def test_constant_sum_is_not_zero_sum() -> None:
    form = NormalForm.zero_sum([[1, -2, 3]]).transform(1, [0, 10])
    assert form.is_constant_sum()
    assert not form.is_zero_sum()
    assert "constant-sum" in repr(form)
    assert not NormalForm.from_bimatrix(*CHICKEN).is_constant_sum()


def test_sum_predicates_pass_rounding_in_the_unit_of_the_payoffs() -> None:
    for unit in (1e-20, 1.0, 1e20):
        almost = NormalForm.from_bimatrix(
            [[unit, 0.3 * unit]], [[-unit, -0.3 * unit * (1 + 1e-15)]]
        )
        assert almost.is_zero_sum()
        off = NormalForm.from_bimatrix([[unit, 0.3 * unit]], [[-unit, -0.3 * unit * (1 + 1e-9)]])
        assert not off.is_zero_sum()
        assert not off.is_constant_sum()
        assert off.is_zero_sum(tolerance=1e-8)


def symmetric_payoffs(seed: int, roles: int, m: int) -> np.ndarray:
    """Payoffs that depend on the own action and on how often the others take each of theirs."""
    base = np.random.default_rng(seed).normal(size=(m,) * roles)
    own = np.zeros_like(base)
    for order in permutations(range(1, roles)):
        own += base.transpose(0, *order)
    return np.stack([np.moveaxis(own, 0, role) for role in range(roles)])


@pytest.mark.parametrize("roles", [1, 2, 3, 4])
def test_symmetric_games_are_recognized(roles: int) -> None:
    payoffs = symmetric_payoffs(roles, roles, 3)
    assert NormalForm(payoffs).is_symmetric()
    if roles > 1:
        payoffs[(0, 0, 1) + (0,) * (roles - 2)] += 0.1
        assert not NormalForm(payoffs).is_symmetric()


def test_games_of_unequal_action_counts_are_not_symmetric() -> None:
    assert not NormalForm(np.zeros((2, 2, 3))).is_symmetric()


def test_restriction_reorders_and_drops_actions() -> None:
    form = NormalForm(
        np.arange(12.0).reshape(2, 2, 3), actions=(("a", "b"), ("x", "y", "z")), roles=("r", "c")
    )
    small = form.restrict({"c": ["z", "x"]})
    assert small.actions == (("a", "b"), ("z", "x"))
    assert small.roles == ("r", "c")
    np.testing.assert_array_equal(small.payoffs, form.payoffs[:, :, [2, 0]])
    both = form.restrict({"c": ["y"], "r": ["b"]})
    np.testing.assert_array_equal(both.payoffs, form.payoffs[:, 1:, 1:2])


def test_restriction_keeps_the_samples_in_step() -> None:
    samples = np.random.default_rng(0).normal(size=(5, 3, 2, 3, 4))
    form = NormalForm.from_samples(samples).restrict({"player 3": ["3", "0"]})
    assert form.samples is not None
    np.testing.assert_array_equal(form.samples, samples[..., [3, 0]])
    np.testing.assert_allclose(form.payoffs, samples.mean(axis=0)[..., [3, 0]], rtol=1e-14)


@settings(max_examples=100)
@given(st.integers(0, 10**6), st.floats(0.01, 100), st.floats(-100, 100))
def test_transform_is_affine_per_role(seed: int, scale: float, shift: float) -> None:
    samples = np.random.default_rng(seed).normal(size=(4, 2, 2, 3))
    form = NormalForm.from_samples(samples).transform([1, scale], [shift, 0])
    assert form.samples is not None
    np.testing.assert_allclose(form.payoffs[0], samples.mean(axis=0)[0] + shift)
    np.testing.assert_allclose(form.payoffs[1], samples.mean(axis=0)[1] * scale)
    np.testing.assert_allclose(form.standard_errors[1], scale * samples.std(0, ddof=1)[1] / 2)


def test_standard_errors_shrink_as_the_root_of_the_replicates() -> None:
    samples = np.random.default_rng(1).normal(size=(4096, 2, 3, 3))
    few = NormalForm.from_samples(samples[:64]).standard_errors.mean()
    many = NormalForm.from_samples(samples).standard_errors.mean()
    assert few / many == pytest.approx(8.0, rel=0.05)


def test_one_replicate_does_not_know_its_error() -> None:
    form = NormalForm.from_samples(np.zeros((1, 2, 2, 2)))
    assert np.isinf(form.standard_errors).all()


def test_exact_payoffs_have_no_standard_errors() -> None:
    with pytest.raises(ValueError, match=r"exact.*from_samples"):
        _ = random_form(0, 2, 2).standard_errors


def test_frame_has_a_row_for_each_profile() -> None:
    samples = np.random.default_rng(2).normal(size=(3, 2, 2, 3))
    form = NormalForm.from_samples(samples, actions=[["a", "b"], ["x", "y", "z"]])
    frame = form.frame()
    assert list(frame.columns) == [
        "learner",
        "adversary",
        "learner_payoff",
        "adversary_payoff",
        "learner_standard_error",
        "adversary_standard_error",
    ]
    row = frame[(frame.learner == "b") & (frame.adversary == "y")].iloc[0]
    assert row.adversary_payoff == form.payoffs[1, 1, 1]
    assert row.learner_standard_error == form.standard_errors[0, 1, 1]
    assert len(frame) == 6
    assert list(random_form(0, 2, 2, 2).frame().columns)[3:] == [
        "player 1_payoff",
        "player 2_payoff",
        "player 3_payoff",
    ]


def test_repr_shortens_long_lists_of_actions() -> None:
    lines = repr(NormalForm.from_samples(np.zeros((7, 2, 2, 100)))).splitlines()
    assert lines == [
        "NormalForm: 2 x 100, zero-sum, mean payoffs of 7 paired replicates",
        "  learner: 0, 1",
        "  adversary: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, ..., 99",
    ]


def test_forms_can_be_pickled() -> None:
    form = NormalForm.from_samples(np.random.default_rng(0).normal(size=(3, 2, 2, 2)))
    again = pickle.loads(pickle.dumps(form))
    np.testing.assert_array_equal(again.samples, form.samples)
    assert again.actions == form.actions


@pytest.mark.parametrize(
    ("payoffs", "message"),
    [
        (np.zeros((2, 3)), r"payoffs must have shape \(N, m_1, \.\.\., m_N\).*got \(2, 3\)"),
        (np.zeros((3, 2, 2)), r"got \(3, 2, 2\); from_bimatrix"),
        (np.zeros((2, 0, 2)), r"with an action or more each, got \(2, 0, 2\)"),
        (np.zeros(()), r"got \(\)"),
        ([[[0, np.nan]], [[0, 0]]], r"payoffs must be finite, got nan at index \(0, 0, 1\)"),
        ([[[0, 1]], [[-np.inf, 0]]], r"payoffs must be finite, got -inf at index \(1, 0, 0\)"),
    ],
)
def test_bad_payoffs(payoffs: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        NormalForm(payoffs)


def test_bad_names() -> None:
    payoffs = np.zeros((2, 2, 2))
    with pytest.raises(ValueError, match="roles must hold 2 names, got 1"):
        NormalForm(payoffs, roles=("learner",))
    with pytest.raises(ValueError, match="roles must be unique, got 'a' 2 times"):
        NormalForm(payoffs, roles=("a", "a"))
    with pytest.raises(ValueError, match="actions must hold labels for 2 roles, got 3"):
        NormalForm(payoffs, actions=(("a", "b"), ("a", "b"), ("a", "b")))
    with pytest.raises(ValueError, match="actions of adversary must hold 2 labels, got 1"):
        NormalForm(payoffs, actions=(("a", "b"), ("a",)))
    with pytest.raises(ValueError, match="actions of learner must be unique, got 'b' 2 times"):
        NormalForm(payoffs, actions=(("b", "b"), ("a", "b")))


def test_bad_matrices() -> None:
    with pytest.raises(ValueError, match=r"same shape.*got \(1, 2\) and \(2, 1\)"):
        NormalForm.from_bimatrix([[1, 2]], [[1], [2]])
    with pytest.raises(ValueError, match=r"learner must be a matrix, got an array of shape \(2,\)"):
        NormalForm.zero_sum([1, 2])
    with pytest.raises(ValueError, match=r"adversary must be finite, got inf at index \(0, 1\)"):
        NormalForm.from_bimatrix([[1, 2]], [[1, np.inf]])


def test_bad_samples() -> None:
    with pytest.raises(ValueError, match=r"samples must have shape.*S >= 1, got \(0, 2, 2, 2\)"):
        NormalForm.from_samples(np.zeros((0, 2, 2, 2)))
    with pytest.raises(ValueError, match="samples must have shape"):
        NormalForm(np.zeros((2, 2, 2)), samples=np.zeros((3, 2, 2, 3)))
    with pytest.raises(ValueError, match=r"mean of the samples, got a difference of 1; .*takes"):
        NormalForm(np.zeros((2, 2, 2)), samples=np.ones((3, 2, 2, 2)))


def test_bad_restriction_and_units() -> None:
    form = NormalForm.from_bimatrix(*CHICKEN)
    with pytest.raises(LookupError, match="unknown role 'defender'; the roles are learner, adv"):
        form.restrict({"defender": ["0"]})
    with pytest.raises(LookupError, match="learner has no action '2'; its actions are 0, 1"):
        form.restrict({"learner": ["2"]})
    with pytest.raises(ValueError, match="scale must be positive, got 0"):
        form.transform([1, 0], 0)
    with pytest.raises(ValueError, match="shift must be one number or one for each of 2 roles"):
        form.transform(1, [1, 2, 3])

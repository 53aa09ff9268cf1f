"""Poisoning a support vector machine that is trained on the traffic."""

from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np

from armsrace.attacks.attack import Poison
from armsrace.attacks.knowledge import Knowledge
from armsrace.attacks.poison.flipped_copies import flipped_copies
from armsrace.attacks.poison.rates import check_share, effort
from armsrace.attacks.poison.svm.ascent import Region, poison_rows
from armsrace.attacks.poison.svm.kernels import Array, Kernel, LinearKernel, RBFKernel
from armsrace.batch import Batch, join

_SUPPORTED: Final = "SVC(kernel='linear') and SVC(kernel='rbf') without class weights"


@final
@dataclass(frozen=True)
class SupportVectorPoisoning(Poison):
    """Rows at a local maximum of the loss that a support vector machine has after training on them.

    The adversary trains the learner's next machine itself, on what the present one remembers (its
    support vectors), the round's traffic and its own rows, and moves these along the exact gradient
    of the hinge loss that the machine then has on the reference rows. They start as copies of the
    traffic under the wrong label, and never end below them in that loss.

    When the model is hidden a surrogate takes its place, trained on the reference rows.

    Rows are made from nothing, so what is immutable in a row that is altered does not bind them;
    where `Knowledge.feasible` sets no bounds, they stay within the range of the traffic and the
    reference.

    Attributes
    ----------
    rate
        The adversary's share of the training traffic, in [0, 1).
    starts
        Sets of flipped copies to start from, at least 1; the best result is sent.
    steps
        The most gradient steps from each; none sends flipped copies.
    surrogate
        The unfitted machine that stands for a hidden one; None for scikit-learn's ``SVC()``.

    Raises
    ------
    ValueError
        When a field is out of range.

    Examples
    --------
    >>> from sklearn.svm import SVC
    >>> rng, labels = np.random.default_rng(0), np.arange(60) % 2
    >>> traffic = Batch.of(rng.normal(size=(60, 5)) + 1.5 * labels[:, None], labels)
    >>> machine = SVC(kernel="linear")
    >>> known = Knowledge(traffic, target=traffic.take(labels > 1))
    >>> offered = SupportVectorPoisoning(0.2, surrogate=machine).poison(traffic, known, rng)
    >>> for learned in (traffic, offered):
    ...     machine = machine.fit(learned.rows, learned.labels)
    ...     print(len(learned), round(machine.score(traffic.rows, traffic.labels), 2))
    60 0.97
    75 0.78

    References
    ----------
    Biggio, B., Nelson, B., Laskov, P. (2012). Poisoning attacks against support vector machines.
    ICML.
    """

    rate: float
    starts: int = 1
    steps: int = 25
    surrogate: Any = None

    def __post_init__(self) -> None:
        check_share("rate", self.rate, below_one=True)
        if self.starts < 1:
            raise ValueError(f"starts must be at least 1, got {self.starts}")
        if self.steps < 0:
            raise ValueError(f"steps must be at least 0, got {self.steps}")

    def poison(self, traffic: Batch, known: Knowledge, rng: np.random.Generator) -> Batch:
        """Add the rows; without traffic to hide in, none.

        Raises
        ------
        ValueError
            When the model in sight, or the surrogate, is not a support vector machine whose
            training can be differentiated; when there are no reference rows, when a surrogate is
            needed and they hold only one class, or when rows are not floating-point numbers.
        """
        size = effort(self.rate, len(traffic))
        machine = self._machine(known)
        if not size:
            return traffic
        if traffic.rows.dtype.kind != "f":
            raise ValueError(
                "rows must be floating-point numbers for an attack by gradients, "
                f"got {traffic.rows.dtype}; convert them, and declare integer columns in Feasible"
            )
        starts = [flipped_copies(traffic, size, known.feasible, rng) for _ in range(self.starts)]
        remembered = Batch.unmarked(machine.support_vectors_, machine.dual_coef_[0] > 0)
        own = poison_rows(
            join((remembered, traffic.without_marks())),
            known.reference,
            _kernel(machine, traffic.rows),
            float(machine.C),
            starts,
            Region.around(np.concatenate([known.reference.rows, traffic.rows]), known.feasible),
            steps=self.steps,
        )
        return traffic.plus(Batch.made(own.rows.astype(traffic.rows.dtype), own.labels))

    def _machine(self, known: Knowledge) -> Any:
        """The machine in sight, or a surrogate of it."""
        from sklearn.base import clone
        from sklearn.svm import SVC

        reference = known.reference
        if not len(reference):
            raise ValueError("SVM poisoning needs reference rows to measure the loss on, got none")
        if known.model is not None:
            _check_supported(known.model)
            return known.model
        surrogate = SVC() if self.surrogate is None else self.surrogate
        _check_supported(surrogate)
        if len(np.unique(reference.labels)) < 2:
            raise ValueError("a surrogate needs reference rows of both classes, got one")
        return clone(surrogate).fit(reference.rows, reference.labels.astype(np.int8))


def _check_supported(model: Any) -> None:
    from sklearn.svm import SVC

    supported = (
        isinstance(model, SVC) and model.kernel in ("linear", "rbf") and model.class_weight is None
    )
    if not supported:
        raise ValueError(
            f"SVM poisoning differentiates through the training of {_SUPPORTED}, got {model!r}; "
            "against another model, hide it and name one of these as the surrogate"
        )


def _kernel(machine: Any, rows: Array) -> Kernel:
    """The machine's kernel; a gamma that is scaled to the data is taken from the traffic."""
    if machine.kernel == "linear":
        return LinearKernel()
    if machine.gamma == "auto":
        return RBFKernel(1.0 / rows.shape[1])
    if machine.gamma == "scale":
        return RBFKernel(1.0 / (rows.shape[1] * (float(rows.var()) or 1.0)))
    return RBFKernel(float(machine.gamma))

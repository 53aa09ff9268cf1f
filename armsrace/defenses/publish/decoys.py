"""Decoys: another model is shown, and answers, while the real one judges the traffic.

A *decoy* is any fitted classifier for the same features, best of the same kind as the real one:
fitted on other rows, on flipped labels, or on what the adversary is to believe that the learner
was trained on. It does not retrain; the lies are about where the boundary is, not about the
traffic.

A part that changes the answers (rounding, noise) stands *behind* these in a bundle: what came
from the decoy is then no less coarse than what came from the model.
"""

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from armsrace.batch import Mask, Rows
from armsrace.defenses.defense import Publish
from armsrace.defenses.publish.keyed import draw_key, uniforms
from armsrace.models.published import Published
from armsrace.models.scoring import judge
from armsrace.verdicts import HONEST, Verdicts


@final
@dataclass(frozen=True)
class Mislead(Publish):
    """Disinformation: show a decoy, and let it answer a share of the queried rows.

    Which rows are lied about is drawn by the row, anew each round: asking again does not find
    the lies out. With a share below 1 an adversary that compares the answers to the decoy can
    find that it is one.

    Attributes
    ----------
    decoy
        The fitted model that is shown instead of the real one.
    share
        Share of rows that it answers, in [0, 1]; the real model answers the others.

    Raises
    ------
    ValueError
        When the share is outside [0, 1], or the decoy is not fitted.
    """

    decoy: Any
    share: float = 1.0

    def __post_init__(self) -> None:
        _check_fitted(self.decoy)
        if not 0 <= self.share <= 1:
            raise ValueError(f"share must be in [0, 1], got {self.share}")

    def publish(self, public: Published, rng: np.random.Generator) -> Published:
        """The same door with the decoy before it."""
        return public.showing(self.decoy).answering(_Lies(self.decoy, self.share, draw_key(rng)))


@final
@dataclass(frozen=True)
class Honeypot(Publish):
    """A trap: the learner looks as if it had not been trained on some of the intrusions.

    The decoy is shown, and rows that it takes for honest are answered by it; all others get the
    real model's verdict. So the door tells one kind of lie only, "honest" where the real model
    says malicious, and whoever believes it walks into traffic that is blocked, and that a
    `Watch` on `HoneypotHits` looks out for.

    Attributes
    ----------
    decoy
        A fitted model that misses the intrusions the trap is for: one that was trained without
        them, or, against an adversary that shifts it, one that looks already shifted.

    Raises
    ------
    ValueError
        When the decoy is not fitted.

    References
    ----------
    Barreno, M., Nelson, B., Sears, R., Joseph, A. D., Tygar, J. D. (2006). Can machine learning be
    secure? ASIACCS, section 4.
    """

    decoy: Any

    def __post_init__(self) -> None:
        _check_fitted(self.decoy)

    def publish(self, public: Published, rng: np.random.Generator) -> Published:
        """The same door with the trap before it."""
        return public.showing(self.decoy).answering(_Trap(self.decoy))


def _check_fitted(decoy: Any) -> None:
    if not hasattr(decoy, "n_features_in_"):
        raise ValueError(
            f"decoy must be a fitted classifier, got {decoy!r}; fit it on rows that mislead"
        )


@final
@dataclass(frozen=True)
class _Lies:
    decoy: Any
    share: float
    key: bytes

    def __call__(self, rows: Rows, verdicts: Verdicts) -> Verdicts:
        lie = judge(self.decoy, rows)
        lied = uniforms(rows, self.key) < self.share
        return _mixed(lie, verdicts, lied)


@final
@dataclass(frozen=True)
class _Trap:
    decoy: Any

    def __call__(self, rows: Rows, verdicts: Verdicts) -> Verdicts:
        lie = judge(self.decoy, rows)
        return _mixed(lie, verdicts, lie.decisions == HONEST)


def _mixed(first: Verdicts, second: Verdicts, chosen: Mask) -> Verdicts:
    return Verdicts(
        np.where(chosen, first.scores, second.scores),
        np.where(chosen, first.decisions, second.decisions),
    )

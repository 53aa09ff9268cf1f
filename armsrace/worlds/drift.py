"""Honest traffic that changes with time, so that a model which is never retrained goes stale."""

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from armsrace.batch import Batch
from armsrace.worlds.world import World


@final
@dataclass(frozen=True, eq=False)
class Drift(World):
    """Another world whose honest rows move at a constant velocity; the malicious stay.

    Row x of round t becomes x + t v. The trusted batch of before the first round does not move.

    Attributes
    ----------
    world
        Where the rows come from.
    velocity
        v, shape (d,), in the units of the features per round.

    Raises
    ------
    ValueError
        When the velocity has not the width of the rows, or is not finite.
    """

    world: World
    velocity: NDArray[np.float64]

    def __post_init__(self) -> None:
        width = self.world.reference().width
        velocity = np.asarray(self.velocity, dtype=np.float64)
        if velocity.shape != (width,):
            raise ValueError(f"velocity must have shape ({width},), got {velocity.shape}")
        if not np.isfinite(velocity).all():
            raise ValueError("velocity must be finite, got NaN or infinity")
        object.__setattr__(self, "velocity", velocity)

    def _moved(self, batch: Batch, clock: int) -> Batch:
        rows = batch.rows + clock * self.velocity
        if batch.labels.any():
            rows[batch.labels] = batch.rows[batch.labels]
        return Batch(rows, batch.labels, batch.origin, batch.target)

    def start(self, rng: np.random.Generator) -> Batch:
        """The trusted batch of the world as it was."""
        return self.world.start(rng)

    def draw(self, clock: int, rng: np.random.Generator) -> Batch:
        """Training traffic, moved by `clock` rounds."""
        return self._moved(self.world.draw(clock, rng), clock)

    def face(self, clock: int, rng: np.random.Generator) -> Batch:
        """Traffic to be judged, moved by `clock` rounds."""
        return self._moved(self.world.face(clock, rng), clock)

    def reference(self) -> Batch:
        """What the adversary may study: the world before it moved."""
        return self.world.reference()

    def aim(self, rng: np.random.Generator) -> Batch:
        """The targets of the world; they do not move."""
        return self.world.aim(rng)

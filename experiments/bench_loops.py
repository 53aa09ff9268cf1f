"""The loops that armsrace replaces, as they are written by hand; `bench` times it beside them.

* `HandRace`: a race around scikit-learn. A clone of the model is fitted on all accepted rows in
  every round, and judges; verdicts are counted.
* `displaced_by_hand`: the rounds of an analytic game, one after the other.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import numpy as np
from numpy.typing import NDArray
from scipy.special import chndtr
from sklearn.base import clone

import armsrace as ar
from armsrace.attacks.poison.rates import effort
from armsrace.streams import Streams
from armsrace.worlds import Pool
from games import CentroidDisplacement

# A race around scikit-learn.

Rows = tuple[NDArray[Any], NDArray[np.bool_]]
"""Feature rows and their labels."""


@final
@dataclass(frozen=True)
class Part:
    """Rows to draw from.

    Attributes
    ----------
    rows, labels
        All of them.
    share
        Of malicious rows in a draw.
    """

    rows: NDArray[Any]
    labels: NDArray[np.bool_]
    share: float

    @classmethod
    def of(cls, batch: ar.Batch, share: float | None) -> "Part":
        """A part of a pool."""
        return cls(batch.rows, batch.labels, batch.labels.mean() if share is None else share)

    @cached_property
    def classes(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Where the honest and the malicious rows are."""
        return np.flatnonzero(~self.labels), np.flatnonzero(self.labels)

    def first(self, size: int, rng: np.random.Generator) -> Rows:
        """Different rows."""
        honest, malicious = self.classes
        count = round(self.share * size)
        index = rng.permutation(honest)[: size - count]
        index = np.concatenate([index, rng.permutation(malicious)[:count]])
        return self.rows[index], self.labels[index]

    def draw(self, size: int, rng: np.random.Generator) -> Rows:
        """Any rows."""
        honest, malicious = self.classes
        count = round(self.share * size)
        index = honest[rng.integers(len(honest), size=size - count)]
        if count:
            index = np.concatenate([index, malicious[rng.integers(len(malicious), size=count)]])
        return self.rows[index], self.labels[index]


@final
@dataclass(frozen=True, kw_only=True)
class HandRace:
    """A race as it is written around scikit-learn.

    Attributes
    ----------
    model
        Unfitted.
    pool
        The rows.
    velocity
        By which (honest) rows move a round.
    poison
        Rows that the adversary adds, given the model and the target.
    bootstrap
        Whether only accepted rows are trained on.
    judge
        Verdicts of a fitted model: 0, 1, or -1 for unsure.
    """

    model: Any
    pool: Pool
    velocity: NDArray[np.float64] | None = None
    poison: Callable[[Any, NDArray[Any]], Rows] | None = None
    bootstrap: bool = False
    judge: Callable[[Any, NDArray[Any]], NDArray[Any]] = lambda model, rows: model.predict(rows)

    def play(self, rounds: int, seed: int, replicate: int) -> NDArray[np.int64]:
        """Counts tp, fp, tn, fn of every round, shape (rounds, 4).

        Random numbers come from the streams of armsrace, so that both see the same rows.
        """
        pool, streams = self.pool, Streams(seed, replicate)
        train = Part.of(pool.train, pool.train_share)
        test = Part.of(pool.test, pool.face_share)
        target = pool.aim(streams.at(0, "target"))
        X, y = train.first(pool.initial, streams.at(0, "start"))
        model = clone(self.model).fit(X, y)
        counts = np.empty((rounds, 4), dtype=np.int64)
        for clock in range(rounds):
            rows, labels = train.draw(pool.per_round, streams.at(clock + 1, "traffic"))
            if self.velocity is not None:
                rows = rows + clock * self.velocity
            if self.poison is not None:
                added, their_labels = self.poison(model, target.rows[0])
                rows = np.concatenate([rows, added])
                labels = np.concatenate([labels, their_labels])
            if self.bootstrap:
                kept = self.judge(model, rows) == 0
                rows, labels = rows[kept], labels[kept]
            X, y = np.concatenate([X, rows]), np.concatenate([y, labels])
            model = clone(self.model).fit(X, y)

            rows, labels = test.draw(pool.faced, streams.at(clock + 1, "face"))
            if self.velocity is not None:
                rows = rows + clock * self.velocity
            if len(target):
                rows = np.concatenate([rows, target.rows])
                labels = np.concatenate([labels, target.labels])
            verdicts = self.judge(model, rows)
            flagged, passed = verdicts == 1, verdicts == 0
            counts[clock] = [
                np.count_nonzero(labels & flagged),
                np.count_nonzero(~labels & flagged),
                np.count_nonzero(~labels & passed),
                np.count_nonzero(labels & passed),
            ]
        return counts


def dictionaries(model: Any, target: NDArray[Any]) -> Rows:
    """One mail in twenty contains every word."""
    size = effort(0.05, 100)
    return np.ones((size, len(target)), dtype=bool), np.ones(size, dtype=bool)


def edge(model: Any, target: NDArray[Any]) -> Rows:
    """Fifteen rows in a hundred lie on the edge of the sphere, towards the target."""
    size = effort(0.15, 100)
    towards = target - model.center_
    length = np.linalg.norm(towards)
    point = model.center_ + towards * (min(model.radius_ * (1 - 1e-9), length) / length)
    return np.tile(point, (size, 1)), np.zeros(size, dtype=bool)


def by_probability(model: Any, rows: NDArray[Any]) -> NDArray[Any]:
    """More likely malicious than not; armsrace has the probability on record, too."""
    verdicts: NDArray[Any] = model.predict_proba(rows)[:, 1] > 0.5
    return verdicts


# An analytic game.


def displaced_by_hand(
    game: CentroidDisplacement, rows: int, rounds: int, noise: Callable[[int], float]
) -> float:
    """The learner's payoff a round when the center is retrained against so many rows."""
    displacement, weight, lag, payoff = 0.0, game.initial, 0.0, 0.0
    honest, inverse = game.traffic, game.spread**-2
    blur = game.spread * honest**0.5
    for clock in range(rounds):
        weight += rows + honest
        ahead = min(1.0, 1.0 + game.distance - displacement)
        displacement += (rows * ahead - honest * displacement + blur * noise(clock)) / weight
        lag *= 1.0 - honest / weight
        offset = (displacement * displacement + lag * lag) * inverse
        blocked = honest * (1.0 - chndtr(inverse, game.features, offset))
        admitted = displacement >= game.distance
        payoff -= blocked + 20.0 * admitted + 0.5 - 0.1 * rows
        lag += game.drift
    return payoff / rounds

"""A world that draws its traffic from a finite pool of labelled rows."""

from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from armsrace.batch import Batch
from armsrace.worlds.splitting import split
from armsrace.worlds.world import World


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Pool(World):
    """Independent draws, with replacement, from three disjoint parts of a pool.

    The number of malicious rows in a draw is fixed (share times size, rounded), not random: it
    is the attack and the choice of rows that should move a payoff, not the luck of the class
    balance.

    Attributes
    ----------
    train, tune, test
        The three parts: what the learner trains on, what the adversary may tune on and takes
        its targets from, and what is only ever faced.
    initial
        Size of the trusted batch that the first model is trained on (drawn without replacement).
    per_round
        Rows of training traffic a round.
    faced
        Rows to be judged a round, targets not counted.
    train_share, face_share
        Share of malicious rows in training and in faced traffic, in [0, 1]; None for the share
        in the pool.
    target_label
        Class of the row that a targeted attack is about (True: malicious), or None for no target.

    Raises
    ------
    ValueError
        When a part lacks a class that has to be drawn, parts differ in width, or a size or
        share is out of range.

    Examples
    --------
    >>> rows, labels = np.arange(40.0).reshape(-1, 1), np.arange(40) % 2
    >>> world = Pool.split(rows, labels, initial=4, per_round=6, faced=8)
    >>> len(world.draw(0, np.random.default_rng(0)))
    6
    """

    train: Batch
    tune: Batch
    test: Batch
    initial: int = 200
    per_round: int = 100
    faced: int = 100
    train_share: float | None = None
    face_share: float | None = None
    target_label: bool | None = None

    def __post_init__(self) -> None:
        for name in ("initial", "per_round", "faced"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        for name in ("train_share", "face_share"):
            share = getattr(self, name)
            if share is not None and not 0 <= share <= 1:
                raise ValueError(f"{name} must be in [0, 1], got {share}")
        widths = {part.width for part in (self.train, self.tune, self.test)}
        if len(widths) > 1:
            raise ValueError(f"the parts must have one width, got {sorted(widths)}")
        for name in ("train", "tune", "test"):
            counts = np.bincount(getattr(self, name).labels, minlength=2)
            if not counts.all():
                missing = ("honest (0)", "malicious (1)")[int(counts[1] == 0)]
                raise ValueError(
                    f"the {name} part must hold both classes, got no {missing} row; "
                    "add such rows or use a larger pool"
                )
        malicious = self._malicious("train", self.initial, self.train_share)
        wanted = {"honest": self.initial - malicious, "malicious": malicious}
        for kind, rows in zip(wanted, self._classes["train"], strict=True):
            if wanted[kind] > len(rows):
                raise ValueError(
                    f"initial must need at most the {len(rows)} {kind} rows of the train part, "
                    f"got {self.initial}, which needs {wanted[kind]}"
                )

    @classmethod
    def split(
        cls,
        rows: ArrayLike,
        labels: ArrayLike,
        *,
        fractions: tuple[float, float, float] = (0.6, 0.15, 0.25),
        split_seed: int = 0,
        initial: int = 200,
        per_round: int = 100,
        faced: int = 100,
        train_share: float | None = None,
        face_share: float | None = None,
        target_label: bool | None = None,
    ) -> "Pool":
        """Make a pool of rows and labels of one's own.

        Rows that are identical go to the same part, so that nothing the learner has trained on
        is faced. The split is made once, from `split_seed`; it does not change with the seed of
        a play.

        Parameters
        ----------
        rows, labels
            Feature rows, shape (n, d), and their classes, shape (n,), 1 for malicious.
        fractions
            Shares of the train, tune and test part; positive, summing to 1.
        split_seed
            Seed of the split.
        initial, per_round, faced, train_share, face_share, target_label
            As for the class.

        Raises
        ------
        ValueError
            When rows and labels disagree, hold NaN or one class only, or the fractions do not
            sum to 1.
        """
        everything = Batch.of(rows, labels)
        if everything.labels.all() or not everything.labels.any():
            only = "malicious (1)" if everything.labels.any() else "honest (0)"
            raise ValueError(f"labels must hold both classes, got {only} rows only")
        rng = np.random.default_rng(split_seed)
        parts = split(everything.rows, everything.labels, fractions=fractions, rng=rng)
        return cls(
            train=everything.take(parts.train),
            tune=everything.take(parts.tune),
            test=everything.take(parts.test),
            initial=initial,
            per_round=per_round,
            faced=faced,
            train_share=train_share,
            face_share=face_share,
            target_label=target_label,
        )

    @cached_property
    def _classes(self) -> dict[str, tuple[NDArray[np.intp], NDArray[np.intp]]]:
        return {
            name: (np.flatnonzero(~part.labels), np.flatnonzero(part.labels))
            for name, part in (("train", self.train), ("tune", self.tune), ("test", self.test))
        }

    def _malicious(self, name: str, size: int, share: float | None) -> int:
        """How many of `size` rows of a part are malicious."""
        honest, malicious = self._classes[name]
        if share is None:
            share = len(malicious) / (len(honest) + len(malicious))
        return round(share * size)

    @property
    def faced_classes(self) -> tuple[int, int]:
        """How many honest and malicious rows are judged in a round, the same in every one."""
        malicious = self._malicious("test", self.faced, self.face_share)
        return self.faced - malicious, malicious

    def _sample(self, name: str, size: int, share: float | None, rng: np.random.Generator) -> Batch:
        part: Batch = getattr(self, name)
        honest, malicious = self._classes[name]
        count = self._malicious(name, size, share)
        index = honest[rng.integers(len(honest), size=size - count)]
        if count:
            drawn = malicious[rng.integers(len(malicious), size=count)]
            index = np.concatenate([index, drawn])
        return Batch.unmarked(part.rows.take(index, axis=0), part.labels.take(index))

    def start(self, rng: np.random.Generator) -> Batch:
        """A trusted batch without repeated rows, in the class balance of the training traffic."""
        honest, malicious = self._classes["train"]
        count = self._malicious("train", self.initial, self.train_share)
        index = np.concatenate(
            [
                rng.permutation(honest)[: self.initial - count],
                rng.permutation(malicious)[:count],
            ]
        )
        return self.train.take(index)

    def draw(self, clock: int, rng: np.random.Generator) -> Batch:
        """Rows from the train part; the round does not matter."""
        return self._sample("train", self.per_round, self.train_share, rng)

    def face(self, clock: int, rng: np.random.Generator) -> Batch:
        """Rows from the test part; the round does not matter."""
        return self._sample("test", self.faced, self.face_share, rng)

    def reference(self) -> Batch:
        """The tune part."""
        return self.tune

    def aim(self, rng: np.random.Generator) -> Batch:
        """One row of the target class from the tune part, or an empty batch."""
        if self.target_label is None:
            return self.tune.take(np.zeros(0, dtype=np.intp))
        chosen = self._classes["tune"][int(self.target_label)]
        return self.tune.take(chosen[rng.integers(len(chosen), size=1)]).aimed()

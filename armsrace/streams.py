"""Random numbers by purpose: one independent generator for each (seed, replicate, round, purpose).

The world's draws must not depend on what the players do, so that two strategies compared on one
seed face the same traffic (common random numbers), and no draw may depend on which worker makes
it. So no generator is shared: each purpose has its own, addressed by its coordinates. The
addressing is that of a counter-based generator (Philox, Salmon et al. 2011): the key comes from
(seed, replicate, purpose), and the highest word of the 256-bit counter is the round, which
leaves 2^192 blocks to each round.
"""

from typing import Any, Final, cast, final

import numpy as np


@final
class Streams:
    """The generators of one play, each made when it is first asked for.

    A generator handed out by `at` is valid for that round only: the next call for the same
    purpose moves the same object to its own place. Parts that keep a generator beyond their
    call are in error.

    Parameters
    ----------
    seed
        Integer in [0, 2^32); the seed of the whole study.
    replicate
        Integer in [0, 2^32); which independent repetition this play is.

    Raises
    ------
    ValueError
        When seed or replicate is out of range.
    TypeError
        When one of them is not an integer.

    Examples
    --------
    >>> one, two = Streams(7), Streams(7)
    >>> bool(one.at(3, "traffic").integers(100) == two.at(3, "traffic").integers(100))
    True
    """

    def __init__(self, seed: int, replicate: int = 0) -> None:
        for name, value in (("seed", seed), ("replicate", replicate)):
            if not isinstance(value, (int, np.integer)) or isinstance(value, bool):
                raise TypeError(f"{name} must be an integer, got {value!r}")
            if value < 0:
                raise ValueError(f"{name} must be a non-negative integer, got {value}")
            # SeedSequence strings 32-bit words together: a longer seed could pass for a short one
            # and its replicate.
            if value >= 2**32:
                raise ValueError(f"{name} must be below 2^32 = {2**32}, got {value}")
        self._entropy = (int(seed), int(replicate))
        self._generators: dict[str, tuple[np.random.Philox, np.random.Generator, Any]] = {}

    def at(self, round: int, purpose: str) -> np.random.Generator:
        """Place the purpose's generator at the beginning of a round and return it.

        Parameters
        ----------
        round
            Non-negative integer, below 2^64.
        purpose
            One of `PURPOSES`.
        """
        if purpose not in self._generators:
            sequence = np.random.SeedSequence((*self._entropy, _INDEX[purpose]))
            bits = np.random.Philox(sequence)
            self._generators[purpose] = (bits, np.random.Generator(bits), _as_lists(bits.state))
        bits, generator, state = self._generators[purpose]
        state["state"]["counter"][3] = round
        bits.state = state
        return generator

    def of_round(self, round: int) -> "RoundStreams":
        """The generators of one round, by attribute."""
        return RoundStreams(self, round)


@final
class _Stream:
    """The generator of the purpose that the attribute is called after."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._purpose = name

    def __get__(self, streams: "RoundStreams", owner: type) -> np.random.Generator:
        if self._purpose in streams._idle:
            return _NO_STREAM
        return streams._streams.at(streams._round, self._purpose)


@final
class RoundStreams:
    """The generators of one round, by attribute: ``traffic``, ``poison`` and so on."""

    __slots__ = ("_idle", "_round", "_streams")

    start = _Stream()
    target = _Stream()
    traffic = _Stream()
    poison = _Stream()
    sanitize = _Stream()
    fit = _Stream()
    publish = _Stream()
    probe = _Stream()
    face = _Stream()
    evade = _Stream()
    classify = _Stream()
    monitor = _Stream()
    learner = _Stream()
    adversary = _Stream()
    collect = _Stream()

    def __init__(self, streams: Streams, round: int, idle: frozenset[str] = frozenset()) -> None:
        self._streams = streams
        self._round = round
        self._idle = idle

    def without(self, idle: frozenset[str]) -> "RoundStreams":
        """The same, with None for purposes that nobody draws for: a generator takes time to make.

        Parameters
        ----------
        idle
            Those of `PURPOSES` that nobody draws for.
        """
        return RoundStreams(self._streams, self._round, idle)

    @property
    def address(self) -> tuple[int, int, int]:
        """Seed, replicate and round: equal addresses give equal numbers."""
        return (*self._streams._entropy, self._round)

    def __getattr__(self, purpose: str) -> np.random.Generator:
        raise AttributeError(f"no stream {purpose!r}; the purposes are {', '.join(PURPOSES)}")


_NO_STREAM: Final = cast("np.random.Generator", None)
"""In the place of a generator that nobody draws from; who does all the same fails."""

PURPOSES: Final = tuple(
    name for name, value in vars(RoundStreams).items() if isinstance(value, _Stream)
)
_INDEX: Final = {purpose: index for index, purpose in enumerate(PURPOSES)}


def _as_lists(state: Any) -> dict[str, Any]:
    """The state of a Philox; its setter reads a list in less than half the time of an array."""
    words = {name: array.tolist() for name, array in state["state"].items()}
    return {**state, "state": words, "buffer": state["buffer"].tolist()}

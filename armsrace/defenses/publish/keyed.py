"""Chance that a door deals out to rows: drawn once a round, the same for the same row.

An answer that were drawn anew each time would be told from the truth by asking again. So a
publish part draws one *key* from its generator, and what falls to a row is a hash of the key and
of the row: as random as any to whoever does not have the key, and the same however often, in
whatever order and in whatever company the row is asked.
"""

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from armsrace.batch import Rows


def draw_key(rng: np.random.Generator) -> bytes:
    """Sixteen random bytes."""
    return rng.bytes(16)


def uniforms(rows: Rows, key: bytes) -> NDArray[np.float64]:
    """A number in (0, 1) for each row, shape (n,), independent from row to row and key to key.

    Rows that are equal as numbers get the same one. Takes about a microsecond a row.

    Examples
    --------
    >>> rows = np.array([[1.0, 0.0], [2.0, 0.0], [1.0, -0.0]])
    >>> drawn = uniforms(rows, b"key")
    >>> bool(drawn[0] == drawn[2]), bool(drawn[0] == drawn[1])
    (True, False)
    """
    # Adding 0.0 makes -0.0 the 0.0 that it is equal to.
    exact = np.ascontiguousarray(rows, dtype=np.float64) + 0.0
    hashes = [blake2b(row.tobytes(), digest_size=8, key=key).digest() for row in exact]
    drawn = np.frombuffer(b"".join(hashes), dtype="<u8") >> np.uint64(11)
    return (drawn.astype(np.float64) + 0.5) * 2.0**-53

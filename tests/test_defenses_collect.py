"""Clean rows: a share of the round's traffic, both classes among them."""

import numpy as np
import pytest

from armsrace.batch import Batch
from armsrace.defenses import CollectClean

TRAFFIC = Batch.of(np.arange(10.0).reshape(-1, 1), [0] * 6 + [1] * 4)


@pytest.mark.parametrize(("share", "size"), [(1.0, 10), (0.5, 5), (0.2, 2), (0.01, 0)])
def test_share_of_the_traffic_is_taken_from_everywhere(share: float, size: int) -> None:
    clean = CollectClean(share).collect(lambda: TRAFFIC)
    assert len(clean) == size
    assert len(np.unique(clean.rows)) == size
    if size > 1:
        assert clean.labels.any()
        assert not clean.labels.all()


@pytest.mark.parametrize("share", [0.0, -0.5, 1.5, float("nan")])
def test_share_must_be_positive_and_at_most_one(share: float) -> None:
    with pytest.raises(ValueError, match=rf"share must be in \(0, 1\], got {share}"):
        CollectClean(share)

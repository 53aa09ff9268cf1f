"""The radius of a partition ensemble, against every way to change votes."""

from itertools import product

import numpy as np
import pytest

from armsrace.theory import partition

Votes = tuple[int, ...]


def turning_distance(votes: Votes) -> int:
    """Smallest number of votes to move from one class to another until the winner changes."""
    original = int(partition.winner(votes))
    seen, frontier, moves = {votes}, {votes}, 0
    while all(int(np.argmax(v)) == original for v in frontier):
        moves += 1
        frontier = {
            tuple(n - (c == source) + (c == target) for c, n in enumerate(v))
            for v in frontier
            for source, target in product(range(len(v)), repeat=2)
            if v[source] > 0 and source != target
        } - seen
        seen |= frontier
    return moves


@pytest.mark.parametrize(("classes", "largest"), [(2, 9), (3, 5)])
def test_radius_is_tight_for_every_vote(classes: int, largest: int) -> None:
    ballots = [v for v in product(range(largest + 1), repeat=classes) if sum(v) > 0]
    radii = partition.certified_radius(ballots)
    assert radii.tolist() == [turning_distance(v) - 1 for v in ballots]


def test_radius_is_tight_for_random_votes_of_many_classes() -> None:
    rng = np.random.default_rng(2)
    votes = rng.multinomial(50, rng.dirichlet(np.ones(10), 500))
    best, radius = partition.winner(votes), partition.certified_radius(votes)
    for ballot, c, r in zip(votes, best, radius, strict=True):
        turned = []
        for rival in set(range(10)) - {int(c)}:
            for moves in (int(r), int(r) + 1):
                changed = ballot.copy()
                changed[c] -= moves
                changed[rival] += moves
                turned.append((moves, int(np.argmax(changed)) != c))
        assert not any(flipped for moves, flipped in turned if moves == r)
        assert any(flipped for moves, flipped in turned if moves == r + 1)


@pytest.mark.parametrize("votes", [[3.5, 1], [-1, 2], [4], 4])
def test_bad_votes_are_named_at_the_door(votes: object) -> None:
    with pytest.raises(ValueError, match="votes must"):
        partition.certified_radius(votes)  # type: ignore[arg-type]

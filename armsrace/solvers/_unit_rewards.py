"""Rewards of a Markov game in units in which tolerances mean the same for every game."""

import numpy as np

from armsrace.forms.markov import MarkovGame
from armsrace.forms.normal import Array


def unit_rewards(form: MarkovGame) -> tuple[Array, Array, Array]:
    """Rewards of each role brought to [0, 1], their units, and the least ones.

    Returns
    -------
    rewards, units, lowest
        Shapes (2, S, m, n), (2,) and (2,): a role's reward is lowest + units rewards where both
        actions are available; elsewhere it is zero here. A role whose rewards are all the same has
        unit 1.
    """
    learner, adversary = form.masks
    playable = learner[:, :, None] & adversary[:, None, :]
    lowest = np.array([rewards[playable].min() for rewards in form.rewards])
    units = np.array([np.ptp(rewards[playable]) or 1.0 for rewards in form.rewards])
    moved = (form.rewards - lowest[:, None, None, None]) / units[:, None, None, None]
    return np.where(playable, moved, 0.0), units, lowest

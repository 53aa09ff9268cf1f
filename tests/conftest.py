"""What every test shares: how hypothesis searches, and the registered games, made once."""

import os
from collections.abc import Callable
from functools import cache

import pytest
from hypothesis import settings

from armsrace.game import Game
from armsrace.registry import load_game

# The machine may be busy, so no example has a deadline; CI draws the same examples every time.
settings.register_profile("armsrace", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("armsrace")


@pytest.fixture(scope="session")
def game_called() -> Callable[[str], Game]:
    """Registered games by name, as they come; their worlds are set up once in a session."""
    return cache(load_game)

"""What every test shares: how hypothesis searches."""

import os

from hypothesis import settings

# The machine may be busy, so no example has a deadline; CI draws the same examples every time.
settings.register_profile("armsrace", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("armsrace")

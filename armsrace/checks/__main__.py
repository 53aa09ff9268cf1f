"""Print the playthrough of a game: ``python -m armsrace.checks NAME``."""

import argparse

from armsrace.checks.playthroughs import playthrough
from armsrace.registry import available_games, load_game

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m armsrace.checks", description=__doc__)
    parser.add_argument("name", choices=available_games())
    print(playthrough(load_game(parser.parse_args().name)), end="")

"""The argument and the options that several commands share, and how their help ends."""

import click

game = click.argument("name")

settings = click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="Set a parameter of the game; dots reach into its parts: costs.learner.fp=2. Repeatable.",
)

seed = click.option(
    "--seed",
    metavar="N",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="What all random numbers come from: the same seed gives the same result.",
)

seeds = click.option(
    "--seeds",
    metavar="N",
    type=click.IntRange(min=1),
    default=64,
    show_default=True,
    help="Independent plays of each pair of strategies; standard errors need two.",
)

rounds = click.option(
    "--rounds",
    metavar="N",
    type=click.IntRange(min=1),
    help="Rounds of a play.  [default: the game's own]",
)

jobs = click.option(
    "--jobs",
    metavar="N",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Worker processes; the result does not depend on their number.",
)


def examples(*commands: str) -> str:
    """The end of a command's help; the backspace tells click to leave its lines as they are."""
    return "\b\nExamples:\n" + "\n".join(f"  {command}" for command in commands)

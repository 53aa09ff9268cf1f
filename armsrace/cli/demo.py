"""``armsrace demo``: the first minute."""

import os
from pathlib import Path

import click

from armsrace.cli import options


@click.command(
    epilog=options.examples(
        "armsrace demo",
        "armsrace demo --out race --seeds 64 --jobs 2",
    )
)
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(path_type=Path),
    default=Path("out/demo"),
    show_default=True,
    help="Where the figures go.",
)
@click.option(
    "--seeds",
    metavar="N",
    type=click.IntRange(min=8),
    default=16,
    show_default=True,
    help="Independent plays of each pair of strategies.",
)
@click.option(
    "--jobs",
    metavar="N",
    type=click.IntRange(min=1),
    default=os.cpu_count() or 1,
    show_default="one a processor",
    help="Worker processes; the result does not depend on their number.",
)
def demo(out: Path, seeds: int, jobs: int) -> None:
    """The first minute: play, solve and draw a real spam-filter race.

    A filter that is retrained on real mail meets an adversary who poisons the mail. The figures are
    written as PDF, SVG and PNG, with their numbers (CSV) and provenance (JSON) beside them.
    """
    from armsrace.demo import run

    click.echo(run(out, seeds=seeds, jobs=jobs, progress=True))

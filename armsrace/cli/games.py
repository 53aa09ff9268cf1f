"""``armsrace games``: the catalogue, and the rulebook of one game."""

import inspect
from collections.abc import Iterator

import click

from armsrace.cli import options
from armsrace.cli.door import refusing
from armsrace.game import Game
from armsrace.registry import available_games, game_class, load_game
from armsrace.rulebook import rulebook
from armsrace.taxonomy import CELLS


@click.command(
    epilog=options.examples(
        "armsrace games",
        "armsrace games dictionary_attack",
    )
)
@click.argument("name", required=False)
def games(name: str | None) -> None:
    """List the games by kind of attack, or show the rules of one.

    The kinds are the eight cells of the taxonomy of Barreno et al. (2006): influence, violation,
    specificity. A game about several kinds is listed under each.
    """
    if name is None:
        click.echo("\n".join(_catalogue()))
        return
    with refusing():
        text = rulebook(load_game(name))
    click.echo(text)


def _catalogue() -> Iterator[str]:
    kinds = [game_class(name) for name in available_games()]
    width = max((len(kind.name) for kind in kinds), default=0)
    for cell in CELLS:
        yield f"{cell}  ({cell.modern_name})"
        members = [kind for kind in kinds if cell in kind.cells]
        yield from (_line(kind, width) for kind in members)
        if not members:
            yield "  no game yet"
    others = [kind for kind in kinds if not kind.cells]
    if others:
        yield "outside the taxonomy"
        yield from (_line(kind, width) for kind in others)


def _line(kind: type[Game], width: int) -> str:
    """The name of a game and the first sentence of its docstring."""
    paragraph = (inspect.getdoc(kind) or "").split("\n\n")[0]
    sentence, stop, _ = " ".join(paragraph.split()).partition(". ")
    return f"  {kind.name:<{width}}  {sentence}{stop.strip()}"

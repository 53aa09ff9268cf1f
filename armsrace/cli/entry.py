"""Where the command line begins and ends: its commands, and how each way to fail is told."""

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from armsrace import __version__
from armsrace.cli import options
from armsrace.cli.assess import assess
from armsrace.cli.demo import demo
from armsrace.cli.games import games
from armsrace.cli.play import play
from armsrace.cli.solve import solve


@click.group(
    commands=[games, play, solve, assess, demo],
    invoke_without_command=True,
    context_settings={"max_content_width": 100},
    epilog=options.examples(
        "armsrace games",
        "armsrace play dictionary_attack -l retrain -a dictionary_5% --rounds 10",
        "armsrace solve dictionary_attack --seeds 32 --jobs 2",
        "armsrace assess centroid_shift --jobs 2",
    ),
)
@click.version_option(__version__, prog_name="armsrace", message="%(prog)s %(version)s")
@click.pass_context
def commands(context: click.Context) -> None:
    """Games between a learner that retrains and an adversary that touches its data."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit.

    Parameters
    ----------
    arguments
        The words after ``armsrace``; None for those that the process was started with.

    Raises
    ------
    SystemExit
        Always: 0 when the command did its work, 2 when it refused its input or could not write,
        130 when it was interrupted, 1 when a solver did not converge (what it says is printed) or
        the reader of the output went away.
    """
    status = _run(sys.argv[1:] if arguments is None else list(arguments))
    try:
        print(end="", flush=True)
    except OSError:
        # What could not be written would be tried, and fail, once more when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(status)


def _run(arguments: list[str]) -> int:
    try:
        with commands.make_context("armsrace", arguments) as context:
            commands.invoke(context)
        return 0
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.UsageError as error:
        return _refuse(error.format_message().rstrip(".") + _hint(error.ctx))
    except click.ClickException as error:
        return _refuse(error.format_message())
    except BrokenPipeError:
        return 1
    except OSError as error:
        place = "" if error.filename is None else f": {error.filename!r}"
        return _refuse(f"{error.strerror}{place}" if error.strerror else str(error))
    except KeyboardInterrupt:
        click.echo("armsrace: interrupted", err=True)
        return 130


def _refuse(message: str) -> int:
    click.echo(f"armsrace: {' '.join(message.split())}", err=True)
    return 2


def _hint(context: click.Context | None) -> str:
    """Where a user who mistook the syntax finds it."""
    if context is None:
        return ""
    command = context.command
    known = f"the commands are {', '.join(command.commands)}; " if command is commands else ""
    return f"; {known}see {context.command_path} --help"

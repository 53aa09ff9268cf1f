"""The command line: ``armsrace games | play | solve | assess | demo``.

Each command is a file of this package, and says in a few lines what the library does in one call;
nothing is computed here. What is heavy is imported by the command that needs it.

Bad input (an unknown name, a value out of range, a file that cannot be written) is refused before
the work begins, with one line on standard error, ``armsrace: <what was wrong and what is
allowed>``, and exit code 2. Ctrl-C ends with exit code 130. Any other exception is a bug and shows
its traceback.
"""

from armsrace.cli.entry import commands as commands
from armsrace.cli.entry import main as main

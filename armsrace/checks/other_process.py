"""Another process, with another hash seed, that plays what it is given and tells the digest.

It is started once and answers until the process that asks ends, so that what takes longest, the
imports, is done once however many games are asked about.
"""

import atexit
import os
import pickle
import subprocess
import sys
from functools import cache
from typing import Any, Final

from armsrace.checks.failure import CheckFailed

# What a game prints must not come between the answers.
_PROGRAM: Final = """
import os, pickle, sys, traceback
answers, sys.stdout = os.fdopen(os.dup(1), "wb"), sys.stderr
while True:
    try:
        asked = pickle.load(sys.stdin.buffer)
    except EOFError:
        break
    try:
        from armsrace.checks.games import digest
        answer = True, digest(pickle.loads(asked))
    except Exception:
        answer = False, traceback.format_exc()
    pickle.dump(answer, answers)
    answers.flush()
"""


def digest_elsewhere(game: Any) -> str:
    """Digest of a game as another process finds it.

    Raises
    ------
    CheckFailed
        When the other process cannot load or play the game.
    """
    process = _started(tuple(sys.path))
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        pickle.dump(pickle.dumps(game), process.stdin)
        process.stdin.flush()
        done, answer = pickle.load(process.stdout)
    except (EOFError, BrokenPipeError) as error:
        _started.cache_clear()
        raise CheckFailed(f"another process ends with {process.wait()}") from error
    if not done:
        raise CheckFailed(f"another process fails: {answer}")
    return str(answer)


@cache
def _started(path: tuple[str, ...]) -> subprocess.Popen[bytes]:
    environment = os.environ | {"PYTHONHASHSEED": "12345", "PYTHONPATH": os.pathsep.join(path)}
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
    )
    atexit.register(_end, process)
    return process


def _end(process: subprocess.Popen[bytes]) -> None:
    """Close the pipes, which ends the process."""
    process.communicate()

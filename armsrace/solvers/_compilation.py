"""Compiling kernels with Numba and keeping the result on disk, or doing without Numba.

A kernel is a plain function of arrays and numbers with a declared signature. Its machine code is
kept on disk, so that only the first process on a machine waits for the compiler; ``python -m
armsrace.solvers.warm`` does that in advance. Where Numba cannot be imported, the same function runs
in Python and numpy, with the same result to the last bit.

*When.* To import Numba and to load machine code takes most of a second of every process, which is
a thousand times what a small game takes in Python. So kernels are run as they are until the works
that solvers announce add up to what loading costs; then all of them are compiled, in place, for the
rest of the process (`prepare`). That is the rule for renting skis before buying them: whatever is
still to come, it takes no more than twice what one would have taken who knew, and a single call
does not wait.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast, final

Kernel = TypeVar("Kernel", bound=Callable[..., Any])

PRICE = 0.5  # seconds in Python that are worth loading Numba for


@final
@dataclass
class _Process:
    """What the process has done so far: one of a kind, as Numba is loaded once or not at all."""

    compiles: bool = False
    spent: float = 0.0  # seconds in Python, as announced
    # Kernels that wait, callees first: the function, what runs meanwhile, and the signature.
    waiting: list[tuple[Any, Callable[..., Any], str]] = field(default_factory=list)


_process = _Process()


def compiled(
    signature: str, instead: Callable[..., Any] | None = None
) -> Callable[[Kernel], Kernel]:
    """Declare a kernel, to be compiled when there is work for it.

    Parameters
    ----------
    signature
        The Numba signature of the function.
    instead
        What runs until then, and where Numba cannot be imported: the same computation in
        whole-array operations, for a function whose loops would be too slow in Python. By default
        the function itself.
    """

    def declare(kernel: Kernel) -> Kernel:
        plain = kernel if instead is None else cast(Kernel, instead)
        if _process.compiles:
            return _machine_code(kernel, plain, signature)
        _process.waiting.append((kernel, plain, signature))
        return plain

    return declare


def prepare(seconds: float = math.inf) -> None:
    """Compile all kernels, those of modules imported later too, if the work is worth it.

    Parameters
    ----------
    seconds
        What the work that follows takes about, if kernels are run as they are.
    """
    if _process.compiles:
        return
    _process.spent += seconds
    if _process.spent < PRICE:
        return
    _process.compiles = True
    scopes = {id(kernel.__globals__): kernel.__globals__ for kernel, _, _ in _process.waiting}
    for kernel, plain, signature in _process.waiting:
        code = _machine_code(kernel, plain, signature)
        for scope in scopes.values():
            if scope.get(kernel.__name__) is plain:
                scope[kernel.__name__] = code
    _process.waiting.clear()


def _machine_code(kernel: Kernel, plain: Kernel, signature: str) -> Kernel:
    """Compile a kernel whose callees are compiled, or take it from disk."""
    try:
        from numba import njit
    except ImportError:
        return plain
    try:
        return cast(Kernel, njit(signature, error_model="numpy", cache=True)(kernel))
    except (OSError, RuntimeError):  # there is no folder that Numba may keep its cache in
        return cast(Kernel, njit(signature, error_model="numpy")(kernel))

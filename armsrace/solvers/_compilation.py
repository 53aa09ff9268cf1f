"""Compiling kernels with Numba and keeping the result on disk, or doing without Numba.

A kernel is a plain function of arrays and numbers with a declared signature. It is compiled when
its module is imported, and the machine code is kept on disk, so that only the first process on a
machine waits for it; ``python -m armsrace.solvers.warm`` does that in advance. Where Numba cannot
be imported, the same function runs in Python and numpy. Solvers import the modules that hold their
kernels when they are called, so that nobody pays for what he does not use.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def compiled(
    signature: str, instead: Callable[..., Any] | None = None
) -> Callable[[Kernel], Kernel]:
    """Compile a function ahead of its first call.

    Parameters
    ----------
    signature
        The Numba signature of the function.
    instead
        What takes its place where Numba cannot be imported: the same computation in whole-array
        operations, for a function whose loops would be too slow in Python. By default the function
        itself.
    """

    def compile_kernel(kernel: Kernel) -> Kernel:
        try:
            from numba import njit
        except ImportError:
            return kernel if instead is None else cast(Kernel, instead)
        try:
            return cast(Kernel, njit(signature, error_model="numpy", cache=True)(kernel))
        except (OSError, RuntimeError):  # there is no folder that Numba may keep its cache in
            return cast(Kernel, njit(signature, error_model="numpy")(kernel))

    return compile_kernel

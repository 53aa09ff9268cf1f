"""Compile every kernel and keep the result on disk: ``python -m armsrace.solvers.warm``.

Solvers do this themselves when they are first called; run it after installation so that no first
call waits.
"""

from importlib import import_module

from armsrace.solvers._compilation import prepare

KERNELS = (
    "armsrace.solvers._complementary_pivoting",
    "armsrace.solvers._counterfactual_regret",
    "armsrace.solvers._dictionary",
    "armsrace.solvers._learning",
    "armsrace.solvers._reverse_search",
    "armsrace.solvers._scaling",
    "armsrace.solvers._simplex",
)
"""The modules that hold compiled kernels."""


def warm() -> None:
    """Import all modules that hold kernels compiled, which compiles what is not on disk yet."""
    prepare()
    for module in KERNELS:
        import_module(module)


if __name__ == "__main__":
    warm()

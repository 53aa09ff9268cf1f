"""The examples of `armsrace.interop` run where the package that each is about is installed."""

import doctest
from importlib import import_module

import pytest

PEERS = {
    "gambit": "pygambit",
    "nashpy": "nashpy",
    "openspiel": "pyspiel",
    "quantecon": "quantecon",
}


@pytest.mark.parametrize("name", PEERS)
@pytest.mark.filterwarnings("default")
def test_examples(name: str) -> None:
    pytest.importorskip(PEERS[name])
    module = import_module(f"armsrace.interop.{name}")
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    for test in doctest.DocTestFinder().find(module):
        for example in test.examples:
            # Marked so for a run of all doctests, which has to do without the package.
            example.options.pop(doctest.SKIP, None)
        runner.run(test)
    assert runner.tries >= 4
    assert runner.failures == 0

import sys
from collections.abc import Callable
from importlib import import_module

import numpy as np
import pytest

from armsrace.forms import ExtensiveForm, NormalForm, matching_pennies
from armsrace.interop import (
    extensive_form_from_gambit,
    extensive_form_from_openspiel,
    from_nashpy,
    from_quantecon,
    normal_form_from_gambit,
    normal_form_from_openspiel,
    to_gambit,
    to_nashpy,
    to_openspiel,
    to_quantecon,
)
from armsrace.interop._peer import peer

NORMAL, EXTENSIVE = NormalForm.zero_sum([[1.0, -1.0], [-1.0, 1.0]]), matching_pennies()

# What Python imports, what pip installs, and the conversions with something to convert.
CONVERSIONS: list[tuple[str, str, Callable[..., object], NormalForm | ExtensiveForm | None]] = [
    ("nashpy", "nashpy", to_nashpy, NORMAL),
    ("nashpy", "nashpy", from_nashpy, None),
    ("pygambit", "pygambit", to_gambit, NORMAL),
    ("pygambit", "pygambit", to_gambit, EXTENSIVE),
    ("pygambit", "pygambit", normal_form_from_gambit, None),
    ("pygambit", "pygambit", extensive_form_from_gambit, None),
    ("pyspiel", "open_spiel", to_openspiel, NORMAL),
    ("pyspiel", "open_spiel", to_openspiel, EXTENSIVE),
    ("pyspiel", "open_spiel", normal_form_from_openspiel, None),
    ("pyspiel", "open_spiel", extensive_form_from_openspiel, None),
    ("quantecon", "quantecon", to_quantecon, NORMAL),
    ("quantecon", "quantecon", from_quantecon, None),
]


@pytest.mark.parametrize(("module", "package", "convert", "game"), CONVERSIONS)
def test_a_missing_package_is_named_with_its_remedy(
    module: str,
    package: str,
    convert: Callable[..., object],
    game: NormalForm | ExtensiveForm | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    message = rf"{package} is not installed; pip install armsrace\[interop\]"
    with pytest.raises(ImportError, match=message) as refused:
        convert(game)
    assert refused.value.name == module


def test_what_a_package_itself_lacks_is_told_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(name: str) -> None:
        raise ModuleNotFoundError("No module named 'missing'", name="missing")

    monkeypatch.setattr("armsrace.interop._peer.import_module", broken)
    with pytest.raises(ModuleNotFoundError, match="No module named 'missing'"):
        peer("nashpy", "nashpy")


@pytest.mark.parametrize(("module", "package", "convert", "game"), CONVERSIONS)
def test_objects_of_another_kind_are_refused(
    module: str,
    package: str,
    convert: Callable[..., object],
    game: NormalForm | ExtensiveForm | None,
) -> None:
    pytest.importorskip(module)
    if game is None:
        with pytest.raises(TypeError, match=r"game must be a \S+Game, got ndarray"):
            convert(np.eye(2))
    else:
        convert(game)


def test_all_conversions_are_tried() -> None:
    exported = {name for name in dir(import_module("armsrace.interop")) if "to_" in name}
    exported |= {name for name in dir(import_module("armsrace.interop")) if "from_" in name}
    assert exported == {convert.__name__ for _, _, convert, _ in CONVERSIONS}

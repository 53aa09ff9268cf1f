"""The door of the command line: settings and strategies as they are written; tables of text."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import armsrace as ar
from armsrace.cli.door import load_configured, read_strategy
from armsrace.cli.table import numerals, table


@final
@dataclass(frozen=True, kw_only=True)
class Thermostat:
    """Stands for a game, with a parameter of every kind."""

    costs: ar.Costs
    rounds: int = 3
    discount: float = 1
    order: ar.Order = ar.Order.SIMULTANEOUS
    steps: int | None = None
    silent: bool = False
    label: str = "home"
    shape: tuple[int, ...] = (1, 2)


OPPOSED = ar.Costs.opposed(ar.Prices(fp=1.0))
Load = Callable[..., object]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Load:
    """Load the thermostat with some settings."""
    monkeypatch.setattr("armsrace.cli.door.load_game", lambda name: Thermostat(costs=OPPOSED))
    return lambda *settings: load_configured("thermostat", settings)


def test_settings_are_read_by_the_type_of_the_parameter(load: Load) -> None:
    settings = ["rounds=5", "discount = 0.5", "order=learner first", "steps=7", "silent=true"]
    settings += ["label=a=b", "costs.learner.fp=2", "costs.learner.fn=3", "costs.adversary.fp=4"]
    assert load(*settings) == Thermostat(
        rounds=5,
        discount=0.5,
        order=ar.Order.LEARNER_FIRST,
        steps=7,
        silent=True,
        label="a=b",
        costs=ar.Costs(ar.Prices(fp=2.0, fn=3.0), ar.Prices(fp=4.0)),
    )


def test_the_later_of_two_settings_counts(load: Load) -> None:
    settings = ["steps=7", "steps=none", "silent=True", "silent=False", "rounds=5", "rounds=6"]
    assert load(*settings) == Thermostat(costs=OPPOSED, rounds=6)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("rounds=1e3", r"thermostat.rounds must be an integer, got '1e3'"),
        ("discount=half", r"thermostat.discount must be a number, got 'half'"),
        ("order=last", r"must be one of simultaneous, learner first, adversary first, got 'last'"),
        ("steps=few", r"thermostat.steps must be an integer or none, got 'few'"),
        ("silent=1", r"thermostat.silent must be true or false, got '1'"),
        ("shape=1", r"thermostat.shape must be set in Python, got '1'"),
    ],
)
def test_settings_of_another_type_are_refused(load: Load, setting: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        load(setting)


@given(
    st.dictionaries(
        st.text("abcxyz_%019", min_size=1), st.floats(allow_nan=False), min_size=1, max_size=6
    )
)
def test_a_mix_is_read_as_it_is_written(mix: dict[str, float]) -> None:
    assert read_strategy(",".join(f"{name}={chance!r}" for name, chance in mix.items())) == mix


# Tables


@given(
    st.lists(st.floats(-1e6, 1e6).filter(lambda value: value == 0 or abs(value) > 1e-6), min_size=1)
)
def test_numerals_keep_four_digits_of_the_largest(values: list[float]) -> None:
    read = np.array(list(map(float, numerals(values))))
    assert np.abs(read - values).max() <= 5.001e-4 * np.abs(values).max()


def test_numerals_take_what_is_not_finite() -> None:
    assert numerals([np.nan, 1.5, -np.inf]) == ["nan", "1.500", "-inf"]


def test_tables_line_up() -> None:
    lines = table(["", "a_b", "c"], [["x", "yy"], ["1", "22"], ["3", "4"]], left=1).splitlines()
    assert lines == ["    a_", "     b  c", "x    1  3", "yy  22  4"]

"""A tabulated function: exact at its points, linear between, constant beyond."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.tabulated import Tabulated


@given(
    values=st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=9),
    first=st.floats(-5, 5),
    spacing=st.floats(0.1, 3),
    places=st.lists(st.floats(-50, 50), max_size=9),
)
@settings(max_examples=200, deadline=None)
def test_it_is_the_interpolation_of_its_points(
    values: list[float], first: float, spacing: float, places: list[float]
) -> None:
    table = Tabulated(first, spacing, np.array(values, dtype=np.float64))
    points = np.asarray(first + spacing * np.arange(len(values)), dtype=np.float64)
    asked = np.array(places, dtype=np.float64)
    expected = np.interp(asked, points, table.values)
    np.testing.assert_allclose(table(asked), expected, atol=1e-8)
    np.testing.assert_allclose(table(points), table.values, atol=1e-8)


def test_a_smooth_function_is_met_to_the_square_of_the_spacing() -> None:
    places = np.linspace(0.0, 3.0, 1001)
    errors = [
        np.abs(Tabulated.of(np.sin, 0.0, 3.0, points=n)(places) - np.sin(places)).max()
        for n in (31, 61)
    ]
    assert errors[0] <= 0.1**2 / 8
    assert errors[1] <= 0.05**2 / 8


def test_places_are_left_as_they_are() -> None:
    places = np.array([[0.5], [7.0]])
    assert Tabulated(0.0, 1.0, np.array([0.0, 2.0]))(places).tolist() == [[1.0], [2.0]]
    assert places.tolist() == [[0.5], [7.0]]

"""Kinks and jumps inside the range: they are found from the values around them, and the interval is divided there."""

import math

import numpy as np
import pytest

from mlcore.calculus import integrate

INSIDE = [0.05, 1 / 3, 0.5, math.pi / 4, 0.77, 0.9]
PLACES = [*INSIDE, 0.25 + 1e-4, 0.5 - 1e-6]  # beside a cut that is made anyway


@pytest.mark.parametrize("vectorized", [True, False])
@pytest.mark.parametrize("c", PLACES)
def test_a_kink_costs_little(c: float, vectorized: bool) -> None:
    # Two straight pieces: they meet at c exactly.
    found = integrate(lambda x: abs(x - c), 0, 1, vectorized=vectorized)
    assert found.status == "converged"
    assert abs(found.value - (c * c + (1 - c) ** 2) / 2) <= found.error + 1e-16
    assert found.n_evaluations <= (90 if vectorized else 21) + (120 if c in INSIDE else 500)
    # Two curved ones.
    found = integrate(lambda x: abs(np.sin(3 * (x - c))) + np.exp(x), 0, 1, vectorized=vectorized)
    exact = (2 - math.cos(3 * c) - math.cos(3 * (1 - c))) / 3 + math.e - 1
    assert abs(found.value - exact) <= found.error + 1e-15
    assert found.n_evaluations <= 1000


@pytest.mark.parametrize("vectorized", [True, False])
@pytest.mark.parametrize("c", PLACES)
def test_a_jump(c: float, vectorized: bool) -> None:
    found = integrate(lambda x: np.where(x > c, np.cos(x), -np.exp(x)), 0, 1, vectorized=vectorized)
    exact = math.sin(1) - math.sin(c) - math.exp(c) + 1
    assert abs(found.value - exact) <= found.error <= 2e-8
    assert found.n_evaluations <= 1200


def test_many_breaks() -> None:
    found = integrate(lambda x: abs(np.sin(10 * math.pi * x)), 0, 1)
    assert abs(found.value - 2 / math.pi) <= found.error + 1e-15
    found = integrate(lambda x: np.floor(7.3 * x), 0, 1)
    assert abs(found.value - sum(1 - k / 7.3 for k in range(1, 8))) <= found.error
    # A third derivative that jumps, and two kinks nearer than the points are.
    for c in PLACES:
        found = integrate(lambda x, c=c: abs(x - c) ** 3, 0, 1)
        assert abs(found.value - (c**4 + (1 - c) ** 4) / 4) <= found.error + 1e-15
        found = integrate(lambda x, c=c: abs(x - c) - 2 * abs(x - c - 0.04) + x, 0, 1)
        d = c + 0.04
        assert abs(found.value - (c * c + (1 - c) ** 2) / 2 + d * d + (1 - d) ** 2 - 0.5) <= found.error + 1e-15


def test_beside_a_limit_if_there_is_another() -> None:
    """Between a limit and the first point the function is looked at too, once it has been found to break somewhere."""
    for near in (3e-4, 1e-4, 5e-5):
        found = integrate(lambda x, near=near: np.where(x < near, 3.0, 1.0) + (x > 0.2), 0, 1)
        assert abs(found.value - (1.8 + 2 * near)) <= found.error
        found = integrate(lambda x, near=near: np.where(x > 1 - near, 3.0, 1.0) + abs(x - 0.8), 0, 1)
        assert abs(found.value - (1.34 + 2 * near)) <= found.error


def test_infinite_ranges_and_several_values() -> None:
    found = integrate(lambda x: np.exp(-abs(x - 0.3)), -np.inf, np.inf)
    assert abs(found.value - 2) <= found.error
    found = integrate(lambda x: np.where(x > 20.5, x**-2.0, 0.0), 0, np.inf)
    assert abs(found.value - 1 / 20.5) <= found.error
    found = integrate(lambda x: np.stack([abs(x - 0.3), np.cos(x), x > 0.6], -1), 0, 1)
    np.testing.assert_array_less(abs(found.value - [0.29, math.sin(1), 0.4]), found.error + 1e-15)
    found = integrate(lambda x: abs(x - 0.3) * np.exp(1j * x), 0, 1)
    reference = integrate(lambda x: abs(x - 0.3) * np.exp(1j * x), 0, 1, points=(0.3,))
    assert abs(found.value - reference.value) <= found.error + reference.error


def test_singularities_are_no_breaks() -> None:
    """Next to a pole all values are off; tanh-sinh, or halving, has to deal with it."""
    for c in (1 / 3, 0.7, 0.123456789):
        with np.errstate(divide="ignore"):
            found = integrate(lambda x, c=c: abs(x - c) ** -0.5, 0, 1)
        assert abs(found.value - 2 * (math.sqrt(c) + math.sqrt(1 - c))) <= found.error
        with np.errstate(divide="ignore"):
            found = integrate(lambda x, c=c: np.log(abs(x - c)), 0, 1)
        assert abs(found.value - (c * math.log(c) + (1 - c) * math.log(1 - c) - 1)) <= found.error
    assert integrate(np.sqrt, 0, 1).method == "tanh-sinh"


def test_limits_that_are_neighbours() -> None:
    for a in (0.3, 1e10, -1e-300):
        b = a
        for _ in range(40):
            b = math.nextafter(b, math.inf)
            found = integrate(lambda x, m=0.5 * a + 0.5 * b: np.where(x > m, 1.0, 0.0), a, b)
            assert 0 <= found.value <= b - a

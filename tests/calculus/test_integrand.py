"""How integrate calls its function: with numbers or arrays, how often, and how it finds out which."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from mlcore.calculus import antiderivative, integrate


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x - np.mean(x), lambda x: x / np.max(x), lambda x: np.where(x > np.mean(x), 1.0, 0.0),
        lambda x: x**2 if np.any(x > 0.5) else x,
        lambda x: np.cos(x) if np.all(np.abs(x - 0.5) < 0.4) else 0 * x,
        lambda x: x**2 if np.all(x > 0.5) else x, lambda x: np.sum(x), lambda x: np.cumsum(x)[-1],
        lambda x: x / np.linalg.norm(x), lambda x: [x, x],
    ],
)  # fmt: skip
def test_a_function_that_mixes_its_points_is_noticed(f) -> None:
    found, one_by_one = integrate(f, 0, 1), integrate(f, 0, 1, vectorized=False)
    assert np.all(found.value == one_by_one.value)


@pytest.mark.parametrize("threshold", [0.01, 0.3, 0.5, 0.8, 0.99])
@pytest.mark.parametrize("asked", [np.any, np.all])
@pytest.mark.parametrize("above", [True, False])
def test_a_branch_on_all_points_is_found_out(threshold: float, asked: Callable, above: bool) -> None:
    def f(x):
        return np.exp(x) if asked((x > threshold) == above) else 1.0 - np.exp(x)

    size = math.exp(1.0) - 2 * math.exp(threshold) + 1
    assert integrate(f, 0, 1).value == pytest.approx(size + threshold if above else 1 - threshold - size, rel=1e-7)


@pytest.mark.parametrize("pole", [0.5, 0.5 + 0.5 * 0.148874338981631210884826001129720])
def test_a_pole_at_a_point_where_a_number_would_be_divided_by_0(pole: float) -> None:
    with np.errstate(divide="ignore"):
        found = integrate(lambda x: abs(x - pole) ** -0.5, 0, 1)
        assert abs(found.value - 2 * (math.sqrt(pole) + math.sqrt(1 - pole))) <= found.error
    with pytest.raises(ZeroDivisionError):
        integrate(lambda x: 1 / (x - pole) if x != pole else 1 // 0, 0, 1)


def test_how_often_the_function_is_called() -> None:
    assert integrate(math.sin, 0, 1).n_evaluations == 21
    assert integrate(lambda x: math.exp(-x * x), 0.0, 1.0).n_evaluations == 21
    assert integrate(lambda x: x * x, 0, 1).n_evaluations == 21
    assert integrate(np.sin, 0, 1).n_evaluations == 21
    assert integrate(np.abs, 0, 1).n_evaluations == 90
    calls = []
    integrate(lambda x: calls.append(np.size(x)) or np.sin(x), 0, 1)
    assert calls == [1, 91, 1, 1]
    calls.clear()
    found = integrate(lambda x: calls.append(np.size(x)) or math.cos(100 * x), 0, 1)
    assert found.n_evaluations in (len(calls) - 1, len(calls))  # a call with an array failed
    assert max(calls[:21]) == 1 < max(calls)


def test_a_function_may_change_its_argument() -> None:
    def doubled(x):
        x *= 2
        return x

    assert integrate(doubled, 0, 1, vectorized=True).value == pytest.approx(1, abs=1e-15)


@pytest.mark.parametrize("vectorized", ["a", 1, 0.0, [True]])
def test_vectorized_is_a_truth_value(vectorized: object) -> None:
    for solve in (integrate, antiderivative):
        with pytest.raises(TypeError, match=r"vectorized is .*; expected True, False or None"):
            solve(np.exp, 0, 1, vectorized=vectorized)
    assert integrate(np.exp, 0, 1, vectorized=np.True_) == integrate(np.exp, 0, 1, vectorized=True)

"""cosine_similarity, angle, project: against mpmath and scikit-learn, at every scale."""

import mpmath
import numpy as np
import pytest

import mlcore
from mlcore import linalg

from ..certificates import assert_same_bits, eps
from ..strategies import LAYOUTS, in_layout

FUNCTIONS = [linalg.cosine_similarity, linalg.angle, linalg.project]


def exact_angle(x, y):
    with mpmath.workdps(60):
        a, b = (mpmath.matrix([mpmath.mpf(float(v)) for v in z]) for z in (x, y))
        u, v = a / mpmath.norm(a), b / mpmath.norm(b)
        return 2 * mpmath.atan2(mpmath.norm(u - v), mpmath.norm(u + v))


@pytest.mark.parametrize("theta", [0.0, 1e-300, 1e-30, 1e-16, 1e-9, 1e-3, 1.0, np.pi / 2, 3.0, np.pi - 1e-9, np.pi])
def test_angles_in_the_plane(theta, dtype):
    x, y = np.array([1, 0], dtype), np.array([np.cos(theta), np.sin(theta)], dtype)
    value = linalg.angle(x, y)
    exact = exact_angle(x, y)
    assert value.dtype == dtype
    assert abs(mpmath.mpf(float(value)) - exact) <= 8 * eps(x) * max(exact, mpmath.mpf(1e-310))


@pytest.mark.parametrize("n", [1, 2, 3, 20, 1000])
def test_random_vectors(n, dtype, rng):
    x, y = rng.normal(size=(2, n)).astype(dtype)
    exact = exact_angle(x, y)
    assert abs(float(linalg.angle(x, y) - exact)) <= 10 * eps(x)
    assert abs(float(linalg.cosine_similarity(x, y) - mpmath.cos(exact))) <= 10 * eps(x)
    p = linalg.project(x, y)
    assert p.dtype == dtype
    length = float(np.linalg.norm(x.astype(float)))
    assert abs(p.astype(float) @ y) <= abs(x.astype(float) @ y) + 20 * eps(x) * length * np.linalg.norm(y)
    assert abs((x.astype(float) - p) @ y) <= 20 * eps(x) * length * np.linalg.norm(y)  # the rest is orthogonal to y
    np.testing.assert_allclose(linalg.project(p, y), p, rtol=0, atol=10 * eps(x) * length)  # a projection


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(function, layout, dtype, rng):
    x, y = rng.normal(size=(2, 6, 5)).astype(dtype)
    expected = function(x, y)
    np.testing.assert_allclose(function(in_layout(x, layout), in_layout(y, layout)), expected, rtol=0, atol=50 * eps(x))


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("axis", [0, 1, 2, -1])
@pytest.mark.parametrize("shape", [(3, 4, 5), (20, 1, 30), (40, 50, 2)])
def test_along_an_axis(function, axis, shape, dtype, rng):
    x, y = rng.normal(size=(2, *shape)).astype(dtype)
    result = function(x, y, axis=axis)
    moved = function(np.moveaxis(x, axis, -1).copy(), np.moveaxis(y, axis, -1).copy())
    if function is linalg.project:
        moved = np.moveaxis(moved, -1, axis)
    assert result.shape == moved.shape
    np.testing.assert_allclose(result, moved, rtol=0, atol=50 * eps(x) * 5)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_broadcasting(function, dtype, rng):
    x, y = rng.normal(size=(4, 1, 5)).astype(dtype), rng.normal(size=(3, 5)).astype(dtype)
    result = function(x, y)
    for i in range(4):
        for j in range(3):
            np.testing.assert_allclose(result[i, j], function(x[i, 0], y[j]), rtol=0, atol=20 * eps(x))


def test_pairwise_like_scikit_learn(dtype, rng):
    from sklearn.metrics.pairwise import cosine_similarity

    X, Y = rng.normal(size=(30, 7)).astype(dtype), rng.normal(size=(20, 7)).astype(dtype)
    X[3] = 0
    result = linalg.cosine_similarity(X, Y, pairwise=True)
    assert result.dtype == dtype
    np.testing.assert_allclose(result, cosine_similarity(X, Y), rtol=0, atol=10 * eps(X))


def test_every_scale(dtype):
    tiny, huge = (np.finfo(dtype).smallest_subnormal, np.finfo(dtype).max)
    for s in (tiny, np.finfo(dtype).tiny, 1, huge / 2, huge):
        for t in (tiny, 1, huge):
            x, y = np.array([s, s, 0], dtype), np.array([0, t, t], dtype)
            assert abs(linalg.cosine_similarity(x, y) - 0.5) <= 4 * eps(x)
            assert abs(linalg.angle(x, y) - np.pi / 3) <= 4 * eps(x)
            assert abs(linalg.cosine_similarity(np.stack([x] * 20, 1), np.stack([y] * 20, 1), axis=0) - 0.5).max() <= 4 * eps(x)
    np.testing.assert_allclose(
        linalg.project(np.array([huge / 4, 0], dtype), np.array([huge, huge], dtype)), np.full(2, huge / 8), rtol=4 * eps(x)
    )


def test_zero_vectors(dtype):
    x, zero = np.array([3, 4], dtype), np.zeros(2, dtype)
    assert linalg.cosine_similarity(x, zero) == 0
    assert np.isnan(linalg.angle(x, zero))
    assert np.isnan(linalg.angle([x, zero], [x, x])).tolist() == [False, True]
    assert linalg.project(x, zero).tolist() == [0, 0]
    assert linalg.project(zero, x).tolist() == [0, 0]
    assert linalg.cosine_similarity(np.zeros((0, 3), dtype), np.zeros((0, 3), dtype)).shape == (0,)


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_not_a_number_and_infinity(function, value, dtype):
    x, y = np.array([1, value, 2], dtype), np.ones(3, dtype)
    with np.errstate(invalid="ignore"):
        assert np.isnan(function(x, y)).any() or (function is linalg.project and np.isinf(function(x, y)).all())


@pytest.mark.parametrize("function", FUNCTIONS)
def test_same_bits_on_any_number_of_threads(function, threads, dtype, rng):
    x, y = rng.normal(size=(2, 3000, 60)).astype(dtype)
    for axis in (0, 1):
        with mlcore.num_threads(1):
            expected = function(x, y, axis=axis)
        assert_same_bits(function(x, y, axis=axis), expected)


def test_lists_and_types():
    assert linalg.angle([1, 0], [0, 1]) == np.pi / 2
    assert linalg.cosine_similarity(np.ones(2, "f4"), np.ones(2)).dtype == np.float64


@pytest.mark.parametrize("function", FUNCTIONS)
def test_refused(function):
    with pytest.raises(ValueError, match=r"vectors of shapes \(2,\) and \(3,\) along axis -1: they must be equally long"):
        function([1, 2], [1, 2, 3])
    with pytest.raises(ValueError, match="at least 1-D"):
        function(1.0, 2.0)
    with pytest.raises(ValueError, match="expected two matrices, one vector to a row"):
        linalg.cosine_similarity([1.0], [1.0], pairwise=True)

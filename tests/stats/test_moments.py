"""mean_variance: accurate under any mean, weights as repetition, every layout, the same bits on any number of threads."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mlcore
from mlcore import stats

from ..certificates import assert_moments_accurate, assert_same_bits
from ..strategies import LAYOUTS, arrays, dtypes, edges, in_layout

SHAPES = [(1, 1), (2, 1), (3, 0), (1, 5), (7, 3), (5000, 1), (9000, 10), (300, 33), (40, 700)]
SHAPES += [(n, 9) for n in edges(8, 64, 128, 256)] + [(90, d) for d in edges(4, 8, 16, 32, 64, 2048)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("weighted", [False, True])
def test_accurate(shape, weighted, dtype, rng):
    X = (rng.normal(size=shape) * 3 + 2).astype(dtype)
    weights = rng.uniform(0.5, 2, len(X)).astype(dtype) if weighted else None
    for Y in (X, np.asfortranarray(X)):
        result = stats.mean_variance(Y, weights=weights)
        assert result.mean.dtype == result.variance.dtype == dtype
        assert_moments_accurate(*result, X, weights)


def sets_of_rows(rng, n):
    """Data whose mean, or first rows, mislead a careless formula."""
    noise = rng.normal(size=(n, 6))
    steps = np.arange(n)[:, None]
    return {
        "mean 1e6": 1e6 + noise,
        "mean 1e6, deviation 0.1": 1e6 + 0.1 * noise,
        "step": np.where(steps < n // 3, 0.0, 1e6) + noise,
        "late step": np.where(steps < n - 5, 0.0, 1e6) + noise,
        "ramp": 1e3 * steps + noise,
        "outlier first": np.where(steps == 0, 1e6, 0.0) + noise,
        "outlier last": np.where(steps == n - 1, 1e6, 0.0) + noise,
        "constant": np.full((n, 6), 1e6 + 1 / 3),
    }


@pytest.mark.parametrize("n", [10, 500, 20000])
@pytest.mark.parametrize("order", ["C", "Fortran", "every second"])
def test_difficult_data(n, order, dtype, rng):
    for X in sets_of_rows(rng, n).values():
        X = X.astype(dtype)
        assert_moments_accurate(*stats.mean_variance(in_layout(X, order)), X)


def test_difficult_weights(dtype, rng):
    """Light rows far away before heavy ones: the merge must not rely on what weighs nothing."""
    X = (np.where(np.arange(9000)[:, None] < 3000, 0.0, 1e6) + rng.normal(size=(9000, 4))).astype(dtype)
    for light in (0.0, 1e-20):
        weights = np.where(np.arange(9000) < 3000, light, 1.0).astype(dtype)
        for Y in (X, np.asfortranarray(X)):
            assert_moments_accurate(*stats.mean_variance(Y, weights=weights), X, weights)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("shape", [(1, 3), (50, 7), (3000, 2), (10, 600)])
def test_layouts(layout, shape, dtype, rng):
    X = rng.normal(size=shape).astype(dtype)
    weights = rng.uniform(1, 2, shape[0]).astype(dtype)
    for Y in (in_layout(X, layout), in_layout(X.T, layout).T):
        assert_moments_accurate(*stats.mean_variance(Y), X)
        assert_moments_accurate(*stats.mean_variance(Y, weights=in_layout(weights, layout)), X, weights)


@given(st.data(), dtypes, st.integers(1, 200), st.integers(0, 40))
def test_any_layout(data, dtype, n, d):
    X = data.draw(arrays(dtype, (n, d)))
    assert_moments_accurate(*stats.mean_variance(X), X)


def test_weights_are_repetitions(dtype, rng):
    X, weights = rng.normal(size=(700, 5)).astype(dtype), rng.integers(0, 4, 700)
    for ddof in (0, 1, 2.5):
        assert_moments_accurate(*stats.mean_variance(X, ddof=ddof, weights=weights), np.repeat(X, weights, 0), ddof=ddof)


@pytest.mark.parametrize("shape", [(60000, 12), (4000, 300), (300000, 1), (500, 3000)])
def test_same_bits_on_any_number_of_threads(shape, threads, dtype, rng):
    X = rng.normal(size=shape).astype(dtype)
    weights = rng.uniform(1, 2, len(X)).astype(dtype)
    for Y in (X, np.asfortranarray(X)):
        for w in (None, weights):
            with mlcore.num_threads(1):
                expected = stats.mean_variance(Y, weights=w)
            result = stats.mean_variance(Y, weights=w)
            assert_same_bits(result.mean, expected.mean)
            assert_same_bits(result.variance, expected.variance)


@pytest.mark.parametrize("row", [0, 30, 99])
def test_not_a_number_and_infinity(row, dtype, rng):
    X = rng.normal(size=(100, 5)).astype(dtype)
    X[row, 1], X[row, 3] = np.nan, np.inf
    for Y in (X, np.asfortranarray(X)):
        mean, variance = stats.mean_variance(Y)
        assert np.isnan(mean[1])
        assert not np.isfinite(mean[3])
        assert np.isnan(variance[[1, 3]]).all()
        assert_moments_accurate(mean[::2], variance[::2], X[:, ::2])


def test_inputs_and_result():
    result = stats.mean_variance([[1, 2], [3, 6]], ddof=1)
    assert result.mean.tolist() == [2.0, 4.0]
    assert result.variance.tolist() == [2.0, 8.0]
    mean, variance = result
    assert mean is result.mean
    assert variance is result.variance


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: stats.mean_variance([1.0, 2.0]), r"X has shape \(2,\); expected a matrix"),
        (lambda: stats.mean_variance(np.ones((0, 3))), "X has 0 rows, which weigh 0; expected more than 0"),
        (lambda: stats.mean_variance(np.ones((1, 3)), ddof=1), "X has 1 rows, which weigh 1; expected more than 1"),
        (lambda: stats.mean_variance(np.ones((3, 1)), weights=[0, 0, 0]), "X has 3 rows, which weigh 0"),
        (lambda: stats.mean_variance(np.ones((3, 1)), weights=[1, 2]), "weights has 2 elements; expected 3"),
        (lambda: stats.mean_variance(np.ones((3, 1)), weights=[1, -1, 1]), r"weights\[1\] is -1; expected finite numbers >= 0"),
        (lambda: stats.mean_variance(np.ones((3, 1)), weights=[1, np.nan, 1]), r"weights\[1\] is nan"),
    ],
)
def test_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()

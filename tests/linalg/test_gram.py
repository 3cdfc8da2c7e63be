"""gram: certificates, centring that loses nothing, weights as repetition, the same bits on any number of threads."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mlcore
from mlcore import linalg

from ..certificates import assert_gram_accurate, assert_same_bits
from ..strategies import LAYOUTS, arrays, dtypes, edges, in_layout

SHAPES = [(0, 3), (1, 1), (1, 4), (2, 2), (3, 0), (5, 3), (300, 17), (40, 33), (1000, 100)]
SHAPES += [(n, 5) for n in edges(4, 16, 64, 192)] + [(70, d) for d in edges(4, 8, 24, 48, 192, 384)] + [(3000, 64)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("center", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_accurate(shape, center, weighted, dtype, rng):
    X = (rng.normal(size=shape) + 3).astype(dtype)
    weights = rng.uniform(0.5, 2, len(X)).astype(dtype) if weighted else None
    C = linalg.gram(X, center=center, weights=weights)
    assert C.dtype == dtype
    if shape[0]:
        assert_gram_accurate(C, X, weights, center)
    else:
        assert not C.any()


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("center", [False, True])
def test_layouts(layout, center, dtype, rng):
    X = rng.normal(size=(130, 30)).astype(dtype)
    assert_same_bits(linalg.gram(in_layout(X, layout), center=center), linalg.gram(X, center=center))


@given(st.data(), dtypes, st.integers(1, 90), st.integers(1, 60), st.booleans())
def test_any_layout(data, dtype, n, d, center):
    X = data.draw(arrays(dtype, (n, d)))
    assert_gram_accurate(linalg.gram(X, center=center), X, center=center)


@pytest.mark.parametrize("n", [3, 200, 5000])
def test_a_large_mean_costs_nothing(n, dtype, rng):
    X = (1e6 + rng.normal(size=(n, 12))).astype(dtype)
    assert_gram_accurate(linalg.gram(X, center=True), X, center=True)


def test_weights_are_repetitions(dtype, rng):
    X, weights = rng.normal(size=(500, 9)).astype(dtype), rng.integers(0, 4, 500)
    for center in (False, True):
        repeated = linalg.gram(np.repeat(X, weights, axis=0), center=center)
        weighted = linalg.gram(X, center=center, weights=weights)
        np.testing.assert_allclose(weighted, repeated, rtol=0, atol=500 * np.finfo(dtype).eps * abs(repeated).max())


@pytest.mark.parametrize("place", [0, 100, 499])
def test_a_row_of_weight_zero_counts_for_nothing(place, dtype, rng):
    X, weights = rng.normal(size=(500, 9)).astype(dtype), rng.uniform(size=500).astype(dtype)
    X[place], weights[place] = 1e8, 0
    kept = np.arange(500) != place
    assert_gram_accurate(linalg.gram(X, center=True, weights=weights), X[kept], weights[kept], center=True)


def test_many_rows_of_weight_zero_before_the_rest(dtype, rng):
    X, weights = rng.normal(size=(2000, 3)).astype(dtype), np.ones(2000, dtype)
    X[:700], weights[:700] = 1e15, 0
    assert_gram_accurate(linalg.gram(X, center=True, weights=weights), X[700:], weights[700:], center=True)


@pytest.mark.parametrize("shape", [(300, 256), (300, 512), (70, 1024)])
def test_rows_a_power_of_two_apart(shape, dtype, rng):
    X = rng.normal(size=shape).astype(dtype)
    assert_gram_accurate(linalg.gram(X), X)


@pytest.mark.parametrize("center", [False, True])
def test_all_weights_zero(center, dtype):
    assert_same_bits(linalg.gram(np.ones((5, 2), dtype), center=center, weights=np.zeros(5)), np.zeros((2, 2), dtype))


@pytest.mark.parametrize("weight", [-1.0, np.nan, np.inf, 1e300])
def test_weights_must_be_finite_and_not_negative(weight):
    X = np.ones((2, 3), np.float32)
    with np.errstate(over="ignore"), pytest.raises(ValueError, match=r"weights\[1\] is .*; expected finite"):
        linalg.gram(X, weights=[1.0, weight])


@pytest.mark.parametrize("shape", [(20000, 40), (2000, 400), (500, 700)])
@pytest.mark.parametrize("center", [False, True])
def test_same_bits_on_any_number_of_threads(shape, center, dtype, rng):
    X = rng.normal(size=shape).astype(dtype)
    with mlcore.num_threads(1):
        expected = linalg.gram(X, center=center)
    for threads in (2, 3, 8):
        with mlcore.num_threads(threads):
            assert_same_bits(linalg.gram(X, center=center), expected)


def test_not_a_number(dtype, rng):
    X = rng.normal(size=(50, 6)).astype(dtype)
    X[20, 2] = np.nan
    for center in (False, True):
        C = linalg.gram(X, center=center)
        assert np.isnan(C[2]).all()
        assert np.isnan(C[:, 2]).all()
        others = [0, 1, 3, 4, 5]
        assert_gram_accurate(C[np.ix_(others, others)], X[:, others], center=center)


def test_refused():
    X = np.ones((3, 2))
    with pytest.raises(ValueError, match=r"X has shape \(3,\); expected a matrix"):
        linalg.gram(X[:, 0])
    with pytest.raises(ValueError, match="weights has 2 elements; expected 3, one for each row of X"):
        linalg.gram(X, weights=[1, 2])
    with pytest.raises(ValueError, match=r"weights\[1\] is -2; expected finite numbers >= 0"):
        linalg.gram(X, weights=[1, -2, 1])
    with pytest.raises(ValueError, match=r"weights\[2\] is nan; expected finite numbers >= 0"):
        linalg.gram(X, weights=[1, 2, np.nan])

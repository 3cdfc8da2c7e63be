"""X^T (X V) in one read of X, as the iterations for leading singular vectors use it."""

import numpy as np
import pytest

import mlcore
from mlcore._core import blas

from ..certificates import assert_same_bits, assert_within, eps, wide
from ..strategies import LAYOUTS, edges, in_layout

SHAPES = [(0, 3, 8), (3, 0, 8), (3, 4, 0), (1, 1, 1), (1, 5, 8), (5, 1, 8), (300, 17, 8), (40, 330, 8), (700, 90, 3)]
SHAPES += [(90, 70, 30)] + [(n, 50, 8) for n in edges(8, 64, 128, 512)] + [(70, d, 8) for d in edges(4, 16, 48, 96)]
SHAPES += [(20, 100000, 2)]  # one row alone is larger than a chunk should be


def assert_accurate(Z, X, V):
    n, d = X.shape
    XW, VW = wide(X), wide(V)
    assert_within(Z, XW.T @ (XW @ VW), 2 * (n + d) * eps(X) * (abs(XW).T @ (abs(XW) @ abs(VW))))


@pytest.mark.parametrize("shape", SHAPES)
def test_accurate(shape, dtype, rng):
    n, d, b = shape
    X, V = rng.normal(size=(n, d)).astype(dtype), rng.normal(size=(d, b)).astype(dtype)
    Z = blas.gram_apply(X, V)
    assert Z.shape == (d, b)
    assert Z.dtype == dtype
    assert_accurate(Z, X, V)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(layout, dtype, rng):
    X, V = rng.normal(size=(130, 30)).astype(dtype), rng.normal(size=(30, 8)).astype(dtype)
    expected = blas.gram_apply(X, V)
    assert_same_bits(blas.gram_apply(in_layout(X, layout), V), expected)
    assert_same_bits(blas.gram_apply(X, in_layout(V, layout)), expected)


@pytest.mark.parametrize("shape", [(20000, 40), (900, 1100), (60, 5000)])
def test_same_bits_on_any_number_of_threads(shape, dtype, rng):
    X, V = rng.normal(size=shape).astype(dtype), rng.normal(size=(shape[1], 8)).astype(dtype)
    with mlcore.num_threads(1):
        expected = blas.gram_apply(X, V)
    for threads in (2, 3, 8):
        with mlcore.num_threads(threads):
            assert_same_bits(blas.gram_apply(X, V), expected)


def test_not_a_number(dtype, rng):
    X, V = rng.normal(size=(50, 6)).astype(dtype), rng.normal(size=(6, 8)).astype(dtype)
    V[2, 3] = np.nan
    Z = blas.gram_apply(X, V)
    assert np.isnan(Z[:, 3]).all()
    assert np.isfinite(np.delete(Z, 3, axis=1)).all()


def test_refused():
    with pytest.raises(ValueError, match="X has 2 columns and V 3 rows; expected as many"):
        blas.gram_apply(np.ones((4, 2)), np.ones((3, 8)))
    for X, V in [((4, 2), (2,)), ((2, 5, 700), (5, 3)), ((4, 5), (5, 3, 2))]:
        with pytest.raises(ValueError, match=r"has shape \(.*\); expected a matrix"):
            blas.gram_apply(np.ones(X), np.ones(V))

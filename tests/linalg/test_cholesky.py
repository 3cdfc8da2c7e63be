"""The Cholesky factor: backward error, the triangle that is read, matrices that have none."""

import ast
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mlcore
from mlcore import linalg

from ..certificates import assert_same_bits, assert_within, eps, wide
from ..interrupts import interrupt
from ..strategies import LAYOUTS, edges, in_layout
from .gallery import scaled
from .spectra import hilbert, symmetric

SIZES = [0, 1, 2, 3, 5, 8, *edges(32, 64), 100, 150, 200]


def definite(n, dtype, rng, ratio=1e-3):
    return symmetric(np.geomspace(1, ratio, n) if n else np.zeros(0), rng).astype(dtype)


def assert_factor(L, A):
    """|A - L L^T| <= (n + 1) eps |L| |L^T|, element for element (Higham, theorem 10.3)."""
    assert L.dtype == A.dtype
    assert L.shape == A.shape
    assert not np.triu(L, 1).any()
    assert (np.diagonal(L, axis1=-2, axis2=-1) > 0).all()
    W = wide(L)
    lower = np.tril(A) + np.swapaxes(np.tril(A, -1), -1, -2)
    assert_within(lower, W @ np.swapaxes(W, -1, -2), (A.shape[-1] + 1) * eps(A) * (abs(W) @ np.swapaxes(abs(W), -1, -2)))


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("ratio", [1.0, 1e-4])
def test_factors(n, ratio, dtype, rng):
    A = definite(n, dtype, rng, ratio)
    assert_factor(linalg.cholesky(A), A)


def test_hilbert_matrices(dtype):
    for n in range(1, 6 if dtype == "float32" else 13):
        A = hilbert(n).astype(dtype)
        assert_factor(linalg.cholesky(A), A)


@pytest.mark.parametrize("where", ["huge", "tiny"])
@pytest.mark.parametrize("n", [3, 40, 100])
def test_factors_at_the_ends_of_the_range(where, n, dtype, rng):
    A = scaled(definite(n, np.float64, rng, 1e-2), where, dtype)
    assert_factor(linalg.cholesky(A), A)


@pytest.mark.parametrize("n", [5, 50])
@pytest.mark.parametrize("upper", [False, True])
def test_only_one_triangle_is_read(n, upper, dtype, rng):
    A = definite(n, dtype, rng)
    spoiled = A.copy()
    spoiled[np.triu_indices(n, 1)] = np.nan
    found = linalg.cholesky(spoiled.T if upper else spoiled, upper=upper)
    assert_same_bits(found.T if upper else found, linalg.cholesky(A))


@given(st.integers(0, 2**32 - 1), st.integers(1, 70), st.sampled_from(sorted(LAYOUTS)))
def test_layouts(seed, n, layout):
    A = definite(n, np.float64, np.random.default_rng(seed))
    A = np.tril(A) + np.tril(A, -1).T
    assert_same_bits(linalg.cholesky(in_layout(A, layout)), linalg.cholesky(A))


@pytest.mark.parametrize("shape", [(0, 3, 3), (5, 0, 0), (4, 3, 5, 5), (300, 4, 4), (3, 70, 70)])
def test_stacks(shape, dtype, rng):
    X = rng.normal(size=(*shape[:-1], shape[-1] + 5))
    A = (X @ np.swapaxes(X, -1, -2)).astype(dtype)
    L = linalg.cholesky(A)
    assert_factor(L, A)
    upper = linalg.cholesky(np.swapaxes(A, -1, -2), upper=True)
    assert upper.flags.c_contiguous
    assert_same_bits(np.swapaxes(upper, -1, -2), L)


@pytest.mark.parametrize("n", [1, 2, 33, 100])
@pytest.mark.parametrize("place", [0, 0.5, 1])
def test_what_is_not_positive_definite_is_told(n, place, dtype, rng):
    A = definite(n, dtype, rng, 0.1)
    i = int(place * (n - 1))
    A[i, i] = -1
    with pytest.raises(np.linalg.LinAlgError, match=f"its leading minor of order {i + 1} is not positive"):
        linalg.cholesky(A)
    with pytest.raises(np.linalg.LinAlgError, match=f"order {i + 1} is not positive in matrix 1 of the stack"):
        linalg.cholesky(np.stack([np.eye(n), A, A]))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("n", [3, 40])
def test_not_a_number_is_not_positive_definite(value, n, dtype, rng):
    for place in [(0, 0), (n - 1, 0), (n - 1, n - 1)]:
        A = definite(n, dtype, rng)
        A[place] = value
        if value == np.inf and place[0] == place[1]:
            assert np.isinf(linalg.cholesky(A)[place])
        else:
            with pytest.raises(np.linalg.LinAlgError, match="not positive definite"):
                linalg.cholesky(A)


@pytest.mark.parametrize("n", [300, 520])
def test_same_bits_on_any_number_of_threads(n, threads, dtype, rng):
    A = definite(n, dtype, rng)
    found = linalg.cholesky(A)
    with mlcore.num_threads(1):
        assert_same_bits(linalg.cholesky(A), found)


def test_interrupt(threads, rng):
    X = rng.normal(size=(2000, 2000))
    big, many = X @ X.T + np.eye(2000), np.broadcast_to(definite(300, np.float64, rng), (200, 300, 300))
    with mlcore.num_threads(threads):
        for A in (big, many):
            interrupt(lambda A=A: linalg.cholesky(A), after=0.15)


def test_refused():
    for upper in (False, True):
        for shape in ("(2, 3)", "(3,)", "()"):
            with pytest.raises(np.linalg.LinAlgError, match=f"a has shape {re.escape(shape)}; expected a square matrix"):
                linalg.cholesky(np.ones(ast.literal_eval(shape)), upper=upper)
    with pytest.raises(TypeError, match="complex"):
        linalg.cholesky(np.eye(2) * 1j)

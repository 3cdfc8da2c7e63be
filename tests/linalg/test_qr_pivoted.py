"""QR with column pivoting: errors by columns, falling diagonal, the columns LAPACK takes, ranks."""

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given
from hypothesis import strategies as st

import mlcore
from mlcore._core import linalg as core

from ..certificates import assert_same_bits, eps
from ..interrupts import interrupt
from ..strategies import arrays, dtypes, edges
from .gallery import MATRICES, kahan

SIZES = [1, 2, 3, 5, *edges(32, 64), 100]
SHAPES = [(0, 3), (3, 0), (1, 5), (5, 1), (40, 30), (30, 40), (300, 33), (33, 300), (97, 64)]


def check(A):
    before = A.copy()
    Q, R, order = core.qr_pivoted(A)
    (m, n), k = A.shape, min(A.shape)
    assert Q.dtype == R.dtype == A.dtype.newbyteorder("=")
    assert (Q.shape, R.shape) == ((m, k), (k, n))
    assert sorted(order) == list(range(n))
    assert not np.tril(R, -1).any()
    AP, q, r = A[:, order].astype(np.float64), Q.astype(np.float64), R.astype(np.float64)
    unit = 10 * max(m, n) * eps(Q)
    lengths = np.linalg.norm(AP, axis=0)
    assert (np.linalg.norm(AP - q @ r, axis=0) <= unit * lengths).all()
    assert np.linalg.norm(q.T @ q - np.eye(k)) <= unit
    for j in range(k):  # the diagonal is no shorter than what is left of any later column
        assert (np.linalg.norm(r[j:, j:], axis=0) <= abs(r[j, j]) * (1 + 100 * eps(Q) ** 0.5) + unit * lengths[j:]).all()
    assert_same_bits(A, before)
    return Q, R, order


@pytest.mark.parametrize("name", MATRICES)
@pytest.mark.parametrize("n", SIZES)
def test_hard_matrices(name, n, dtype, rng):
    check(MATRICES[name](n, rng).astype(dtype))


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes(shape, dtype, rng):
    check(rng.normal(size=shape).astype(dtype))


@given(st.data(), dtypes, st.integers(0, 40), st.integers(0, 40))
def test_any_layout(data, dtype, m, n):
    check(data.draw(arrays(dtype, (m, n))))


@pytest.mark.parametrize("shape", [(70, 70), (100, 40), (40, 100)])
def test_the_columns_that_lapack_takes(shape, rng):
    A = rng.normal(size=shape)
    np.testing.assert_array_equal(core.qr_pivoted(A)[2], scipy.linalg.qr(A, mode="r", pivoting=True)[1])


def test_lengths_survive_cancellation(rng):
    """Columns that are alike but for their last digits: lengths brought down without care would be noise (Drmac, Bujanovic)."""
    A = rng.normal(size=(80, 1)) + 1e-9 * rng.normal(size=(80, 60)) * 10.0 ** -rng.uniform(0, 4, 60)
    check(A)
    check(kahan(90, angle=0.9) + np.diag(1e-14 * np.arange(90.0)))


@pytest.mark.parametrize("rank", [0, 1, 31, 32, 33])
def test_rank(rank, dtype, rng):
    A = (rng.normal(size=(90, rank)) @ rng.normal(size=(rank, 70))).astype(dtype)
    diagonal = abs(np.diag(check(A)[1]))
    assert (diagonal > 1e3 * eps(A) * diagonal.max()).sum() == rank


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_not_finite(bad, dtype, rng):
    A = rng.normal(size=(20, 10)).astype(dtype)
    A[3, 7] = bad
    with pytest.raises(np.linalg.LinAlgError, match="a contains NaN or infinity"):
        core.qr_pivoted(A)


def test_same_bits_on_any_number_of_threads(threads, dtype, rng):
    A = rng.normal(size=(500, 400)).astype(dtype)
    found = core.qr_pivoted(A)
    with mlcore.num_threads(1):
        for one, other in zip(found, core.qr_pivoted(A), strict=True):
            assert_same_bits(one, other)


def test_interrupt(threads, rng):
    A = rng.normal(size=(1500, 1500))
    interrupt(lambda: core.qr_pivoted(A))

"""svd(method="jacobi"): certificates as of svd, and small singular values to a few eps of themselves, by mpmath."""

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mlcore
from mlcore import linalg

from ..certificates import assert_same_bits, eps
from ..interrupts import interrupt
from ..strategies import LAYOUTS, arrays, dtypes, edges, in_layout
from .gallery import MATRICES, kahan, scaled
from .spectra import SPECTRA, hilbert, orthogonal, orthogonality

SIZES = [1, 2, 3, 4, 5, *edges(8, 16, 32), 65, 100]
SHAPES = [(1, 7), (7, 1), (2, 9), (17, 16), (16, 17), (40, 30), (30, 40), (200, 20), (20, 200), (300, 3), (129, 128)]


def svd(A):
    return linalg.svd(A, full_matrices=False, method="jacobi")


def check(A, allowed=10):
    before = A.copy()
    (m, n), k = A.shape, min(A.shape)
    U, s, Vt = result = linalg.svd(A, method="jacobi")
    assert U.dtype == s.dtype == Vt.dtype == A.dtype.newbyteorder("=")
    assert (U.shape, s.shape, Vt.shape) == ((m, m), (k,), (n, n))
    assert (np.diff(s) <= 0).all()
    assert (s >= 0).all()
    B, W, Z = (x.astype(np.float64) for x in (A, U, Vt))
    values = np.linalg.svd(B, compute_uv=False)
    unit = max(m, n) * eps(U) * (values.max(initial=0) or 1)
    assert np.linalg.norm(B - (W[:, :k] * s) @ Z[:k], 2) <= allowed * unit
    assert abs(s - values).max(initial=0) <= allowed * unit
    assert orthogonality(U) <= allowed
    assert orthogonality(Vt.T) <= allowed
    reduced = svd(A)
    assert_same_bits(reduced[1], s)
    np.testing.assert_allclose(reduced[0], U[:, :k], rtol=0, atol=100 * eps(U))
    np.testing.assert_allclose(reduced[2], Vt[:k], rtol=0, atol=100 * eps(U))
    assert_same_bits(A, before)
    return result


def assert_relatively_accurate(A, allowed):
    """Every singular value to `allowed` eps of itself."""
    with mpmath.workdps(700):
        exact = mpmath.svd_r(mpmath.matrix(A.astype(np.float64)), compute_uv=False)
        for value, truth in zip(svd(A)[1], exact, strict=True):
            assert abs(mpmath.mpf(float(value)) - truth) <= allowed * eps(A) * truth


@pytest.mark.parametrize("name", MATRICES)
@pytest.mark.parametrize("n", SIZES)
def test_hard_matrices(name, n, dtype, rng):
    check(MATRICES[name](n, rng).astype(dtype))


@pytest.mark.parametrize("spectrum", SPECTRA)
@pytest.mark.parametrize("shape", [(17, 17), (64, 64), (100, 70), (70, 100)])
def test_spectra(spectrum, shape, dtype, rng):
    k = min(shape)
    values = abs(SPECTRA[spectrum](k, rng))
    A = (orthogonal(shape[0], rng)[:, :k] * values) @ orthogonal(shape[1], rng)[:k]
    check(A.astype(dtype))


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes(shape, dtype, rng):
    check(rng.normal(size=shape).astype(dtype))


def test_large(dtype, rng):
    check(rng.normal(size=(300, 260)).astype(dtype))


@pytest.mark.parametrize("where", ["huge", "tiny"])
@pytest.mark.parametrize("n", [1, 3, 40])
def test_the_ends_of_the_range(where, n, dtype, rng):
    check(scaled(rng.normal(size=(n, n)), where, dtype))


def test_subnormal_elements(dtype, rng):
    A = (rng.normal(size=(20, 20)) * np.finfo(dtype).smallest_subnormal * 1000).astype(dtype)
    U, _, Vt = svd(A)
    assert orthogonality(U) <= 10
    assert orthogonality(Vt) <= 10


@pytest.mark.parametrize("grading", ["columns", "rows", "both", "both, opposite"])
@pytest.mark.parametrize("n", [2, 5, 10])
def test_graded(grading, n, rng):
    """D1 B D2: n eps cond(B), however large cond(A)."""
    B = rng.normal(size=(n, n))
    rows = 10.0 ** -(8.0 * np.arange(n) if grading != "columns" else np.zeros(n))
    columns = 10.0 ** -(12.0 * rng.permutation(n) if grading != "rows" else np.zeros(n))
    if grading == "both, opposite":
        rows, columns = rows[::-1], 10.0 ** -(12.0 * np.arange(n))
    A = rows[:, None] * B * columns
    allowed = 10 * n * np.linalg.cond(B)
    assert_relatively_accurate(A, allowed)
    assert_relatively_accurate(A.T, allowed)
    check(A)


def test_graded_float32(rng):
    B = rng.normal(size=(8, 8))
    A = (B * 10.0 ** -(2.5 * np.arange(8))).astype(np.float32)
    assert_relatively_accurate(A, 80 * np.linalg.cond(B))


def test_products_that_underflow(rng):
    """Columns whose lengths multiplied underflow."""
    n = 6
    B = np.eye(n) + 0.2 * rng.normal(size=(n, n))
    assert_relatively_accurate(B * 10.0 ** -np.linspace(0, 250, n), 10 * n * np.linalg.cond(B))


def test_kahan(rng):
    """A = D B: B is the unit triangle, the rows fall from 1 to sin(1.2)^n."""
    for n in (10, 25):
        A = kahan(n)
        B = A / np.diag(A)[:, None]
        assert_relatively_accurate(A, 10 * n * np.linalg.cond(B))


def test_scaled_hilbert_and_vandermonde():
    H, grades = hilbert(6), 10.0 ** -np.arange(0, 60, 10.0)
    assert_relatively_accurate(grades[:, None] * H * grades[::-1], 60 * np.linalg.cond(H))
    x = np.array([1.0, -1.0, 0.5, 0.1, 3.0])
    V = np.vander(x, 5)
    assert_relatively_accurate(V * 10.0 ** (20.0 * np.arange(5)), 50 * np.linalg.cond(V))


def test_the_usual_method_does_lose_the_small_ones(rng):
    """What the test above would miss if its matrices were easy."""
    B = np.eye(8) + 0.1 * rng.normal(size=(8, 8))
    A = 10.0 ** -(3.0 * np.arange(8))[:, None] * B
    good, usual = svd(A)[1], np.linalg.svd(A[::-1], compute_uv=False)
    assert abs(good[-1] / usual[-1] - 1) > 1e-6


@given(st.data(), dtypes, st.integers(0, 20), st.integers(0, 20))
def test_any_layout(data, dtype, m, n):
    check(data.draw(arrays(dtype, (m, n))))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_give_the_same_bits(layout, dtype, rng):
    A = rng.normal(size=(40, 30)).astype(dtype)
    for one, other in zip(svd(in_layout(A, layout)), svd(A), strict=True):
        assert_same_bits(one, other)


@pytest.mark.parametrize("n", [33, 200])
def test_same_bits_on_any_number_of_threads(n, threads, dtype, rng):
    A = rng.normal(size=(n + 20, n)).astype(dtype)
    found = svd(A)
    with mlcore.num_threads(1):
        for one, other in zip(found, svd(A), strict=True):
            assert_same_bits(one, other)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_not_finite(bad, dtype, rng):
    for shape in ((1, 1), (4, 4), (70, 50), (50, 70)):
        A = rng.normal(size=shape).astype(dtype)
        A[-1, 0] = bad
        with pytest.raises(np.linalg.LinAlgError, match="a contains NaN or infinity; its singular values are not defined"):
            svd(A)


def test_interrupt(threads, rng):
    A = rng.normal(size=(1000, 1000))
    interrupt(lambda: svd(A))
    interrupt(lambda: svd(A), after=0.6)


def test_stacks_and_values_alone(dtype, rng):
    A = rng.normal(size=(2, 3, 20, 12)).astype(dtype)
    U, s, Vh = svd(A)
    assert (U.shape, s.shape, Vh.shape) == ((2, 3, 20, 12), (2, 3, 12), (2, 3, 12, 12))
    for one, other in zip(svd(A[1, 2]), (U, s, Vh), strict=True):
        assert_same_bits(one, other[1, 2])
    assert_same_bits(linalg.svd(A, compute_uv=False, method="jacobi"), s)
    assert svd(A[:0]).U.shape == (0, 3, 20, 12)


def test_refused():
    with pytest.raises(ValueError, match="method is 'qr'; expected 'bidiagonal' or 'jacobi'"):
        linalg.svd(np.eye(2), method="qr")
    with pytest.raises(ValueError, match="leave one of them out"):
        linalg.svd(np.eye(2), hermitian=True, method="jacobi")

"""svd and svdvals: certificates in units of n eps, exact spectra and mpmath as oracles."""

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mlcore
from mlcore import linalg

from ..certificates import assert_same_bits
from ..interrupts import interrupt
from ..strategies import LAYOUTS, arrays, dtypes, edges, in_layout
from .gallery import MATRICES, scaled
from .spectra import SPECTRA, hilbert, orthogonal, orthogonality

SIZES = [1, 2, 3, 4, 5, *edges(8, 16, 32, 64), 100, 130]
SHAPES = [(1, 7), (7, 1), (2, 9), (17, 16), (16, 17), (40, 30), (30, 40), (65, 64), (200, 20), (20, 200), (300, 3), (129, 128)]


def check(A, *, allowed=10):
    """Residual, orthogonality, order, and singular values of both functions against float64 ones of NumPy."""
    A = np.asarray(A)
    before = A.copy()
    m, n = A.shape
    k = min(m, n)
    U, s, Vh = result = linalg.svd(A)
    assert isinstance(result, linalg.SVDResult)
    assert U.dtype == s.dtype == Vh.dtype == A.dtype.newbyteorder("=")
    assert (U.shape, s.shape, Vh.shape) == ((m, m), (k,), (n, n))
    assert np.all(np.diff(s) <= 0)
    assert np.all(s >= 0)
    B, W, Z = (x.astype(np.float64) for x in (A, U, Vh))
    values = np.linalg.svd(B, compute_uv=False)
    unit = max(m, n) * np.finfo(A.dtype).eps * (values.max(initial=0) or 1)
    assert np.linalg.norm(B - (W[:, :k] * s) @ Z[:k], 2) <= allowed * unit
    assert orthogonality(U) <= allowed
    assert orthogonality(Vh.T) <= allowed
    assert abs(s - values).max(initial=0) <= allowed * unit
    assert abs(linalg.svdvals(A) - values).max(initial=0) <= allowed * unit
    reduced = linalg.svd(A, full_matrices=False)
    assert abs(reduced.S - s).max(initial=0) <= allowed * unit
    if max(m, n) < 4 * k:
        assert_same_bits(reduced.S, s)
        np.testing.assert_allclose(abs((reduced.U * U[:, :k]).sum(0)), 1, atol=1e-3)
    else:  # tall matrices are reduced by Gram matrices where no square U is wanted
        W, Z = reduced.U.astype(np.float64), reduced.Vh.astype(np.float64)
        assert np.linalg.norm(B - (W * reduced.S) @ Z, 2) <= allowed * unit
        assert max(orthogonality(reduced.U), orthogonality(reduced.Vh.T)) <= allowed
    assert reduced.U.shape == (m, k)
    assert reduced.Vh.shape == (k, n)
    assert_same_bits(A, before)
    return result


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
    s = check(A.astype(dtype)).S
    assert abs(s - np.sort(values)[::-1]).max() <= 10 * max(shape) * np.finfo(dtype).eps * values.max()


@pytest.mark.parametrize("condition", [1, 2, 10, 300, 1e4, 1e6, 1e8, 1e14])
@pytest.mark.parametrize("shape", [(9000, 8), (3000, 60), (1600, 200), (60, 3000)])
def test_tall_and_wide_of_any_condition(condition, shape, dtype, rng):
    """From eight times as many rows on, A = Q R by one to four Gram matrices; the columns in other units, too."""
    m, n = max(shape), min(shape)
    A = np.linalg.qr(rng.normal(size=(m, n)))[0] * np.geomspace(1, 1 / condition, n) @ orthogonal(n, rng)
    for B in (A, A * 10.0 ** rng.integers(-6, 6, n), A + 1):
        B = (B if shape[0] == m else B.T).astype(dtype)
        U, s, Vh = linalg.svd(B, full_matrices=False)
        values = np.linalg.svd(B.astype(np.float64), compute_uv=False)
        allowed = 10 * n * np.finfo(dtype).eps
        assert np.linalg.norm(B - (U.astype(np.float64) * s) @ Vh) <= allowed * values[0]
        assert np.linalg.norm(U.astype(np.float64).T @ U - np.eye(n)) <= allowed
        assert np.linalg.norm(Vh.astype(np.float64) @ Vh.T - np.eye(n)) <= allowed
        assert abs(s - values).max() <= allowed * values[0]


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes(shape, dtype, rng):
    check(rng.normal(size=shape).astype(dtype))


def test_every_size_to_40(dtype, rng):
    for n in range(1, 40):
        check(rng.normal(size=(n, n)).astype(dtype))
        check(rng.normal(size=(n + 3, n)).astype(dtype))


STRUCTURED = {
    "one-hot": lambda m, n, rng: np.eye(n)[rng.integers(0, max(1, n // 2), m)],
    "a column of ones": lambda m, n, rng: np.eye(m, n) + np.eye(1, n) * (np.arange(m) < m // 3)[:, None],
    "zeros and ones": lambda m, n, rng: (rng.random((m, n)) < 0.1).astype(float),
    "blocks of ones": lambda m, n, rng: (np.arange(m)[:, None] // 3 == np.arange(n) // 3).astype(float),
    "part of an identity": lambda m, n, rng: np.eye(m, n) * (rng.random(n) < 0.6),
    "permuted": lambda m, n, rng: np.eye(m)[rng.permutation(m)][:, :n] * rng.integers(0, 3, n),
    "bidiagonal": lambda m, n, rng: np.eye(m, n) * rng.integers(0, 2, n) + np.eye(m, n, 1) * rng.integers(0, 3, n),
    "integers": lambda m, n, rng: rng.integers(-1, 2, (m, n)) * rng.integers(0, 2, (m, 1)),
    "columns of all sizes": lambda m, n, rng: rng.normal(size=(m, n)) * 10.0 ** rng.integers(-30, 30, n),
    "orthogonal and a little": lambda m, n, rng: orthogonal(m, rng)[:, :n] + 1e-12 * rng.normal(size=(m, n)),
}


@pytest.mark.parametrize("name", STRUCTURED)
@pytest.mark.parametrize("shape", [(9, 9), (16, 12), (12, 17), (30, 40), (70, 60), (90, 20)])
def test_zeros_and_equal_singular_values(name, shape, dtype, rng):
    for _ in range(3):
        check(STRUCTURED[name](max(shape), min(shape), rng).reshape(-1, min(shape))[: shape[0], : shape[1]].astype(dtype))


def test_large(dtype, rng):
    check(rng.normal(size=(300, 300)).astype(dtype))


@pytest.mark.parametrize("where", ["huge", "tiny"])
@pytest.mark.parametrize("n", [1, 3, 40])
def test_the_ends_of_the_range(where, n, dtype, rng):
    check(scaled(rng.normal(size=(n, n)), where, dtype))


def test_subnormal_elements(dtype, rng):
    A = (rng.normal(size=(20, 20)) * np.finfo(dtype).smallest_subnormal * 1000).astype(dtype)
    U, s, Vh = linalg.svd(A)
    assert orthogonality(U) <= 10
    assert orthogonality(Vh) <= 10
    expected = linalg.svd(A.astype(np.float64) * 2.0**100).S / 2.0**100
    np.testing.assert_allclose(s, expected, atol=np.finfo(dtype).smallest_subnormal)


@pytest.mark.parametrize("columns", [True, False])
def test_graded_beyond_the_squares(columns, dtype, rng):
    """Columns or rows whose squares underflow."""
    grades = 10.0 ** -np.linspace(0, 0.9 * abs(np.log10(np.finfo(dtype).tiny)), 30)
    A = rng.normal(size=(30, 30)) * (grades if columns else grades[:, None])
    check(A.astype(dtype))


@pytest.mark.parametrize("n", [4, 8, 12])
def test_hilbert_against_mpmath(n):
    A = hilbert(n)
    with mpmath.workdps(50):
        exact = mpmath.svd_r(mpmath.matrix([[mpmath.mpf(x) for x in row] for row in A.tolist()]), compute_uv=False)
        for s in (linalg.svd(A).S, linalg.svdvals(A)):
            assert max(abs(mpmath.mpf(float(a)) - b) for a, b in zip(s, exact, strict=True)) <= 10 * n * 2.0**-52 * s[0]


def test_bisection_finds_small_singular_values_of_a_bidiagonal_matrix():
    """Each to a few eps of itself: d and e are exact data here, for nothing is left to reduce."""
    d, e = 10.0 ** -np.arange(0, 20, 2.0), 10.0 ** -np.arange(1, 19, 2.0)
    A = np.diag(d) + np.diag(e, 1)
    with mpmath.workdps(80):
        exact = mpmath.svd_r(mpmath.matrix([[mpmath.mpf(x) for x in row] for row in A.tolist()]), compute_uv=False)
        for value, truth in zip(linalg.svdvals(A), exact, strict=True):
            assert abs(mpmath.mpf(float(value)) - truth) <= 100 * 2.0**-52 * truth


@given(st.data(), dtypes, st.integers(1, 20), st.integers(1, 20))
def test_any_layout(data, dtype, m, n):
    check(data.draw(arrays(dtype, (m, n))))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_give_the_same_bits(layout, dtype, rng):
    A = rng.normal(size=(40, 30)).astype(dtype)
    for one, other in zip(linalg.svd(in_layout(A, layout)), linalg.svd(A), strict=True):
        assert_same_bits(one, other)
    assert_same_bits(linalg.svdvals(in_layout(A, layout)), linalg.svdvals(A))


@pytest.mark.parametrize(
    "shape",
    [(5, 4, 3), (5, 3, 4), (2, 3, 20, 20), (0, 3, 3), (3, 0, 2), (3, 2, 0), (0, 0), (0, 4), (4, 0), (70, 9, 9)],
)
@pytest.mark.parametrize("full", [True, False])
def test_stacks_and_empty_ones(shape, full, dtype, rng):
    A = rng.normal(size=shape).astype(dtype)
    result, expected = linalg.svd(A, full_matrices=full), np.linalg.svd(A, full_matrices=full)
    for one, other in zip(result, expected, strict=True):
        assert one.shape == other.shape
        assert one.dtype == dtype
    tolerance = 100 * np.finfo(dtype).eps
    np.testing.assert_allclose(result.S, expected.S, atol=tolerance)
    np.testing.assert_allclose(linalg.svdvals(A), expected.S, atol=tolerance)
    k = min(shape[-2:])
    np.testing.assert_allclose((result.U[..., :k] * result.S[..., None, :]) @ result.Vh[..., :k, :], A, atol=tolerance)
    for U in (result.U, np.swapaxes(result.Vh, -1, -2)):
        np.testing.assert_allclose(np.swapaxes(U, -1, -2) @ U - np.eye(U.shape[-1]), 0, atol=tolerance)
    if len(A) > 1 and len(shape) == 3 and k:
        for one, other in zip(linalg.svd(A[1], full_matrices=full), result, strict=True):
            assert_same_bits(one, other[1])


def test_canonical_sign(dtype, rng):
    A = rng.normal(size=(6, 9, 5)).astype(dtype)
    for matrix in (A, np.swapaxes(A, -1, -2), A[..., :5, :]):
        for full in (True, False):
            U, s, Vh = linalg.svd(matrix, full_matrices=full, canonical_sign=True)
            k = s.shape[-1]
            left = U[..., :k]
            assert (np.take_along_axis(left, abs(left).argmax(-2, keepdims=True), -2) > 0).all()
            np.testing.assert_allclose((left * s[..., None, :]) @ Vh[..., :k, :], matrix, atol=100 * np.finfo(dtype).eps)
    U, _, Vh = linalg.svd(np.array([[0.0, -2.0], [0.0, 0.0]]), canonical_sign=True)
    np.testing.assert_array_equal(U[:, 0], [1, 0])
    np.testing.assert_array_equal(Vh[0], [0, -1])


def test_hermitian(dtype, rng):
    A = rng.normal(size=(3, 12, 12)).astype(dtype)
    A += np.swapaxes(A, -1, -2)
    U, s, Vh = linalg.svd(np.tril(A), hermitian=True)
    tolerance = 200 * np.finfo(dtype).eps
    np.testing.assert_allclose((U * s[..., None, :]) @ Vh, A, atol=tolerance)
    np.testing.assert_allclose(s, linalg.svdvals(A), atol=tolerance)
    np.testing.assert_allclose(linalg.svd(A, compute_uv=False, hermitian=True), s, atol=tolerance)
    with pytest.raises(np.linalg.LinAlgError, match="expected a square matrix"):
        linalg.svd(np.ones((2, 3)), hermitian=True)


def test_values_alone(dtype, rng):
    A = rng.normal(size=(9, 7)).astype(dtype)
    assert_same_bits(linalg.svd(A, compute_uv=False), linalg.svdvals(A))


@pytest.mark.parametrize("n", [33, 150, 400])
def test_same_bits_on_any_number_of_threads(n, threads, dtype, rng):
    A = rng.normal(size=(n + 20, n)).astype(dtype)
    many = rng.normal(size=(50, 9, 12)).astype(dtype)
    with mlcore.num_threads(1):
        expected = [*linalg.svd(A), linalg.svdvals(A), *linalg.svd(many), linalg.svdvals(many)]
    with mlcore.num_threads(threads):
        found = [*linalg.svd(A), linalg.svdvals(A), *linalg.svd(many), linalg.svdvals(many)]
    for one, other in zip(found, expected, strict=True):
        assert_same_bits(one, other)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_not_finite(bad, dtype, rng):
    for shape in ((1, 1), (4, 4), (70, 50), (50, 70)):
        for i, j in {(0, 0), (shape[0] - 1, 0), (shape[0] // 2, shape[1] - 1)}:
            A = rng.normal(size=shape).astype(dtype)
            A[i, j] = bad
            for function in (linalg.svd, linalg.svdvals):
                with pytest.raises(np.linalg.LinAlgError, match="a contains NaN or infinity; its singular"):
                    function(A)
                with pytest.raises(np.linalg.LinAlgError, match=r"a\[2\] contains NaN or infinity"):
                    function(np.stack([np.ones(shape), np.zeros(shape), A]))


@pytest.mark.parametrize("function", [linalg.svd, linalg.svdvals])
def test_interrupt(function, threads, rng):
    big, many = rng.normal(size=(1500, 1500)), rng.normal(size=(100, 200, 200))
    with mlcore.num_threads(threads):
        for A in (big, many):
            interrupt(lambda A=A: function(A), after=0.15)


def test_types_and_refusals():
    assert linalg.svdvals([[3, 0], [0, 4]]).tolist() == [4, 3]
    assert linalg.svdvals(np.eye(2, dtype=np.float32)).dtype == np.float32
    for function in (linalg.svd, linalg.svdvals):
        with pytest.raises(np.linalg.LinAlgError, match=r"a has shape \(3,\); expected a matrix"):
            function(np.ones(3))
        with pytest.raises(TypeError, match="complex"):
            function(np.eye(2) * 1j)

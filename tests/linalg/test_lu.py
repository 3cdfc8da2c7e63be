"""Elimination: P A = L U exactly enough, solutions, inverses, determinants, and what singular matrices are told."""

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given
from hypothesis import strategies as st

import mlcore
from mlcore import linalg

from ..certificates import assert_same_bits, assert_within, eps, wide
from ..interrupts import interrupt
from ..strategies import LAYOUTS, arrays, dtypes, edges, in_layout
from .gallery import MATRICES, growth, scaled

SIZES = [1, 2, 3, 5, *edges(8, 16, 32, 64), 100, 150]
SHAPES = [(0, 0), (0, 3), (3, 0), (1, 4), (4, 1), (5, 8), (8, 5), (7, 100), (100, 7), (60, 90), (90, 60), (300, 17)]
SHAPES += [(450, 400), (390, 600)]  # of several blocks


def assert_factors(P, L, U, A):
    """|A - P L U| <= n eps P |L| |U|, element for element (Higham, theorem 9.3); the shapes; no multiplier above 1."""
    m, n = A.shape[-2:]
    k = min(m, n)
    assert P.shape == (*A.shape[:-2], m, m)
    assert L.shape == (*A.shape[:-2], m, k)
    assert U.shape == (*A.shape[:-2], k, n)
    assert P.dtype == L.dtype == U.dtype == A.dtype.newbyteorder("=")
    assert not np.triu(L, 1).any()
    assert not np.tril(U, -1).any()
    assert (L[..., range(k), range(k)] == 1).all()
    assert abs(L).max(initial=0) <= 1
    assert ((P.sum(-1) == 1) & (P.sum(-2) == 1) & ((P == 0) | (P == 1)).all(-1)).all()
    P, L, U = wide(P), wide(L), wide(U)
    assert_within(A, P @ (L @ U), (k + 1) * eps(A) * (P @ (abs(L) @ abs(U))))


def assert_solution(x, A, b):
    """The columns of x solve systems near A: |A x - b| <= 10 n eps (||A|| |x| + |b|), by columns, in the largest norm."""
    n = A.shape[-1]
    A, X, B = wide(A), wide(x), wide(b)
    residual = abs(A @ X - B).max(axis=-2, initial=0)
    size = abs(A).sum(-1).max(-1, initial=0)[..., None] * abs(X).max(axis=-2, initial=0) + abs(B).max(axis=-2, initial=0)
    assert (residual <= 10 * n * eps(x) * size).all()


@pytest.mark.parametrize("name", MATRICES)
@pytest.mark.parametrize("n", SIZES)
def test_factors_of_hard_matrices(name, n, dtype, rng):
    A = MATRICES[name](n, rng).astype(dtype)
    assert_factors(*linalg.lu(A), A)


@pytest.mark.parametrize("where", ["huge", "tiny"])
@pytest.mark.parametrize("n", [3, 40])
def test_factors_at_the_ends_of_the_range(where, n, dtype, rng):
    A = scaled(rng.normal(size=(n, n)), where, dtype)
    assert_factors(*linalg.lu(A), A)
    b = A @ np.ones((n, 1), dtype)
    assert_solution(linalg.solve(A, b), A, b)


@pytest.mark.parametrize("shape", SHAPES)
def test_factors_of_any_shape(shape, dtype, rng):
    A = rng.normal(size=shape).astype(dtype)
    assert_factors(*linalg.lu(A), A)


@given(st.data(), dtypes, st.integers(0, 40), st.integers(0, 40))
def test_factors_of_any_layout(data, dtype, m, n):
    A = data.draw(arrays(dtype, (m, n)))
    assert_factors(*linalg.lu(A), A)


def test_singular_and_not_finite_matrices_of_several_blocks(dtype, rng):
    A = rng.normal(size=(450, 450)).astype(dtype)
    A[:, [0, 100, 300]] = 0
    A[:, 420] = A[:, 0]
    assert_factors(*linalg.lu(A), A)
    with pytest.raises(np.linalg.LinAlgError, match="pivot 0 of its elimination"):
        linalg.inv(A)
    A[440, 250] = np.nan
    assert np.isnan(linalg.lu(A).U[250:, 250:]).any()
    assert np.isnan(linalg.solve(A + np.eye(450, dtype=dtype), np.ones(450, dtype))).any()


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    "shape", [(3, 2, 7, 4), (3, 2, 4, 7), (5, 6, 6), (2, 150, 90), (2, 90, 150), (3, 1, 40, 40), (3, 0), (2, 0, 3), (0, 4, 4)]
)
def test_factors_of_stacks(shape, layout, dtype, rng):
    A = rng.normal(size=shape).astype(dtype)
    found = linalg.lu(in_layout(A, layout))
    assert_factors(*found, A)
    assert all(factor.flags.c_contiguous and factor.flags.writeable for factor in found)
    rows = linalg.lu(A, p_indices=True).P
    assert rows.shape == shape[:-1]
    assert rows.dtype == np.intp
    assert_same_bits(np.eye(shape[-2], dtype=dtype)[rows], found.P)


def test_permutation_as_indices(dtype, rng):
    A = rng.normal(size=(4, 9, 6)).astype(dtype)
    P, L, U = linalg.lu(A)
    rows, L2, U2 = linalg.lu(A, p_indices=True)
    assert_same_bits(L, L2)
    assert_same_bits(U, U2)
    np.testing.assert_allclose(np.take_along_axis(L @ U, rows[..., None], -2), P @ L @ U)
    for matrix, expected in zip(A.astype(np.float64), rows, strict=True):
        np.testing.assert_array_equal(scipy.linalg.lu(matrix, p_indices=True)[0], expected)


def test_the_pivot_is_the_largest_element(rng):
    """The same exchanges as LAPACK's, which takes the first of equal ones."""
    for A in (rng.normal(size=(70, 70)), rng.normal(size=(450, 600)), np.ones((9, 9)) + np.eye(9)[::-1], growth(30)):
        P, L, U = scipy.linalg.lu(A)
        found = linalg.lu(A)
        np.testing.assert_array_equal(found.P, P)
        np.testing.assert_allclose(found.L, L, atol=1e-10)
        np.testing.assert_allclose(found.U, U, atol=1e-10)


@pytest.mark.parametrize("name", ["random", "permutation", "identity", "graded rows", "graded columns", "kahan"])
@pytest.mark.parametrize("n", SIZES)
def test_solutions(name, n, dtype, rng):
    A, b = MATRICES[name](n, rng).astype(dtype), rng.normal(size=(n, 3)).astype(dtype)
    x = linalg.solve(A, b)
    assert x.dtype == dtype
    assert_solution(x, A, b)
    assert_solution(linalg.solve(A, b[:, 0])[:, None], A, b[:, :1])
    assert_solution(linalg.inv(A), A, np.eye(n, dtype=dtype))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(layout, dtype, rng):
    A, b = rng.normal(size=(50, 50)).astype(dtype), rng.normal(size=(50, 4)).astype(dtype)
    expected = linalg.solve(A, b)
    assert_same_bits(linalg.solve(in_layout(A, layout), b), expected)
    assert_same_bits(linalg.solve(A, in_layout(b, layout)), expected)
    assert_same_bits(linalg.det(in_layout(A, layout)), linalg.det(A))


@pytest.mark.parametrize(
    ("a", "b"),
    [((5, 4, 4), (4,)), ((5, 4, 4), (5, 4, 2)), ((4, 4), (5, 4, 2)), ((5, 1, 4, 4), (3, 4, 2)), ((0, 4, 4), (4, 2))]
    + [((3, 0, 0), (0, 2)), ((2, 3, 3), (3, 0)), ((7, 70, 70), (70, 2)), ((300, 3, 3), (300, 3, 3))],
)
def test_stacks_broadcast_as_in_numpy(a, b, dtype, rng):
    A, B = rng.normal(size=a).astype(dtype), rng.normal(size=b).astype(dtype)
    x = linalg.solve(A, B)
    expected = np.linalg.solve(A.astype(np.float64), B)
    assert x.shape == expected.shape
    np.testing.assert_allclose(x, expected, rtol=0, atol=1e5 * np.finfo(dtype).eps * abs(expected).max(initial=1))
    assert linalg.inv(A).shape == A.shape
    found, (sign, logarithm) = linalg.slogdet(A), np.linalg.slogdet(A.astype(np.float64))
    np.testing.assert_array_equal(found.sign, sign)
    np.testing.assert_allclose(found.logabsdet, logarithm, rtol=0, atol=1e5 * np.finfo(dtype).eps)


@pytest.mark.parametrize("n", [1, 2, 3, 8, 15, 16, 17])
def test_a_matrix_does_not_feel_its_neighbours(n, dtype, rng):
    A, b = rng.normal(size=(37, n, n)).astype(dtype), rng.normal(size=(37, n, 20)).astype(dtype)
    x, d, found = linalg.solve(A, b), linalg.det(A), linalg.lu(A)
    spd = A @ np.swapaxes(A, -1, -2) + np.eye(n, dtype=dtype)
    L = linalg.cholesky(spd)
    for i in (0, 5, 36):
        assert_same_bits(linalg.solve(A[i], b[i]), x[i])
        assert_same_bits(linalg.det(A[i]), d[i])
        assert_same_bits(linalg.cholesky(spd[i]), L[i])
        for one, all_of_them in zip(linalg.lu(A[i]), found, strict=True):
            assert_same_bits(one, all_of_them[i])


@pytest.mark.parametrize("n", range(1, 17))
def test_a_matrix_alone_has_the_bits_it_has_in_a_stack(n, dtype, rng):
    """The two kernels for n <= 16 do the same operations: with ties, zeros and determinants out of range as well."""
    A = rng.normal(size=(60, n, n)).astype(dtype)
    A[20:40] = rng.integers(-1, 2, (20, n, n))
    power = dtype.type(1e30 if dtype == np.float32 else 1e200)
    A[40:50] *= power
    A[50:] /= power
    for a, d, sign, logarithm in zip(A, linalg.det(A), *linalg.slogdet(A), strict=True):
        assert_same_bits(linalg.det(np.asfortranarray(a)), d)
        assert_same_bits(linalg.slogdet(a).sign, sign)
        assert_same_bits(linalg.slogdet(a).logabsdet, logarithm)
    A = A[linalg.slogdet(A).sign != 0]
    b = rng.normal(size=(len(A), n, 37)).astype(dtype)
    for a, y, x, inverse in zip(A, b, linalg.solve(A, b), linalg.inv(A), strict=True):
        assert_same_bits(linalg.solve(a, y), x)
        assert_same_bits(linalg.solve(a.T.copy().T, np.asfortranarray(y)), x)
        assert_same_bits(linalg.solve(a, y[:, 0]), x[:, 0])
        assert_same_bits(linalg.inv(a), inverse)


def test_determinants(dtype, rng):
    for n in SIZES:
        A = rng.normal(size=(n, n)).astype(dtype)
        sign, logarithm = np.linalg.slogdet(wide(A).astype(np.float64))
        found = linalg.slogdet(A)
        assert found.sign == sign
        assert found.sign.dtype == found.logabsdet.dtype == linalg.det(A).dtype == dtype
        np.testing.assert_allclose(found.logabsdet, logarithm, rtol=0, atol=100 * n * np.finfo(dtype).eps * np.linalg.cond(A))
    assert linalg.det(np.eye(5, dtype=dtype)[[1, 0, 3, 4, 2]]) == -1
    assert linalg.det(np.zeros((0, 0), dtype)) == 1
    assert linalg.slogdet(np.zeros((3, 3), dtype)) == (0, -np.inf)
    assert linalg.det(np.zeros((3, 3), dtype)) == 0


def test_determinants_of_integers_are_exact(rng):
    for n in range(1, 6):
        A = rng.integers(-9, 10, (50, n, n))
        exact = np.array([round(float(np.linalg.det(a))) for a in A])
        np.testing.assert_allclose(linalg.det(A), exact, rtol=0, atol=1e-9)


def test_a_product_of_pivots_that_leaves_the_range_on_the_way():
    d = np.array([1e200, 1e200, 1e-150, 1e-250, 3.0])
    np.testing.assert_allclose(linalg.det(np.diag(d)), 3.0, rtol=1e-14)
    assert linalg.det(np.diag([1e200, 1e200])) == np.inf
    assert linalg.det(np.diag([1e-200, -1e-200])) == 0
    sign, logarithm = linalg.slogdet(np.diag(np.full(500, -1e-3)))
    assert sign == 1
    np.testing.assert_allclose(logarithm, 500 * np.log(1e-3), rtol=1e-14)


@pytest.mark.parametrize("n", [1, 2, 9, 40, 100])
def test_singular_matrices_are_refused(n, dtype):
    A = np.ones((n, n), dtype) if n > 1 else np.zeros((1, 1), dtype)
    pivot = min(1, n - 1)
    for function in (lambda: linalg.solve(A, np.ones(n)), lambda: linalg.inv(A)):
        with pytest.raises(np.linalg.LinAlgError, match=f"a is singular: pivot {pivot} of its elimination is exactly zero"):
            function()
    with pytest.raises(np.linalg.LinAlgError, match="in matrix 2 of the stack"):
        linalg.inv(np.stack([np.eye(n), 2 * np.eye(n), A]))


@pytest.mark.parametrize("n", [1, 2, 9, 16, 40])
@pytest.mark.parametrize("kind", [np.array, np.triu, np.tril, lambda A: np.diag(np.diag(A))])
def test_not_a_number_spreads(n, kind, dtype, rng):
    for i in {0, n // 2, n - 1}:
        A = kind(rng.normal(size=(n, n))).astype(dtype)
        A[i, i] = np.nan
        assert np.isnan(linalg.det(A))
        assert np.isnan(linalg.slogdet(A)).all()
        assert np.isnan(linalg.solve(A, np.ones(n, dtype))).any()
        assert np.isnan(linalg.inv(A)).any()
        assert np.isnan(linalg.lu(A).U).any()


def test_infinity_follows_the_arithmetic():
    assert linalg.det(np.diag([np.inf, -1])) == -np.inf
    assert linalg.slogdet(np.diag([np.inf, -1])) == (-1, np.inf)
    assert np.isnan(linalg.det(np.diag([np.inf, np.nan])))
    assert np.isnan(linalg.det(np.diag([np.inf, 0])))
    np.testing.assert_array_equal(linalg.solve(np.eye(2), [1, np.inf]), np.linalg.solve(np.eye(2), [1, np.inf]))


def test_the_logarithm_of_a_determinant_near_1():
    for x in (1 + 1e-10, 1 - 1e-10, 1 + 2.0**-52, 0.75, 1.4, 1.5, 3e300, 3e-300, 5e-324):
        np.testing.assert_allclose(linalg.slogdet([[x]]).logabsdet, np.log(x), rtol=1e-15)


def test_no_right_hand_side_at_all(dtype):
    assert linalg.solve(np.eye(3, dtype=dtype), np.ones((3, 0), dtype)).shape == (3, 0)
    with pytest.raises(np.linalg.LinAlgError, match="a is singular: pivot 1"):
        linalg.solve(np.ones((3, 3), dtype), np.ones((3, 0), dtype))


@pytest.mark.parametrize("n", [5, 50])
def test_one_matrix_for_many_right_hand_sides(n, dtype, rng):
    A, b = rng.normal(size=(n, n)).astype(dtype), rng.normal(size=(30, n, 2)).astype(dtype)
    expected = np.stack([linalg.solve(A, x) for x in b])
    for a in (A, A[None], np.broadcast_to(A, (30, n, n))):
        assert_same_bits(linalg.solve(a, b), expected)


@pytest.mark.parametrize("function", [linalg.inv, linalg.det, linalg.lu, lambda A: linalg.solve(A, A[..., :5])])
def test_interrupt(function, threads, rng):
    big, many = rng.normal(size=(1500, 1500)), rng.normal(size=(60, 300, 300))
    function(rng.normal(size=(40, 40)))
    with mlcore.num_threads(threads):
        for A in (big, many):
            interrupt(lambda A=A: function(A), after=0.15)


@pytest.mark.parametrize("n", [300, 520])
def test_same_bits_on_any_number_of_threads(n, threads, dtype, rng):
    A, b = rng.normal(size=(n, n)).astype(dtype), rng.normal(size=(n, 30)).astype(dtype)
    found = [*linalg.lu(A), linalg.solve(A, b), linalg.solve(np.broadcast_to(A[:9, :9], (500, 9, 9)), b[:9])]
    with mlcore.num_threads(1):
        expected = [*linalg.lu(A), linalg.solve(A, b), linalg.solve(np.broadcast_to(A[:9, :9], (500, 9, 9)), b[:9])]
    for one, other in zip(found, expected, strict=True):
        assert_same_bits(one, other)


def test_inputs_are_not_written_and_types(dtype, rng):
    A, b = rng.normal(size=(20, 20)).astype(dtype), rng.normal(size=20).astype(dtype)
    before = A.copy(), b.copy()
    A.flags.writeable = b.flags.writeable = False
    linalg.solve(A, b)
    linalg.inv(A)
    linalg.det(A)
    linalg.lu(A)
    assert_same_bits(A, before[0])
    assert_same_bits(b, before[1])
    assert linalg.solve([[2, 0], [0, 4]], [1, 1]).dtype == np.float64
    assert linalg.solve(np.eye(2, dtype=np.float32), np.ones(2)).dtype == np.float64
    assert isinstance(linalg.det(A), dtype.type if isinstance(dtype, np.dtype) else np.floating)


def test_refused():
    for function in (linalg.inv, linalg.det, linalg.slogdet, lambda a: linalg.solve(a, np.ones(2))):
        with pytest.raises(np.linalg.LinAlgError, match=r"a has shape \(2, 3\); expected a square matrix"):
            function(np.ones((2, 3)))
        with pytest.raises(np.linalg.LinAlgError, match=r"a has shape \(3,\); expected a square matrix"):
            function(np.ones(3))
        with pytest.raises(TypeError, match="complex"):
            function(np.eye(2) * 1j)
    with pytest.raises(np.linalg.LinAlgError, match=r"a has shape \(3,\); expected a matrix"):
        linalg.lu(np.ones(3))
    with pytest.raises(ValueError, match="b needs 2 rows, as many as a"):
        linalg.solve(np.eye(2), np.ones(3))


@pytest.mark.parametrize("n", [1, 2, 5, 8, 16, 17])
@pytest.mark.parametrize("count", [1, 9])
def test_pivots_whose_inverses_are_infinite(n, count):
    """Subnormal numbers: elements are multiples of the smallest one, with some 30 bits."""
    A = np.ldexp(n * np.eye(n) + np.ones((n, n)), -1045)
    b = A @ np.arange(1.0, n + 1)
    x = linalg.solve(np.broadcast_to(A, (count, n, n)), b[:, np.newaxis])
    np.testing.assert_allclose(x[..., 0], np.broadcast_to(np.arange(1.0, n + 1), (count, n)), rtol=1e-6)

"""solve_triangular, triangular_multiply: row-wise backward error, every triangle, stacks, zero pivots named."""

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given
from hypothesis import strategies as st

import mlcore
from mlcore import linalg

from ..certificates import assert_gemm_accurate, assert_same_bits, assert_triangular_solution, triangle_of
from ..strategies import LAYOUTS, arrays, dtypes, edges, in_layout

KINDS = [(lower, trans, unit) for lower in (False, True) for trans in ("N", "T") for unit in (False, True)]


def triangular(rng, n, dtype, *, lower, unit, stack=()):
    """Well-conditioned, with NaN in everything that must not be read."""
    a = rng.normal(size=(*stack, n, n)) / np.sqrt(max(n, 1))
    i = np.arange(n)
    a[..., i, i] = np.nan if unit else np.sign(a[..., i, i]) + a[..., i, i]
    a[..., (i[:, None] < i) if lower else (i[:, None] > i)] = np.nan
    return a.astype(dtype)


def check(a, b, lower, trans, unit):
    x = linalg.solve_triangular(a, b, lower=lower, trans=trans, unit_diagonal=unit)
    assert x.dtype == np.result_type(a, b)
    assert_triangular_solution(x, np.asarray(a), b, lower, trans != "N", unit)
    product = linalg.triangular_multiply(a, b, lower=lower, trans=trans, unit_diagonal=unit)
    A = triangle_of(np.asarray(a), lower, unit)
    A = A.swapaxes(-1, -2) if trans != "N" else A
    if np.ndim(b) == 1:
        assert_gemm_accurate(product[..., None], A, b[:, None])
    else:
        assert_gemm_accurate(product, A, b)


@pytest.mark.parametrize(("lower", "trans", "unit"), KINDS)
@pytest.mark.parametrize("n", [0, 1, 2, 3, 5, *edges(8, 32, 64), 100, 200])
def test_every_triangle(n, lower, trans, unit, dtype, rng):
    a = triangular(rng, n, dtype, lower=lower, unit=unit)
    for columns in (0, 1, 3, 8, 33):
        check(a, rng.normal(size=(n, columns)).astype(dtype), lower, trans, unit)
    check(a, rng.normal(size=n).astype(dtype), lower, trans, unit)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("lower", [False, True])
@pytest.mark.parametrize("n", [6, 70])
def test_layouts(layout, lower, n, dtype, rng):
    a, b = triangular(rng, n, dtype, lower=lower, unit=False), rng.normal(size=(n, 11)).astype(dtype)
    expected = linalg.solve_triangular(a, b, lower=lower)
    assert_same_bits(linalg.solve_triangular(in_layout(a, layout), in_layout(b, layout), lower=lower), expected)


@given(st.data(), dtypes, st.integers(0, 70), st.integers(0, 20), st.sampled_from(KINDS))
def test_any_layout(data, dtype, n, columns, kind):
    a, b = data.draw(arrays(dtype, (n, n))), data.draw(arrays(dtype, (n, columns)))
    a = a / dtype.type(np.sqrt(max(n, 1))) + 2 * np.eye(n, dtype=dtype)
    check(a, b, *kind)


@pytest.mark.parametrize("columns", edges(256, 512, 600))
def test_many_right_hand_sides(columns, dtype, rng):
    a, b = triangular(rng, 80, dtype, lower=True, unit=False), rng.normal(size=(80, columns)).astype(dtype)
    check(a, b, True, "N", False)


@pytest.mark.parametrize(("lower", "trans", "unit"), KINDS)
def test_like_scipy(lower, trans, unit, rng):
    a, b = rng.normal(size=(20, 20)) / 10 + 2 * np.eye(20), rng.normal(size=(20, 3))
    options = {"lower": lower, "trans": trans, "unit_diagonal": unit}
    expected = scipy.linalg.solve_triangular(a, b, **options)
    np.testing.assert_allclose(linalg.solve_triangular(a, b, **options), expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("a", "b"), [((5,), (7, 3)), ((), (4, 7, 3)), ((5,), (5, 7, 3)), ((2, 1), (5, 7, 3)), ((5,), (7,)), ((0,), (7, 3))]
)
def test_stacks(a, b, dtype, rng):
    matrices, right = triangular(rng, 7, dtype, lower=True, unit=False, stack=a), rng.normal(size=b).astype(dtype)
    check(matrices, right, True, "N", False)


def test_spellings_of_trans(rng):
    a, b = triangular(rng, 5, "f8", lower=True, unit=False), rng.normal(size=5)
    for plain, transposed in [("N", "T"), (0, 1), ("N", "C"), (0, 2)]:
        assert_same_bits(linalg.solve_triangular(a, b, lower=True, trans=plain), linalg.solve_triangular(a, b, lower=True))
        assert_same_bits(
            linalg.solve_triangular(a, b, lower=True, trans=transposed), linalg.solve_triangular(a.T.copy(), b, lower=False)
        )


@pytest.mark.parametrize(("n", "columns"), [(300, 1), (300, 40), (200, 1200)])
def test_same_bits_on_any_number_of_threads(n, columns, threads, dtype, rng):
    a, b = triangular(rng, n, dtype, lower=False, unit=False), rng.normal(size=(n, columns)).astype(dtype)
    for function in (linalg.solve_triangular, linalg.triangular_multiply):
        with mlcore.num_threads(1):
            expected = function(a, b)
        assert_same_bits(function(a, b), expected)


@pytest.mark.parametrize("pivot", [0, 1, 40, 69])
@pytest.mark.parametrize("lower", [False, True])
def test_a_zero_on_the_diagonal_is_named(pivot, lower, dtype, rng):
    a, b = triangular(rng, 70, dtype, lower=lower, unit=False), rng.normal(size=70).astype(dtype)
    a[pivot, pivot] = 0
    message = rf"a is singular: its diagonal element \[{pivot}, {pivot}\] is exactly zero\."
    with pytest.raises(np.linalg.LinAlgError, match=message):
        linalg.solve_triangular(a, b, lower=lower)
    a[range(70), range(70)] = 0
    assert np.isfinite(linalg.solve_triangular(a, b, lower=lower, unit_diagonal=True)).all()


def test_a_zero_in_a_stack_is_named():
    a = np.stack([np.eye(3)] * 4)
    a[2, 1, 1] = 0
    with pytest.raises(np.linalg.LinAlgError, match=r"\[1, 1\] is exactly zero in matrix 2 of the stack"):
        linalg.solve_triangular(a, np.ones(3))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_not_a_number_and_infinity(value, dtype, rng):
    a, b = triangular(rng, 50, dtype, lower=True, unit=False), rng.normal(size=50).astype(dtype)
    expected = linalg.solve_triangular(a, b, lower=True)
    b[30] = value
    x = linalg.solve_triangular(a, b, lower=True)
    np.testing.assert_array_equal(x[:30], expected[:30])
    assert not np.isfinite(x[30:]).any()


def test_inputs_are_not_written(dtype, rng):
    a, b = triangular(rng, 6, dtype, lower=True, unit=False), rng.normal(size=(6, 2)).astype(dtype)
    kept = a.copy(), b.copy()
    linalg.solve_triangular(a, b, lower=True)
    linalg.triangular_multiply(a, b, lower=True)
    assert_same_bits(a, kept[0])
    assert_same_bits(b, kept[1])


def test_types():
    assert linalg.solve_triangular([[2, 0], [1, 4]], [2, 9], lower=True).tolist() == [1.0, 2.0]
    assert linalg.triangular_multiply(np.eye(2, dtype="f4"), np.ones(2)).dtype == np.float64


@pytest.mark.parametrize("function", [linalg.solve_triangular, linalg.triangular_multiply])
@pytest.mark.parametrize(
    ("a", "b", "options", "message"),
    [
        (np.ones((2, 3)), np.ones(2), {}, r"a has shape \(2, 3\); expected a square matrix"),
        (np.ones(2), np.ones(2), {}, r"a has shape \(2,\); expected a square matrix"),
        (np.eye(2), np.ones(3), {}, r"of shapes \(2, 2\) and \(3,\): b needs 2 rows"),
        (np.ones((2, 2, 2)), np.ones((3, 2, 1)), {}, "cannot be broadcast"),
        (np.eye(2), np.ones(2), {"trans": "x"}, "trans is 'x'; expected 'N' or 0"),
    ],
)
def test_refused(function, a, b, options, message):
    with pytest.raises(ValueError, match=message):
        function(a, b, **options)

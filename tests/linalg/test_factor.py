"""A factored matrix answers as the functions for one question do; condition numbers; updates of rank one."""

import numpy as np
import pytest

from mlcore import linalg

from ..certificates import assert_same_bits, eps, wide
from .gallery import MATRICES, frank, kahan
from .spectra import hilbert

KINDS = ["lu", "cholesky", "qr"]
SIZES = [1, 2, 3, 8, 17, 40, 100]


def positive_definite(n, dtype, rng):
    A = rng.normal(size=(n, n + 3))
    return (A @ A.T + 0.1 * np.eye(n)).astype(dtype)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", SIZES)
def test_the_same_answers(kind, n, dtype, rng):
    A = positive_definite(n, dtype, rng)
    found = linalg.factor(A, kind)
    assert found.shape == (n, n)
    assert found.dtype == dtype
    for b in (rng.normal(size=n), rng.normal(size=(n, 4)), rng.normal(size=(n, 0))):
        b = b.astype(dtype)
        x = found.solve(b)
        assert x.dtype == dtype
        assert x.shape == b.shape
        residual = abs(wide(A) @ wide(x) - wide(b)).max(initial=0)
        size = abs(wide(A)).sum(-1).max() * abs(wide(x)).max(initial=0) + abs(wide(b)).max(initial=0)
        assert residual <= 10 * n * eps(A) * size
    condition = np.linalg.cond(A.astype(np.float64))
    np.testing.assert_allclose(found.inv(), linalg.inv(A), rtol=0, atol=20 * n * eps(A) * condition * abs(linalg.inv(A)).max())
    sign, logarithm = np.linalg.slogdet(A.astype(np.float64))
    assert found.slogdet().sign == sign == 1
    np.testing.assert_allclose(found.slogdet().logabsdet, logarithm, atol=20 * n * eps(A) * condition)
    if abs(logarithm) < 80:
        np.testing.assert_allclose(found.det(), np.exp(logarithm), rtol=100 * n * eps(A) * condition)
    assert found.det().dtype == found.slogdet().logabsdet.dtype == dtype


@pytest.mark.parametrize("kind", ["lu", "qr"])
@pytest.mark.parametrize("n", [1, 2, 3, 4, 9, 30])
def test_signs_of_determinants(kind, n, rng):
    for _ in range(8):
        A = rng.normal(size=(n, n))
        np.testing.assert_allclose(linalg.factor(A, kind).det(), np.linalg.det(A), rtol=1e-9)
        assert linalg.factor(A, kind).slogdet().sign == np.linalg.slogdet(A).sign
    assert linalg.factor(np.eye(n), kind).det() == 1
    assert linalg.factor(np.zeros((n, n)), kind).det() == 0
    assert linalg.factor(np.zeros((n, n)), kind).slogdet() == (0, -np.inf)
    assert linalg.factor(np.diag(np.full(700, 1e-3)), kind).det() == 0
    np.testing.assert_allclose(linalg.factor(np.diag([1e200, 1e-150, 1e200, 1e-250]), kind).det(), 1, rtol=1e-14)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", [1, 2, 3, 10, 60])
def test_condition_estimates(kind, n, dtype, rng):
    """Never more than the truth but for rounding, and on all of these at least a third of it."""
    if kind == "cholesky":
        matrices = [positive_definite(n, dtype, rng), np.diag(np.geomspace(1, 1e-3, n)), hilbert(min(n, 3))]
    else:
        matrices = [rng.normal(size=(n, n)) for _ in range(5)]
        matrices += [kahan(min(n, 10)), frank(min(n, 6)), hilbert(min(n, 4))]
        matrices += [np.eye(n), np.eye(n)[::-1], np.diag(2.0 ** np.arange(n))]
    for A in matrices:
        A = A.astype(dtype)
        exact = np.linalg.cond(A.astype(np.float64), 1)
        if exact * eps(A) < 1e-3:
            found = linalg.factor(A, kind).condition_estimate()
            assert exact / 3 <= found <= exact * (1 + 1e-2)


def test_condition_estimate_of_singular_matrices():
    for kind in ("lu", "qr"):
        assert linalg.factor(np.zeros((3, 3)), kind).condition_estimate() == np.inf
        assert linalg.factor(np.diag([1.0, 0.0]), kind).condition_estimate() == np.inf
        assert linalg.factor(np.diag([1.0, 1e-310]), kind).condition_estimate() == np.inf
        assert linalg.factor(np.zeros((0, 0)), kind).condition_estimate() == 0
        assert linalg.factor(MATRICES["hilbert"](20, None), kind).condition_estimate() > 1e15
    assert np.isnan(linalg.factor(np.full((2, 2), np.nan)).condition_estimate())


@pytest.mark.parametrize("kind", KINDS)
def test_condition_estimates_at_the_ends_of_the_range(kind, dtype):
    """The norm or that of the inverse overflows there, their product does not."""
    A = np.array([[4, 1, 0], [1, 5, 2], [0, 2, 6]], dtype)
    exact = np.linalg.cond(A.astype(np.float64), 1)
    info = np.finfo(dtype)
    for power in (info.minexp - 10, info.maxexp - 3):
        scale = np.ldexp(dtype.type(1), power)
        np.testing.assert_allclose(linalg.factor(A * scale, kind).condition_estimate(), exact, rtol=0.02)
    found = linalg.factor(A * np.ldexp(dtype.type(1), info.minexp - 10), "cholesky")
    found.update(np.ldexp(np.array([1, 0, 0], dtype), (info.minexp - 10) // 2))
    assert np.linalg.cond(A.astype(np.float64) + np.diag([1, 0, 0]), 1) / 3 <= found.condition_estimate() <= 2 * exact


@pytest.mark.parametrize("shape", [(7, 3), (30, 30), (50, 1), (300, 20)])
def test_least_squares(shape, dtype, rng):
    A, b = rng.normal(size=shape).astype(dtype), rng.normal(size=(shape[0], 3)).astype(dtype)
    x = linalg.factor(A, "qr").solve(b)
    expected = np.linalg.lstsq(A.astype(np.float64), b.astype(np.float64))[0]
    condition = np.linalg.cond(A)
    np.testing.assert_allclose(x, expected, rtol=0, atol=100 * eps(A) * condition**2 * abs(expected).max())


@pytest.mark.parametrize("n", SIZES)
def test_update_and_downdate(n, dtype, rng):
    A, x = positive_definite(n, dtype, rng), rng.normal(size=n).astype(dtype)
    found = linalg.factor(A, "cholesky")
    before = found.L
    found.update(x)
    assert found.L is not before
    assert not np.triu(found.L, 1).any()
    assert (np.diagonal(found.L) > 0).all()
    larger = wide(A) + np.outer(wide(x), wide(x))
    assert abs(wide(found.L) @ wide(found.L).T - larger).max() <= 10 * n * eps(A) * abs(larger).max()
    np.testing.assert_allclose(
        found.condition_estimate(), linalg.factor(larger.astype(dtype), "cholesky").condition_estimate(), rtol=0.5
    )
    found.update(x, downdate=True)
    assert abs(wide(found.L) @ wide(found.L).T - A).max() <= 20 * n * eps(A) * abs(larger).max()
    np.testing.assert_allclose(found.solve(A @ x), x, rtol=0, atol=1e3 * n * eps(A) * np.linalg.cond(A) * abs(x).max())


@pytest.mark.parametrize("n", [1, 2, 20])
def test_a_downdate_that_cannot_be(n, dtype, rng):
    A = positive_definite(n, dtype, rng)
    found = linalg.factor(A, "cholesky")
    before = found.L.copy()
    L = before[:, 0]
    for x in (2 * np.sqrt(A[0, 0]) * np.eye(n, dtype=dtype)[0], L, 1.0001 * L):
        with pytest.raises(np.linalg.LinAlgError, match=r"not positive definite.*the factor is unchanged"):
            found.update(x, downdate=True)
        assert_same_bits(found.L, before)
    found.update(dtype.type(0.5) * L, downdate=True)
    with pytest.raises(np.linalg.LinAlgError, match="x contains NaN"):
        found.update(np.full(n, np.nan))
    with pytest.raises(ValueError, match="the order of the matrix"):
        found.update(np.ones(n + 1))


def test_inputs_are_not_written(dtype, rng):
    A = positive_definite(20, dtype, rng)
    before = A.copy()
    A.flags.writeable = False
    for kind in KINDS:
        linalg.factor(A, kind).solve(A)
    assert_same_bits(A, before)
    assert linalg.factor([[2, 0], [0, 4]]).solve([2, 4]).dtype == np.float64
    assert_same_bits(linalg.factor(np.asfortranarray(A)).solve(A), linalg.factor(A).solve(A))


def test_refused():
    with pytest.raises(ValueError, match="kind is 'svd'; expected 'lu'"):
        linalg.factor(np.eye(2), "svd")
    for a in (np.ones((2, 3)), np.ones(3), np.ones((2, 2, 2))):
        with pytest.raises(np.linalg.LinAlgError, match="expected one square matrix"):
            linalg.factor(a)
    with pytest.raises(np.linalg.LinAlgError, match="at least as many rows as columns"):
        linalg.factor(np.ones((2, 3)), "qr")
    for function in ("det", "inv", "slogdet", "condition_estimate"):
        with pytest.raises(np.linalg.LinAlgError, match="only a square matrix has"):
            getattr(linalg.factor(np.ones((3, 2)), "qr"), function)()
    with pytest.raises(np.linalg.LinAlgError, match="a is singular: diagonal element 1 of its factor"):
        linalg.factor(np.ones((2, 2))).solve(np.ones(2))
    with pytest.raises(np.linalg.LinAlgError, match="not positive definite"):
        linalg.factor(-np.eye(2), "cholesky")
    with pytest.raises(ValueError, match="as many rows as a"):
        linalg.factor(np.eye(2)).solve(np.ones(3))
    with pytest.raises(TypeError, match="complex"):
        linalg.factor(np.eye(2) * 1j)


@pytest.mark.parametrize("n", [1, 5, 40])
def test_diagnostics_of_solve(n, dtype, rng):
    A, b = rng.normal(size=(3, n, n)).astype(dtype), rng.normal(size=(n, 2)).astype(dtype)
    x, more = linalg.solve(A, b, diagnostics=True)
    assert_same_bits(x, linalg.solve(A, b))
    assert more.method == "lu"
    assert more.condition.shape == (3,)
    assert more.backward_error.shape == more.residual_norms.shape == (3, 2)
    assert (more.backward_error <= 10 * n * eps(A)).all()
    for i in range(3):
        exact = np.linalg.cond(A[i].astype(np.float64), 1)
        assert exact / 3 <= more.condition[i] <= exact * (1 + 100 * exact * eps(A))
        assert linalg.solve(A[i], b[:, 0], diagnostics=True)[1].condition == more.condition[i]
    assert linalg.solve(np.eye(n), np.zeros(n), diagnostics=True)[1].backward_error == 0
    with pytest.raises(AttributeError):
        more.condition = 1


def test_diagnostics_of_no_equations_and_of_no_solution():
    for shape in ((0, 0), (2, 0, 0), (0, 3, 3)):
        x, more = linalg.solve(np.zeros(shape), np.zeros((*shape[:-1], 2)), diagnostics=True)
        assert x.shape == (*shape[:-1], 2)
        assert more.condition.shape == shape[:-2]
        assert more.backward_error.shape == (*shape[:-2], 2)
        assert not more.backward_error.any()
    for bad in (np.nan, np.inf):
        more = linalg.solve([[bad, 1.0], [1.0, 2.0]], [9.0, 8.0], diagnostics=True)[1]
        assert np.isnan(more.backward_error)

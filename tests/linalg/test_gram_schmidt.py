"""gram_schmidt: A = Q R in units of eps, and the loss of orthogonality that theory allows each method."""

from fractions import Fraction

import numpy as np
import pytest
from numpy.linalg import LinAlgError

import mlcore
from mlcore import linalg

from ..interrupts import interrupt
from .spectra import hilbert, orthogonal

METHODS = ["classical", "modified", "twice", "block"]
ACCURATE = ["twice", "block"]
DTYPES = [np.float32, np.float64]


def with_condition(m, n, digits, rng):
    """m x n with singular values from 1 down to 10^-digits."""
    k = min(m, n)
    U, V = orthogonal(m, rng)[:, :k], orthogonal(n, rng)[:, :k]
    return (U * 10.0 ** -np.linspace(0, digits, k)) @ V.T


def check(A, method, **options):
    before = A.copy()
    result = linalg.gram_schmidt(A, method=method, **options)
    Q, R, rank, dependent, name = result
    m, n = A.shape
    eps = np.finfo(A.dtype).eps
    assert name == method
    assert Q.dtype == R.dtype == A.dtype
    assert Q.shape == (m, n)
    assert R.shape == (n, n)
    assert rank == n - len(dependent) <= m
    np.testing.assert_array_equal(R, np.triu(R))
    np.testing.assert_array_equal(Q[:, dependent], 0)
    np.testing.assert_array_equal(R[dependent], 0)
    independent = np.setdiff1d(np.arange(n), dependent)
    assert np.all(np.diag(R)[independent] > 0)
    np.testing.assert_array_equal(A, before)
    if n and m >= n:
        lengths = np.linalg.norm(A.astype(np.float64), axis=0)
        errors = np.linalg.norm(Q.astype(np.float64) @ R - A, axis=0)
        assert np.all(errors <= 5 * max(m, n) * eps * lengths)
    W = Q.astype(np.float64)[:, independent]
    loss = np.linalg.norm(W.T @ W - np.eye(rank))
    assert abs(result.loss_of_orthogonality - loss) <= 10 * max(m, n) * eps
    if method in ACCURATE:
        assert loss <= 5 * max(m, n, 1) * eps
    return result


SHAPES = [(0, 0), (0, 3), (3, 0), (1, 1), (1, 2), (2, 1), (2, 2), (3, 3), (7, 5)]
SHAPES += [(33, 31), (40, 32), (50, 33), (70, 65), (300, 100)]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("shape", SHAPES)
def test_shapes(shape, method, dtype):
    A = np.random.default_rng(sum(shape)).normal(size=shape).astype(dtype)
    result = check(A, method)
    assert result.rank == min(shape)
    if method in ACCURATE and shape[0] >= shape[1] > 0:
        R = np.linalg.qr(A.astype(np.float64), mode="r")
        R *= np.sign(np.diag(R))[:, None]
        assert abs(result.R - R).max() <= 100 * max(shape) * np.finfo(dtype).eps * np.linalg.cond(A)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("method", ACCURATE)
@pytest.mark.parametrize("digits", [0, 3, 6, 9, 12, 15, 20])
@pytest.mark.parametrize("shape", [(20, 20), (100, 30), (90, 70), (1000, 40)])
def test_orthogonal_whatever_the_condition(shape, digits, method, dtype):
    check(with_condition(*shape, digits, np.random.default_rng(digits)).astype(dtype), method)


def test_hilbert():
    eps = np.finfo(float).eps
    losses = {}
    for n in (4, 5, 6, 7):
        H = hilbert(n)
        kappa = np.linalg.cond(H)
        for method in METHODS:
            losses[method, n] = check(H, method).loss_of_orthogonality
        assert losses["classical", n] <= 10 * eps * kappa**2
        assert losses["modified", n] <= 10 * eps * kappa
        assert losses["twice", n] <= 10 * eps
        assert losses["block", n] <= 10 * eps
    assert losses["classical", 7] > 1e-4  # where a method is said to lose, it does
    assert losses["classical", 7] > 1e3 * losses["modified", 7]
    assert losses["modified", 7] > 1e3 * losses["twice", 7]


@pytest.mark.parametrize(("method", "power"), [("classical", 2), ("modified", 1)])
def test_loss_grows_like_a_power_of_the_condition(method, power):
    rng = np.random.default_rng(0)
    losses = [check(with_condition(60, 20, d, rng), method).loss_of_orthogonality for d in (2, 3, 4, 5, 6)]
    slope = np.polyfit([2, 3, 4, 5, 6], np.log10(losses), 1)[0]
    assert abs(slope - power) < 0.3


def test_exact_fractions():
    # Columns whose lengths are rational: every intermediate value is an exact fraction.
    A = [[2, 1, 5], [1, -1, 1], [2, 4, 0]]
    columns = [[Fraction(row[j]) for row in A] for j in range(3)]
    orthogonal_columns = []
    for v in columns:
        for u in orthogonal_columns:
            factor = sum(a * b for a, b in zip(u, v, strict=True)) / sum(a * a for a in u)
            v = [b - factor * a for a, b in zip(u, v, strict=True)]
        orthogonal_columns.append(v)
    exact = np.array([[float(x) / float(sum(a * a for a in u)) ** 0.5 for x in u] for u in orthogonal_columns]).T
    for method in METHODS:
        Q = check(np.array(A, dtype=float), method).Q
        np.testing.assert_allclose(Q, exact, rtol=0, atol=1e-15)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("m", [20, 200])
def test_dependent_columns(m, method, dtype):
    rng = np.random.default_rng(2)
    B = rng.normal(size=(m, 8))
    columns = [B[:, 0], 2 * B[:, 0], np.zeros(m), B[:, 1:], B @ rng.normal(size=8), B[:, 3] - B[:, 0]]
    result = check(np.column_stack(columns).astype(dtype), method)
    assert result.dependent.tolist() == [1, 2, 10, 11]


@pytest.mark.parametrize("method", METHODS)
def test_copies_across_panels(method):
    rng = np.random.default_rng(3)
    B = rng.normal(size=(150, 40))
    result = check(np.hstack([B, B, 3 * B[:, :5]]), method)
    assert result.dependent.tolist() == list(range(40, 85))


@pytest.mark.parametrize("method", METHODS)
def test_rtol(method):
    A = np.array([[1.0, 1.0], [0.0, 1e-6]])
    assert check(A, method).dependent.tolist() == []
    result = linalg.gram_schmidt(A, method=method, rtol=1e-5)
    assert result.dependent.tolist() == [1]
    np.testing.assert_array_equal(result.R, [[1.0, 1.0], [0.0, 0.0]])
    assert linalg.gram_schmidt(np.zeros((3, 2)), method=method, rtol=0.0).rank == 0


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_column_scales(method, dtype):
    rng = np.random.default_rng(4)
    A = rng.normal(size=(30, 6)).astype(dtype)
    powers = np.array([0, 600, -600, 1, -900, 300]) if dtype is np.float64 else np.array([0, 100, -100, 1, -90, 50])
    plain, scaled = check(A, method), linalg.gram_schmidt(np.ldexp(A, powers), method=method)
    np.testing.assert_array_equal(scaled.Q, plain.Q)
    np.testing.assert_array_equal(scaled.R, np.ldexp(plain.R, powers))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_not_finite(bad, method):
    A = np.ones((5, 3))
    A[4, 2] = bad
    with pytest.raises(LinAlgError, match="A contains NaN or infinity"):
        linalg.gram_schmidt(A, method=method)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_layouts(method, dtype):
    A = np.random.default_rng(5).normal(size=(45, 37)).astype(dtype)
    expected = linalg.gram_schmidt(A, method=method)
    wide = np.zeros((91, 75), dtype)
    wide[1::2, 1::2] = A
    frozen = A.copy()
    frozen.flags.writeable = False
    for same in (np.asfortranarray(A), wide[1::2, 1::2], A[::-1, ::-1].copy()[::-1, ::-1], frozen):
        got = linalg.gram_schmidt(same, method=method)
        np.testing.assert_array_equal(got.Q, expected.Q)
        np.testing.assert_array_equal(got.R, expected.R)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("threads", [2, 3, 8])
def test_same_bits_on_any_number_of_threads(threads, method):
    A = np.random.default_rng(6).normal(size=(20000, 70))
    with mlcore.num_threads(1):
        expected = linalg.gram_schmidt(A, method=method)
    with mlcore.num_threads(threads):
        got = linalg.gram_schmidt(A, method=method)
    np.testing.assert_array_equal(got.Q, expected.Q)
    np.testing.assert_array_equal(got.R, expected.R)


def test_integers_and_lists():
    Q, R, rank, dependent, method = linalg.gram_schmidt([[3, 5], [4, 0]])
    assert Q.dtype == np.float64
    assert (rank, dependent.tolist(), method) == (2, [], "twice")
    np.testing.assert_allclose(Q @ R, [[3, 5], [4, 0]], rtol=0, atol=1e-15)


def test_wrong_arguments():
    with pytest.raises(ValueError, match="method is 'qr'; expected one of 'block'"):
        linalg.gram_schmidt(np.eye(2), method="qr")
    for rtol in (-1e-3, 1.0, np.nan):
        with pytest.raises(ValueError, match="rtol is"):
            linalg.gram_schmidt(np.eye(2), rtol=rtol)
    with pytest.raises(ValueError, match="A "):
        linalg.gram_schmidt(np.zeros(3))
    with pytest.raises(TypeError, match="A has dtype"):
        linalg.gram_schmidt(np.eye(2, dtype=complex))


@pytest.mark.parametrize("method", METHODS)
def test_interrupt(method):
    A = np.random.default_rng(7).normal(size=(4000, 2500))  # seconds of work
    interrupt(lambda: linalg.gram_schmidt(A, method=method))


@pytest.mark.parametrize("method", ["classical", "modified", "twice", "block"])
def test_remainders_without_an_inverse(method, dtype):
    """What the first column leaves of the second is so little that its inverse overflows."""
    tiny = np.finfo(dtype).smallest_subnormal
    A = np.array([[1, 1], [0, 5 * tiny]], dtype)
    found = linalg.gram_schmidt(A, method=method, rtol=0.0)
    np.testing.assert_array_equal(found.Q, np.eye(2))
    np.testing.assert_array_equal(found.R, A)

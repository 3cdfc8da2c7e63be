"""The ladders of QR, Cholesky, LU and symmetric eigenvalues: every step against its certificate, none against another."""

import itertools
import time

import numpy as np
import pytest

from mlcore import lab

from ..certificates import eps, wide
from ..linalg.gallery import MATRICES
from .ladders import DTYPES, LANES, around, by_name, laid_out

QR, CHOLESKY, LU, EIGH = (lab.steps(topic) for topic in ("qr", "cholesky", "lu", "eigh"))
ALL = [*QR, *CHOLESKY, *LU, *EIGH]

SIZES = sorted({0, 1, 2, 3, 4, 5, *around(LANES // 2, LANES, 3 * LANES // 2, 3 * LANES, 32, 64, 128), 200})
SMALL = sorted({0, 1, 2, 3, 4, 5, *around(8, LANES, 16)})
SCALES = [1.0, 2.0**600, 2.0**-600]


def by_topic_and_name(step):
    return f"{step.topic}-{step.name}"


def positive_definite(n, dtype, seed=0):
    B = np.random.default_rng([n, seed]).standard_normal((n, n))
    return (B @ B.T + 0.1 * n * np.eye(n)).astype(dtype)


def assert_orthonormal(Q):
    n = Q.shape[1]
    assert np.linalg.norm((wide(Q).T @ wide(Q) - np.eye(n)).astype(float)) <= 10 * max(n, 1) * eps(Q)


def assert_qr(Q, R, A):
    m, n = A.shape
    assert Q.shape == (m, n)
    assert R.shape == (n, n)
    assert Q.dtype == R.dtype == A.dtype
    assert not np.tril(R, -1).any()
    A, unit = wide(A), max(np.abs(A).max(initial=0.0), np.finfo(A.dtype).tiny)
    error = np.linalg.norm(((wide(Q) @ wide(R) - A) / unit).astype(float), axis=0)
    assert np.all(error <= 10 * n * eps(Q) * np.linalg.norm((A / unit).astype(float), axis=0))
    assert_orthonormal(Q)


def assert_cholesky(L, A):
    n = len(A)
    assert L.dtype == A.dtype
    assert not np.triu(L, 1).any()
    assert np.all(np.diagonal(L) > 0)
    below = np.tril(wide(A)) + np.tril(wide(A), -1).T
    # Higham, theorem 10.3: |A - L L'| <= (n + 1) u |L| |L'|, whatever the order of the sums; here with eps = 2 u
    assert np.all(np.abs(below - wide(L) @ wide(L).T) <= (n + 1) * eps(L) * (np.abs(wide(L)) @ np.abs(wide(L)).T))


def assert_lu(order, L, U, A):
    n = len(A)
    assert L.dtype == U.dtype == A.dtype
    assert sorted(order) == list(range(n))
    assert not np.tril(U, -1).any()
    assert not np.triu(L, 1).any()
    assert np.all(np.diagonal(L) == 1)
    assert np.abs(L).max(initial=0.0) <= 1
    # Higham, theorem 9.3, with eps = 2 u
    assert np.all(np.abs(wide(L) @ wide(U) - wide(A)[order]) <= n * eps(A) * (np.abs(wide(L)) @ np.abs(wide(U))))


def assert_eigh(w, V, A, factor=10):
    n = len(A)
    assert w.dtype == V.dtype == A.dtype
    assert w.shape == (n,)
    assert V.shape == (n, n)
    assert np.all(np.diff(w) >= 0)
    unit = max(np.abs(A).max(initial=0.0), np.finfo(A.dtype).tiny)
    A, w, X = wide(A) / unit, wide(w) / unit, wide(V)
    allowed = factor * max(n, 1) * eps(V)
    assert np.linalg.norm((A @ X - X * w).astype(float)) <= allowed * np.linalg.norm(A.astype(float))
    assert np.linalg.norm((X.T @ X - np.eye(n)).astype(float)) <= allowed


def certify(step, A):
    """Climb one step and look at what came out."""
    result = step(A)
    if step.topic == "qr":
        assert_qr(*result, A)
    elif step.topic == "cholesky":
        assert_cholesky(result, A)
    elif step.topic == "lu":
        assert_lu(*result, A)
    else:
        assert_eigh(*result, A, 10 if step.name != "qr_iteration" else 40)  # the roundings of hundreds of steps add up


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("step", QR, ids=by_name)
def test_qr(step, dtype):
    rng = np.random.default_rng(1)
    for n, more in itertools.product(SIZES, (0, 1, 9)):
        certify(step, rng.standard_normal((n + more, n)).astype(dtype))


@pytest.mark.parametrize("name", MATRICES)
@pytest.mark.parametrize("step", [*QR, *LU], ids=by_topic_and_name)
def test_qr_and_lu_of_hard_matrices(step, name):
    for n in (3, 33):
        certify(step, MATRICES[name](n, np.random.default_rng(n)))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("step", CHOLESKY, ids=by_name)
def test_cholesky(step, dtype):
    for n in SIZES:
        A = positive_definite(n, dtype)
        certify(step, np.tril(A) + np.triu(np.full_like(A, np.nan), 1))  # what is above the diagonal is not read


@pytest.mark.parametrize("step", CHOLESKY, ids=by_name)
def test_cholesky_is_exact_where_arithmetic_is(step):
    L = np.tril(np.arange(70.0 * 70).reshape(70, 70) % 5 - 2, -1) + 4 * np.eye(70)
    np.testing.assert_array_equal(step(L @ L.T), L)


@pytest.mark.parametrize("step", CHOLESKY, ids=by_name)
def test_cholesky_finds_the_first_minor_that_is_not_positive(step):
    for n, order in ((1, 1), (2, 2), (5, 3), (70, 66), (130, 64), (130, 129)):
        A = positive_definite(n, "float64")
        for value in (0.0, -1.0, np.nan):
            A[order - 1, order - 1] = value
            with pytest.raises(np.linalg.LinAlgError, match=rf"leading minor of order {order} is not"):
                step(A)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("step", LU, ids=by_name)
def test_lu(step, dtype):
    rng = np.random.default_rng(2)
    for n in SIZES:
        certify(step, rng.standard_normal((n, n)).astype(dtype))


@pytest.mark.parametrize("step", LU, ids=by_name)
def test_lu_exchanges_rows(step):
    order, L, U = step(np.array([[1e-20, 1.0], [1.0, 1.0]]))
    np.testing.assert_array_equal(order, [1, 0])
    np.testing.assert_array_equal(L, [[1.0, 0.0], [1e-20, 1.0]])
    np.testing.assert_array_equal(U, [[1.0, 1.0], [0.0, 1.0]])


@pytest.mark.parametrize("step", LU, ids=by_name)
def test_lu_carries_not_a_numbers(step):
    A = np.random.default_rng(3).standard_normal((40, 40))
    A[2, 3] = np.nan
    _, L, U = step(A)
    assert np.isnan(L @ U).any()


def spectra(n):
    yield "apart", np.arange(1.0, n + 1.0)
    yield "repeated", np.where(np.arange(n) < n // 2, 1.0, 2.0)
    yield "graded", 2.0 ** -np.arange(n)
    yield "rank 1", np.where(np.arange(n) == 0, 3.0, 0.0)
    yield "zero", np.zeros(n)
    yield "identity", np.ones(n)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("step", EIGH, ids=by_name)
def test_eigh(step, dtype):
    for n in SMALL:
        V = np.linalg.qr(np.random.default_rng(n).standard_normal((n, n)))[0]
        for _, w in spectra(n):
            A = (V * w) @ V.T
            A = ((A + A.T) / 2).astype(dtype)
            certify(step, A)
            values, vectors = step(np.tril(A) + np.triu(np.full_like(A, 7), 1))  # only the lower triangle is read
            assert_eigh(values, vectors, A, 40)


@pytest.mark.parametrize("step", EIGH[1:], ids=by_name)
def test_eigh_of_signs_and_larger_matrices(step):
    for n in (2, 3, 40, 70):
        A = np.random.default_rng(n).standard_normal((n, n))
        certify(step, (A + A.T) / 2)
    certify(step, np.array([[0.0, 1.0], [1.0, 0.0]]))


def test_eigh_reports_what_does_not_converge():
    for A in (np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([[1.0, 2.0, 0.0], [2.0, -1.0, 0.0], [0.0, 0.0, 9.0]])):
        with pytest.raises(np.linalg.LinAlgError, match="not diagonal after 5000 iterations"):
            lab.ladder("eigh", "qr_iteration")(A)  # eigenvalues of the same modulus: A = Q R with R = I, for ever


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("step", ALL, ids=by_topic_and_name)
def test_scaled_to_the_ends_of_the_range(step, scale):
    for n in (1, 2, 9, 20):
        certify(step, scale * positive_definite(n, "float64", 1))


@pytest.mark.parametrize("step", ALL, ids=by_topic_and_name)
def test_in_every_layout_and_type(step):
    A = np.round(positive_definite(19, "float64", 2))
    expected = step(A)
    for layout, a in laid_out(A).items():
        before = a.copy()
        for computed, wanted in zip(step(a), expected, strict=True):
            np.testing.assert_array_equal(computed, wanted, err_msg=layout)
        np.testing.assert_array_equal(a, before)
    for computed, wanted in zip(step(A.astype(int)), expected, strict=True):
        assert computed.dtype == wanted.dtype
        np.testing.assert_array_equal(computed, wanted)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("step", [*QR, *CHOLESKY, *EIGH], ids=by_topic_and_name)
def test_not_a_number_is_an_error_and_no_hang(step, bad):
    for n in (1, 2, 40):
        A = positive_definite(n, "float64")
        A[n - 1, 0] = bad
        if step.name == "halved" and step.topic == "cholesky" and n == 1 and bad == np.inf:
            continue  # as in NumPy, the root of infinity is infinity
        began = time.perf_counter()
        with pytest.raises(np.linalg.LinAlgError):
            step(A)
        assert time.perf_counter() - began < 1


@pytest.mark.parametrize("step", ALL, ids=by_topic_and_name)
def test_refuses(step):
    with pytest.raises(ValueError, match=r"\(2, 3\)"):  # LinAlgError is a ValueError
        step(np.ones((2, 3)))
    with pytest.raises(ValueError, match=r"\(3,\)|dimension"):
        step(np.ones(3))
    with pytest.raises(TypeError, match="complex128"):
        step(np.ones((2, 2), complex))


def test_flops_count_the_operations():
    m, n = 900, 300
    reflections = sum(4 * (m - j) * ((n - j - 1) + (n - j)) for j in range(n))
    eliminations = sum(2 * (n - k - 1) ** 2 for k in range(n))
    roots = sum((n - k) * (n - k - 1) for k in range(n))
    for step in QR:
        assert step.flops(m, n) == pytest.approx(reflections, rel=0.01)
    for step in LU:
        assert step.flops(n) == pytest.approx(eliminations, rel=0.01)
    for step in CHOLESKY:
        assert step.flops(n) == pytest.approx(roots, rel=0.01)
    for step in EIGH:
        assert step.flops(n) == 9 * n**3


@pytest.mark.parametrize(("itemsize", "dtype"), [(4, "float32"), (8, "float64")])
def test_bytes_are_those_of_the_arrays(itemsize, dtype):
    A, R, w = np.empty((7, 4), dtype), np.empty((4, 4), dtype), np.empty(4, dtype)
    triangle = 10 * itemsize
    for step in QR:
        assert step.bytes(7, 4, itemsize=itemsize) == 2 * A.nbytes + R.nbytes
    for step in CHOLESKY:
        assert step.bytes(4, itemsize=itemsize) == triangle + R.nbytes
    for step in LU:
        assert step.bytes(4, itemsize=itemsize) == 3 * R.nbytes
    for step in EIGH:
        assert step.bytes(4, itemsize=itemsize) == triangle + w.nbytes + R.nbytes

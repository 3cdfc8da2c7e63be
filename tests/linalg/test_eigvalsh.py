"""eigvalsh: distances from known spectra in units of n eps ||A||, and from NumPy's eigenvalues."""

import mpmath
import numpy as np
import pytest
from numpy.linalg import LinAlgError

import mlcore
from mlcore import linalg

from ..interrupts import interrupt
from .spectra import SPECTRA, hilbert, symmetric
from .test_eigh import PARTICULAR, layouts

DTYPES = [np.float32, np.float64]
SIZES = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 128, 200, 600]


def check(A, exact, *, UPLO="L"):
    before = A.copy()
    w = linalg.eigvalsh(A, UPLO)
    exact = np.sort(np.asarray(exact, dtype=np.float64), axis=-1)
    assert w.dtype == A.dtype
    assert w.shape == exact.shape
    assert np.all(np.diff(w) >= 0)
    n, largest = A.shape[-1], abs(exact).max(initial=0.0)
    assert abs(w - exact).max(initial=0.0) <= 10 * n * np.finfo(A.dtype).eps * largest
    np.testing.assert_array_equal(A, before)
    return w


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", SIZES)
def test_random(n, dtype):
    rng = np.random.default_rng(n)
    A = rng.normal(size=(n, n))
    A = (A + A.T).astype(dtype)
    check(A, np.linalg.eigvalsh(A.astype(np.float64)))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("spectrum", SPECTRA)
@pytest.mark.parametrize("n", [2, 3, 17, 100])
def test_spectra(n, spectrum, dtype):
    rng = np.random.default_rng(7)
    values = SPECTRA[spectrum](n, rng)
    check(symmetric(values, rng).astype(dtype), values)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", PARTICULAR)
def test_particular(name, dtype):
    A = PARTICULAR[name].astype(dtype)
    check(A, np.linalg.eigvalsh(A.astype(np.float64)))


@pytest.mark.parametrize("n", [4, 8, 12])
def test_hilbert_against_mpmath(n):
    A = hilbert(n)
    with mpmath.workdps(50):
        exact = mpmath.eigsy(mpmath.matrix([[mpmath.mpf(x) for x in row] for row in A.tolist()]), eigvals_only=True)
        exact = [float(x) for x in exact]
    check(A, exact)


@pytest.mark.parametrize(
    ("dtype", "factor"), [(np.float64, 1e200), (np.float64, 1e-200), (np.float32, 1e36), (np.float32, 1e-28)]
)
def test_scale(dtype, factor):
    rng = np.random.default_rng(5)
    A = symmetric(rng.normal(size=40), rng).astype(dtype)
    power = dtype(2.0 ** np.round(np.log2(factor)))  # exact, so the digits must be the same
    np.testing.assert_array_equal(linalg.eigvalsh(A) * power, linalg.eigvalsh(A * power))


@pytest.mark.parametrize("n", [1, 6, 33])
def test_triangles(n):
    A = np.random.default_rng(8).normal(size=(n, n))
    lower, upper = np.tril(A) + np.tril(A, -1).T, np.triu(A) + np.triu(A, 1).T
    for option, whole in [("L", lower), ("l", lower), ("U", upper), ("u", upper)]:
        check(A, np.linalg.eigvalsh(whole), UPLO=option)
    poisoned = np.where(np.tri(n, dtype=bool), A, np.nan)
    np.testing.assert_array_equal(linalg.eigvalsh(poisoned), linalg.eigvalsh(A))


@pytest.mark.parametrize("layout", ["F", "sliced", "negative", "read-only", "misaligned", "big-endian"])
def test_layouts(layout):
    A = symmetric(np.random.default_rng(9).normal(size=19), np.random.default_rng(9))
    np.testing.assert_array_equal(linalg.eigvalsh(layouts(A)[layout]), linalg.eigvalsh(A))


@pytest.mark.parametrize("shape", [(3,), (2, 5), (4, 1, 2), (0,), (2, 0), (700,)])
@pytest.mark.parametrize("n", [0, 1, 3, 20])
def test_stacks(shape, n):
    A = np.random.default_rng(10).normal(size=(*shape, n, n))
    w = linalg.eigvalsh(A)
    assert w.shape == (*shape, n)
    for place in np.ndindex(shape):
        np.testing.assert_array_equal(w[place], linalg.eigvalsh(A[place]))


@pytest.mark.parametrize("threads", [2, 3, 8])
def test_same_bits_on_any_number_of_threads(threads):
    rng = np.random.default_rng(11)
    inputs = [rng.normal(size=shape) for shape in [(640, 640), (100, 24, 24)]]
    with mlcore.num_threads(1):
        expected = [linalg.eigvalsh(x) for x in inputs]
    with mlcore.num_threads(threads):
        for x, w in zip(inputs, expected, strict=True):
            np.testing.assert_array_equal(linalg.eigvalsh(x), w)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_not_finite(bad):
    A = np.eye(50)
    A[-1, 0] = bad
    with pytest.raises(LinAlgError, match="a contains NaN or infinity"):
        linalg.eigvalsh(A)
    with pytest.raises(LinAlgError, match=r"a\[1\] contains"):
        linalg.eigvalsh(np.stack([np.eye(50), A]))


def test_wrong_arguments():
    with pytest.raises(LinAlgError, match="expected a square matrix"):
        linalg.eigvalsh(np.zeros((2, 3)))
    with pytest.raises(ValueError, match="UPLO is 'X'"):
        linalg.eigvalsh(np.eye(2), "X")
    with pytest.raises(TypeError, match="a has dtype"):
        linalg.eigvalsh(np.eye(2, dtype=complex))


def test_integers():
    w = linalg.eigvalsh([[2, 1], [1, 2]])
    assert w.dtype == np.float64
    np.testing.assert_allclose(w, [1, 3], rtol=1e-14)


@pytest.mark.parametrize("threads", [1, 2])
def test_interrupt(threads):
    A = np.random.default_rng(12).normal(size=(3000, 3000))
    with mlcore.num_threads(threads):
        interrupt(lambda: linalg.eigvalsh(A))

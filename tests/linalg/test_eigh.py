"""eigh: certificates in units of n eps, mpmath and exact spectra as oracles."""

import mpmath
import numpy as np
import pytest
from numpy.linalg import LinAlgError

import mlcore
from mlcore import linalg

from ..interrupts import interrupt
from .spectra import SPECTRA, hilbert, orthogonality, residual, symmetric

DTYPES = [np.float32, np.float64]
SIZES = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 66, 95, 96, 97, 100, 127, 128, 129, 255, 257]


def check(A, *, lower=True):
    before = A.copy()
    result = linalg.eigh(A, "L" if lower else "U")
    w, V = result
    assert w is result.eigenvalues
    assert V is result.eigenvectors
    assert w.dtype == V.dtype == A.dtype
    assert w.shape == A.shape[:1]
    assert V.shape == A.shape
    assert np.all(np.diff(w) >= 0)
    assert residual(A, w, V) <= 10
    assert orthogonality(V) <= 10
    np.testing.assert_array_equal(A, before)
    return w, V


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", SIZES)
def test_random(n, dtype):
    rng = np.random.default_rng(n)
    A = rng.normal(size=(n, n))
    A = (A + A.T).astype(dtype)
    w, _ = check(A)
    if n:
        reference = np.linalg.eigvalsh(A.astype(np.float64))
        assert abs(w - reference).max() <= 10 * n * np.finfo(dtype).eps * abs(reference).max()


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_size_to_40(dtype):
    rng = np.random.default_rng(1)
    for n in range(40):
        check(symmetric(rng.normal(size=n), rng).astype(dtype))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("spectrum", SPECTRA)
@pytest.mark.parametrize("n", [2, 3, 17, 64, 65, 100, 201])
def test_spectra(n, spectrum, dtype):
    rng = np.random.default_rng(7)
    values = SPECTRA[spectrum](n, rng)
    A = symmetric(values, rng).astype(dtype)
    w, _ = check(A)
    assert abs(w - np.sort(values)).max() <= 10 * n * np.finfo(dtype).eps * abs(values).max()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("spectrum", ["random", "clustered", "geometric", "repeated"])
def test_more_than_one_panel(spectrum, dtype):
    rng = np.random.default_rng(3)
    n = 600 if dtype is np.float64 else 790  # the blocked reduction begins at 512 and 724
    values = SPECTRA[spectrum](n, rng)
    w, _ = check(symmetric(values, rng).astype(dtype))
    assert abs(w - np.sort(values)).max() <= 10 * n * np.finfo(dtype).eps * abs(values).max()


@pytest.mark.parametrize("n", [4, 8, 12])
def test_hilbert_against_mpmath(n):
    A = hilbert(n)
    w, _ = check(A)
    with mpmath.workdps(50):
        exact = mpmath.eigsy(mpmath.matrix([[mpmath.mpf(x) for x in row] for row in A.tolist()]), eigvals_only=True)
        errors = [abs(mpmath.mpf(float(a)) - b) for a, b in zip(w, exact, strict=True)]
    assert max(errors) <= 10 * n * np.finfo(float).eps * w[-1]


def tridiagonal(d, e):
    return np.diag(d) + np.diag(e, 1) + np.diag(e, -1)


def wilkinson(n):
    return tridiagonal(abs(np.arange(n) - n // 2), np.ones(n - 1))


def glued_wilkinson(copies, glue):
    """Copies of one matrix, weakly coupled: pairs of close eigenvalues, as often as there are copies."""
    A = np.kron(np.eye(copies), wilkinson(21))
    for i in range(21, 21 * copies, 21):
        A[i, i - 1] = A[i - 1, i] = glue
    return A


GRADES = 10.0 ** -np.arange(0, 30, 2)
PARTICULAR = {
    "zero": np.zeros((9, 9)),
    "identity": np.eye(9),
    "minus identity": -np.eye(17),
    "ones": np.ones((20, 20)),
    "diagonal": np.diag(np.arange(12.0)),
    "reversal": np.eye(10)[::-1],
    "hilbert": hilbert(100),
    "graded down": np.diag(GRADES) + np.outer(GRADES, GRADES),
    "graded up": (np.diag(GRADES) + 1e-20)[::-1, ::-1],
    "wilkinson": wilkinson(21),
    "wilkinson 201": wilkinson(201),
    "wilkinson glued": glued_wilkinson(10, 1e-8),
    "wilkinson barely glued": glued_wilkinson(10, 1e-15),
    "big zero": np.zeros((130, 130)),
    "big identity": np.eye(130),
    "big ones": np.ones((130, 130)),
    "big reversal": np.eye(130)[::-1],
    "path": tridiagonal(np.zeros(150), np.ones(149)),
    "one coupling": tridiagonal(np.zeros(130), np.arange(129) == 64),
    "negative couplings": tridiagonal(np.arange(130.0), -np.ones(129)),
    "tiny half": np.diag(np.r_[np.ones(65), np.full(65, 1e-30)]) + np.pad(np.full((65, 65), 1e-32), ((65, 0), (65, 0))),
    "graded tridiagonal": tridiagonal(0.5 ** np.arange(140), 0.5 ** np.arange(139) / 3),
    "arrow": np.diag(np.arange(100.0)) + np.eye(1, 100) + np.eye(1, 100).T,
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", PARTICULAR)
def test_particular(name, dtype):
    check(PARTICULAR[name].astype(dtype))


@pytest.mark.parametrize("n", [50, 300])
def test_closed_form(n):
    # The adjacency matrix of a path: 2 cos(pi j / (n + 1)).
    w, _ = check(tridiagonal(np.zeros(n), np.ones(n - 1)))
    np.testing.assert_allclose(w, np.sort(2 * np.cos(np.pi * np.arange(1, n + 1) / (n + 1))), rtol=0, atol=1e-14)


@pytest.mark.parametrize(
    ("dtype", "factor"), [(np.float64, 1e200), (np.float64, 1e-200), (np.float32, 1e36), (np.float32, 1e-28)]
)
@pytest.mark.parametrize("n", [30, 90])
def test_scale(n, dtype, factor):
    rng = np.random.default_rng(5)
    A = symmetric(rng.normal(size=n), rng)
    power = 2.0 ** np.round(np.log2(factor))  # exact, so the digits must be the same
    w, V = linalg.eigh(A.astype(dtype))
    w_scaled, V_scaled = linalg.eigh((A.astype(dtype) * dtype(power)).astype(dtype))
    np.testing.assert_array_equal(V, V_scaled)
    np.testing.assert_array_equal(w * dtype(power), w_scaled)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", [40, 120])
def test_rows_of_very_different_size(n, dtype):
    # Squares of the small rows underflow; the reflectors must be orthogonal all the same.
    rng = np.random.default_rng(6)
    tiny = 1e-170 if dtype is np.float64 else 1e-25
    A = rng.normal(size=(n, n))
    A[n // 2 :] *= tiny
    A = np.tril(A) + np.tril(A, -1).T
    check(A.astype(dtype))
    check(A[::-1, ::-1].T.astype(dtype))
    A = A * np.where(np.arange(n) < n // 2, tiny, 1.0)
    check((A + A.T).astype(dtype))


def test_denormals():
    A = np.array([[5e-324, 5e-324], [5e-324, 1e-323]])
    w, V = linalg.eigh(A)
    assert orthogonality(V) <= 10
    assert np.isfinite(w).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", [1, 6, 33])
def test_triangles(n, dtype):
    rng = np.random.default_rng(8)
    A = rng.normal(size=(n, n)).astype(dtype)
    lower, upper = np.tril(A) + np.tril(A, -1).T, np.triu(A) + np.triu(A, 1).T
    for option, whole in [("L", lower), ("l", lower), ("U", upper), ("u", upper)]:
        w, V = linalg.eigh(A, option)
        assert residual(whole, w, V) <= 10
    poisoned = np.where(np.tri(n, dtype=bool), A, np.nan)  # the other triangle may hold anything
    np.testing.assert_array_equal(linalg.eigh(poisoned).eigenvalues, linalg.eigh(A).eigenvalues)
    np.testing.assert_array_equal(linalg.eigh(poisoned.T, UPLO="U").eigenvectors, linalg.eigh(A).eigenvectors)


def layouts(A):
    n = A.shape[-1]
    wide = np.zeros((3 * n + 1, 2 * n + 1), A.dtype)
    wide[1 : 3 * n + 1 : 3, 1::2] = A
    frozen = A.copy()
    frozen.flags.writeable = False
    raw = np.zeros(A.nbytes + 1, np.uint8)
    shifted = raw[1:].view(A.dtype).reshape(A.shape)
    shifted[...] = A
    return {
        "C": A,
        "F": np.asfortranarray(A),
        "sliced": wide[1 : 3 * n + 1 : 3, 1::2],
        "negative": A[::-1, ::-1].copy()[::-1, ::-1],
        "read-only": frozen,
        "misaligned": shifted,
        "big-endian": A.astype(A.dtype.newbyteorder(">")),
    }


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("layout", ["F", "sliced", "negative", "read-only", "misaligned", "big-endian"])
def test_layouts(layout, dtype):
    rng = np.random.default_rng(9)
    A = symmetric(rng.normal(size=19), rng).astype(dtype)
    expected, got = linalg.eigh(A), linalg.eigh(layouts(A)[layout])
    np.testing.assert_array_equal(got.eigenvalues, expected.eigenvalues)
    np.testing.assert_array_equal(got.eigenvectors, expected.eigenvectors)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(3,), (2, 5), (4, 1, 2), (0,), (2, 0), (700,)])
@pytest.mark.parametrize("n", [0, 1, 3, 20])
def test_stacks(shape, n, dtype):
    rng = np.random.default_rng(10)
    A = rng.normal(size=(*shape, n, n)).astype(dtype)
    w, V = linalg.eigh(A)
    assert w.shape == (*shape, n)
    assert V.shape == (*shape, n, n)
    for place in np.ndindex(shape):
        one = linalg.eigh(A[place])
        np.testing.assert_array_equal(w[place], one.eigenvalues)
        np.testing.assert_array_equal(V[place], one.eigenvectors)


def test_broadcast_stack():
    A = np.broadcast_to(np.diag([3.0, 1.0, 2.0]), (4, 5, 3, 3))
    assert np.array_equal(linalg.eigh(A).eigenvalues, np.broadcast_to([1.0, 2.0, 3.0], (4, 5, 3)))


@pytest.mark.parametrize("threads", [2, 3, 8])
def test_same_bits_on_any_number_of_threads(threads):
    rng = np.random.default_rng(11)
    inputs = [rng.normal(size=shape) for shape in [(200, 200), (640, 640), (100, 24, 24), (6, 90, 90)]]
    with mlcore.num_threads(1):
        expected = [linalg.eigh(x) for x in inputs]
    with mlcore.num_threads(threads):
        for x, one in zip(inputs, expected, strict=True):
            got = linalg.eigh(x)
            np.testing.assert_array_equal(got.eigenvalues, one.eigenvalues)
            np.testing.assert_array_equal(got.eigenvectors, one.eigenvectors)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("n", [1, 2, 50])
def test_not_finite(n, bad):
    A = np.eye(n)
    A[-1, 0] = bad
    with pytest.raises(LinAlgError, match="a contains NaN or infinity"):
        linalg.eigh(A)
    stack = np.stack([np.eye(n)] * 6).reshape(3, 2, n, n)
    stack[2, 0, -1, 0] = bad
    with pytest.raises(LinAlgError, match=r"a\[2, 0\] contains"):
        linalg.eigh(stack)


def test_integers_and_lists():
    for A in ([[2, 1], [1, 2]], np.array([[2, 1], [1, 2]], dtype=np.int8), np.array([[True, True], [True, False]])):
        w, _ = linalg.eigh(A)
        assert w.dtype == np.float64
        np.testing.assert_allclose(w, np.linalg.eigvalsh(np.asarray(A, dtype=float)), rtol=1e-14)


@pytest.mark.parametrize("A", [np.zeros((2, 3)), np.zeros(3), 1.0, np.zeros((4, 2, 3))])
def test_not_square(A):
    with pytest.raises(LinAlgError, match="expected a square matrix"):
        linalg.eigh(A)


def test_wrong_arguments():
    with pytest.raises(ValueError, match="UPLO is 'X'"):
        linalg.eigh(np.eye(2), "X")
    for A in (np.eye(2, dtype=complex), np.eye(2, dtype=np.float16), [["a", "b"], ["c", "d"]]):
        with pytest.raises(TypeError, match="a has dtype"):
            linalg.eigh(A)


@pytest.mark.parametrize("threads", [1, 2])
def test_interrupt(threads):
    A = np.random.default_rng(12).normal(size=(3000, 3000))  # many seconds of work
    with mlcore.num_threads(threads):
        interrupt(lambda: linalg.eigh(A))
        interrupt(lambda: linalg.eigh(A[:900, :900]), after=0.4)  # in one of the later parts

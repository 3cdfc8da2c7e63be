"""eig, eigvals, schur, hessenberg: certificates in units of n eps, spectra that are known exactly."""

import itertools

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.linalg import LinAlgError

import mlcore
from mlcore import linalg

from ..certificates import assert_same_bits, eps
from ..interrupts import interrupt
from ..strategies import LAYOUTS, arrays, dtypes, edges, in_layout
from .gallery import MATRICES, frank, kahan, scaled
from .spectra import orthogonal, orthogonality

SIZES = [0, 1, 2, 3, 4, 5, 7, *edges(8, 16, 32, 60), 64, 75, 100, 150]


def frobenius(A):
    return float(np.linalg.norm(A.astype(np.float64)))


def backward_error(A, computed):
    """||A - computed||_F / (n eps ||A||_F)."""
    size = frobenius(A)
    return float(np.linalg.norm(A.astype(np.float64) - computed)) / (len(A) * eps(A) * size) if size else np.abs(computed).max()


def product(Q, M):
    Q = Q.astype(np.float64)
    return Q @ M.astype(np.float64) @ Q.T


def assert_schur(A):
    T, Z = linalg.schur(A)
    assert T.dtype == Z.dtype == A.dtype
    assert T.shape == Z.shape == A.shape
    if not len(A):
        return T, Z
    assert not np.tril(T, -2).any()
    below = T.diagonal(-1)
    assert not (below[1:] * below[:-1]).any(), "2 x 2 blocks do not overlap"
    for i in np.nonzero(below)[0]:
        assert T[i, i] == T[i + 1, i + 1]
        assert np.sign(T[i, i + 1]) == -np.sign(T[i + 1, i])
    assert backward_error(A, product(Z, T)) <= 10
    assert orthogonality(Z) <= 10
    return T, Z


def assert_hessenberg(A):
    H, Q = linalg.hessenberg(A)
    assert H.dtype == Q.dtype == A.dtype
    assert not np.tril(H, -2).any()
    if len(A):
        assert backward_error(A, product(Q, H)) <= 10
        assert orthogonality(Q) <= 10


def assert_conjugate_pairs(w, V=None):
    """Of a complex result: pairs are neighbours, exactly conjugate, the positive imaginary part first; the rest is real."""
    j = 0
    while j < len(w):
        if w[j].imag == 0:
            assert V is None or not V[:, j].imag.any()
            j += 1
            continue
        assert w[j].imag > 0
        assert w[j + 1] == w[j].conj()
        if V is not None:
            np.testing.assert_array_equal(V[:, j + 1], V[:, j].conj())
            real = V[V[:, j].imag == 0, j].real.max(initial=0)
            assert real >= (1 - 10 * np.finfo(V.dtype).eps) * abs(V[:, j].astype(complex)).max(), "the largest element is real"
        j += 2


def assert_eigenpairs(A, allowed=10):
    """||A v - w v|| <= allowed n eps ||A||_F and ||v|| = 1 for each column."""
    before = A.copy()
    result = linalg.eig(A)
    w, V = result
    assert w is result.eigenvalues
    assert V is result.eigenvectors
    is_complex = np.iscomplexobj(w)
    kind = {(4, False): "f", (8, False): "d", (4, True): "F", (8, True): "D"}[A.itemsize, is_complex]
    assert w.dtype.char == V.dtype.char == kind
    assert w.shape == A.shape[:1]
    assert V.shape == A.shape
    assert_same_bits(A, before)
    if not len(A):
        return w, V
    if is_complex:
        assert w.imag.any()
        assert_conjugate_pairs(w, V)
    exponent = -np.frexp(abs(A).max())[1]
    B, W, X = np.ldexp(A, exponent).astype(np.float64), w.astype(complex) * 2.0**exponent, V.astype(complex)
    residual = np.linalg.norm(B @ X - X * W, axis=0)
    assert (residual <= allowed * len(A) * eps(A) * frobenius(B)).all()
    assert (abs(np.linalg.norm(X, axis=0) - 1) <= (10 + len(A)) * eps(A)).all()
    values = linalg.eigvals(A)
    assert values.dtype.kind in "fc"
    assert values.shape == w.shape
    return w, V


def distance(found, exact):
    """The largest distance in the best one-to-one matching, nearly: each exact value takes the nearest one that is left."""
    left, worst = list(np.asarray(found, dtype=complex)), 0.0
    for value in sorted(np.asarray(exact, dtype=complex), key=lambda z: (-abs(z), z.imag)):
        nearest = min(range(len(left)), key=lambda i: abs(left[i] - value))
        worst = max(worst, abs(left.pop(nearest) - value))
    return worst


@pytest.mark.parametrize("n", SIZES)
def test_random(n, dtype, rng):
    A = rng.normal(size=(n, n)).astype(dtype)
    w, _ = assert_eigenpairs(A)
    assert_schur(A)
    assert_hessenberg(A)
    if n == 0:
        return
    expected, vectors = np.linalg.eig(A.astype(np.float64))
    bound = 10 * n * np.finfo(dtype).eps * np.linalg.cond(vectors) * np.linalg.norm(A, 2)  # Bauer and Fike
    assert distance(w, expected) <= bound
    assert distance(linalg.eigvals(A), expected) <= bound
    assert abs(w.sum() - np.trace(A.astype(np.float64))) <= 10 * n * np.finfo(dtype).eps * frobenius(A)


@pytest.mark.parametrize("n", range(2, 40))
def test_every_size_to_40(n, dtype, rng):
    A = rng.normal(size=(n, n)).astype(dtype)
    assert_eigenpairs(A)
    assert_schur(A)


def test_bigger_than_one_window(dtype, rng):
    A = rng.normal(size=(300, 300)).astype(dtype)
    assert_eigenpairs(A)
    assert_schur(A)
    assert_hessenberg(A)
    assert distance(linalg.eigvals(A), np.linalg.eigvals(A.astype(np.float64))) <= 1e5 * np.finfo(dtype).eps


@pytest.mark.parametrize("name", MATRICES)
@pytest.mark.parametrize("n", [1, 2, 3, 8, 33, 61, 100])
def test_hard_matrices(name, n, dtype, rng):
    A = MATRICES[name](n, rng).astype(dtype)
    assert_eigenpairs(A)
    assert_schur(A)
    assert_hessenberg(A)


def cyclic(n):
    return np.roll(np.eye(n), 1, axis=0)


def jordan(n):
    return 2 * np.eye(n) + np.diag(np.ones(n - 1), 1)


def companion(n, rng):
    C = np.diag(np.ones(n - 1), -1)
    C[0] = -rng.normal(size=n)
    return C


def grcar(n):
    return sum(np.diag(np.ones(n - k), k) for k in range(4)) - np.diag(np.ones(n - 1), -1)


PARTICULAR = {
    "cyclic": lambda n, rng: cyclic(n),
    "cyclic, transposed": lambda n, rng: cyclic(n).T,
    "jordan": lambda n, rng: jordan(n),
    "jordan, transposed": lambda n, rng: jordan(n).T,
    "jordan, hidden": lambda n, rng: product(orthogonal(n, rng), jordan(n)),
    "nilpotent": lambda n, rng: np.diag(np.ones(n - 1), 1),
    "nilpotent, hidden": lambda n, rng: product(orthogonal(n, rng), np.triu(rng.normal(size=(n, n)), 1)),
    "companion": companion,
    "orthogonal": lambda n, rng: orthogonal(n, rng),
    "skew": lambda n, rng: np.triu(rng.normal(size=(n, n)), 1) - np.triu(rng.normal(size=(n, n)), 1).T,
    "symmetric": lambda n, rng: sum((B, B.T)) if (B := rng.normal(size=(n, n))) is not None else None,
    "toeplitz, grcar": lambda n, rng: grcar(n),
    "kahan, transposed": lambda n, rng: kahan(n).T,
    "frank, transposed": lambda n, rng: frank(n).T,
    "ones": lambda n, rng: np.ones((n, n)),
    "clustered": lambda n, rng: np.eye(n) + 1e-10 * rng.normal(size=(n, n)),
    "repeated": lambda n, rng: product(orthogonal(n, rng), np.diag(np.arange(n) // 3 * 1.0)),
    "blocks": lambda n, rng: np.kron(np.eye(n // 4 + 1), rng.normal(size=(4, 4)))[:n, :n],
    "sparse": lambda n, rng: rng.normal(size=(n, n)) * (rng.random((n, n)) < 2.0 / n),
    "integers": lambda n, rng: rng.integers(-1, 2, (n, n)).astype(float),
    "graded both": lambda n, rng: rng.normal(size=(n, n)) * 10.0 ** -np.add.outer(np.linspace(0, 8, n), np.linspace(0, 8, n)),
    "markov": lambda n, rng: (B := rng.random((n, n))) / B.sum(1, keepdims=True),
    "not normal": lambda n, rng: np.triu(10 * rng.normal(size=(n, n)), 1) + np.diag(np.linspace(-1, 1, n)),
}


@pytest.mark.parametrize("name", PARTICULAR)
@pytest.mark.parametrize("n", [4, 9, 20, 33, 64, 120])
def test_particular(name, n, dtype, rng):
    A = PARTICULAR[name](n, rng).astype(dtype)
    assert_eigenpairs(A)
    assert_schur(A)
    assert_hessenberg(A)


@pytest.mark.parametrize("n", [2, 3, 4, 7, 30, 61, 64, 100, 128])
def test_roots_of_unity(n, dtype):
    """A QR step with zero shifts leaves a cyclic permutation as it is."""
    exact = np.exp(2j * np.pi * np.arange(n) / n)
    for A in (cyclic(n), cyclic(n).T):
        assert distance(linalg.eigvals(A.astype(dtype)), exact) <= 10 * n * np.finfo(dtype).eps
        assert distance(linalg.eig(A.astype(dtype)).eigenvalues, exact) <= 10 * n * np.finfo(dtype).eps


@pytest.mark.parametrize("n", [1, 2, 9, 33, 100])
def test_triangular_matrices_are_solved_exactly(n, dtype, rng):
    d = rng.normal(size=n).astype(dtype)
    A = (np.triu(rng.normal(size=(n, n)), 1) + np.diag(d)).astype(dtype)
    for matrix in (A, A.T, A[::-1, ::-1], np.diag(d)):
        w, _ = assert_eigenpairs(matrix)
        np.testing.assert_array_equal(np.sort(w), np.sort(d))
        np.testing.assert_array_equal(np.sort(linalg.eigvals(matrix)), np.sort(d))
    w, V = linalg.eig(np.zeros((n, n), dtype))
    np.testing.assert_array_equal(w, np.zeros(n))
    np.testing.assert_array_equal(V, np.eye(n))
    w, V = linalg.eig(np.eye(n, dtype=dtype))
    np.testing.assert_array_equal(w, np.ones(n))
    np.testing.assert_array_equal(V, np.eye(n))


@pytest.mark.parametrize("n", [6, 12])
def test_frank_against_mpmath(n):
    """Half of the eigenvalues are ill-conditioned: each one may move by eps ||A|| times its condition."""
    A = frank(n)
    with mpmath.workdps(60):
        values, left, right = mpmath.eig(mpmath.matrix(A.tolist()), left=True, right=True)
        exact = np.array([complex(v) for v in values])
        condition = []
        for i in range(n):
            x, y = right[:, i], left[i, :]
            condition.append(float(mpmath.norm(x) * mpmath.norm(y) / abs((y * x)[0])))
    for found in (linalg.eigvals(A), linalg.eig(A).eigenvalues):
        for value, c in zip(exact, condition, strict=True):
            assert abs(found - value).min() <= 10 * n * np.finfo(float).eps * np.linalg.norm(A, 2) * c


def test_two_by_two(dtype, rng):
    """All signs and zeros of four numbers, and the closed form."""
    for entries in itertools.product([0.0, 1.0, -1.0, 2.0, 1e-3, 3e5], repeat=4):
        A = np.array(entries, dtype).reshape(2, 2)
        assert_eigenpairs(A)
        assert_schur(A)
    a, b, c, d = rng.normal(size=4)
    root = np.emath.sqrt((a - d) ** 2 / 4 + b * c)
    np.testing.assert_allclose(
        np.sort_complex(linalg.eigvals([[a, b], [c, d]])), np.sort_complex([(a + d) / 2 - root, (a + d) / 2 + root]), rtol=1e-13
    )


def test_balancing_saves_small_eigenvalues(rng):
    """D^-1 B D has the eigenvalues of B; without balancing those below eps ||D^-1 B D|| would be lost."""
    B = rng.normal(size=(30, 30))
    exact = np.linalg.eigvals(B)
    for exponents in (np.linspace(-60, 60, 30), np.where(np.arange(30) % 2, 50, -50), rng.integers(-40, 40, 30)):
        D = 2.0 ** np.round(exponents)
        A = B * D / D[:, None]
        assert distance(linalg.eigvals(A), exact) <= 1e-11
        w, V = linalg.eig(A)
        assert distance(w, exact) <= 1e-11
        assert (abs(np.linalg.norm(V, axis=0) - 1) <= 1e-14).all()


@pytest.mark.parametrize("n", [2, 3, 4, 5, 8, 20, 60])
def test_balancing_does_not_spoil_eigenvectors(n, dtype, rng):
    """Vectors of the balanced matrix, scaled back, would leave residuals of up to 1e6 n eps ||A||."""
    grading = np.geomspace(1, eps(np.zeros(1, dtype)) ** 0.75, n)
    for _ in range(300 if n < 20 else 10):
        order = rng.permutation(n)
        for scale in (grading, grading[order], grading[:, None] / grading[order]):
            A = (rng.normal(size=(n, n)) * scale).astype(dtype)
            w, V = linalg.eig(A)
            residual = np.linalg.norm(A.astype(float) @ V - V.astype(complex) * w, axis=0)
            assert residual.max() <= 10 * n * eps(A) * np.linalg.norm(A.astype(float), 2)
    for threads in (1, 2, 3, 8):
        with mlcore.num_threads(threads):
            assert_same_bits(linalg.eig(A).eigenvectors, V)


@pytest.mark.parametrize("n", [1, 3, 20, 70])
@pytest.mark.parametrize("where", ["huge", "tiny"])
def test_the_ends_of_the_range(where, n, dtype, rng):
    """Scaling by a power of two is exact, so the digits are the same."""
    B = scaled(rng.normal(size=(n, n)), "near 1", dtype)
    exponent = np.finfo(dtype).maxexp - 12 if where == "huge" else np.finfo(dtype).minexp + 60
    A = np.ldexp(B, exponent)
    A = np.where(abs(A) < np.finfo(dtype).tiny, 0, A).astype(dtype)
    B = np.ldexp(A, -exponent)
    for function in (linalg.eig, linalg.schur, linalg.hessenberg):
        near, far = function(B), function(A)
        assert_same_bits(near[1], far[1])
        values = near[0].view(dtype), far[0].view(dtype)
        np.testing.assert_array_equal(np.ldexp(values[0], exponent), values[1])


def test_subnormal_numbers():
    for A in (np.full((3, 3), 5e-324), np.array([[0, -5e-324], [5e-324, 0]]), np.eye(4) * 5e-324):
        w, V = linalg.eig(A)
        assert np.isfinite(w).all()
        assert (abs(np.linalg.norm(V, axis=0) - 1) <= 1e-14).all()


@pytest.mark.parametrize("n", [30, 100])
@pytest.mark.parametrize("power", [-140, -30, 30])
def test_defective_matrices_whose_vectors_would_overflow(n, power):
    """Quotients of quotients: x_1 is a product of n divisions by eps."""
    A = np.triu(np.ones((n, n)), 1) * 2.0**power + np.eye(n)
    assert np.isfinite(assert_eigenpairs(A)[1]).all()
    rng = np.random.default_rng(n)
    A = np.triu(rng.normal(size=(n, n)), 1) + np.diag(np.repeat(rng.normal(size=n // 2), 2))
    assert_eigenpairs(A)
    assert_eigenpairs(product(orthogonal(n, rng), A))


@given(st.data(), dtypes, st.integers(0, 20))
def test_any_layout(data, dtype, n):
    A = data.draw(arrays(dtype, (n, n)))
    assert_eigenpairs(A.astype(dtype))
    for one, other in zip(linalg.eig(A), linalg.eig(np.ascontiguousarray(A)), strict=True):
        assert_same_bits(one, other)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(layout, dtype, rng):
    A = rng.normal(size=(70, 70)).astype(dtype)
    for function in (linalg.eig, linalg.schur, linalg.hessenberg, lambda A: (linalg.eigvals(A),)):
        for one, other in zip(function(in_layout(A, layout)), function(A), strict=True):
            assert_same_bits(one, other)


@pytest.mark.parametrize("shape", [(3,), (2, 5), (4, 1, 2), (0,), (2, 0), (300,)])
@pytest.mark.parametrize("n", [0, 1, 3, 20])
def test_stacks(shape, n, dtype, rng):
    A = rng.normal(size=(*shape, n, n)).astype(dtype)
    w, V = linalg.eig(A)
    values, (T, Z), (H, Q) = linalg.eigvals(A), linalg.schur(A), linalg.hessenberg(A)
    expected = np.linalg.eig(A)
    assert w.shape == values.shape == expected.eigenvalues.shape
    assert w.dtype == V.dtype == values.dtype == expected.eigenvalues.dtype
    assert V.shape == T.shape == Z.shape == H.shape == Q.shape == A.shape
    for place in itertools.islice(np.ndindex(shape), 20):
        one = linalg.eig(A[place])
        assert_same_bits(w[place], one.eigenvalues.astype(w.dtype))
        np.testing.assert_array_equal(V[place], one.eigenvectors)
        assert_same_bits(T[place], linalg.schur(A[place]).T)
        assert_same_bits(Q[place], linalg.hessenberg(A[place]).Q)


def test_a_stack_is_complex_if_one_matrix_is():
    A = np.stack([np.eye(2), [[0, -1], [1, 0]], np.diag([1, 2])])
    w, V = linalg.eig(A)
    assert w.dtype == V.dtype == np.complex128
    np.testing.assert_array_equal(w, [[1, 1], [1j, -1j], [1, 2]])
    assert linalg.eig(A[[0, 2]]).eigenvalues.dtype == np.float64
    assert linalg.eigvals(np.broadcast_to(A[1], (4, 5, 2, 2))).shape == (4, 5, 2)


def test_same_bits_on_any_number_of_threads(threads, dtype, rng):
    matrices = rng.normal(size=(230, 230)).astype(dtype), rng.normal(size=(60, 24, 24)).astype(dtype)
    for A in matrices:
        for function in (linalg.eig, linalg.schur, linalg.hessenberg, lambda A: (linalg.eigvals(A),)):
            found = function(A)
            with mlcore.num_threads(1):
                expected = function(A)
            for one, other in zip(found, expected, strict=True):
                assert_same_bits(one, other)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("n", [1, 2, 50, 300])
def test_not_finite(n, bad, dtype):
    A = np.eye(n, dtype=dtype)
    A[-1, 0] = bad
    for function in (linalg.eig, linalg.eigvals, linalg.schur, linalg.hessenberg):
        with pytest.raises(LinAlgError, match="a contains NaN or infinity; its eigenvalues are not defined"):
            function(A)
        with pytest.raises(LinAlgError, match="in matrix 2 of the stack"):
            function(np.stack([np.eye(n), np.eye(n), A]))


def test_integers_and_lists():
    for A in ([[2, 1], [1, 2]], np.array([[2, 1], [1, 2]], dtype=np.int8)):
        np.testing.assert_allclose(np.sort(linalg.eigvals(A)), [1, 3], rtol=1e-14)
        assert linalg.eig(A).eigenvectors.dtype == np.float64


def test_refused():
    for function in (linalg.eig, linalg.eigvals, linalg.schur, linalg.hessenberg):
        for A in (np.zeros((2, 3)), np.zeros(3), 1.0, np.zeros((4, 2, 3))):
            with pytest.raises(LinAlgError, match="expected a square matrix"):
                function(A)
        for A in (np.eye(2, dtype=complex), np.eye(2, dtype=np.float16), [["a", "b"], ["c", "d"]]):
            with pytest.raises(TypeError, match="a has dtype"):
                function(A)


@pytest.mark.parametrize("function", [linalg.eig, linalg.eigvals, linalg.schur, linalg.hessenberg])
@pytest.mark.parametrize("after", [0.1, 0.4])
def test_interrupt(function, after, rng):
    for A in (rng.normal(size=(1500, 1500)), rng.normal(size=(2000, 60, 60))):
        interrupt(lambda A=A: function(A), after=after)


@pytest.mark.parametrize("n", [5, 7, 45])
def test_subnormal_elements_give_unit_vectors(n):
    """The imaginary part of a pair underflows where the matrix gets its size back; its columns still belong together."""
    for size in (3e-310, 3e-308, 1e-320):
        w, V = linalg.eig(np.full((n, n), size))
        np.testing.assert_allclose(np.linalg.norm(V, axis=0), 1, rtol=1e-14)
        np.testing.assert_allclose(abs(w).max(), n * size, atol=1e-322)


def test_elements_from_one_end_of_the_range_to_the_other(rng):
    for _ in range(300):
        n = int(rng.integers(3, 9))
        A = rng.normal(size=(n, n)) * 10.0 ** rng.uniform(-250, 250, (n, n))
        V = linalg.eig(A).eigenvectors
        np.testing.assert_allclose(np.linalg.norm(V, axis=0), 1, rtol=1e-12)

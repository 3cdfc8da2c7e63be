"""Power series of reductions, products and linear algebra, against mpmath's derivatives at 40 digits, to order 12."""

import mpmath as mp
import numpy as np
import pytest

from mlcore import linalg
from mlcore.calculus import taylor

ORDER = 12
R = np.random.default_rng(3)
A0, A1, B = R.normal(size=(3, 3)) + 3 * np.eye(3), R.normal(size=(3, 3)), R.normal(size=(3, 2))


def a(t):
    """A matrix of second degree."""
    return A0 + t * A1 + t * t * A1.T


def mp_a(t):
    return mp.matrix(A0.tolist()) + t * mp.matrix(A1.tolist()) + t * t * mp.matrix(A1.T.tolist())


def sym(m):
    return (m + m.T) / 2


def mp_b(t):
    return mp.matrix(B.tolist()) * (1 + t)


def projector(v):
    return v * v.T


def column_products(m):
    return [m[0, j] * m[1, j] * m[2, j] for j in range(3)]


CASES = {
    "sum, mean": (lambda t: np.sum(a(t), axis=0) + np.mean(a(t)), lambda m: [sum(m[:, j]) + sum(m) / 9 for j in range(3)]),
    "cumsum": (lambda t: np.cumsum(a(t) ** 2)[-1], lambda m: sum(x * x for x in m)),
    "prod": (lambda t: np.prod(a(t), axis=0), column_products),
    "prod with a zero": (lambda t: np.prod(a(t) - A0[0, 0]), lambda m: mp.fprod(x - A0[0, 0] for x in m)),
    "cumprod": (lambda t: np.cumprod(a(t), axis=0)[-1], column_products),
    "max": (lambda t: np.max(a(t), axis=None), max),
    "min": (lambda t: np.min(a(t)), min),
    "std": (lambda t: np.std(a(t)), lambda m: mp.sqrt(sum((x - sum(m) / 9) ** 2 for x in m) / 9)),
    "logsumexp": (lambda t: np.logaddexp.reduce(a(t).ravel()), lambda m: mp.log(sum(mp.exp(x) for x in m))),
    "norm": (lambda t: np.linalg.norm(a(t)), lambda m: mp.sqrt(sum(x * x for x in m))),
    "norm 3": (lambda t: np.linalg.norm(a(t)[0], 3), lambda m: mp.cbrt(sum(abs(x) ** 3 for x in m[0, :]))),
    "matmul": (lambda t: a(t) @ a(t) @ B, lambda m: m * m * mp.matrix(B.tolist())),
    "mlcore's matmul": (lambda t: linalg.matmul(a(t), a(t)), lambda m: m * m),
    "einsum": (lambda t: np.einsum("ij,kl,jk,lm->im", a(t), a(t), a(t), B), lambda m: m**3 * mp.matrix(B.tolist())),
    "einsum, one": (
        lambda t: np.einsum("ii->i", a(t)) * np.einsum("ij->", a(t)),
        lambda m: [m[i, i] * sum(m) for i in range(3)],
    ),
    "einsum, diagonal": (
        lambda t: np.einsum("ii,ij,jj->i", a(t), a(t), a(t)),
        lambda m: [m[i, i] * sum(m[i, j] * m[j, j] for j in range(3)) for i in range(3)],
    ),
    "solve": (lambda t: np.linalg.solve(a(t), B), lambda m: mp.inverse(m) * mp.matrix(B.tolist())),
    "solve, vector": (lambda t: np.linalg.solve(a(t), B[:, 0]), lambda m: mp.inverse(m) * mp.matrix(B[:, 0].tolist())),
    "mlcore's solve": (lambda t: linalg.solve(a(t), B), lambda m: mp.inverse(m) * mp.matrix(B.tolist())),
    "inv": (lambda t: np.linalg.inv(a(t)), mp.inverse),
    "mlcore's inv": (lambda t: linalg.inv(a(t)), mp.inverse),
    "powers": (lambda t: np.linalg.matrix_power(a(t), -3), lambda m: m**-3),
    "det": (lambda t: np.linalg.det(a(t)), mp.det),
    "mlcore's det": (lambda t: linalg.det(a(t)), mp.det),
    "slogdet": (lambda t: np.linalg.slogdet(a(t))[1], lambda m: mp.log(abs(mp.det(m)))),
    "pinv": (lambda t: np.linalg.pinv(a(t)[:, :2]), lambda m: mp.inverse(m[:, :2].T * m[:, :2]) * m[:, :2].T),
    "cholesky": (lambda t: np.linalg.cholesky(a(t) @ a(t).T), lambda m: mp.cholesky(m * m.T)),
    "eigenvalues": (lambda t: np.linalg.eigvalsh(sym(a(t))), lambda m: mp.eigsy(sym(m))[0]),
    "mlcore's eigenvalues": (lambda t: linalg.eigvalsh(sym(a(t))), lambda m: mp.eigsy(sym(m))[0]),
    "eigenvector": (
        lambda t: (lambda v: np.outer(v, v))(np.linalg.eigh(sym(a(t)))[1][:, 0]),
        lambda m: projector(mp.eigsy(sym(m))[1][:, 0]),
    ),
    "singular values": (lambda t: np.linalg.svd(a(t), compute_uv=False), lambda m: mp.svd_r(m, compute_uv=False)),
    "qr": (lambda t: np.abs(np.linalg.qr(a(t))[1]), lambda m: [abs(x) for x in mp.cholesky(m.T * m).T]),
}


def expected(f):
    """For each coefficient one row; mpmath asks for the same points again for each element."""
    memory = {}

    def values(t):
        if t not in memory:
            found = f(mp_a(t))
            memory[t] = list(found) if isinstance(found, mp.matrix | list) else [found]
        return memory[t]

    with mp.workdps(40):
        count = len(values(mp.mpf(0)))
        return np.array([[float(c) for c in mp.taylor(lambda t, i=i: values(t)[i], 0, ORDER)] for i in range(count)]).T


@pytest.mark.parametrize("name", CASES)
def test_coefficients(name):
    f, exact = CASES[name]
    found, wanted = taylor(f, 0.0, ORDER).coefficients, expected(exact)
    scale = np.abs(wanted).max(axis=1, keepdims=True)
    assert np.all(np.abs(found.reshape(ORDER + 1, -1) - wanted) <= 3e-13 * scale + 1e-30)


def test_stacks_and_broadcasting():
    """Each item of a stack by itself."""
    stack = np.stack([A0, 2 * A0.T, A0 @ A0])
    for function in (np.linalg.solve, linalg.solve):
        for right in (B[:, 0], B, np.stack([B, B + 1, B - 1])):
            if function is np.linalg.solve and right.ndim < 3 and np.lib.NumpyVersion(np.__version__) < "2.0.0":
                continue  # took it for a stack of vectors
            p = taylor(lambda t, function=function, right=right: function(stack * (1 + t) + t * t, right * np.exp(t)), 0.0, 4)
            for i, m in enumerate(stack):
                b = right[i] if right.ndim == 3 else right
                single = taylor(lambda t, m=m, b=b: np.linalg.solve(m * (1 + t) + t * t, b * np.exp(t)), 0.0, 4)
                np.testing.assert_allclose(p.coefficients[:, i], single.coefficients, rtol=1e-12, atol=1e-13)
    p = taylor(lambda t: np.linalg.det(stack * (1 + t) + t * t), 0.0, 4)
    for i, m in enumerate(stack):
        np.testing.assert_allclose(
            p.coefficients[:, i], taylor(lambda t, m=m: np.linalg.det(m * (1 + t) + t * t), 0.0, 4).coefficients, rtol=1e-12
        )
    grid = taylor(lambda t: np.ones((2, 1)) * t + np.arange(3.0) ** np.arange(2)[:, None] * t**2, 1.0, 3)
    np.testing.assert_allclose(grid.coefficients[1], np.ones((2, 3)) + 2 * np.array([[1.0, 1, 1], [0, 1, 2]]))


def test_determinants_of_singular_matrices():
    ones = taylor(lambda t: np.linalg.det(np.ones((2, 2)) + t * np.eye(2)), 0.0, 4)
    np.testing.assert_allclose(ones.coefficients, [0, 2, 1, 0, 0], atol=1e-15)
    assert taylor(lambda t: np.linalg.det(t * np.eye(5)), 0.0, 6).coefficients.tolist() == [0, 0, 0, 0, 0, 1, 0]
    m = np.random.default_rng(0).normal(size=(8, 8))
    poly = taylor(lambda t: np.linalg.det(t * np.eye(8) - m), 0.0, 8).coefficients  # the characteristic polynomial
    np.testing.assert_allclose(poly, np.poly(m)[::-1], rtol=1e-12, atol=1e-12 * np.abs(poly).max())


def test_factors_multiply_to_the_matrix():
    """A X = I, Q R = A, L L^T = A, V diag(w) V^T = A as identities of series."""
    identity = taylor(lambda t: a(t) @ np.linalg.inv(a(t)), 0.0, ORDER).coefficients
    np.testing.assert_allclose(identity[0], np.eye(3), atol=1e-14)
    np.testing.assert_allclose(identity[1:], 0, atol=1e-11)
    matrix = taylor(lambda t: sym(a(t)), 0.0, ORDER).coefficients

    def rebuilt(t):
        w, v = np.linalg.eigh(sym(a(t)))
        return (v * w) @ v.T

    np.testing.assert_allclose(taylor(rebuilt, 0.0, ORDER).coefficients, matrix, atol=1e-10)
    factors = taylor(lambda t: np.matmul(*np.linalg.qr(sym(a(t)))), 0.0, ORDER).coefficients
    np.testing.assert_allclose(factors, matrix, atol=1e-10)


def test_empty():
    assert taylor(lambda t: np.prod((t * np.ones(3))[:0]), 1.0, 2).coefficients.tolist() == [1, 0, 0]
    assert taylor(lambda t: np.linalg.det(t * np.ones((0, 0))), 1.0, 2).coefficients.tolist() == [1, 0, 0]
    assert taylor(lambda t: np.cumprod((t * np.ones(3))[:0]), 1.0, 2).coefficients.shape == (3, 0)
    with pytest.raises(ValueError, match="zero-size"):
        taylor(lambda t: np.max((t * np.ones(3))[:0]), 1.0, 2)


REFUSED = {
    "equal eigenvalues": (lambda t: np.linalg.eigvalsh(np.eye(2) + t * np.ones((2, 2))), "eigh .* equal eigenvalues"),
    "equal singular values": (lambda t: linalg.svdvals(np.eye(2) + t * np.ones((2, 2))), "svd .* equal"),
    "a singular value of zero": (lambda t: np.linalg.svd(t * np.ones((1, 1)))[1], "svd .* zero"),
    "the rank of pinv": (lambda t: np.linalg.pinv(np.ones((2, 2)) + t * np.eye(2)), "pinv .* dependent"),
    "a norm at zero": (lambda t: np.linalg.norm(np.stack([t, t])), "power 1 is nan"),
    "equal elements": (lambda t: np.max(np.stack([t, -t])), "kink"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_no_series_is_an_error(name):
    f, words = REFUSED[name]
    with pytest.raises(ValueError, match=words):
        taylor(f, 0.0, 3)


SINGULAR = [np.linalg.inv, linalg.inv, lambda m: np.linalg.solve(m, np.ones(3)), np.linalg.cholesky, np.linalg.qr]


@pytest.mark.parametrize("f", SINGULAR)
def test_singular_matrices_are_numpys_error(f):
    with pytest.raises(np.linalg.LinAlgError):
        taylor(lambda t: f(t * np.eye(3)), 0.0, 2)


@pytest.mark.parametrize("f", [np.roots, np.fft.fft, lambda x: np.unique(x)])
def test_functions_without_a_rule_are_refused_by_name(f):
    with pytest.raises(TypeError, match=r"line \d+, in .*numpy.* has no rule"):
        taylor(lambda t: f(t * np.eye(2)), 0.5, 2)

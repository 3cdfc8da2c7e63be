"""Square matrices on which factorisations are known to go wrong, by name."""

import numpy as np

from .spectra import hilbert


def kahan(n, angle=1.2):
    """Upper triangular, graded, nearly singular without a small diagonal element."""
    s, c = np.sin(angle), np.cos(angle)
    return s ** np.arange(n)[:, None] * (np.eye(n) - c * np.triu(np.ones((n, n)), 1))


def frank(n):
    """Upper Hessenberg with determinant 1 and ill-conditioned small eigenvalues."""
    i = np.arange(n)
    return np.where(i[None, :] >= i[:, None] - 1, n - np.maximum(i[:, None], i[None, :]), 0).astype(float)


def growth(n):
    """Wilkinson's example: the elements of U grow by a factor of 2 at each step."""
    A = np.eye(n) - np.tril(np.ones((n, n)), -1)
    A[:, -1] = 1
    return A


def graded(n, rng):
    return rng.normal(size=(n, n)) * 10.0 ** -np.linspace(0, 12, n)[:, None]


MATRICES = {
    "random": lambda n, rng: rng.normal(size=(n, n)),
    "hilbert": lambda n, rng: hilbert(n),
    "kahan": lambda n, rng: kahan(n),
    "frank": lambda n, rng: frank(n),
    "graded rows": graded,
    "graded columns": lambda n, rng: graded(n, rng).T,
    "rank one": lambda n, rng: np.outer(np.arange(1.0, n + 1), np.ones(n)),
    "half rank": lambda n, rng: rng.normal(size=(n, n // 2)) @ rng.normal(size=(n // 2, n)),
    "zero": lambda n, rng: np.zeros((n, n)),
    "identity": lambda n, rng: np.eye(n),
    "permutation": lambda n, rng: np.eye(n)[rng.permutation(n)],
}


def scaled(A, where, dtype):
    """A of size 1, or as large or as small as its type allows without over- or underflow of the factors."""
    exponent = {"near 1": 0, "huge": np.finfo(dtype).maxexp - 12, "tiny": np.finfo(dtype).minexp + 60}[where]
    size = abs(A).max(initial=0.0)
    return np.ldexp(A / size if size else A, exponent).astype(dtype)

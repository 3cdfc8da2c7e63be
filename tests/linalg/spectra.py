"""Symmetric matrices with a spectrum that is known, and the certificates that their decompositions must meet."""

import numpy as np


def orthogonal(n, rng):
    """A random orthogonal matrix, from NumPy's QR."""
    return np.linalg.qr(rng.normal(size=(n, n)))[0]


def symmetric(eigenvalues, rng):
    """A random symmetric matrix with these eigenvalues, up to rounding."""
    values = np.asarray(eigenvalues, dtype=np.float64)
    Q = orthogonal(values.size, rng)
    A = (Q * values) @ Q.T
    return (A + A.T) / 2


def hilbert(n):
    i = np.arange(n)
    return 1.0 / (i[:, None] + i + 1)


SPECTRA = {
    "random": lambda n, rng: rng.normal(size=n),
    "positive": lambda n, rng: np.linspace(1, 2, n),
    "clustered": lambda n, rng: 1 + 1e-13 * rng.normal(size=n),
    "two clusters": lambda n, rng: np.where(np.arange(n) % 2, 1.0, -3.0) + 1e-10 * rng.normal(size=n),
    "repeated": lambda n, rng: np.repeat([4.0, 4.0, 1.0, -2.0], -(-n // 4))[:n],
    "geometric": lambda n, rng: 10.0 ** -np.linspace(0, 14, n),
    "rank one": lambda n, rng: np.eye(1, n)[0],
    "half rank": lambda n, rng: np.where(np.arange(n) < n // 2, 1.0 + np.arange(n), 0.0),
}


def residual(A, w, V):
    """||A V - V diag(w)||_F / (n eps ||A||), summed in float64 (float32 data) or in the type itself."""
    n, eps = len(A), np.finfo(A.dtype).eps
    B, W, d = (x.astype(np.float64) for x in (A, V, w))
    scale = np.linalg.norm(B, 2) if n else 0.0
    return float(np.linalg.norm(B @ W - W * d) / (n * eps * scale)) if scale else 0.0


def orthogonality(V):
    """||V^T V - I||_F / (n eps)."""
    n, eps = max(V.shape), np.finfo(V.dtype).eps
    W = V.astype(np.float64)
    return float(np.linalg.norm(W.T @ W - np.eye(V.shape[1])) / (n * eps)) if n else 0.0

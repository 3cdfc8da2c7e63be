"""Symmetric eigenvalue problems: all pairs, the k largest, the first alone."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlcore import linalg
from mlcore.lab.bench import Bench
from mlcore.lab.case import Case, Rival
from mlcore.lab.job import Job, compare_job
from mlcore.lab.results import Curve, Outcome
from mlcore.lab.settings import Settings

__all__ = ["all_pairs", "first_pair", "jobs", "largest_pairs"]

SIZES = (8, 32, 64, 128, 256, 500)
QUICK = (32, 128)
TOPK = (500, 1000)
TOPK_QUICK = (500,)
PAIRS = 10
GAPS = (0.5, 0.9, 0.99)  # second eigenvalue over the first


def jobs(settings: Settings) -> list[Job]:
    """`eigh`, `eigh_topk`, `power_iteration`, each against NumPy and SciPy; then the convergence."""
    per_type = [
        (f"eigh {n} {dtype}", partial(all_pairs, n, dtype, settings.seed))
        for n in settings.sizes(SIZES, QUICK)
        for dtype in settings.dtypes
    ]
    largest = [
        (f"{PAIRS} largest of {n} {dtype}", partial(largest_pairs, n, dtype, settings.seed))
        for n in settings.sizes(TOPK, TOPK_QUICK)
        for dtype in settings.dtypes
    ]
    first = [(f"power iteration {n}", partial(first_pair, n, settings.seed)) for n in settings.sizes((100, 1000), (1000,))]
    return [
        *(compare_job("eigen", label, build) for label, build in (*per_type, *largest, *first)),
        Job("convergence", partial(_convergence, settings.seed)),
    ]


def with_spectrum(values: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    """A symmetric matrix with these eigenvalues and random eigenvectors."""
    n = len(values)
    Q, _ = np.linalg.qr(np.random.default_rng(seed).standard_normal((n, n)))
    A = (Q * values) @ Q.T
    return np.asarray((A + A.T) / 2)


def _eigenvalues(result: Any) -> NDArray[Any]:
    return np.asarray(result[0])


def all_pairs(n: int, dtype: str, seed: int) -> Case:
    """Every eigenvalue and eigenvector of a matrix of normal random numbers."""
    A = np.random.default_rng(seed).standard_normal((n, n))
    A = ((A + A.T) / 2).astype(dtype)
    return Case(
        operation="eigh",
        size=f"{n} x {n}",
        n=n,
        dtype=dtype,
        ours=lambda: linalg.eigh(A),
        rivals=(Rival("NumPy", lambda: np.linalg.eigh(A), _eigenvalues),),
        tolerance=4.0 * n,
        pick=_eigenvalues,
        flops=9.0 * n**3,
        bytes=2.0 * A.nbytes,
    )


def largest_pairs(n: int, dtype: str, seed: int) -> Case:
    """The spectrum of a smooth covariance: it falls by a tenth from one eigenvalue to the next."""
    from scipy.linalg import eigh
    from scipy.sparse.linalg import eigsh

    A = with_spectrum(np.maximum(0.9 ** np.arange(n), 1e-4), seed).astype(dtype)
    start = np.ones(n, dtype=dtype)
    tol = float(np.finfo(dtype).eps) ** (2 / 3)
    return Case(
        operation=f"{PAIRS} largest eigenpairs",
        size=f"{n} x {n}",
        n=n,
        dtype=dtype,
        ours=lambda: linalg.eigh_topk(A, PAIRS, rng=seed),
        rivals=(
            Rival(
                "SciPy eigh",
                lambda: eigh(A, subset_by_index=(n - PAIRS, n - 1), check_finite=False),
                lambda result: _eigenvalues(result)[::-1],
            ),
            # ARPACK, from a given start, and with the tolerance that is our default.
            Rival("SciPy eigsh", lambda: eigsh(A, k=PAIRS, v0=start, tol=tol), lambda result: _eigenvalues(result)[::-1]),
        ),
        tolerance=4.0 * n,
        pick=_eigenvalues,
        bytes=float(A.nbytes),
    )


def first_pair(n: int, seed: int) -> Case:
    """The power iteration by hand in NumPy: the same start, the same number of steps."""
    values = np.concatenate([[1.0, 0.8], np.linspace(0.5, 0.0, n - 2)])
    A = with_spectrum(values, seed)
    ours = linalg.power_iteration(A, tol=1e-12, max_iter=10_000, rng=seed)
    start = np.random.default_rng(seed).standard_normal(n)

    def by_hand() -> tuple[float, NDArray[np.float64]]:
        v = start / np.linalg.norm(start)
        for _ in range(ours.n_iter):
            w = A @ v
            v = w / np.linalg.norm(w)
        return float(v @ A @ v), v

    return Case(
        operation="power iteration",
        size=f"{n} x {n}, {ours.n_iter} steps",
        n=n,
        dtype="float64",
        ours=lambda: linalg.power_iteration(A, tol=1e-12, max_iter=10_000, rng=seed),
        rivals=(Rival("NumPy by hand", by_hand, _eigenvalues),),
        tolerance=4.0 * n,
        pick=_eigenvalues,
        flops=2.0 * n * n * ours.n_iter,
        bytes=float(A.nbytes) * ours.n_iter,
        bound=None,
    )


def _convergence(seed: int, bench: Bench) -> Iterable[Outcome]:
    for gap in GAPS:
        A = with_spectrum(np.concatenate([[1.0, gap], np.linspace(0.4, 0.0, 48)]), seed)
        result = linalg.power_iteration(A, tol=1e-7, max_iter=2000, rng=seed)
        errors = [max(abs(float(value) - 1.0), 1e-16) for value in result.history]
        yield Curve("eigen", "convergence", f"second / first = {gap:g}", tuple(range(1, len(errors) + 1)), tuple(errors))

"""Linear equations, the inverse, the determinant, and the factorisations behind them, each against NumPy's LAPACK."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlcore import linalg
from mlcore.lab.case import Case, Rival
from mlcore.lab.job import Job, compare_job
from mlcore.lab.settings import Settings
from mlcore.lab.timing import Call

__all__ = ["cholesky", "det", "inv", "jobs", "solve"]

SIZES = (8, 32, 64, 256, 1000)
QUICK = (32, 256)


def jobs(settings: Settings) -> list[Job]:
    """Each operation at each size and in each type."""
    table = {"solve": solve, "cholesky": cholesky, "inv": inv, "det": det}
    return [
        compare_job("linalg", f"{name} {n} {dtype}", partial(build, n, dtype, settings.seed))
        for name, build in table.items()
        for n in settings.sizes(SIZES, QUICK)
        for dtype in settings.dtypes
    ]


def _matrix(n: int, dtype: str, seed: int) -> NDArray[Any]:
    """Random numbers and a diagonal that keeps the condition number near 5: pivoting has its work, rounding little."""
    A = np.random.default_rng(seed).standard_normal((n, n)) + 2 * n**0.5 * np.eye(n)
    shuffled: NDArray[Any] = A[np.random.default_rng(seed).permutation(n)].astype(dtype)
    return shuffled


def _case(name: str, n: int, dtype: str, flops: float, ours: Call, theirs: Call, size: float) -> Case:
    return Case(
        operation=name,
        size=f"{n} x {n}",
        n=n,
        dtype=dtype,
        ours=ours,
        rivals=(Rival("NumPy", theirs),),
        tolerance=10.0 * n,
        flops=flops,
        bytes=size,
    )


def solve(n: int, dtype: str, seed: int) -> Case:
    """One right-hand side."""
    A, b = _matrix(n, dtype, seed), np.random.default_rng(seed + 1).standard_normal(n).astype(dtype)
    flops = 2 / 3 * n**3 + 2.0 * n**2
    return _case("solve", n, dtype, flops, lambda: linalg.solve(A, b), lambda: np.linalg.solve(A, b), 2.0 * A.nbytes)


def inv(n: int, dtype: str, seed: int) -> Case:
    """The inverse."""
    A = _matrix(n, dtype, seed)
    return _case("inv", n, dtype, 2.0 * n**3, lambda: linalg.inv(A), lambda: np.linalg.inv(A), 2.0 * A.nbytes)


def det(n: int, dtype: str, seed: int) -> Case:
    """Sign and logarithm, for the determinant itself leaves the range of its type."""
    A = _matrix(n, dtype, seed)
    flops = 2 / 3 * n**3
    return _case("slogdet", n, dtype, flops, lambda: linalg.slogdet(A), lambda: np.linalg.slogdet(A), float(A.nbytes))


def cholesky(n: int, dtype: str, seed: int) -> Case:
    """The factor of X^T X."""
    A = _matrix(n, dtype, seed).astype(np.float64)
    S = (A.T @ A).astype(dtype)
    flops = n**3 / 3
    return _case("cholesky", n, dtype, flops, lambda: linalg.cholesky(S), lambda: np.linalg.cholesky(S), 1.5 * S.nbytes)

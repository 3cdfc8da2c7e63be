"""Cases on matrices other than the general product: A x, X'X, moments of columns, and triangular systems."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlcore import linalg, stats
from mlcore.lab.case import Case, Rival
from mlcore.lab.settings import Settings

__all__ = ["centred_gram", "column_moments", "gram", "matvec", "triangular_solve"]

FEATURES = 100


def _normal(settings: Settings, shape: tuple[int, int], dtype: str) -> NDArray[Any]:
    return np.random.default_rng(settings.seed).standard_normal(shape, dtype="float32").astype(dtype)


def matvec(settings: Settings, n: int, dtype: str) -> Case:
    """A x for a square A: 2 n^2 flops on n^2 numbers, each read once."""
    n = n or int((settings.beyond_cache / np.dtype(dtype).itemsize) ** 0.5)
    A = _normal(settings, (n, n), dtype)
    x = A[0].copy()
    return Case(
        operation="matvec",
        size=f"{n} x {n}",
        n=n,
        dtype=dtype,
        ours=lambda: linalg.matvec(A, x),
        rivals=(Rival("NumPy", lambda: A @ x),),
        tolerance=8 + n**0.5,
        scale=float((np.abs(A) @ np.abs(x)).max()),
        flops=2.0 * n * n,
        bytes=A.nbytes,
        bound="read" if settings.streams(A.nbytes) else None,
    )


def gram(settings: Settings, n: int, dtype: str) -> Case:
    """X'X for n rows and 100 columns: n p (p + 1) flops, as the result is symmetric."""
    X = _normal(settings, (n, FEATURES), dtype)
    return _gram_case("gram", X, False, Rival("NumPy", lambda: X.T @ X))


def centred_gram(settings: Settings, n: int, dtype: str) -> Case:
    """The same of X minus its column means: ours subtracts while it packs, NumPy writes a copy."""
    X = _normal(settings, (n, FEATURES), dtype) + np.dtype(dtype).type(1.0)

    def numpy_gram() -> NDArray[Any]:
        centred = X - X.mean(axis=0)
        product: NDArray[Any] = centred.T @ centred
        return product

    return _gram_case("centred gram", X, True, Rival("NumPy", numpy_gram))


def _gram_case(operation: str, X: NDArray[Any], center: bool, rival: Rival) -> Case:
    n, p = X.shape
    return Case(
        operation=operation,
        size=f"{n:,} x {p}",
        n=n,
        dtype=X.dtype.name,
        ours=lambda: linalg.gram(X, center=center),
        rivals=(rival,),
        tolerance=16 + n**0.5,
        flops=float(n) * p * (p + 1),
        bytes=X.nbytes,
        bound="fma",
    )


def column_moments(settings: Settings, n: int, dtype: str) -> Case:
    """Mean and variance of 100 columns: ours in one read of X, NumPy in three passes with a copy."""
    X = _normal(settings, (n, FEATURES), dtype) + np.dtype(dtype).type(1.0)

    def numpy_moments() -> tuple[NDArray[Any], NDArray[Any]]:
        mean = X.mean(axis=0)
        deviations = X - mean
        return mean, np.square(deviations, out=deviations).mean(axis=0)

    return Case(
        operation="column moments",
        size=f"{n:,} x {FEATURES}",
        n=n,
        dtype=dtype,
        ours=lambda: stats.mean_variance(X),
        rivals=(Rival("NumPy", numpy_moments, np.stack),),
        tolerance=16 + 2 * n**0.5,  # NumPy adds row to row in one chain
        pick=np.stack,
        flops=4.0 * X.size,
        bytes=X.nbytes,
        bound="read" if settings.streams(X.nbytes) else None,
    )


def triangular_solve(settings: Settings, n: int, dtype: str) -> Case:
    """L X = B with as many right-hand sides as equations: n^3 flops."""
    from scipy.linalg import solve_triangular

    L = np.tril(_normal(settings, (n, n), dtype)) / n
    np.fill_diagonal(L, 1.0)  # well conditioned
    B = _normal(settings, (n, n), dtype)
    return Case(
        operation="triangular solve",
        size=f"{n} x {n}",
        n=n,
        dtype=dtype,
        ours=lambda: linalg.solve_triangular(L, B, lower=True),
        rivals=(Rival("SciPy", lambda: solve_triangular(L, B, lower=True, check_finite=False)),),
        tolerance=16.0 + n,
        flops=float(n) ** 3,
        bytes=2.5 * B.nbytes,
        bound="fma",
    )

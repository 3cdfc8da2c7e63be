"""Cases on vectors. Beyond the cache each is limited by memory: what counts is the bytes it moves."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlcore import linalg
from mlcore.lab.case import Case, Rival
from mlcore.lab.settings import Settings

__all__ = ["add", "axpy", "dot", "norm"]


def _vectors(settings: Settings, n: int, dtype: str, count: int) -> tuple[NDArray[Any], ...]:
    """`count` vectors of normal random numbers; for n = 0 so long that together they lie beyond the cache."""
    n = n or settings.beyond_cache // (count * np.dtype(dtype).itemsize)
    rng = np.random.default_rng(settings.seed)
    return tuple(rng.standard_normal(n, dtype="float32").astype(dtype) for _ in range(count))


def _size(n: int) -> str:
    return f"{n:,}"


def dot(settings: Settings, n: int, dtype: str) -> Case:
    """x . y reads 2 n numbers for 2 n flops."""
    x, y = _vectors(settings, n, dtype, 2)
    moved = x.nbytes + y.nbytes
    return Case(
        operation="dot",
        size=_size(len(x)),
        n=len(x),
        dtype=dtype,
        ours=lambda: linalg.dot(x, y),
        rivals=(Rival("NumPy", lambda: np.dot(x, y)),),
        tolerance=8 + len(x) ** 0.5,
        scale=float(np.abs(x).astype(np.float64) @ np.abs(y).astype(np.float64)),
        flops=2.0 * len(x),
        bytes=moved,
        bound="read" if settings.streams(moved) else None,
    )


def norm(settings: Settings, n: int, dtype: str) -> Case:
    """||x||, ours safe from overflow and underflow, NumPy's the root of a dot product."""
    (x,) = _vectors(settings, n, dtype, 1)
    return Case(
        operation="norm",
        size=_size(len(x)),
        n=len(x),
        dtype=dtype,
        ours=lambda: linalg.norm(x),
        rivals=(Rival("NumPy", lambda: np.linalg.norm(x)),),
        tolerance=8 + len(x) ** 0.5,
        flops=2.0 * len(x),
        bytes=x.nbytes,
        bound="read" if settings.streams(x.nbytes) else None,
    )


def axpy(settings: Settings, n: int, dtype: str) -> Case:
    """y + alpha x into y: BLAS does it in place in one pass; NumPy needs two calls and a buffer."""
    from scipy.linalg import blas

    x, start = _vectors(settings, n, dtype, 2)
    alpha = 1e-9  # so that thousands of rounds in place leave y near its start
    y, for_blas, for_numpy, buffer = start.copy(), start.copy(), start.copy(), np.empty_like(start)
    in_place = blas.daxpy if dtype == "float64" else blas.saxpy
    step = np.dtype(dtype).type(alpha)

    def numpy_axpy() -> Any:
        np.multiply(x, step, out=buffer)
        return np.add(for_numpy, buffer, out=for_numpy)

    def prepare() -> None:
        y[:] = for_blas[:] = for_numpy[:] = start

    moved = 3 * x.nbytes
    return Case(
        operation="axpy",
        size=_size(len(x)),
        n=len(x),
        dtype=dtype,
        ours=lambda: linalg.axpy(alpha, x, y, out=y),
        rivals=(Rival("NumPy", numpy_axpy), Rival("SciPy BLAS", lambda: in_place(x, for_blas, a=alpha))),
        prepare=prepare,
        tolerance=4,
        flops=2.0 * len(x),
        bytes=moved,
        bound="update" if settings.streams(moved) else None,
    )


def add(settings: Settings, n: int, dtype: str) -> Case:
    """x + y into z."""
    x, y = _vectors(settings, n, dtype, 2)
    ours, theirs = np.empty_like(x), np.empty_like(x)
    moved = 3 * x.nbytes
    return Case(
        operation="add",
        size=_size(len(x)),
        n=len(x),
        dtype=dtype,
        ours=lambda: linalg.add(x, y, out=ours),
        rivals=(Rival("NumPy", lambda: np.add(x, y, out=theirs)),),
        tolerance=0,
        flops=float(len(x)),
        bytes=moved,
        bound="triad" if settings.streams(moved) else None,
    )

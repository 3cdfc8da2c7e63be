"""Products of stacks of small matrices: many of them in one call, where the cost of a call would drown one."""

from __future__ import annotations

import numpy as np

from mlcore import linalg
from mlcore.lab.case import Case, Rival
from mlcore.lab.settings import Settings

__all__ = ["products"]

BYTES = 1 << 20  # of the three stacks together, so that they stay in the second-level cache


def products(settings: Settings, k: int, dtype: str, count: int | None = None) -> Case:
    """C_i = A_i B_i for a stack of k x k matrices, by default as many as the second-level cache holds."""
    count = count or BYTES // (3 * k * k * np.dtype(dtype).itemsize)
    rng = np.random.default_rng(settings.seed)
    A = rng.standard_normal((count, k, k)).astype(dtype)
    B = rng.standard_normal((count, k, k)).astype(dtype)
    ours, theirs = np.empty_like(A), np.empty_like(A)
    return Case(
        operation="stack of products",
        size=f"{count:,} of {k} x {k}",
        n=k,
        dtype=dtype,
        ours=lambda: linalg.matmul(A, B, out=ours),
        rivals=(Rival("NumPy", lambda: np.matmul(A, B, out=theirs)),),
        tolerance=2.0 * k,
        scale=float((np.abs(A) @ np.abs(B)).max()),
        flops=2.0 * count * k**3,
        bytes=3.0 * A.nbytes,
        bound=None if settings.streams(3 * A.nbytes) else "fma",
    )

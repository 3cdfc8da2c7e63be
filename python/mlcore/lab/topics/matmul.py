"""C = A B with square matrices from 8 to 1500: 2 n^3 flops on 3 n^2 numbers."""

from __future__ import annotations

from functools import partial

import numpy as np

from mlcore import linalg
from mlcore.lab.case import Case, Rival
from mlcore.lab.job import Job, compare_job
from mlcore.lab.settings import Settings

__all__ = ["jobs", "square"]

SIZES = (8, 16, 32, 64, 128, 256, 512, 1000, 1500)
QUICK = (16, 64, 256, 1000)


def jobs(settings: Settings) -> list[Job]:
    """One comparison per size and type."""
    return [
        compare_job("matmul", f"matmul {n} {dtype}", partial(square, n, dtype, settings.seed))
        for n in settings.sizes(SIZES, QUICK)
        for dtype in settings.dtypes
    ]


def square(n: int, dtype: str, seed: int) -> Case:
    """The product of two n x n matrices of normal random numbers, both sides writing into an existing C."""
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((n, n)).astype(dtype)
    B = rng.standard_normal((n, n)).astype(dtype)
    ours, theirs = np.empty_like(A), np.empty_like(A)
    return Case(
        operation="matmul",
        size=f"{n} x {n}",
        n=n,
        dtype=dtype,
        ours=lambda: linalg.matmul(A, B, out=ours),
        rivals=(Rival("NumPy", lambda: np.matmul(A, B, out=theirs)),),
        tolerance=2.0 * n,
        scale=float((np.abs(A) @ np.abs(B)).max()),
        flops=2.0 * n**3,
        bytes=3.0 * n * n * A.itemsize,
        bound="fma",
    )

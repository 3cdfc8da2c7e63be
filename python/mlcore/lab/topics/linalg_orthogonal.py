"""Orthogonal factors: QR, the singular value decomposition, and least squares by them, square and tall."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from mlcore import linalg
from mlcore.lab import certificates
from mlcore.lab.case import Case, Rival
from mlcore.lab.job import Job, compare_job
from mlcore.lab.settings import Settings
from mlcore.lab.topics import matrices
from mlcore.lab.topics.gram_schmidt import with_positive_diagonal
from mlcore.lab.topics.peers import peers

__all__ = ["jobs", "lstsq", "qr", "svd", "svdvals"]

QR_SIZES, QR_QUICK, QR_LARGE = (32, 256), (128,), (32, 64, 128, 256, 512, 1000)
SVD_SIZES, SVD_QUICK, SVD_LARGE = (32, 200), (100,), (16, 32, 64, 100, 200, 400, 1000)
TALL, TALL_QUICK, TALL_LARGE = (20_000,), (20_000,), (20_000, 100_000)
COLUMNS = 100


def jobs(settings: Settings) -> list[Job]:
    """Square matrices of each size, then tall ones."""
    square = (
        ("qr", qr, settings.points(QR_SIZES, QR_QUICK, QR_LARGE, float32=QR_SIZES[-1:])),
        ("svd", svd, settings.points(SVD_SIZES, SVD_QUICK, SVD_LARGE, float32=SVD_SIZES[-1:])),
        ("svdvals", svdvals, settings.points(SVD_SIZES, SVD_QUICK, SVD_LARGE, float32=SVD_SIZES[-1:])),
    )
    tall = (("qr", qr), ("svd", svd), ("lstsq", lstsq))
    return [
        *(
            compare_job("linalg", f"{name} {n} {dtype}", partial(build, n, n, dtype, settings.seed))
            for name, build, points in square
            for n, dtype in points
        ),
        *(
            compare_job("linalg", f"{name} {m} x {COLUMNS} {dtype}", partial(build, m, COLUMNS, dtype, settings.seed))
            for name, build in tall
            for m, dtype in settings.points(TALL, TALL_QUICK, TALL_LARGE)
        ),
    ]


def _normal(m: int, n: int, dtype: str, seed: int) -> NDArray[Any]:
    return np.random.default_rng(seed).standard_normal((m, n)).astype(dtype)


def _case(name: str, m: int, n: int, dtype: str, rivals: tuple[Rival, ...], **fields: Any) -> Case:
    name, size = (name, f"{n} x {n}") if m == n else (f"{name}, tall", f"{m:,} x {n}")
    return Case(operation=name, size=size, n=m, dtype=dtype, rivals=rivals, **{"tolerance": 20.0 * n, **fields})


def _triangle(result: Any) -> NDArray[Any]:
    return with_positive_diagonal(result)[1]


def qr(m: int, n: int, dtype: str, seed: int) -> Case:
    """Normal random numbers; ill-conditioned for m = n, so that the triangles agree to fewer digits than they have."""
    A = _normal(m, n, dtype, seed)
    return _case(
        "qr", m, n, dtype,
        peers(dtype, lambda: np.linalg.qr(A), lambda: scipy.linalg.qr(A, mode="economic", check_finite=False), _triangle),
        ours=lambda: linalg.qr(A), pick=_triangle,
        certify=certificates.factors(A, orthonormal=(0,)), tolerance=20.0 * n**1.5,
        flops=4.0 * n * n * (m - n / 3), bytes=2.0 * A.nbytes,
    )  # fmt: skip


def svd(m: int, n: int, dtype: str, seed: int) -> Case:
    """Values and both sets of vectors, as many as there are columns."""
    A = _normal(m, n, dtype, seed)
    return _case(
        "svd", m, n, dtype,
        peers(
            dtype, lambda: np.linalg.svd(A, full_matrices=False),
            lambda: scipy.linalg.svd(A, full_matrices=False, check_finite=False), _middle,
        ),
        ours=lambda: linalg.svd(A, full_matrices=False), pick=_middle,
        certify=certificates.factors(A, orthonormal=(0, -1)),
        flops=14.0 * m * n * n + 8.0 * n**3, bytes=3.0 * A.nbytes,
    )  # fmt: skip


def svdvals(m: int, n: int, dtype: str, seed: int) -> Case:
    """Values alone, of a matrix that was made from them."""
    values = np.random.default_rng(seed).uniform(size=n)
    A = matrices.general(values, dtype, seed)
    return _case(
        "svdvals", m, n, dtype,
        peers(dtype, lambda: np.linalg.svd(A, compute_uv=False), lambda: scipy.linalg.svdvals(A, check_finite=False)),
        ours=lambda: linalg.svdvals(A),
        certify=certificates.of_values(values, n, dtype), flops=8 / 3 * n**3, bytes=float(A.nbytes),
    )  # fmt: skip


def _middle(result: Any) -> NDArray[Any]:
    return np.asarray(result[1])


def lstsq(m: int, n: int, dtype: str, seed: int) -> Case:
    """One right-hand side, of which a tenth lies outside the range of A."""
    A, rng = _normal(m, n, dtype, seed), np.random.default_rng(seed + 1)
    b = (A @ rng.standard_normal(n) / n**0.5 + 0.1 * rng.standard_normal(m)).astype(dtype)
    return _case(
        "lstsq", m, n, dtype,
        peers(
            dtype, lambda: np.linalg.lstsq(A, b, rcond=None), lambda: scipy.linalg.lstsq(A, b, check_finite=False), _first
        ),
        ours=lambda: linalg.lstsq(A, b), pick=_first,
        certify=certificates.least_squares(A, b), flops=2.0 * n * n * (m - n / 3), bytes=float(A.nbytes),
    )  # fmt: skip


def _first(result: Any) -> NDArray[Any]:
    return np.asarray(result[0])

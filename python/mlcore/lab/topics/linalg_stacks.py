"""Stacks of ten thousand small matrices: NumPy calls LAPACK for each of them, where the call costs more than the work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlcore import linalg
from mlcore.lab import certificates
from mlcore.lab.case import Case, Certify, Rival
from mlcore.lab.job import Job, compare_job
from mlcore.lab.settings import Settings

__all__ = ["OPERATIONS", "PREFIX", "jobs", "stack"]

COUNT = 10_000
ORDERS, QUICK, LARGE = (3, 8), (4,), (3, 4, 8)
PREFIX = "stack of "


@dataclass(frozen=True, slots=True)
class _Operation:
    """What is called on a stack: on positive definite matrices or on general ones, and how the result is judged."""

    definite: bool
    flops: float  # over k^3
    ours: Callable[[Any], Any]
    theirs: Callable[[Any], Any]
    certify: Callable[[NDArray[Any]], Certify]
    pick: Callable[[Any], Any] = np.asarray


def _with_ones(solve: Callable[[Any, Any], Any]) -> Callable[[Any], Any]:
    """A x = b, b of ones: one right-hand side for each matrix, as a column (what a stack of vectors means, NumPy 2 changed)."""
    return lambda A: solve(A, np.ones((*A.shape[:-1], 1), A.dtype))


OPERATIONS: dict[str, _Operation] = {
    "inv": _Operation(False, 2.0, linalg.inv, np.linalg.inv, certificates.inverse),
    "solve": _Operation(
        False, 2 / 3, _with_ones(linalg.solve), _with_ones(np.linalg.solve),
        lambda A: certificates.solution(A, np.ones((*A.shape[:-1], 1), A.dtype)),
    ),
    "det": _Operation(
        False, 2 / 3, linalg.det, np.linalg.det,
        lambda A: certificates.determinant(_log_determinants(A), A.shape[-1], A.dtype.name),
    ),
    "cholesky": _Operation(
        True, 1 / 3, linalg.cholesky, np.linalg.cholesky,
        lambda A: certificates.factors(A, lambda L: (L, L.swapaxes(-1, -2))),
    ),
    "eigh": _Operation(
        True, 9.0, linalg.eigh, np.linalg.eigh, certificates.eigenpairs, lambda result: np.asarray(result[0]),
    ),
    "svd": _Operation(
        False, 22.0, linalg.svd, np.linalg.svd, lambda A: certificates.factors(A, orthonormal=(0, -1)),
        lambda result: np.asarray(result[1]),
    ),
}  # fmt: skip


def jobs(settings: Settings) -> list[Job]:
    """Each operation for each order and type."""
    return [
        compare_job("linalg", f"stack of {name} {k} {dtype}", partial(stack, name, k, dtype, settings.seed))
        for name in OPERATIONS
        for k in settings.sizes(ORDERS, QUICK, LARGE)
        for dtype in settings.dtypes
    ]


def stack(name: str, k: int, dtype: str, seed: int) -> Case:
    """Well-conditioned matrices of order k, or positive definite ones."""
    operation = OPERATIONS[name]
    X = np.random.default_rng(seed).uniform(-1, 1, (COUNT, k, k)) + 1.5 * k * np.eye(k)
    A = (X @ X.swapaxes(-1, -2) if operation.definite else X).astype(dtype)
    return Case(
        operation=f"{PREFIX}{name}",
        size=f"{COUNT:,} of {k} x {k}",
        n=k,
        dtype=dtype,
        ours=lambda: operation.ours(A),
        rivals=(Rival("NumPy", lambda: operation.theirs(A), operation.pick),),
        tolerance=20.0 * k,
        pick=operation.pick,
        certify=operation.certify(A),
        flops=operation.flops * COUNT * k**3,
        bytes=2.0 * A.nbytes,
    )


def _log_determinants(A: NDArray[Any]) -> NDArray[Any]:
    """By elimination in long double; the diagonal dominates, so no rows need be exchanged."""
    U = A.astype(np.longdouble)
    for j in range(U.shape[-1] - 1):
        U[..., j + 1 :, j:] -= U[..., j + 1 :, j : j + 1] / U[..., j : j + 1, j : j + 1] * U[..., j : j + 1, j:]
    return np.asarray(np.log(abs(np.diagonal(U, axis1=-2, axis2=-1))).sum(-1))

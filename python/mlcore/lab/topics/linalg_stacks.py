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
from mlcore.lab.case import Case, Certify
from mlcore.lab.job import Job, compare_job
from mlcore.lab.settings import Settings
from mlcore.lab.topics.peers import peers

__all__ = ["OPERATIONS", "jobs", "stack"]

COUNT = 10_000
ORDERS, QUICK, LARGE = (3, 8), (4,), (3, 4, 8)


Call = Callable[[Any, Any], Any]


@dataclass(frozen=True, slots=True)
class _Operation:
    """What is called on a stack A, with right-hand sides B if it needs them, and how the result is judged."""

    definite: bool  # whether A is symmetric and positive definite
    flops: float  # over k^3
    ours: Call
    theirs: Call
    certify: Callable[[NDArray[Any], NDArray[Any]], Certify]
    pick: Callable[[Any], Any] = np.asarray


OPERATIONS: dict[str, _Operation] = {
    "inv": _Operation(
        False, 2.0, lambda A, B: linalg.inv(A), lambda A, B: np.linalg.inv(A), lambda A, B: certificates.inverse(A),
    ),
    "solve": _Operation(False, 2 / 3, linalg.solve, np.linalg.solve, certificates.solution),
    "det": _Operation(
        False, 2 / 3, lambda A, B: linalg.det(A), lambda A, B: np.linalg.det(A),
        lambda A, B: certificates.determinant(_log_determinants(A), A.shape[-1], A.dtype.name),
    ),
    "cholesky": _Operation(
        True, 1 / 3, lambda A, B: linalg.cholesky(A), lambda A, B: np.linalg.cholesky(A),
        lambda A, B: certificates.factors(A, lambda L: (L, L.swapaxes(-1, -2))),
    ),
    "eigh": _Operation(
        True, 9.0, lambda A, B: linalg.eigh(A), lambda A, B: np.linalg.eigh(A), lambda A, B: certificates.eigenpairs(A),
        lambda result: np.asarray(result[0]),
    ),
    "svd": _Operation(
        False, 22.0, lambda A, B: linalg.svd(A), lambda A, B: np.linalg.svd(A),
        lambda A, B: certificates.factors(A, orthonormal=(0, -1)), lambda result: np.asarray(result[1]),
    ),
}  # fmt: skip


def jobs(settings: Settings) -> list[Job]:
    """Each operation for each order and type."""
    return [
        compare_job("linalg", f"stack of {name} {k} {dtype}", partial(stack, name, k, dtype, settings.seed))
        for name in OPERATIONS
        for k, dtype in settings.points(ORDERS, QUICK, LARGE)
    ]


def stack(name: str, k: int, dtype: str, seed: int) -> Case:
    """Well-conditioned matrices of order k, for `solve` with one right-hand side each."""
    operation = OPERATIONS[name]
    rng = np.random.default_rng(seed)
    X, B = rng.uniform(-1, 1, (COUNT, k, k)) + 1.5 * k * np.eye(k), rng.standard_normal((COUNT, k, 1)).astype(dtype)
    A = (X @ X.swapaxes(-1, -2) if operation.definite else X).astype(dtype)
    return Case(
        operation=f"stack of {name}",
        size=f"{COUNT:,} of {k} x {k}",
        n=k,
        dtype=dtype,
        ours=lambda: operation.ours(A, B),
        rivals=peers(dtype, lambda: operation.theirs(A, B), pick=operation.pick),
        tolerance=20.0 * k,
        pick=operation.pick,
        certify=operation.certify(A, B),
        flops=operation.flops * COUNT * k**3,
        bytes=2.0 * A.nbytes,
    )


def _log_determinants(A: NDArray[Any]) -> NDArray[Any]:
    """By elimination in long double; the diagonal dominates, so no rows need be exchanged."""
    U = A.astype(np.longdouble)
    for j in range(U.shape[-1] - 1):
        U[..., j + 1 :, j:] -= U[..., j + 1 :, j : j + 1] / U[..., j : j + 1, j : j + 1] * U[..., j : j + 1, j:]
    return np.asarray(np.log(abs(np.diagonal(U, axis1=-2, axis2=-1))).sum(-1))

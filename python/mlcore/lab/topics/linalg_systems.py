"""Square systems: the solution, the inverse, the determinant, and the two factorisations by elimination."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import scipy.linalg

from mlcore import linalg
from mlcore.lab import certificates
from mlcore.lab.case import Case, Rival
from mlcore.lab.job import Job, compare_job
from mlcore.lab.settings import Settings
from mlcore.lab.topics import matrices
from mlcore.lab.topics.peers import peers

__all__ = ["cholesky", "det", "inv", "jobs", "lu", "slogdet", "solve"]

SIZES, QUICK, LARGE = (8, 64, 512), (32, 256), (8, 16, 32, 64, 128, 256, 512, 1000, 1500)
DET_SIZES, DET_QUICK, DET_LARGE = (64,), (32,), (8, 16, 32, 64, 128, 256)  # the work of slogdet, a value that fits its type


def jobs(settings: Settings) -> list[Job]:
    """Each operation at each size and in each type."""
    table: dict[str, Callable[[int, str, int], Case]] = {
        "solve": solve, "inv": inv, "slogdet": slogdet, "det": det, "cholesky": cholesky, "lu": lu,
    }  # fmt: skip
    plain = settings.points(SIZES, QUICK, LARGE, float32=SIZES[-1:])
    determinants = settings.points(DET_SIZES, DET_QUICK, DET_LARGE)
    return [
        compare_job("linalg", f"{name} {n} {dtype}", partial(build, n, dtype, settings.seed))
        for name, build in table.items()
        for n, dtype in (determinants if name == "det" else plain)
    ]


def _case(name: str, n: int, dtype: str, rivals: tuple[Rival, ...], **fields: Any) -> Case:
    return Case(operation=name, size=f"{n} x {n}", n=n, dtype=dtype, rivals=rivals, **{"tolerance": 20.0 * n, **fields})


def solve(n: int, dtype: str, seed: int) -> Case:
    """One right-hand side."""
    A, b = matrices.general(matrices.spread(n), dtype, seed), np.random.default_rng(seed).standard_normal(n).astype(dtype)
    return _case(
        "solve", n, dtype,
        peers(dtype, lambda: np.linalg.solve(A, b), lambda: scipy.linalg.solve(A, b, check_finite=False, assume_a="general")),
        ours=lambda: linalg.solve(A, b),
        certify=certificates.solution(A, b), flops=2 / 3 * n**3 + 2.0 * n**2, bytes=2.0 * A.nbytes,
    )  # fmt: skip


def inv(n: int, dtype: str, seed: int) -> Case:
    """The inverse."""
    A = matrices.general(matrices.spread(n), dtype, seed)
    return _case(
        "inv", n, dtype,
        peers(dtype, lambda: np.linalg.inv(A), lambda: scipy.linalg.inv(A, check_finite=False)),
        ours=lambda: linalg.inv(A),
        certify=certificates.inverse(A), flops=2.0 * n**3, bytes=2.0 * A.nbytes,
    )  # fmt: skip


def slogdet(n: int, dtype: str, seed: int) -> Case:
    """Sign and logarithm; the logarithm is 0, so differences are measured against 1."""
    A = matrices.general(matrices.spread(n), dtype, seed)
    return _case(
        "slogdet", n, dtype, peers(dtype, lambda: np.linalg.slogdet(A)), ours=lambda: linalg.slogdet(A), scale=1.0,
        certify=certificates.determinant(0.0, n, dtype), flops=2 / 3 * n**3, bytes=float(A.nbytes),
    )  # fmt: skip


def det(n: int, dtype: str, seed: int) -> Case:
    """The determinant, which is 1 or -1. SciPy multiplies the pivots in float64, so in float32 it is no peer."""
    A = matrices.general(matrices.spread(n), dtype, seed)
    return _case(
        "det", n, dtype,
        peers(dtype, lambda: np.linalg.det(A)),
        ours=lambda: linalg.det(A),
        certify=certificates.determinant(0.0, n, dtype), flops=2 / 3 * n**3, bytes=float(A.nbytes),
    )  # fmt: skip


def cholesky(n: int, dtype: str, seed: int) -> Case:
    """The lower triangular factor."""
    S = matrices.symmetric(matrices.spread(n), dtype, seed)
    return _case(
        "cholesky", n, dtype,
        peers(dtype, lambda: np.linalg.cholesky(S), lambda: scipy.linalg.cholesky(S, lower=True, check_finite=False)),
        ours=lambda: linalg.cholesky(S),
        certify=certificates.factors(S, lambda L: (L, L.T)), flops=n**3 / 3, bytes=1.5 * S.nbytes,
    )  # fmt: skip


def lu(n: int, dtype: str, seed: int) -> Case:
    """Row exchanges as indices, L and U; NumPy has no such call, SciPy has."""
    A = matrices.general(matrices.spread(n), dtype, seed)

    def parts(result: Any) -> tuple[Any, Any]:
        p, L, U = result  # A = (L U)[p]
        return L[p], U

    return _case(
        "lu", n, dtype, (Rival("SciPy", lambda: scipy.linalg.lu(A, p_indices=True, check_finite=False), _upper),),
        ours=lambda: linalg.lu(A, p_indices=True), pick=_upper,
        certify=certificates.factors(A, parts), flops=2 / 3 * n**3, bytes=2.0 * A.nbytes,
    )  # fmt: skip


def _upper(result: Any) -> Any:
    return np.asarray(result[2])

"""All eigenvalues, with and without vectors, of symmetric and of general matrices."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from mlcore import linalg
from mlcore.lab import certificates
from mlcore.lab.case import Case, Certify, Rival
from mlcore.lab.job import Job, compare_job
from mlcore.lab.results import Accuracy
from mlcore.lab.settings import Settings
from mlcore.lab.topics import matrices
from mlcore.lab.topics.peers import peers

__all__ = ["eig", "eigh", "eigvals", "eigvalsh", "jobs"]

SYMMETRIC, SYMMETRIC_QUICK, SYMMETRIC_LARGE = (32, 256), (128,), (32, 64, 128, 256, 512, 1000)
GENERAL, GENERAL_QUICK, GENERAL_LARGE = (32, 128), (64,), (32, 64, 128, 256, 400)
LOOKED_AT = 3  # eigenvalues whose distance is computed


def jobs(settings: Settings) -> list[Job]:
    """Each operation at each size and in each type."""
    symmetric = settings.points(SYMMETRIC, SYMMETRIC_QUICK, SYMMETRIC_LARGE, float32=SYMMETRIC[-1:])
    general = settings.points(GENERAL, GENERAL_QUICK, GENERAL_LARGE, float32=GENERAL[-1:])
    table = (("eigh", eigh, symmetric), ("eigvalsh", eigvalsh, symmetric), ("eig", eig, general), ("eigvals", eigvals, general))
    return [
        compare_job("linalg", f"{name} {n} {dtype}", partial(build, n, dtype, settings.seed))
        for name, build, points in table
        for n, dtype in points
    ]


def _case(name: str, n: int, dtype: str, rivals: tuple[Rival, ...], **fields: Any) -> Case:
    return Case(operation=name, size=f"{n} x {n}", n=n, dtype=dtype, rivals=rivals, **{"tolerance": 4.0 * n, **fields})


def _first(result: Any) -> NDArray[Any]:
    return np.asarray(result[0])


def eigh(n: int, dtype: str, seed: int) -> Case:
    """Every eigenvalue and eigenvector of a matrix of normal random numbers."""
    A = np.random.default_rng(seed).standard_normal((n, n))
    A = ((A + A.T) / 2).astype(dtype)
    return _case(
        "eigh", n, dtype,
        peers(dtype, lambda: np.linalg.eigh(A), lambda: scipy.linalg.eigh(A, driver="evd", check_finite=False), _first),
        ours=lambda: linalg.eigh(A), pick=_first,
        certify=certificates.eigenpairs(A), flops=9.0 * n**3, bytes=2.0 * A.nbytes,
    )  # fmt: skip


def eigvalsh(n: int, dtype: str, seed: int) -> Case:
    """Values alone, of a matrix that was made from them."""
    values = np.random.default_rng(seed).standard_normal(n)
    A = matrices.symmetric(values, dtype, seed)
    return _case(
        "eigvalsh", n, dtype,
        peers(dtype, lambda: np.linalg.eigvalsh(A), lambda: scipy.linalg.eigvalsh(A, check_finite=False)),
        ours=lambda: linalg.eigvalsh(A),
        certify=certificates.of_values(values, n, dtype), flops=4 / 3 * n**3, bytes=float(A.nbytes),
    )  # fmt: skip


def _moduli(values: Any) -> NDArray[Any]:
    """Sorted absolute values: complex numbers have no order that rounding respects."""
    return np.sort(abs(np.asarray(values)))


def eig(n: int, dtype: str, seed: int) -> Case:
    """Normal random numbers. Eigenvalues of a general matrix may be far more sensitive than n eps; residuals are not."""
    A = np.random.default_rng(seed).standard_normal((n, n)).astype(dtype)

    def pick(result: Any) -> NDArray[Any]:
        return _moduli(result[0])

    return _case(
        "eig", n, dtype,
        peers(dtype, lambda: np.linalg.eig(A), lambda: scipy.linalg.eig(A, check_finite=False), pick),
        ours=lambda: linalg.eig(A), pick=pick,
        certify=certificates.eigenpairs(A, orthonormal=False), tolerance=100.0 * n, flops=25.0 * n**3, bytes=3.0 * A.nbytes,
    )  # fmt: skip


def eigvals(n: int, dtype: str, seed: int) -> Case:
    """Values alone of the same matrix."""
    A = np.random.default_rng(seed).standard_normal((n, n)).astype(dtype)
    return _case(
        "eigvals", n, dtype,
        peers(dtype, lambda: np.linalg.eigvals(A), lambda: scipy.linalg.eigvals(A, check_finite=False), _moduli),
        ours=lambda: linalg.eigvals(A),
        pick=_moduli, certify=_distances(A), tolerance=100.0 * n, flops=10.0 * n**3, bytes=float(A.nbytes),
    )  # fmt: skip


def _distances(A: NDArray[Any]) -> Certify:
    """How near the nearest matrix is that has the eigenvalue: the least singular value of A - w I, in n eps ||A||.

    Of the largest, the middle and the smallest one, for each costs a decomposition.
    """
    n, unit = len(A), len(A) * float(np.finfo(A.dtype).eps) * float(np.linalg.norm(A))

    def certify(values: Any) -> Accuracy:
        shown = np.asarray(values)[np.argsort(abs(np.asarray(values)))[np.linspace(0, n - 1, LOOKED_AT).astype(int)]]
        least = [np.linalg.svd(A - w * np.eye(n), compute_uv=False)[-1] for w in shown.astype(np.complex128)]
        return Accuracy(float(max(least)) / unit)

    return certify

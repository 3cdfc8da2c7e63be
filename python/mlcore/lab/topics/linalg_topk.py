"""The few largest eigenpairs and singular triplets of a matrix whose spectrum decays, as a covariance's does."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlcore import linalg
from mlcore.lab import certificates
from mlcore.lab.case import Case, Certify, Rival
from mlcore.lab.job import Job, compare_job
from mlcore.lab.results import Accuracy
from mlcore.lab.settings import Settings
from mlcore.lab.topics import matrices

__all__ = ["jobs", "pairs", "sketch", "triplets"]

SIZES, QUICK, LARGE = (500,), (500,), (500, 2000)
K = 20
DECAY, FLOOR = 0.9, 1e-4  # each value is a tenth less than the one before it, down to the floor


def jobs(settings: Settings) -> list[Job]:
    """Eigenpairs, triplets, and the approximation from random products, for each order and type."""
    table = ((f"{K} largest pairs", pairs), (f"{K} largest triplets", triplets), ("randomized svd", sketch))
    return [
        compare_job("linalg", f"{name} of {n} {dtype}", partial(build, n, K, dtype, settings.seed))
        for name, build in table
        for n, dtype in settings.points(SIZES, QUICK, LARGE)
    ]


def _spectrum(n: int) -> NDArray[Any]:
    return np.asarray(np.maximum(np.longdouble(DECAY) ** np.arange(n), FLOOR))


def _tolerance(dtype: str) -> float:
    """mlcore's default, given to the iterative rivals as well: neither side is asked for more than the other."""
    return float(np.finfo(dtype).eps ** (2 / 3))


def _case(name: str, A: NDArray[Any], **fields: Any) -> Case:
    n = len(A)
    # The values' errors are squares of the residuals' or better; 4 n eps is what direct methods differ by.
    defaults: dict[str, Any] = {"tolerance": 4.0 * n, "bytes": float(A.nbytes)}
    return Case(operation=name, size=f"{n} x {n}", n=n, dtype=A.dtype.name, **{**defaults, **fields})


def pairs(n: int, k: int, dtype: str, seed: int) -> Case:
    """`eigh_topk` beside NumPy, which has to compute all pairs, and SciPy's ARPACK."""
    from scipy.sparse.linalg import eigsh

    A, start, tol = matrices.symmetric(_spectrum(n), dtype, seed), np.ones(n, dtype=dtype), _tolerance(dtype)

    def all_of_them(result: Any) -> NDArray[Any]:
        return np.asarray(result[0])[: -k - 1 : -1]

    return _case(
        f"eigh_topk, k = {k}", A, ours=lambda: linalg.eigh_topk(A, k, rng=seed), pick=lambda result: np.asarray(result[0]),
        rivals=(
            Rival(
                "NumPy eigh", lambda: np.linalg.eigh(A), all_of_them,
                certify=certificates.eigenpairs(A, last=k), wider=dtype == "float32",
            ),
            Rival("SciPy eigsh", lambda: eigsh(A, k=k, v0=start, tol=tol), all_of_them),
        ),
        certify=certificates.eigenpairs(A),
    )  # fmt: skip


def triplets(n: int, k: int, dtype: str, seed: int) -> Case:
    """`svd_topk` beside SciPy's ARPACK."""
    from scipy.sparse.linalg import svds

    A, start, tol = matrices.general(_spectrum(n), dtype, seed), np.ones(n, dtype=dtype), _tolerance(dtype)
    return _case(
        f"svd_topk, k = {k}", A, ours=lambda: linalg.svd_topk(A, k, rng=seed), pick=_values,
        rivals=(Rival("SciPy svds", lambda: svds(A, k=k, v0=start, tol=tol), _values),),
        certify=certificates.triplets(A),
    )  # fmt: skip


def sketch(n: int, k: int, dtype: str, seed: int) -> Case:
    """`randomized_svd` beside scikit-learn's, each with four products beyond the first: how good an approximation is it?

    Block Krylov iteration keeps all products, scikit-learn's subspace iteration the last one.
    """
    from sklearn.utils.extmath import randomized_svd

    values = _spectrum(n)
    A = matrices.general(values, dtype, seed)
    return _case(
        f"randomized_svd, k = {k}", A, ours=lambda: linalg.randomized_svd(A, k, n_iter=4, rng=seed), pick=_values,
        rivals=(Rival("scikit-learn", lambda: randomized_svd(A, k, n_iter=4, random_state=0), _values),),
        tolerance=1e-3 / float(np.finfo(dtype).eps), certify=_beside_the_best(A, values, k),
    )  # fmt: skip


def _values(result: Any) -> NDArray[Any]:
    return np.sort(np.asarray(result[1]))[::-1]


def _beside_the_best(A: NDArray[Any], values: NDArray[Any], k: int) -> Certify:
    """||A - U S V'|| over that of the best approximation of rank k, less 1; the best one leaves the other values."""
    best = float(np.sqrt((values[k:] ** 2).sum()))

    def certify(result: Any) -> Accuracy:
        U, s, Vh = (np.asarray(part, dtype=np.float64) for part in result[:3])
        found = float(np.linalg.norm(A.astype(np.float64) - (U * s) @ Vh))
        losses = max(certificates.orthonormality(np.asarray(result[0])), certificates.orthonormality(np.asarray(result[2]).T))
        return Accuracy(max(found / best - 1, 0.0), losses, unit="above the best")

    return certify

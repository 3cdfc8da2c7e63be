"""Gram-Schmidt: the time of each method beside NumPy's Householder QR, and the orthogonality each one loses.

The loss is ||I - Q'Q|| in the spectral norm, 0 for exact arithmetic. On a matrix of condition number kappa, classical
Gram-Schmidt loses about kappa^2 eps, modified about kappa eps, and going over each column twice, like Householder's
reflections, some eps (Giraud, Langou and Rozloznik 2005). The Hilbert matrix, a_ij = 1 / (i + j - 1), has a kappa
that grows like 34^n.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mlcore import linalg
from mlcore.lab.bench import Bench
from mlcore.lab.case import Case, Rival
from mlcore.lab.job import Job, compare_job
from mlcore.lab.results import Curve, Note, Outcome
from mlcore.lab.settings import Settings

__all__ = ["jobs", "one_method", "with_positive_diagonal"]

Method = Literal["classical", "modified", "twice", "block"]
METHODS: tuple[Method, ...] = ("classical", "modified", "twice", "block")
SHAPES = ((100, 10), (1000, 100), (2000, 400))
QUICK = ((1000, 100),)
HILBERT = range(2, 13)  # beyond 12, columns are dependent to working precision


def jobs(settings: Settings) -> list[Job]:
    """Time every method on every shape, then the loss on Hilbert matrices."""
    return [
        *(
            compare_job("gram_schmidt", f"{method} {m} x {n} {dtype}", partial(one_method, method, m, n, dtype, settings.seed))
            for m, n in (QUICK if settings.quick else SHAPES)
            for method in (METHODS[-2:] if settings.quick else METHODS)
            for dtype in settings.dtypes
        ),
        Job("Hilbert matrices", _losses),
    ]


def one_method(method: Method, m: int, n: int, dtype: str, seed: int) -> Case:
    """One of the methods on normal random columns, far from dependent."""
    A = np.random.default_rng(seed).standard_normal((m, n)).astype(dtype)
    return Case(
        operation=f"Gram-Schmidt, {method}",
        size=f"{m} x {n}",
        n=n,
        dtype=dtype,
        ours=lambda: linalg.gram_schmidt(A, method=method),
        rivals=(Rival("NumPy qr", lambda: np.linalg.qr(A), _triangle),),
        tolerance=10.0 * n,
        pick=_triangle,
        flops=2.0 * m * n * n * (2 if method == "twice" else 1),
        bytes=2.0 * A.nbytes,
    )


def with_positive_diagonal(result: Any) -> tuple[NDArray[Any], NDArray[Any]]:
    """Q and R with the diagonal of R positive, which makes them unique (Householder's may have either sign)."""
    Q, R = np.asarray(result[0]), np.asarray(result[1])
    signs = np.where(np.diag(R) < 0, -1, 1).astype(R.dtype)
    return Q * signs, R * signs[:, None]


def _triangle(result: Any) -> NDArray[Any]:
    return with_positive_diagonal(result)[1]


def _losses(bench: Bench) -> Iterable[Outcome]:
    sizes = tuple(HILBERT)
    losses: dict[str, list[float]] = {}
    for n in sizes:
        i = np.arange(n)
        H = 1.0 / (i[:, None] + i + 1)
        for method in METHODS:
            # rtol=0: no column counts as dependent, so that every method is seen to the end.
            losses.setdefault(method, []).append(_loss(linalg.gram_schmidt(H, method=method, rtol=0.0)[0]))
        losses.setdefault("NumPy qr", []).append(_loss(np.linalg.qr(H)[0]))
    for name, values in losses.items():
        yield Curve("gram_schmidt", "orthogonality", name, tuple(float(n) for n in sizes), tuple(values))
    last = {name: values[-1] for name, values in losses.items()}
    yield Note(
        "gram_schmidt",
        f"On the Hilbert matrix of order {sizes[-1]} the loss of orthogonality, ||I - QᵀQ||, is "
        + ", ".join(f"{value:.1e} ({name})" for name, value in last.items())
        + ".",
    )


def _loss(Q: NDArray[Any]) -> float:
    return float(np.linalg.norm(np.eye(Q.shape[1]) - Q.T @ Q, 2))

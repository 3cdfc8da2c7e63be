"""The table of the ladders: each step's kernel, idea and file, and what each topic costs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mlcore import linalg
from mlcore._core import ladder as kernels

__all__ = ["LADDERS", "Step"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a ladder. Calling it calls `function`.

    Attributes
    ----------
    topic, name : str
        As in ``ladder(topic, name)``.
    idea : str
        What this step does that the one before it did not.
    source : str
        The file to read.
    function : callable
        ``matmul``: (A, B) -> A B. ``gram_schmidt`` and ``qr``: A -> (Q, R), for at least as many rows as columns.
        ``cholesky``: A -> L. ``lu``: A -> (order, L, U) with ``A[order] = L U``. ``eigh``: A -> (w, V), w ascending.
        ``power_iteration``: (A, x, iterations) -> (value, vector), beginning with x. float32 stays float32; everything
        else real is computed in float64.
    flops : callable
        Floating-point operations by size: ``flops(m, k, n)`` for the product of m x k and k x n, ``flops(m, n)`` for
        ``gram_schmidt`` and ``qr`` of m x n, ``flops(n, iterations)`` for the power iteration, ``flops(n)`` for the other
        n x n. Those of the formula: production may do more (``gram_schmidt``, "blocked", up to twice as many on
        ill-conditioned matrices). For ``eigh`` those of production, for the others depend on the eigenvalues.
    bytes : callable
        Of the same sizes and ``itemsize=8``: the bytes that have to come from memory or go there, if the caches are
        large enough for everything else. No order of the loops moves less; a bad one moves more.
    """

    topic: str
    name: str
    idea: str
    source: str
    function: Callable[..., Any]
    flops: Callable[..., float]
    bytes: Callable[..., float]

    def __call__(self, *arguments: Any) -> Any:
        """The result, by this step."""
        return self.function(*arguments)


def _matmul_flops(m: int, k: int, n: int) -> float:
    return 2.0 * m * k * n


def _matmul_bytes(m: int, k: int, n: int, *, itemsize: int = 8) -> float:
    return float(itemsize) * (m * k + k * n + m * n)


def _gram_schmidt_flops(m: int, n: int) -> float:
    # Every pair of columns: a product and a subtraction. Every column: a norm and a division.
    return 2.0 * m * n * (n - 1) + 3.0 * m * n


def _twice_flops(m: int, n: int) -> float:
    return 4.0 * m * n * (n - 1) + 3.0 * m * n


def _gram_schmidt_bytes(m: int, n: int, *, itemsize: int = 8) -> float:
    return float(itemsize) * (2 * m * n + n * n)


def _power_flops(n: int, iterations: int) -> float:
    # A x, then x.y, ||y|| and a division; the start has to be normalised, too.
    return iterations * (2.0 * n * n + 5.0 * n) + 3.0 * n


def _power_bytes(n: int, iterations: int, *, itemsize: int = 8) -> float:
    return float(itemsize) * iterations * (n * n + 2 * n)


def _qr_flops(m: int, n: int) -> float:
    # Half for R, half for Q: 4 for each element below and right of each diagonal element.
    return 4.0 * m * n * n - 4 / 3 * n**3


def _cholesky_flops(n: int) -> float:
    return n**3 / 3


def _cholesky_bytes(n: int, *, itemsize: int = 8) -> float:
    return float(itemsize) * (n * (n + 1) / 2 + n * n)


def _lu_flops(n: int) -> float:
    return 2 / 3 * n**3


def _lu_bytes(n: int, *, itemsize: int = 8) -> float:
    return float(itemsize) * 3 * n * n


def _eigh_flops(n: int) -> float:
    # Golub and Van Loan, section 8.3.5: reduction, orthogonal matrix, rotations.
    return 9.0 * n**3


def _eigh_bytes(n: int, *, itemsize: int = 8) -> float:
    return float(itemsize) * (n * (n + 1) / 2 + n + n * n)


def _tall_qr(A: ArrayLike) -> tuple[Any, Any]:
    Q, R = linalg.qr(A)
    if Q.shape[0] < R.shape[1]:
        raise ValueError(f"A has shape {(Q.shape[0], R.shape[1])}; expected at least as many rows as columns.")
    return Q, R


def _lu_by_indices(A: ArrayLike) -> tuple[Any, Any, Any]:
    place, L, U = linalg.lu(A, p_indices=True)  # A = (L U)[place]
    if L.shape[0] != U.shape[1]:
        raise np.linalg.LinAlgError(f"A has shape {(L.shape[0], U.shape[1])}; expected a square matrix.")
    return np.argsort(place), L, U


def _eigh(A: ArrayLike) -> tuple[Any, Any]:
    w, V = linalg.eigh(A)
    return w, V


def _blocked(A: ArrayLike) -> tuple[Any, Any]:
    Q, R, rank, dependent, _ = linalg.gram_schmidt(A, method="block")
    if Q.shape[0] < Q.shape[1]:
        raise ValueError(f"A has shape {Q.shape}; expected at least as many rows as columns.")
    if rank < R.shape[1]:
        raise np.linalg.LinAlgError(
            f"columns {dependent.tolist()} of A depend on those before them. The steps of the ladder expect "
            "independent columns; mlcore.linalg.gram_schmidt returns a result for all of them."
        )
    return Q, R


_COST: dict[str, tuple[Callable[..., float], Callable[..., float]]] = {
    "matmul": (_matmul_flops, _matmul_bytes),
    "gram_schmidt": (_gram_schmidt_flops, _gram_schmidt_bytes),
    "qr": (_qr_flops, _gram_schmidt_bytes),
    "cholesky": (_cholesky_flops, _cholesky_bytes),
    "lu": (_lu_flops, _lu_bytes),
    "eigh": (_eigh_flops, _eigh_bytes),
    "power_iteration": (_power_flops, _power_bytes),
}
_FLOPS = {("gram_schmidt", "twice"): _twice_flops}  # where a step does other work than its topic


def _kernel(topic: str, name: str) -> Callable[..., Any]:
    kernel: Callable[..., Any] = getattr(kernels, f"{topic}_{name}")
    return kernel


def _ladder(topic: str, production: tuple[str, str, str, Callable[..., Any]], **ideas: str) -> tuple[Step, ...]:
    """The steps in their order: the kernels called ``topic_name``, and (name, idea, source, function) at the top."""
    flops, moved = _COST[topic]
    climbed = []
    for i, (name, idea) in enumerate(ideas.items(), start=1):
        source, own = f"cpp/ladder/{topic}_{i}_{name}.cpp", _FLOPS.get((topic, name), flops)
        climbed.append(Step(topic, name, idea, source, _kernel(topic, name), own, moved))
    return (*climbed, Step(topic, *production, flops, moved))


LADDERS: dict[str, tuple[Step, ...]] = {
    "matmul": _ladder(
        "matmul",
        ("threaded", "production: rows are shared out among threads", "cpp/blas/gemm.cpp", linalg.matmul),
        naive="the definition: a row of A times a column of B",
        loop_order="the loop over columns goes inside: all memory is read along its rows",
        tiled="a tile of B stays in cache for all rows of A",
        vectorised="a whole register of numbers at a time",
        register_blocked="a tile of C stays in registers while its sums run",
        packed="blocks are copied into the order in which they are read",
    ),
    "gram_schmidt": _ladder(
        "gram_schmidt",
        (
            "blocked",
            "production: 32 columns at a time, as products of matrices on all threads",
            "cpp/linalg/gram_schmidt_block.cpp",
            _blocked,
        ),
        classical="the definition: subtract the projections of each column on those before it",
        modified="projections of what the earlier ones have left: more correct digits",
        contiguous="columns are copied to where they can be read from front to back",
        vectorised="a whole register of numbers at a time",
        twice="orthogonalised twice, to the last digit, and four columns at a time",
    ),
    "qr": _ladder(
        "qr",
        ("halved", "production: panels in halves, so that they are products too; all threads", "cpp/linalg/qr.cpp", _tall_qr),
        textbook="reflections, applied to one column after the other",
        rows="to all columns at once: memory is read along its rows",
        vectorised="a whole register of numbers at a time",
        fused="the sums of the next reflection while the rows of this one are at hand",
        blocked="32 reflections as one, by products of matrices",
    ),
    "cholesky": _ladder(
        "cholesky",
        ("halved", "production: cut in halves, all products on all threads", "cpp/linalg/cholesky.cpp", linalg.cholesky),
        naive="column after column, each taken out of all to its right",
        rows="row after row: products of two rows, read from front to back",
        vectorised="a whole register of numbers at a time",
        blocked="64 columns at a time, and tiles that stay in registers",
    ),
    "lu": _ladder(
        "lu",
        ("halved", "production: cut in halves, all products on all threads", "cpp/linalg/lu.cpp", _lu_by_indices),
        textbook="elimination, a column at a time, the largest element as pivot",
        blocked="32 columns at a time, so that the rest is a product of matrices",
    ),
    "eigh": _ladder(
        "eigh",
        ("tridiagonal", "production: tridiagonal first, then shifts on 2 n numbers", "cpp/linalg/eigh.cpp", _eigh),
        qr_iteration="factor A = Q R and multiply the other way round, A = R Q, until it is diagonal",
        shifted="shifted towards one eigenvalue, which is split off when it is found",
        jacobi="no factors: one element after the other is rotated to zero",
    ),
    "power_iteration": _ladder(
        "power_iteration",
        ("threaded", "production: rows are shared out among threads", "cpp/blas/gemv.cpp", kernels.power_iteration_threaded),
        naive="the product A x by its definition",
        vectorised="as many sums as lanes",
        rows="eight rows share each load of x",
    ),
}

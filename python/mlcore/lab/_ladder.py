"""The ladders: from three plain loops to the production kernel, one idea at a time.

The steps are the files of ``cpp/ladder``, whose README tells the story; here is the table that makes them callable.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from mlcore import linalg
from mlcore._core import ladder as kernels

__all__ = ["LadderTopic", "Step", "ladder", "steps"]

LadderTopic = Literal["matmul", "gram_schmidt", "power_iteration"]


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
        ``matmul``: (A, B) -> A B. ``gram_schmidt``: A -> (Q, R). ``power_iteration``: (A, x, iterations) -> (value,
        vector), beginning with x. float32 stays float32; everything else real is computed in float64.
    flops : callable
        Floating-point operations by size: ``flops(m, k, n)`` for the product of m x k and k x n, ``flops(m, n)`` for
        m x n, ``flops(n, iterations)`` for n x n. Those of the formula: production may do more ("blocked", up to twice
        as many on ill-conditioned matrices).
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


def _matmul(number: int, name: str, idea: str) -> Step:
    source = f"cpp/ladder/matmul_{number}_{name}.cpp"
    return Step("matmul", name, idea, source, getattr(kernels, f"matmul_{name}"), _matmul_flops, _matmul_bytes)


def _gram_schmidt(number: int, name: str, idea: str, flops: Callable[..., float] = _gram_schmidt_flops) -> Step:
    source = f"cpp/ladder/gram_schmidt_{number}_{name}.cpp"
    function = getattr(kernels, f"gram_schmidt_{name}")
    return Step("gram_schmidt", name, idea, source, function, flops, _gram_schmidt_bytes)


def _power_iteration(source: str, name: str, idea: str) -> Step:
    function = getattr(kernels, f"power_iteration_{name}")
    return Step("power_iteration", name, idea, source, function, _power_flops, _power_bytes)


_STEPS: dict[str, tuple[Step, ...]] = {
    "matmul": (
        _matmul(1, "naive", "the definition: a row of A times a column of B"),
        _matmul(2, "loop_order", "the loop over columns goes inside: all memory is read along its rows"),
        _matmul(3, "tiled", "a tile of B stays in cache for all rows of A"),
        _matmul(4, "vectorised", "a whole register of numbers at a time"),
        _matmul(5, "register_blocked", "a tile of C stays in registers while its sums run"),
        _matmul(6, "packed", "blocks are copied into the order in which they are read"),
        Step(
            "matmul",
            "threaded",
            "production: rows are shared out among threads",
            "cpp/blas/gemm.cpp",
            linalg.matmul,
            _matmul_flops,
            _matmul_bytes,
        ),
    ),
    "gram_schmidt": (
        _gram_schmidt(1, "classical", "the definition: subtract the projections of each column on those before it"),
        _gram_schmidt(2, "modified", "projections of what the earlier ones have left: more correct digits"),
        _gram_schmidt(3, "contiguous", "columns are copied to where they can be read from front to back"),
        _gram_schmidt(4, "vectorised", "a whole register of numbers at a time"),
        _gram_schmidt(5, "twice", "orthogonalised twice, to the last digit, and four columns at a time", _twice_flops),
        Step(
            "gram_schmidt",
            "blocked",
            "production: 32 columns at a time, as products of matrices on all threads",
            "cpp/linalg/gram_schmidt_block.cpp",
            _blocked,
            _gram_schmidt_flops,
            _gram_schmidt_bytes,
        ),
    ),
    "power_iteration": (
        _power_iteration("cpp/ladder/power_iteration_1_naive.cpp", "naive", "the product A x by its definition"),
        _power_iteration("cpp/ladder/power_iteration_2_vectorised.cpp", "vectorised", "as many sums as lanes"),
        _power_iteration("cpp/ladder/power_iteration_3_rows.cpp", "rows", "eight rows share each load of x"),
        _power_iteration("cpp/blas/gemv.cpp", "threaded", "production: rows are shared out among threads"),
    ),
}


def steps(topic: LadderTopic) -> tuple[Step, ...]:
    """The steps of a ladder, from the plainest to the production kernel.

    Parameters
    ----------
    topic : {"matmul", "gram_schmidt", "power_iteration"}

    Returns
    -------
    tuple of Step

    Raises
    ------
    ValueError
        If there is no such ladder.

    See Also
    --------
    ladder : One step by its name.

    Examples
    --------
    >>> from mlcore import lab
    >>> for step in lab.steps("power_iteration"):
    ...     print(f"{step.name:10}  {step.idea}")
    naive       the product A x by its definition
    vectorised  as many sums as lanes
    rows        eight rows share each load of x
    threaded    production: rows are shared out among threads
    """
    if topic not in _STEPS:
        raise ValueError(f"there is no ladder {topic!r}{_near(topic, _STEPS)}; expected one of {_list(_STEPS)}.")
    return _STEPS[topic]


def ladder(topic: LadderTopic, step: str) -> Step:
    """One step of a ladder, to be called.

    Parameters
    ----------
    topic : {"matmul", "gram_schmidt", "power_iteration"}
    step : str
        Its name; see `steps`.

    Returns
    -------
    Step
        Callable: ``ladder("matmul", step)(A, B)`` is the product, ``ladder("gram_schmidt", step)(A)`` is (Q, R) and
        ``ladder("power_iteration", step)(A, x, iterations)`` is (value, vector).

    Raises
    ------
    ValueError
        If there is no such ladder or no such step; the message names those there are. When called: if the shapes do not
        fit.
    TypeError
        When called: for complex, half-precision, object or text arrays.
    numpy.linalg.LinAlgError
        When called: in ``gram_schmidt``, if a column depends on those before it.

    See Also
    --------
    steps : All steps of a ladder.

    Examples
    --------
    >>> from mlcore import lab
    >>> A, B = [[1.0, 2.0], [3.0, 4.0]], [[0.0, 1.0], [1.0, 0.0]]
    >>> step = lab.ladder("matmul", "tiled")
    >>> step(A, B)
    array([[2., 1.],
           [4., 3.]])
    >>> step.idea
    'a tile of B stays in cache for all rows of A'
    >>> step.flops(2, 2, 2), step.bytes(2, 2, 2)
    (16.0, 96.0)
    """
    named = {each.name: each for each in steps(topic)}
    if step not in named:
        near = _near(step, named)
        raise ValueError(f"the ladder {topic!r} has no step {step!r}{near}; expected one of {_list(named)}.")
    return named[step]


def _near(name: object, known: dict[str, Any]) -> str:
    near = get_close_matches(str(name), known, n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""


def _list(known: dict[str, Any]) -> str:
    return ", ".join(repr(name) for name in known)

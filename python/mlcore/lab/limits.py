"""What this machine can do at best: multiply-adds per second, and bytes per second to and from memory.

A kernel is judged by its share of the limit that binds it. The limits come from loops of their own
(``cpp/ladder/limits_fma.cpp`` and ``limits_stream.cpp``), which share no line with the kernels judged by them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

import mlcore
from mlcore._core import ladder
from mlcore.lab.machine import last_level_cache

__all__ = ["MachineLimits", "measure"]

ITERATIONS = 400_000  # of the chains of multiply-adds: 2 to 10 ms
ROUNDS = 4  # at least


@dataclass(frozen=True, slots=True)
class MachineLimits:
    """The limits with a number of threads; see `measure`.

    Attributes
    ----------
    threads : int
    fma_peak : dict of str to float
        flop/s by dtype ("float32", "float64"). A multiply-add counts as two.
    read, update, copy, triad : float
        Bytes per second of ``sum(x)``, ``y = a x + y``, ``y = x`` and ``z = x + a y`` with arrays far beyond the
        caches, counting the bytes that the program reads and writes.
    """

    threads: int
    fma_peak: dict[str, float]
    read: float
    update: float
    copy: float
    triad: float

    @property
    def stream(self) -> float:
        """The most bytes per second that any of the four loops moved."""
        return max(self.read, self.update, self.copy, self.triad)

    def share_of_peak(self, flops: float, seconds: float, dtype: str) -> float:
        """Fraction of the arithmetic peak that `flops` operations in `seconds` are.

        Examples
        --------
        >>> from mlcore.lab.limits import MachineLimits
        >>> limits = MachineLimits(1, {"float32": 4e10, "float64": 2e10}, 9e9, 9e9, 8e9, 8e9)
        >>> limits.share_of_peak(1e9, 0.1, "float64")
        0.5
        """
        return flops / seconds / self.fma_peak[dtype]

    def attainable(self, flops: float, bytes: float, dtype: str) -> float:
        """The roofline: flop/s that a loop of so many flops and bytes can reach at most.

        ``min(peak, flops / bytes * stream)``: S. Williams, A. Waterman, D. Patterson, "Roofline: An Insightful Visual
        Performance Model for Multicore Architectures", Communications of the ACM 52(4), 2009.

        Examples
        --------
        >>> from mlcore.lab.limits import MachineLimits
        >>> limits = MachineLimits(1, {"float32": 4e10, "float64": 2e10}, 8e9, 8e9, 8e9, 8e9)
        >>> limits.attainable(2.0, 16.0, "float64"), limits.attainable(2e9, 1e3, "float64")
        (1000000000.0, 20000000000.0)
        """
        peak = self.fma_peak[dtype]
        return peak if bytes == 0 else min(peak, flops / bytes * self.stream)


def measure(threads: int, *, seconds: float = 1.0, array_bytes: int | None = None) -> MachineLimits:
    """Measure the limits of this machine with `threads` threads.

    Parameters
    ----------
    threads : int
        From 1 to 1024; more than the processors available measures the scheduler.
    seconds : float, default 1.0
        Time to spend, roughly. Every loop runs at least four times, however long that takes.
    array_bytes : int, optional
        Length of each of the three arrays that are streamed. By default four times the last-level cache, but at least
        64 MiB and at most 512 MiB.

    Returns
    -------
    MachineLimits

    Raises
    ------
    ValueError
        If `threads`, `seconds` or `array_bytes` is out of range.

    Notes
    -----
    The best of all repetitions counts: a limit is a maximum, and a neighbour on the machine only ever slows a loop
    down. Arithmetic is measured in registers: :math:`x_c \\leftarrow a x_c + b` for two dozen independent vectors. On a
    machine without a fused multiply-add a multiplication and an addition are counted. The memory loops are those of
    STREAM [1]_, in float64.

    References
    ----------
    .. [1] J. McCalpin, "Memory Bandwidth and Machine Balance in Current High Performance Computers", IEEE TCCA
       Newsletter, 1995.

    Examples
    --------
    >>> from mlcore.lab.limits import measure
    >>> limits = measure(1, seconds=0.01, array_bytes=1 << 20)
    >>> limits.threads, limits.stream >= limits.copy
    (1, True)
    """
    if not 0 < seconds < float("inf"):
        raise ValueError(f"seconds is {seconds}; expected a positive number.")
    if array_bytes is None:
        array_bytes = min(max(4 * last_level_cache(), 64 << 20), 512 << 20)
    n = array_bytes // 8
    if n < 1:
        raise ValueError(f"array_bytes is {array_bytes}; expected at least 8, one float64.")
    with mlcore.num_threads(threads):
        x, y, z = _aligned(n), _aligned(n), _aligned(n)
        for array in (x, y, z):
            ladder.fill(1.0, array)
        flops = {dtype: ladder.fma_chains(dtype, threads, ITERATIONS) for dtype in ("float32", "float64")}
        rates = _best_rates(
            {
                "float32": (flops["float32"], lambda: ladder.fma_chains("float32", threads, ITERATIONS)),
                "float64": (flops["float64"], lambda: ladder.fma_chains("float64", threads, ITERATIONS)),
                "read": (8.0 * n, lambda: ladder.read(x)),
                "update": (24.0 * n, lambda: ladder.update(0.5, x, y)),
                "copy": (16.0 * n, lambda: ladder.copy(x, y)),
                "triad": (24.0 * n, lambda: ladder.triad(0.5, x, y, z)),
            },
            seconds,
        )
    return MachineLimits(
        threads=threads,
        fma_peak={dtype: rates[dtype] for dtype in ("float32", "float64")},
        read=rates["read"],
        update=rates["update"],
        copy=rates["copy"],
        triad=rates["triad"],
    )


def _aligned(n: int) -> NDArray[np.float64]:
    """n numbers that begin with a cache line: a vector that straddles two lines costs two accesses."""
    line = np.empty(n + 7)
    return line[-line.ctypes.data % 64 // 8 :][:n]


def _best_rates(loops: dict[str, tuple[float, Callable[[], object]]], seconds: float) -> dict[str, float]:
    """Run loops of known work (flops or bytes) in turns until the time is up: the most work per second of each."""
    best = dict.fromkeys(loops, 0.0)
    begun, rounds = time.perf_counter(), 0
    while rounds < ROUNDS or time.perf_counter() - begun < seconds:
        for name, (work, loop) in loops.items():
            start = time.perf_counter()
            loop()
            best[name] = max(best[name], work / (time.perf_counter() - start))
        rounds += 1
    return best

"""Is this machine ours? A benchmark on a busy machine measures the other work.

Some thread pools wait by spinning. When their threads have to share processors with other work, one call can take a
thousand times as long as on an idle machine, and the ratio of two libraries says nothing about either.
"""

from __future__ import annotations

import time

import mlcore
from mlcore._core import ladder

__all__ = ["undisturbed"]

ITERATIONS = 400_000  # of the chains of multiply-adds, some milliseconds


def undisturbed(threads: int, *, seconds: float = 0.2) -> float:
    """The share of the processor time asked for that could be had just now: 1 on an idle machine.

    Every thread multiplies and adds in registers and waits for nothing, so `threads` threads should use that many
    seconds of processor time per second. If they get less, something else ran instead of them.

    Parameters
    ----------
    threads : int
        How many threads ask.
    seconds : float, default 0.2
        For how long.

    Returns
    -------
    float
        From 0 to 1.

    Examples
    --------
    >>> 0 <= undisturbed(1, seconds=0.01) <= 1
    True
    """
    with mlcore.num_threads(threads):
        ladder.fma_chains("float64", threads, ITERATIONS)  # the threads exist and are awake
        begun, used = time.perf_counter(), time.process_time()
        while time.perf_counter() - begun < seconds:
            ladder.fma_chains("float64", threads, ITERATIONS)
        share = (time.process_time() - used) / (threads * (time.perf_counter() - begun))
    return min(share, 1.0)

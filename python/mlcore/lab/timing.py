"""Time several ways to do the same thing fairly.

The clock of a shared machine drifts: frequency, other people's work, the state of the caches. So the
contestants take turns (A B, B A, A B ...), each turn long enough for the clock's resolution, and what is
compared is the ratio within a round, of which the median and the quartiles over the rounds are kept. Medians
because noise only ever adds time, and adds it in bursts.

Before the first round every contestant runs often enough to have its code, its threads and its buffers
warm, and the garbage collector rests while the clock runs.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Call", "interleave", "quartiles"]

Call = Callable[[], Any]

TURN = 1e-3  # seconds a turn should last at least; the clock resolves 1e-7 or better
WARM = 10e-3  # seconds of warm-up for calls shorter than that
LONG = 20e-3  # seconds beside which the waking of threads (some 50 microseconds) is nothing


def interleave(
    calls: Sequence[Call], *, budget: float, settle: float = 0.0, least: int = 3, most: int = 25
) -> NDArray[np.float64]:
    """Time `calls` in turns.

    Parameters
    ----------
    calls : sequence of callable
        The contestants; the results are thrown away.
    budget : float
        Seconds to spend in all, roughly; slow calls may take more, for the sake of `least`.
    settle : float, default 0
        Seconds to wait before each turn. Some thread pools keep their threads spinning for a while after a
        call; without a pause these would take processor time from the next contestant.
    least, most : int
        Bounds on the number of rounds.

    Returns
    -------
    ndarray of shape (len(calls), n_rounds)
        Seconds per call.

    Examples
    --------
    >>> times = interleave([lambda: sum(range(10)), lambda: sum(range(1000))], budget=0.01)
    >>> times.shape[0], bool((times > 0).all())
    (2, True)
    """
    repeats = [_repeats(call) for call in calls]
    turn = [count * seconds for count, seconds in repeats]
    # After a pause, threads and caches are woken by an untimed call, unless a call is so long that it is nothing.
    wake = [bool(settle) and seconds < LONG for _, seconds in repeats]
    round_time = sum(turn) + len(calls) * settle
    rounds = int(np.clip(budget / round_time, least, most))
    times = np.empty((len(calls), rounds))
    with _no_garbage_collection():
        for r in range(rounds):
            order = range(len(calls)) if r % 2 == 0 else reversed(range(len(calls)))
            for i in order:
                if settle:
                    time.sleep(settle)
                if wake[i]:
                    calls[i]()
                times[i, r] = _run(calls[i], repeats[i][0])
    return times


def quartiles(values: NDArray[np.float64]) -> tuple[float, float, float]:
    """Lower quartile, median, upper quartile.

    Examples
    --------
    >>> quartiles(np.array([3.0, 1.0, 2.0]))
    (1.5, 2.0, 2.5)
    """
    low, middle, high = (float(q) for q in np.percentile(values, [25, 50, 75]))
    return low, middle, high


def _run(call: Call, count: int) -> float:
    start = time.perf_counter()
    for _ in range(count):
        call()
    return (time.perf_counter() - start) / count


def _repeats(call: Call) -> tuple[int, float]:
    """Warm `call` up; return how many calls make a turn, and the seconds one call takes."""
    _run(call, 1)
    begun, seconds, count = time.perf_counter(), _run(call, 1), 1
    while time.perf_counter() - begun < WARM:
        count = min(4 * count, max(1, int(WARM / 4 / seconds)))
        seconds = min(seconds, _run(call, count))
    return max(1, int(np.ceil(TURN / seconds))), seconds


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()

"""Time several ways to do the same thing fairly.

The clock of a shared machine drifts: frequency, other people's work, the state of the caches. So the
contestants take turns (A B, B A, A B ...), each turn long enough for the clock's resolution, and what is
compared is the ratio within a round, of which the median and the quartiles over the rounds are kept. Medians
because noise only ever adds time, and adds it in bursts.

Before the first round every contestant runs often enough to have its code, its threads and its buffers
warm, and the garbage collector rests while the clock runs. No turn begins before the threads of the last
one sleep: OpenBLAS lets them spin for 2^28 ticks, a tenth of a second, and they would take a processor
from the next contestant.
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
LOOK = 25e-3  # seconds between looks whether threads still spin: two ticks of a slow kernel, which counts time by the tick
SLOW, FEW = 1.0, 3  # seconds of a round from which on so few rounds do: bursts of noise are short beside it
PATIENCE = 0.3  # seconds after which those that still do count as part of the machine


def interleave(
    calls: Sequence[Call], *, budget: float, threads: int = 1, least: int = 3, most: int = 25
) -> NDArray[np.float64]:
    """Time `calls` in turns.

    Parameters
    ----------
    calls : sequence of callable
        The contestants; the results are thrown away.
    budget : float
        Seconds to spend in all, roughly; slow calls may take more, for the sake of `least`.
    threads : int, default 1
        How many the contestants may use. With more than one, each turn waits for the threads of the last to sleep.
    least, most : int
        Bounds on the number of rounds; rounds that take seconds are content with 3.

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
    repeats, pauses = [], []
    for call in calls:
        repeats.append(_repeats(call))
        pauses.append(_rest() if threads > 1 else 0.0)
    # Of two, the last of a round opens the next and need not wait for itself; of more, some never would.
    in_turn = len(calls) <= 2
    pause = sum(pauses) / len(calls) if in_turn else sum(pauses)
    turn = sum(count * seconds for count, seconds in repeats)
    # After a pause, threads and caches are woken by an untimed call, unless a call is so long that it is nothing.
    wake = [threads > 1 and seconds < LONG for _, seconds in repeats]
    rounds = int(np.clip(budget / (turn + pause), least if turn < SLOW else min(least, FEW), most))
    times = np.empty((len(calls), rounds))
    last = -1
    with _no_garbage_collection():
        for r in range(rounds):
            order = range(len(calls)) if r % 2 == 0 else reversed(range(len(calls)))
            for i in order:
                if threads > 1 and not (in_turn and i == last):
                    _rest()
                    if wake[i]:
                        calls[i]()
                times[i, r] = _run(calls[i], repeats[i][0])
                last = i
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


def _rest() -> float:
    """Wait until the threads of this process sleep; return how many seconds that took."""
    start = time.perf_counter()
    while time.perf_counter() < start + PATIENCE:
        begun, used = time.perf_counter(), time.process_time()
        time.sleep(LOOK)
        if time.process_time() - used < 0.25 * (time.perf_counter() - begun):
            break
    return time.perf_counter() - start


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

"""The ladders: every step of the way from plain loops to the production kernel, timed and checked.

All steps of a ladder work on the same input with one thread, and take turns; the last one, production, runs once more
with all threads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mlcore.lab import Step, steps
from mlcore.lab.bench import Bench
from mlcore.lab.case import difference
from mlcore.lab.job import Job
from mlcore.lab.results import LadderStep, Outcome
from mlcore.lab.settings import Settings
from mlcore.lab.threads import equal
from mlcore.lab.timing import Call, interleave
from mlcore.lab.topics.gram_schmidt import with_positive_diagonal

__all__ = ["jobs"]

ITERATIONS = 5  # of the power iteration; its ladder is about the product A x


@dataclass(frozen=True, slots=True)
class Climb:
    """One ladder on one input.

    `apart` tells how far a step's result is from an independent one, in eps; `sizes` are those that a step's
    `flops` and `bytes` are functions of.
    """

    ladder: Sequence[Step]
    n: int
    arguments: tuple[Any, ...]
    sizes: tuple[int, ...]
    apart: Callable[[Any], float]
    tolerance: float


def jobs(settings: Settings) -> list[Job]:
    """One job per ladder."""
    return [
        Job("ladder: matrix product", partial(_climb, partial(_matmul, 256 if settings.quick else 512))),
        Job("ladder: Gram-Schmidt", partial(_climb, partial(_gram_schmidt, 1000, 100 if settings.quick else 200))),
        Job("ladder: QR", partial(_climb, partial(_qr, 1000, 100 if settings.quick else 200))),
        Job("ladder: Cholesky", partial(_climb, partial(_cholesky, 250 if settings.quick else 500))),
        Job("ladder: LU", partial(_climb, partial(_lu, 250 if settings.quick else 500))),
        Job("ladder: eigenvalues", partial(_climb, partial(_eigh, 16 if settings.quick else 32))),
        Job("ladder: power iteration", partial(_climb, partial(_power_iteration, settings.beyond_cache))),
    ]


def _matmul(n: int, rng: np.random.Generator) -> Climb:
    A, B = rng.standard_normal((2, n, n))
    expected, scale = A @ B, float((np.abs(A) @ np.abs(B)).max())
    return Climb(
        steps("matmul"), n, (A, B), (n, n, n), lambda C: difference(C, expected, dtype="float64", scale=scale), 2.0 * n
    )


def _gram_schmidt(m: int, n: int, rng: np.random.Generator) -> Climb:
    """A matrix of random numbers has nearly orthogonal columns: here speed is compared, and accuracy on Hilbert's."""
    return _orthogonal("gram_schmidt", m, n, rng)


def _qr(m: int, n: int, rng: np.random.Generator) -> Climb:
    return _orthogonal("qr", m, n, rng)


def _orthogonal(topic: Literal["gram_schmidt", "qr"], m: int, n: int, rng: np.random.Generator) -> Climb:
    A = rng.standard_normal((m, n))
    Q, R = with_positive_diagonal(np.linalg.qr(A))

    def apart(result: Any) -> float:
        ours = with_positive_diagonal(result)
        return max(difference(ours[0], Q, dtype="float64", scale=1.0), difference(ours[1], R, dtype="float64"))

    return Climb(steps(topic), n, (A,), (m, n), apart, 10.0 * n)


def _cholesky(n: int, rng: np.random.Generator) -> Climb:
    B = rng.standard_normal((n, n))
    A = B @ B.T + n * np.eye(n)
    L = np.linalg.cholesky(A)
    return Climb(steps("cholesky"), n, (A,), (n,), lambda result: difference(result, L, dtype="float64"), float(n))


def _lu(n: int, rng: np.random.Generator) -> Climb:
    """The rows in their new order beside the product of the factors: NumPy has no LU to compare with."""
    A = rng.standard_normal((n, n))

    def apart(result: Any) -> float:
        order, L, U = result
        return difference(L @ U, A[order], dtype="float64", scale=float((np.abs(L) @ np.abs(U)).max()))

    return Climb(steps("lu"), n, (A,), (n,), apart, float(n))


def _eigh(n: int, rng: np.random.Generator) -> Climb:
    """Eigenvalues 1, 2, ..., n, for which the first step takes some 36 n iterations; its rounding errors add up."""
    V = np.linalg.qr(rng.standard_normal((n, n)))[0]
    A = (V * np.arange(1.0, n + 1.0)) @ V.T

    def apart(result: Any) -> float:
        values, vectors = result
        signs = np.sign(np.sum(V * vectors, axis=0))
        return max(
            difference(values, np.arange(1.0, n + 1.0), dtype="float64"),
            difference(vectors * signs, V, dtype="float64", scale=float(n)),  # eigenvalues 1 apart, ||A|| = n
        )

    return Climb(steps("eigh"), n, (A,), (n,), apart, 10.0 * n)


def _power_iteration(size: int, rng: np.random.Generator) -> Climb:
    """A positive matrix so large (`size` bytes) that every product reads it from memory anew."""
    n = int((size / 8) ** 0.5)
    A, x = rng.random((n, n)), rng.random(n)
    v: NDArray[np.float64] = x / np.linalg.norm(x)
    for _ in range(ITERATIONS):
        w = A @ v
        value, v = v @ w, w / np.linalg.norm(w)

    def apart(result: Any) -> float:
        eigenvalue, vector = result
        return max(
            difference(np.float64(eigenvalue), np.float64(value), dtype="float64"),
            difference(vector, v, dtype="float64"),
        )

    return Climb(steps("power_iteration"), n, (A, x, ITERATIONS), (n, ITERATIONS), apart, float(n))


def _climb(build: Callable[[np.random.Generator], Climb], bench: Bench) -> Iterable[Outcome]:
    climb = build(np.random.default_rng(bench.settings.seed))
    calls: list[Call] = [partial(step, *climb.arguments) for step in climb.ladder]
    yield from _timed(climb, climb.ladder, calls, bench, threads=1)
    if bench.settings.threads[-1] > 1:
        yield from _timed(climb, climb.ladder[-1:], calls[-1:], bench, threads=bench.settings.threads[-1])


def _timed(climb: Climb, ladder: Sequence[Step], calls: Sequence[Call], bench: Bench, *, threads: int) -> Iterable[LadderStep]:
    limits = bench.limits_with(threads)
    with equal(threads):
        apart = [climb.apart(call()) for call in calls]
        times = interleave(calls, budget=bench.settings.budget * len(calls), threads=threads)
    for step, seconds, difference_in_eps in zip(ladder, np.median(times, axis=1), apart, strict=True):
        flops, moved = step.flops(*climb.sizes), step.bytes(*climb.sizes)
        yield LadderStep(
            topic=step.topic,
            step=step.name,
            idea=step.idea,
            source=step.source,
            n=climb.n,
            dtype="float64",
            threads=threads,
            seconds=float(seconds),
            flops=flops,
            bytes=moved,
            share=limits.share_of_peak(flops, float(seconds), "float64"),
            roof_share=flops / float(seconds) / limits.attainable(flops, moved, "float64"),
            difference=difference_in_eps,
            tolerance=climb.tolerance,
        )

"""The power iteration: the first eigenpair alone, and how fast it converges."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlcore import linalg
from mlcore.lab.bench import Bench
from mlcore.lab.case import Case, Rival
from mlcore.lab.job import Job, compare_job
from mlcore.lab.results import Curve, Outcome
from mlcore.lab.settings import Settings
from mlcore.lab.topics import matrices

__all__ = ["first_pair", "jobs"]

GAPS = (0.5, 0.9, 0.99)  # second eigenvalue over the first


def jobs(settings: Settings) -> list[Job]:
    """Beside the same iteration by hand in NumPy; then the convergence for each gap."""
    return [
        *(
            compare_job("eigen", f"power iteration {n}", partial(first_pair, n, settings.seed))
            for n in settings.sizes((100, 1000), (1000,))
        ),
        Job("convergence", partial(_convergence, settings.seed)),
    ]


def _eigenvalues(result: Any) -> NDArray[Any]:
    return np.asarray(result[0])


def first_pair(n: int, seed: int) -> Case:
    """The power iteration by hand in NumPy: the same start, the same number of steps."""
    values = np.concatenate([[1.0, 0.8], np.linspace(0.5, 0.0, n - 2)])
    A = matrices.symmetric(values, "float64", seed)
    ours = linalg.power_iteration(A, tol=1e-12, max_iter=10_000, rng=seed)
    start = np.random.default_rng(seed).standard_normal(n)

    def by_hand() -> tuple[float, NDArray[np.float64]]:
        v = start / np.linalg.norm(start)
        for _ in range(ours.n_iter):
            w = A @ v
            v = w / np.linalg.norm(w)
        return float(v @ A @ v), v

    return Case(
        operation="power iteration",
        size=f"{n} x {n}, {ours.n_iter} steps",
        n=n,
        dtype="float64",
        ours=lambda: linalg.power_iteration(A, tol=1e-12, max_iter=10_000, rng=seed),
        rivals=(Rival("NumPy by hand", by_hand, _eigenvalues),),
        tolerance=4.0 * n,
        pick=_eigenvalues,
        flops=2.0 * n * n * ours.n_iter,
        bytes=float(A.nbytes) * ours.n_iter,
        bound=None,
    )


def _convergence(seed: int, bench: Bench) -> Iterable[Outcome]:
    for gap in GAPS:
        A = matrices.symmetric(np.concatenate([[1.0, gap], np.linspace(0.4, 0.0, 48)]), "float64", seed)
        result = linalg.power_iteration(A, tol=1e-7, max_iter=2000, rng=seed)
        errors = [max(abs(float(value) - 1.0), 1e-16) for value in result.history]
        yield Curve("eigen", "convergence", f"second / first = {gap:g}", tuple(range(1, len(errors) + 1)), tuple(errors))

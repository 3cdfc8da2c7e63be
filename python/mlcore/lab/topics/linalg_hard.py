"""Inputs on which digits are lost, looked at for accuracy alone: graded, nearly dependent, and NIST's regressions.

Correct digits of x are -log10 of the largest relative error of an element, 15.95 (that of eps in float64) at most.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlcore import linalg
from mlcore.lab.bench import Bench
from mlcore.lab.job import Job
from mlcore.lab.results import HardCase, Outcome

__all__ = ["correct_digits", "jobs", "singular_values"]

EPS = float(np.finfo(np.float64).eps)
GRADED, DECADES = 20, 24  # order, and powers of ten between the largest and the smallest column
HILBERT = 8


def jobs() -> list[Job]:
    """One job for each kind of problem."""
    return [Job("graded matrix", _graded), Job("Hilbert matrix", _hilbert), Job("NIST regressions", _regressions)]


def correct_digits(x: Any, exact: Any) -> float:
    """Of the worst element.

    Examples
    --------
    >>> round(correct_digits([1.0, 2.001], [1.0, 2.0]), 2)
    3.3
    """
    x, exact = (np.asarray(v, dtype=np.longdouble) for v in (x, exact))
    error = float((abs(x - exact) / abs(exact)).max())
    return float(abs(np.log10(np.clip(error, EPS / 2, 1.0))))


def singular_values(A: NDArray[Any]) -> NDArray[Any]:
    """Each to nearly all digits of long double, if A is a well-conditioned matrix times a diagonal one.

    Columns are rotated in pairs until all are orthogonal; the values are their lengths (one-sided Jacobi; Demmel and Veselic,
    1992, on why the small ones come out right).
    """
    W = A.astype(np.longdouble)
    n = W.shape[1]
    for _ in range(30):
        largest = 0.0
        for i in range(n - 1):
            for j in range(i + 1, n):
                a, b, c = W[:, i] @ W[:, i], W[:, j] @ W[:, j], W[:, i] @ W[:, j]
                if c == 0:
                    continue
                largest = max(largest, float(abs(c) / np.sqrt(a * b)))
                zeta = (b - a) / (2 * c)
                t = (1 if zeta >= 0 else -1) / (abs(zeta) + np.hypot(1, zeta))
                cosine = 1 / np.hypot(1, t)
                W[:, i], W[:, j] = cosine * (W[:, i] - t * W[:, j]), cosine * (t * W[:, i] + W[:, j])
        if largest < 1e-18:
            break
    return np.asarray(np.sort(np.sqrt((W * W).sum(0)))[::-1])


def _graded(bench: Bench) -> Iterable[Outcome]:
    rng = np.random.default_rng(bench.settings.seed)
    scale = 10.0 ** -rng.permutation(np.linspace(0, DECADES, GRADED))
    A = rng.standard_normal((GRADED, GRADED)) * scale
    exact = singular_values(A)
    yield HardCase(
        "linalg",
        f"{GRADED} x {GRADED}, columns graded over {DECADES} decades in random order",
        "correct digits of the worst singular value",
        True,
        {
            "mlcore svd, method='jacobi'": correct_digits(linalg.svd(A, method="jacobi")[1], exact),
            "mlcore svd": correct_digits(linalg.svd(A)[1], exact),
            "NumPy svd": correct_digits(np.linalg.svd(A)[1], exact),
        },
    )


def _hilbert(bench: Bench) -> Iterable[Outcome]:
    from scipy.linalg import hilbert, invhilbert

    # The least common multiple of all denominators makes every element an integer, so that the matrix is the exact one.
    multiple = float(np.lcm.reduce(np.arange(1, 2 * HILBERT)))
    A = np.round(hilbert(HILBERT) * multiple)
    exact = invhilbert(HILBERT, exact=True).astype(np.longdouble) / multiple
    results = {
        "mlcore inv": linalg.inv(A),
        "NumPy inv": np.linalg.inv(A),
        "mlcore pinv": linalg.pinv(A),
        "NumPy pinv": np.linalg.pinv(A),
    }
    yield HardCase(
        "linalg",
        f"Hilbert matrix of order {HILBERT}, condition 1.5e10",
        "correct digits of the inverse's worst element",
        True,
        {name: correct_digits(result, exact) for name, result in results.items()},
    )


def _regressions(bench: Bench) -> Iterable[Outcome]:
    """NIST's certified values have 15 digits, and were computed in 500."""
    sets = json.loads(files("mlcore.lab").joinpath("topics/nist.json").read_text(encoding="utf-8"))
    designs: dict[str, Callable[[NDArray[Any]], NDArray[Any]]] = {
        "filip": lambda x: x[:, None] ** np.arange(11),
        "longley": lambda x: x,  # the first column is the constant
    }
    for name, design in designs.items():
        A, y = design(np.array(sets[name]["x"])), np.array(sets[name]["y"])
        exact = np.array(sets[name]["coefficients"])
        results = {
            "mlcore lstsq": linalg.lstsq(A, y)[0],
            "NumPy lstsq": np.linalg.lstsq(A, y, rcond=None)[0],
            "NumPy lstsq, rcond=eps": np.linalg.lstsq(A, y, rcond=EPS)[0],
        }
        yield HardCase(
            "linalg",
            f"NIST {name.title()}, {A.shape[0]} x {A.shape[1]}, {sets[name]['why']}",
            "correct digits of the worst coefficient",
            True,
            {method: correct_digits(x, exact) for method, x in results.items()},
        )

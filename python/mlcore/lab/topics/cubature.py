"""Integrals in several dimensions: mlcore's adaptive cubature beside SciPy's, at the same tolerance."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mlcore import calculus
from mlcore.lab.case import Case, Rival

__all__ = ["FAMILIES", "integral"]

# The difficulty of each of A. Genz's families, "Testing multidimensional integration routines" (1984): the sum of its rates.
FAMILIES: Final = {"oscillatory": 9.0, "product peak": 7.25, "gaussian": 7.03, "jump": 4.3}


def _value(result: Any) -> float:
    return float(result.value)


def _estimate(result: Any) -> float:
    return float(result.estimate)


def integral(family: str, d: int, rtol: float, seed: int) -> Case:
    """A function of one of the families on the unit cube. SciPy takes its best rule: Gauss-Kronrod up to 3 dimensions."""
    from scipy.integrate import cubature

    rng = np.random.default_rng(seed)
    w, c = rng.uniform(0.05, 0.95, d), rng.uniform(0.1, 1, d)
    c *= FAMILIES[family] / c.sum()

    def f(x: NDArray[Any]) -> Any:
        if family == "oscillatory":
            return np.cos(2 * np.pi * w[0] + x @ c)
        if family == "product peak":
            return np.prod(1 / (c**-2 + (x - w) ** 2), axis=-1)
        if family == "gaussian":
            return np.exp(-((c * (x - w)) ** 2).sum(-1))
        return np.where((x[..., :2] > w[:2]).any(-1), 0.0, np.exp(x @ c))

    rule = "gk21" if d <= 3 and family != "jump" else "genz-malik"
    low, high = np.zeros(d), np.ones(d)
    return Case(
        operation=f"integral, {family}",
        size=f"{d} dimensions, rtol {rtol:g}",
        n=d,
        dtype="float64",
        ours=lambda: calculus.integrate_nd(f, low, high, rtol=rtol),
        rivals=(Rival("SciPy", lambda: cubature(f, low, high, rule=rule, rtol=rtol, max_subdivisions=None), _estimate),),
        tolerance=2 * rtol / float(np.finfo(float).eps),
        pick=_value,
    )

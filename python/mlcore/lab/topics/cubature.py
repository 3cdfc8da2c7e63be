"""Integrals in several dimensions: mlcore's adaptive cubature beside SciPy's, at the same tolerance."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mlcore import calculus
from mlcore.lab.case import Case, Certify, Rival
from mlcore.lab.results import OF_TOLERANCE, Accuracy

__all__ = ["FAMILIES", "available", "beside", "integral", "value"]

# The difficulty of each of A. Genz's families, "Testing multidimensional integration routines" (1984): the sum of its rates.
FAMILIES: Final = {"oscillatory": 9.0, "product peak": 7.25, "gaussian": 7.03, "jump": 4.3}


def available() -> bool:
    """Whether SciPy is new enough to have a cubature: 1.15."""
    import scipy.integrate

    return hasattr(scipy.integrate, "cubature")


def beside(exact: float, rtol: float, pick: Callable[[Any], float]) -> Certify:
    """The error of a result whose exact value is known, as a share of the one asked for."""
    return lambda result: Accuracy(abs(pick(result) - exact) / (rtol * abs(exact)), unit=OF_TOLERANCE)


def value(result: Any) -> float:
    """What mlcore's results hold."""
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

    exact = _exact(family, w, c)
    rule = "gk21" if d <= 3 and family != "jump" else "genz-malik"
    low, high = np.zeros(d), np.ones(d)
    return Case(
        operation=f"integral, {family}",
        size=f"{d} dimensions, rtol {rtol:g}",
        n=d,
        dtype="float64",
        ours=lambda: calculus.integrate_nd(f, low, high, rtol=rtol),
        rivals=(
            Rival(
                "SciPy",
                lambda: cubature(f, low, high, rule=rule, rtol=rtol, max_subdivisions=None),
                _estimate,
                certify=beside(exact, rtol, _estimate),
            ),
        ),
        tolerance=2 * rtol / float(np.finfo(float).eps),
        pick=value,
        certify=beside(exact, rtol, value),
    )


def _exact(family: str, w: NDArray[Any], c: NDArray[Any]) -> float:
    """Each integral is a product of ones in a single variable."""
    if family == "oscillatory":
        factors = (np.exp(1j * c) - 1) / (1j * c)
        return float((np.exp(2j * np.pi * w[0]) * np.prod(factors)).real)
    if family == "product peak":
        return float(np.prod(c * (np.arctan(c * (1 - w)) + np.arctan(c * w))))
    if family == "gaussian":
        sums = [math.erf(b * (1 - a)) + math.erf(b * a) for a, b in zip(w, c, strict=True)]
        return float(np.prod(math.sqrt(math.pi) / (2 * c) * np.array(sums)))
    ends = np.where(np.arange(len(w)) < 2, w, 1.0)
    return float(np.prod(np.expm1(c * ends) / c))

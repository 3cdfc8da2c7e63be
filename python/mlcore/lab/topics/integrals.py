"""Integrals: mlcore's beside SciPy's at the same tolerance, and antiderivatives beside NumPy's Chebyshev series.

SciPy's `quad` calls its function with one number at a time, so it is given one of Python's `math`; mlcore's is called with
arrays and given one of NumPy's. The values are known; errors are shown as shares of the tolerance asked for.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.polynomial import Chebyshev
from numpy.typing import NDArray

from mlcore import calculus
from mlcore.lab.case import Case, Certify, Rival
from mlcore.lab.job import Job, compare_job
from mlcore.lab.results import OF_TOLERANCE, Accuracy
from mlcore.lab.settings import Settings
from mlcore.lab.topics import cubature

__all__ = ["PROBLEMS", "antiderivative", "jobs", "of_one_variable", "of_vectors", "roots"]

RTOL: Final = 1e-8
_ASKED: Final = "rtol 1e-8"
_EPS: Final = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, slots=True)
class Problem:
    """An integral with its value: the integrand for arrays and for single numbers."""

    f: Callable[[Any], Any]
    scalar: Callable[[float], float]
    a: float
    b: float
    exact: float


PROBLEMS: Final = {
    "smooth": Problem(
        lambda x: np.exp(-x) * np.cos(3 * x), lambda x: math.exp(-x) * math.cos(3 * x),
        0.0, 5.0, (1 + math.exp(-5) * (3 * math.sin(15) - math.cos(15))) / 10,
    ),
    "peak": Problem(
        lambda x: 1 / ((x - 0.3) ** 2 + 1e-4), lambda x: 1 / ((x - 0.3) ** 2 + 1e-4),
        0.0, 1.0, 100 * (math.atan(70) + math.atan(30)),
    ),
    "oscillation": Problem(
        lambda x: 1 + np.cos(200 * x), lambda x: 1 + math.cos(200 * x), 0.0, 1.0, 1 + math.sin(200) / 200,
    ),
    "kink": Problem(lambda x: np.abs(x - 1 / 3), lambda x: abs(x - 1 / 3), 0.0, 1.0, 5 / 18),
    "singular end": Problem(
        lambda x: np.log(x) / np.sqrt(x), lambda x: math.log(x) / math.sqrt(x), 0.0, 1.0, -4.0,
    ),
    "infinite range": Problem(
        lambda x: np.exp(-x * x), lambda x: math.exp(-x * x), -math.inf, math.inf, math.sqrt(math.pi),
    ),
}  # fmt: skip

QUICK: Final = ("smooth", "oscillation", "kink", "singular end")

# Family, dimensions, tolerance.
CUBES: Final = (
    ("gaussian", 2, 1e-6),
    ("oscillatory", 3, 1e-6),
    ("product peak", 3, 1e-6),
    ("gaussian", 5, 1e-4),
    ("jump", 2, 1e-3),
)


def jobs(settings: Settings) -> list[Job]:
    """One variable, a vector of functions, several dimensions, antiderivatives and roots."""
    names, cubes = (QUICK, CUBES[:2]) if settings.quick else (tuple(PROBLEMS), CUBES)
    return [
        *(compare_job("calculus", f"integral, {name}", partial(of_one_variable, name)) for name in names),
        *(
            compare_job("calculus", f"{m} integrals at once", partial(of_vectors, m))
            for m in settings.sizes((10, 1000), (100,))
        ),
        *(
            compare_job("calculus", f"{name} in {d} dimensions", partial(cubature.integral, name, d, rtol, settings.seed))
            for name, d, rtol in cubes
            if cubature.available()
        ),
        compare_job("calculus", "antiderivative", partial(antiderivative, 1000)),
        compare_job("calculus", "roots", partial(roots, 10)),
    ]


def of_one_variable(name: str) -> Case:
    """`integrate` beside `quad`."""
    from scipy.integrate import quad

    p = PROBLEMS[name]
    return Case(
        operation=f"integrate, {name}",
        size=_ASKED,
        n=1,
        dtype="float64",
        ours=lambda: calculus.integrate(p.f, p.a, p.b, rtol=RTOL),
        rivals=(
            Rival(
                "SciPy quad",
                lambda: quad(p.scalar, p.a, p.b, epsrel=RTOL, epsabs=0, limit=200),
                lambda result: result[0],
                certify=cubature.beside(p.exact, RTOL, lambda result: result[0]),
            ),
        ),
        tolerance=2 * RTOL / _EPS,
        pick=cubature.value,
        certify=cubature.beside(p.exact, RTOL, cubature.value),
    )


def of_vectors(m: int) -> Case:
    """cos(k x), k = 1 ... m, from 0 to 1: one integral with m values."""
    from scipy.integrate import quad_vec

    k = np.arange(1.0, m + 1)
    exact = np.sin(k) / k
    largest = _largest_error(exact)
    return Case(
        operation="integrate, a vector",
        size=f"{m} values, {_ASKED}",
        n=m,
        dtype="float64",
        ours=lambda: calculus.integrate(lambda x: np.cos(np.multiply.outer(x, k)), 0.0, 1.0, rtol=RTOL),
        rivals=(
            Rival(
                "SciPy quad_vec",
                lambda: quad_vec(lambda x: np.cos(x * k), 0.0, 1.0, epsrel=RTOL, epsabs=0, norm="max"),
                lambda result: result[0],
                certify=lambda result: largest(result[0]),
            ),
        ),
        tolerance=2 * RTOL / _EPS,
        pick=lambda result: result.value,
        certify=lambda result: largest(result.value),
    )


def _largest_error(exact: NDArray[Any]) -> Certify:
    return lambda value: Accuracy(float(np.abs(value - exact).max() / np.abs(exact).max()) / RTOL, unit=OF_TOLERANCE)


def antiderivative(count: int) -> Case:
    """The error function from its derivative, at many points. NumPy is told the degree, which mlcore has to find."""
    from scipy.special import erf

    x = np.linspace(0.0, 3.0, count)
    exact = erf(x)

    def f(s: Any) -> Any:
        return 2 / math.sqrt(math.pi) * np.exp(-s * s)

    return Case(
        operation="antiderivative, erf",
        size=f"at {count} points",
        n=_DEGREE,
        dtype="float64",
        ours=lambda: calculus.antiderivative(f, 0.0, 3.0)(x),
        rivals=(
            Rival("NumPy Chebyshev", lambda: Chebyshev.interpolate(f, _DEGREE, domain=[0.0, 3.0]).integ(lbnd=0.0)(x)),
        ),
        tolerance=100.0,
        certify=_in_eps(exact, _DEGREE),
    )


_DEGREE: Final = 40


def roots(count: int) -> Case:
    """Where the antiderivative of pi cos(pi x), sin(pi x), is zero: `count` + 1 places, the ends among them."""
    end = count + 0.5
    degree = 16 * count

    def f(x: Any) -> Any:
        return np.pi * np.cos(np.pi * x)

    def theirs() -> NDArray[Any]:
        found = Chebyshev.interpolate(f, degree, domain=[-0.5, end]).integ(lbnd=0.0).roots()
        real = found.real[np.abs(found.imag) < 1e-6]
        return np.sort(real[(real >= -0.5) & (real <= end)])

    return Case(
        operation="roots of an antiderivative",
        size=f"{count + 1} roots",
        n=count,
        dtype="float64",
        ours=lambda: (calculus.antiderivative(f, -0.5, end) - 1.0).roots(),
        rivals=(Rival("NumPy Chebyshev", theirs),),
        tolerance=1000.0,
        certify=_in_eps(np.arange(count + 1.0), count),
    )


def _in_eps(exact: NDArray[Any], n: int) -> Certify:
    """The largest error, over n eps times the largest entry."""

    def certify(result: Any) -> Accuracy:
        if np.shape(result) != exact.shape:
            return Accuracy(math.inf)
        return Accuracy(float(np.abs(result - exact).max() / np.abs(exact).max()) / (n * _EPS))

    return certify

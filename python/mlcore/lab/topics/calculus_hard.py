"""Derivatives and integrals on which digits are lost, looked at for accuracy alone: mlcore's losses are among them."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterable
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mlcore import calculus
from mlcore.lab.bench import Bench
from mlcore.lab.job import Job
from mlcore.lab.results import HardCase, Outcome
from mlcore.lab.topics.gradients import complex_step
from mlcore.lab.topics.linalg_hard import correct_digits

__all__ = ["INTEGRALS", "jobs"]

RTOL: Final = 1e-8
_EPS: Final = float(np.finfo(np.float64).eps)

# What it is; the integrand for arrays and for numbers; the limits; the value.
INTEGRALS: Final[tuple[tuple[str, Callable[[Any], Any], Callable[[float], float], float, float, float], ...]] = (
    ("x^-0.99, 0 to 1", lambda x: x**-0.99, lambda x: x**-0.99, 0.0, 1.0, 100.0),
    (
        "|x - 1/3|^-1/2, 0 to 1, the place not told",
        lambda x: np.abs(x - 1 / 3) ** -0.5, lambda x: abs(x - 1 / 3) ** -0.5,
        0.0, 1.0, 2 * (math.sqrt(1 / 3) + math.sqrt(2 / 3)),
    ),
    (
        "exp(-(10000 (x - 0.3))^2), 0 to 1",
        lambda x: np.exp(-((1e4 * (x - 0.3)) ** 2)), lambda x: math.exp(-((1e4 * (x - 0.3)) ** 2)),
        0.0, 1.0, math.sqrt(math.pi) / 1e4,
    ),
    (
        "1 + cos(5000 x), 0 to 1",
        lambda x: 1 + np.cos(5000 * x), lambda x: 1 + math.cos(5000 * x), 0.0, 1.0, 1 + math.sin(5000) / 5000,
    ),
    (
        "exp(-(x - 30)^2), -inf to inf",
        lambda x: np.exp(-((x - 30) ** 2)), lambda x: math.exp(-((x - 30) ** 2)), -math.inf, math.inf, math.sqrt(math.pi),
    ),
    ("sin(x) / x, 1e-300 to inf", lambda x: np.sin(x) / x, lambda x: math.sin(x) / x, 1e-300, math.inf, math.pi / 2),
)  # fmt: skip


def jobs() -> list[Job]:
    """One job for derivatives, one for integrals."""
    return [Job("hard derivatives", _derivatives), Job("hard integrals", _integrals)]


def _derivatives(bench: Bench) -> Iterable[Outcome]:
    yield _case("gradient of Rosenbrock's function, 10 variables", _gradients())
    yield _case("third derivative of tanh at 1", _third_derivatives())


def _case(problem: str, values: dict[str, float], measure: str = "correct digits") -> HardCase:
    return HardCase("calculus", problem, measure, True, values)


def _gradients() -> dict[str, float]:
    """Nearby the minimum, where differences lose the most."""
    x = 1 + 1e-3 * np.cos(np.arange(10.0))

    def f(x: Any, xp: Any = np) -> Any:
        return xp.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)

    wide = x.astype(np.longdouble)
    rest = wide[1:] - wide[:-1] ** 2
    exact = np.zeros_like(wide)
    exact[:-1] = -400 * wide[:-1] * rest - 2 * (1 - wide[:-1])
    exact[1:] += 200 * rest
    found = {
        "mlcore grad": calculus.grad(f)(x),
        "NumPy complex step": complex_step(f, x),
        "central differences": _differences(f, x, _EPS ** (1 / 3), -1),
        "forward differences": _differences(f, x, _EPS**0.5, 0),
    }
    if find_spec("autograd") is not None:
        numpy = import_module("autograd.numpy")
        found["autograd"] = import_module("autograd").grad(lambda x: f(x, numpy))(x)
    return {name: correct_digits(gradient, exact) for name, gradient in found.items()}


def _differences(f: Callable[[Any], Any], x: NDArray[Any], h: float, back: int) -> NDArray[Any]:
    steps = h * np.eye(len(x))
    return np.array([(f(x + step) - f(x + back * step)) / ((1 - back) * h) for step in steps])


def _third_derivatives() -> dict[str, float]:
    t = np.tanh(np.longdouble(1))
    exact = (1 - t * t) * (6 * t * t - 2)
    h = _EPS ** (1 / 5)
    differences = (np.tanh(1 + 2 * h) - 2 * np.tanh(1 + h) + 2 * np.tanh(1 - h) - np.tanh(1 - 2 * h)) / (2 * h**3)
    found = {
        "mlcore grad(grad(grad(f)))": calculus.grad(calculus.grad(calculus.grad(np.tanh)))(1.0),
        "central differences": differences,
    }
    if find_spec("autograd") is not None:
        grad, tanh = import_module("autograd").grad, import_module("autograd.numpy").tanh
        found["autograd"] = grad(grad(grad(tanh)))(1.0)
    return {name: correct_digits(value, exact) for name, value in found.items()}


def _integrals(bench: Bench) -> Iterable[Outcome]:
    from scipy.integrate import quad

    for problem, f, scalar, a, b, exact in INTEGRALS:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of singular places, and from quad; the digits say the same
            ours = calculus.integrate(f, a, b, rtol=RTOL).value
            theirs = quad(scalar, a, b, epsrel=RTOL, epsabs=0, limit=200)[0]
        values = {"mlcore integrate": correct_digits(ours, exact), "SciPy quad": correct_digits(theirs, exact)}
        yield _case(f"integral of {problem}", values, f"correct digits, {-math.log10(RTOL):.0f} asked for")

"""Gradients: mlcore's beside those written by hand, by complex steps and, where it is installed, autograd's."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mlcore import calculus
from mlcore.lab.case import Case, Certify, Rival
from mlcore.lab.job import Job, compare_job
from mlcore.lab.results import Accuracy
from mlcore.lab.settings import Settings

__all__ = ["complex_step", "jobs", "logistic", "network", "rosenbrock"]

Gradient = Callable[[Any], Any]

# A function written for one NumPy or another: mlcore takes NumPy itself, autograd its own.
Written = Callable[[Any], Callable[[Any], Any]]

_STEP: Final = 1e-30


def jobs(settings: Settings) -> list[Job]:
    """Three functions, each for some numbers of variables."""
    table = (
        ("rosenbrock", rosenbrock, (10, 1000), (1000,), (10, 1000, 100_000)),
        ("logistic", logistic, (10, 100), (20,), (10, 100, 500)),
        ("network", network, (8, 64), (32,), (8, 64, 256)),
    )
    return [
        compare_job("calculus", f"gradient of {name} {n}", partial(build, n, settings.seed))
        for name, build, usual, quick, large in table
        for n in settings.sizes(usual, quick, large)
    ]


def rosenbrock(n: int, seed: int) -> Case:
    """The chain of Rosenbrock's valleys in n variables: elementwise work and slices."""
    x = np.random.default_rng(seed).uniform(-1.5, 1.5, n)

    def written(xp: Any) -> Callable[[Any], Any]:
        return lambda x: xp.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)

    def by_hand(x: NDArray[Any]) -> NDArray[Any]:
        rest = x[1:] - x[:-1] ** 2
        result = np.zeros_like(x)
        result[:-1] = -400 * x[:-1] * rest - 2 * (1 - x[:-1])
        result[1:] += 200 * rest
        return result

    return _case("gradient, Rosenbrock", f"{n} variables", n, written, by_hand, x)


def logistic(n: int, seed: int) -> Case:
    """The logistic loss of n weights and 50 n observations: two products with a matrix."""
    rng = np.random.default_rng(seed)
    m = 50 * n
    X, y = rng.standard_normal((m, n)), np.where(rng.random(m) < 0.5, -1.0, 1.0)
    w = rng.standard_normal(n) / np.sqrt(n)

    def written(xp: Any) -> Callable[[Any], Any]:
        return lambda w: xp.mean(xp.log(1 + xp.exp(-y * xp.dot(X, w))))

    def by_hand(w: NDArray[Any]) -> Any:
        return -(y / (1 + np.exp(y * (X @ w)))) @ X / m

    return _case("gradient, logistic loss", f"{m} x {n}", n, written, by_hand, w)


def network(n: int, seed: int) -> Case:
    """Two layers, n hidden units, 256 observations of n features, squared error; the parameters are a dict of arrays."""
    rng = np.random.default_rng(seed)
    m = 256
    X, y = rng.standard_normal((m, n)), rng.standard_normal(m)
    p = {"W": rng.standard_normal((n, n)) / np.sqrt(n), "b": np.zeros(n), "w": rng.standard_normal(n) / np.sqrt(n)}

    def written(xp: Any) -> Callable[[Any], Any]:
        return lambda p: xp.mean((xp.dot(xp.tanh(xp.dot(X, p["W"]) + p["b"]), p["w"]) - y) ** 2)

    def by_hand(p: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        hidden = np.tanh(X @ p["W"] + p["b"])
        back = 2 * (hidden @ p["w"] - y) / m
        inner = back[:, None] * p["w"] * (1 - hidden * hidden)
        return {"W": X.T @ inner, "b": inner.sum(0), "w": hidden.T @ back}

    return _case("gradient, network", f"{n * n + 2 * n} parameters", n * n + 2 * n, written, by_hand, p, complex_steps=False)


def complex_step(f: Callable[[Any], Any], x: NDArray[Any]) -> NDArray[Any]:
    """The gradient of an analytic function from one call for each variable, Im f(x + i h e_k) / h: exact but for rounding.

    Source: W. Squire and G. Trapp, "Using Complex Variables to Estimate Derivatives of Real Functions", SIAM Review 40, 1998.

    Examples
    --------
    >>> complex_step(lambda x: x[0] ** 2 * x[1], np.array([3.0, 2.0]))
    array([12.,  9.])
    """
    z, result = x.astype(complex), np.empty(len(x))
    for k in range(len(x)):
        z[k] += 1j * _STEP
        result[k] = f(z).imag / _STEP
        z[k] = x[k]
    return result


def _case(
    operation: str, size: str, n: int, written: Written, by_hand: Gradient, x: Any, *, complex_steps: bool = True
) -> Case:
    """All ways to the gradient; that by hand, in long double, says how exact each is."""
    f = written(np)
    ours = calculus.grad(f)
    rivals = [Rival("NumPy by hand", lambda: by_hand(x), _vector)]
    if complex_steps and n <= 1000:
        rivals.append(Rival("NumPy complex step", lambda: complex_step(f, x), _vector))
    if find_spec("autograd") is not None:
        theirs = import_module("autograd").grad(written(import_module("autograd.numpy")))
        rivals.append(Rival("autograd", lambda: theirs(x), _vector))
    return Case(
        operation=operation,
        size=size,
        n=n,
        dtype="float64",
        ours=lambda: ours(x),
        rivals=tuple(rivals),
        tolerance=20.0 * n,
        pick=_vector,
        certify=_beside(_vector(by_hand(_wide(x)))),
    )


def _wide(x: Any) -> Any:
    return {name: _wide(part) for name, part in x.items()} if isinstance(x, dict) else x.astype(np.longdouble)


def _vector(gradient: Any) -> NDArray[Any]:
    parts = gradient.values() if isinstance(gradient, dict) else (gradient,)
    return np.concatenate([np.ravel(part) for part in parts])


def _beside(exact: NDArray[Any]) -> Certify:
    """The largest error, over n eps times the largest entry."""

    def certify(result: Any) -> Accuracy:
        error = np.abs(_vector(result) - exact).max() / np.abs(exact).max()
        return Accuracy(float(error) / (len(exact) * float(np.finfo(np.float64).eps)))

    return certify

"""Gradients beside autograd's and PyTorch's, where these are installed: first that they agree, then how long each takes.

    pytest benchmarks/test_calculus_speed.py                         everything
    pytest benchmarks/test_calculus_speed.py -k "network and 1t"     some of it

Three costs are told apart. A network of the size of the digits (1797 rows) is bound by arithmetic and memory; a chain of 150
operations on 100 numbers by what each operation costs; the same on 3 numbers by what it costs to record one.
PyTorch runs eagerly: the tape is made anew in each call, as `value_and_grad` does it, while `compile` replays one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from mlcore import calculus
from mlcore.lab.wording import count_threads

Gradient = Callable[[], list[Any]]

_draw = np.random.default_rng(0)
ROWS = 1797
INPUTS = _draw.integers(0, 17, size=(ROWS, 64)) / 16
LABELS = _draw.integers(0, 10, ROWS)
PARAMETERS = [_draw.normal(size=(64, 64)) / 8, np.zeros(64), _draw.normal(size=(64, 10)) / 8, np.zeros(10)]
LENGTH = 50  # of a chain: three operations each


def cross_entropy(parameters: Any, np: Any = np) -> Any:
    """Of a network with one hidden layer: the mean of log(sum(exp(s))) - s[label]."""
    w, b, v, c = parameters
    s = np.dot(np.tanh(np.dot(INPUTS, w) + b), v) + c
    s = s - np.max(s, axis=1, keepdims=True)
    return np.mean(np.log(np.sum(np.exp(s), axis=1)) - s[np.arange(ROWS), LABELS])


def chain(x: Any, np: Any = np) -> Any:
    """x -> sin(x) x + 1/2, again and again."""
    for _ in range(LENGTH):
        x = np.sin(x) * x + 0.5
    return np.sum(x)


def point(case: str) -> Any:
    """Where the gradient is taken."""
    return PARAMETERS if case == "network" else np.linspace(0.1, 0.9, 3 if case == "short chain" else 100)


def of_mlcore(case: str) -> Gradient:
    """The tape is made in each call."""
    f, x = calculus.grad(cross_entropy if case == "network" else chain), point(case)
    return lambda: _listed(f(x))


def of_compiled(case: str) -> Gradient:
    """The tape is replayed."""
    f, x = calculus.compile(calculus.grad(cross_entropy if case == "network" else chain)), point(case)
    f(x)
    return lambda: _listed(f(x))


def of_autograd(case: str) -> Gradient:
    """autograd has NumPy's names in a module of its own."""
    autograd = pytest.importorskip("autograd")
    numpy = pytest.importorskip("autograd.numpy")
    f, x = autograd.grad(lambda x: (cross_entropy if case == "network" else chain)(x, numpy)), point(case)
    return lambda: _listed(f(x))


def of_torch(case: str) -> Gradient:
    """Eager PyTorch on the processor, forward and backward."""
    torch = pytest.importorskip("torch")
    inputs, labels = torch.tensor(INPUTS), torch.tensor(LABELS)
    x = [torch.tensor(p, requires_grad=True) for p in _listed(point(case))]

    def network() -> Any:
        hidden = torch.tanh(inputs @ x[0] + x[1])
        return torch.nn.functional.cross_entropy(hidden @ x[2] + x[3], labels)

    def gradient() -> list[Any]:
        for p in x:
            p.grad = None
        (network() if case == "network" else chain(x[0], torch)).backward()
        return [p.grad.numpy() for p in x]

    return gradient


CONTESTANTS: dict[str, Callable[[str], Gradient]] = {
    "mlcore, compiled": of_compiled,
    "mlcore": of_mlcore,
    "autograd": of_autograd,
    "PyTorch": of_torch,
}


def _listed(gradient: Any) -> list[Any]:
    return gradient if isinstance(gradient, list) else [gradient]


@pytest.mark.parametrize("case", ["network", "chain", "short chain"])
@pytest.mark.parametrize("threads", [1, 2], indirect=True, ids=lambda n: f"{n}t")
@pytest.mark.parametrize("contestant", CONTESTANTS)
def test_gradient(case: str, threads: int, contestant: str, benchmark: BenchmarkFixture) -> None:
    """One contestant in one case."""
    gradient = CONTESTANTS[contestant](case)
    if contestant == "PyTorch":
        pytest.importorskip("torch").set_num_threads(threads)
    for found, expected in zip(gradient(), of_mlcore(case)(), strict=True):
        scale = float(np.max(np.abs(expected)))
        np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12 * scale)
    benchmark.group = f"gradient, {case}, {count_threads(threads)}"
    benchmark(gradient)

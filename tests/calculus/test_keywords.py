"""What a user calls the keyword arguments of a function is the user's affair."""

import numpy as np
import pytest

from mlcore.calculus import check_grads, compile, grad, graph, hessian, jacobian, partial, rule, value_and_grad

# The names of arguments, in this package, of what stands between the user's call and the user's function.
NAMES = ["self", "f", "function", "args", "keywords", "parameters", "operands", "rule", "trace", "g", "answer", "x", "values"]


def scaled_sine(y, /, **factor):
    (c,) = factor.values()
    return np.sum(c * np.sin(y))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("wrap", [grad, jacobian, lambda f: partial(f, 0)])
def test_of_what_is_differentiated(wrap, name):
    assert wrap(scaled_sine)(0.0, **{name: 3.0}) == 3.0
    assert value_and_grad(scaled_sine)(0.0, **{name: 3.0}) == (0.0, 3.0)


@pytest.mark.parametrize("name", NAMES)
def test_of_second_derivatives(name):
    assert hessian(scaled_sine)(np.pi / 2, **{name: 3.0}) == -3.0


@pytest.mark.parametrize("name", NAMES)
def test_of_what_is_compiled(name):
    compiled = compile(grad(scaled_sine))
    for _ in range(2):  # recorded, replayed
        assert compiled(0.0, **{name: 3.0}) == 3.0


@pytest.mark.parametrize("name", NAMES)
def test_of_what_is_drawn(name):
    assert graph(scaled_sine, 0.0, **{name: 3.0}).inputs[0].adjoint == 3.0


@pytest.mark.parametrize("name", NAMES)
def test_of_what_is_taught(name):
    def scaled_square(x, /, **factor):
        (c,) = factor.values()
        return c * np.asarray(x, float) ** 2

    @rule(scaled_square)
    def taught(g, y, x, /, **factor):
        (c,) = factor.values()
        return g * 2 * c * x

    def of_one(x):
        return taught(x, **{name: 5})

    assert grad(of_one)(3.0) == 30.0
    assert check_grads(of_one, 3.0) < 1e-8
    assert compile(grad(of_one))(3.0) == 30.0

"""What would lose a derivative is an error that names the line and the remedy; never a silent zero."""

import math
import pickle

import numpy as np
import pytest
import scipy.special

from mlcore import calculus
from mlcore.calculus import TracingError, grad, jacobian, jvp, value_and_grad, vjp


def writes_an_element(x):
    out = np.zeros(2)
    out[0] = x[0]
    return out.sum()


def writes_a_slice(x):
    out = np.zeros(2)
    out[:] = x
    return out.sum()


def adds_in_place(x):
    out = np.zeros(2)
    out += x
    return out.sum()


def writes_into_the_argument(x):
    x[0] = 1.0
    return np.sum(x)


LOST = {
    "an element of an array": (writes_an_element, "np.concatenate"),
    "a slice": (writes_a_slice, "out\\[i\\] = x"),
    "in place": (adds_in_place, "y = y \\+ x"),
    "out": (lambda x: np.sum(np.add(x, 1, out=np.zeros(2))), "leave out= away"),
    "the argument": (writes_into_the_argument, "np.where"),
    "np.array": (lambda x: np.sum(np.array([x[0], x[1]])), "np.stack"),
    "np.asarray": (lambda x: np.sum(np.asarray(x)), "np.stack"),
    "math": (lambda x: math.sin(x[0]), "np.sin"),
    "float": (lambda x: float(x[0]), "leave float"),
    "int": (lambda x: int(x[0]), "leave float"),
    "a function without a rule": (lambda x: np.sum(np.fft.fft(x)), "numpy.fft.* has no rule .* mlcore.calculus.rule"),
    "a ufunc without a rule": (lambda x: np.sum(np.spacing(x)), "spacing has no rule"),
    "a ufunc's method without a rule": (lambda x: np.sum(np.add.reduceat(x, [0])), "add.reduceat has no rule"),
    "an argument without a rule": (lambda x: np.sum(x, where=np.array([True, False])), "where="),
    "a method of arrays": (lambda x: x.tolist()[0], ".tolist"),
    "out of a mean": (lambda x: np.mean(np.stack([x, x]), axis=0, out=np.zeros(2)).sum(), "Leave out= away"),
    "out by position": (lambda x: np.sum(np.outer(x, x, np.zeros((2, 2)))), "Leave out= away"),
    "out of an einsum": (lambda x: np.sum(np.einsum("i,i->i", x, x, out=np.zeros(2))), "Leave out= away"),
    "out of a concatenation": (lambda x: np.sum(np.concatenate([x, x], out=np.zeros(4))), "Leave out= away"),
    "a quantile between others": (lambda x: np.quantile(x, 0.3, method="nearest"), "method='nearest'"),
    "a condition of a reduction": (lambda x: np.add.reduce(x, where=np.array([True, False])), "where="),
    "a start of a reduction": (lambda x: np.add.reduce(x, initial=5.0), "initial="),
    "a condition of a mean": (lambda x: np.mean(x, where=np.array([True, False])), "where="),
    "complex numbers": (lambda x: np.abs(np.exp(1j * x[0]) + 1), "multiply gives complex numbers here"),
    "an imaginary part": (lambda x: np.imag(x[0] * 1j), "multiply gives complex numbers here"),
    "pickling": (lambda x: pickle.loads(pickle.dumps(x))[0], "pickled"),
    "an order of memory": (lambda x: np.sum(np.reshape(x, -1, order="A")), "expected 'C' or 'F'"),
    "np.copyto": (lambda x: np.copyto(np.zeros(2), x), r"numpy.copyto writes into an existing array.* np.where"),
    "np.full_like": (lambda x: np.sum(np.full_like(np.zeros(2), x[0])), "writes into an existing array.* np.broadcast_to"),
    "np.put": (lambda x: np.put(np.zeros(2), [0], x[0]), "numpy.put writes into an existing array"),
    "np.add.at": (lambda x: np.add.at(np.zeros(2), [0], x[0]), "numpy.add.at writes into an existing array"),
    "a number of Python": (lambda x: x[0].item(), r"\.item has no derivative here. Leave it away"),
    "sorting in place": (lambda x: x.sort(), r"Use np.sort\."),
    "a ufunc of another library": (lambda x: np.sum(scipy.special.expit(x)), "the ufunc expit has no rule .*teach it"),
    "a function of another library": (lambda x: scipy.special.logsumexp(x), "use NumPy's functions, or teach others"),
    "conversion to integers": (lambda x: np.sum(x.astype(int)), "int"),
}


@pytest.mark.parametrize("name", LOST)
@pytest.mark.parametrize("differentiate", [grad, lambda f: lambda x: jvp(f, (x,), (x,))], ids=["reverse", "forward"])
def test_lost_derivatives_are_errors(name, differentiate):
    function, remedy = LOST[name]
    with pytest.raises(TracingError, match=remedy) as caught:
        differentiate(function)(np.ones(2))
    assert "test_refused.py, line " in str(caught.value)
    value = function(np.ones(2))
    assert value is None or np.isfinite(value)


def test_values_that_outlive_their_trace():
    kept = []
    grad(lambda x: (kept.append(x), x**2)[1])(1.0)
    with pytest.raises(TracingError, match="kept from a differentiation that is over"):
        grad(lambda x: x * kept[0])(1.0)
    with pytest.raises(TracingError, match="kept from a differentiation that is over"):
        grad(lambda x: kept[0])(1.0)
    with pytest.raises(TracingError, match="kept from a differentiation that is over"):
        np.sin(kept[0])


def test_answers_that_have_no_gradient():
    with pytest.raises(ValueError, match=r"shape \(2,\).* Use jacobian or vjp"):
        grad(np.sin)(np.ones(2))
    with pytest.raises(ValueError, match="type tuple"):
        grad(lambda x: (x, x))(1.0)
    with pytest.raises(TypeError, match="expected real numbers"):
        grad(lambda x: None)(1.0)
    with pytest.raises(TypeError, match="complex"):
        grad(np.sum)(np.ones(2) * 1j)
    with pytest.raises(TypeError, match="argnums"):
        grad(lambda x: 1.0)("text")
    with pytest.raises(IndexError, match="argnums is 2"):
        value_and_grad(np.sin, argnums=2)(1.0)
    with pytest.raises(TypeError, match=r"np\.pad"):
        grad(lambda x: np.sum(np.pad(x, 1, constant_values=0 * x[0])))(np.ones(2))
    for x in (np.ma.array([1.0, 2.0], mask=[False, True]), np.ma.array([1.0])):
        with pytest.raises(TypeError, match="MaskedArray"):
            grad(np.sum)(x)
    with pytest.raises(ValueError, match="each argument once"):
        grad(lambda x, y: x * y, argnums=(0, -2))(1.0, 2.0)
    with pytest.raises(ValueError, match="mode is 'both'"):
        jacobian(np.sin, mode="both")
    with pytest.raises(ValueError, match="n is -1"):
        calculus.derivative(np.sin, -1)
    with pytest.raises(ValueError, match=r"shape \(3,\).*\(2,\)"):
        jvp(np.sin, (np.ones(2),), (np.ones(3),))
    with pytest.raises(ValueError, match="g holds a tuple; expected an array"):
        vjp(np.sin, np.ones(2))[1]((1.0, 1.0))
    with pytest.raises(ValueError, match=r"shape \(3,\)"):
        vjp(np.sin, np.ones(2))[1](np.ones(3))


def test_a_kink_is_not_taken_for_a_derivative():
    with pytest.raises(AssertionError, match="not smooth"):
        calculus.check_grads(lambda x: np.sum(np.abs(x)), np.array([1e-6, 1.0]))


def test_rules_of_ones_own_are_held_to_shapes_and_positions():
    @calculus.rule(lambda x, y, factor=1.0: factor * np.asarray(x) * np.asarray(y))
    def product(g, z, x, y, factor=1.0):
        return factor * g * y, factor * g * x

    with pytest.raises(ValueError, match=r"gradient of shape \(3,\) for operand 0; expected \(\), .* Sum over the axes"):
        grad(lambda x: np.sum(product(x, np.ones(3))))(1.0)
    with pytest.raises(TracingError, match=r"np\.stack"):
        grad(lambda x: np.sum(product([x, 1.0], x)))(1.0)
    for derivative in (grad, calculus.derivative):
        with pytest.raises(TracingError, match=r"argument factor .* by position"):
            derivative(lambda x: product(x, 2.0, factor=x))(1.0)


def test_check_grads_refuses_what_would_check_nothing():
    for wrong in (0, -1):
        with pytest.raises(ValueError, match="order"):
            calculus.check_grads(np.sin, 1.0, order=wrong)
    for wrong in (0.0, -1.0, np.nan):
        with pytest.raises(ValueError, match="rtol"):
            calculus.check_grads(np.sin, 1.0, rtol=wrong)
